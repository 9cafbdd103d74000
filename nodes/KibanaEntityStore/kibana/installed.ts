/** Whether there is an entity store to list. */
import type { Failure } from '../failure';
import type { Generation } from './generation';
import type { KibanaClient } from './http/client';

export const NOT_INSTALLED: Failure = {
	reason: 'notInstalled',
	message: 'The entity store is not installed in this space',
	fix: 'installStore',
};

/** Returns why a list failed, if the reason is that there is no entity store. */
export type ExplainFailure = (failure: Failure) => Promise<Failure | undefined>;

/**
 * Some versions answer a list with an error of Kibana itself where no entity store is installed
 * (docs/kibana-api.md#list). So after such an error the status is asked for, once.
 *
 * @param client of the space
 * @param now epoch milliseconds
 */
export const createExplainer = (
	client: KibanaClient,
	generation: Generation,
	now: () => number,
): ExplainFailure => {
	let asked: Promise<Failure | undefined> | undefined;
	const ask = async (): Promise<Failure | undefined> => {
		const reply = await generation.store.status(client, now);
		return 'value' in reply && reply.value.engines.length === 0 ? NOT_INSTALLED : undefined;
	};
	return async ({ httpStatus }) => (httpStatus === 500 ? await (asked ??= ask()) : undefined);
};
