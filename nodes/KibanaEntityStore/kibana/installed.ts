/** Whether there is an entity store to list. */
import type { Failure } from '../failure';
import type { Generation } from './generation';
import type { KibanaClient } from './http/client';

export const NOT_INSTALLED: Failure = {
	reason: 'notInstalled',
	message: 'The entity store is not installed in this space',
	fix: 'installStore',
};

/** An answer to a list, or why there is none. */
type ListReply =
	| { readonly kind: string }
	| { readonly kind: 'transient'; readonly failure: Failure };

/** Returns the answer, or that there is no entity store, if that is why there is none. */
export type Explain = <Answer extends ListReply>(
	answer: Answer,
) => Promise<Answer | { readonly kind: 'halt'; readonly failure: Failure }>;

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
): Explain => {
	let asked: Promise<boolean> | undefined;
	const isMissing = async (): Promise<boolean> => {
		const reply = await generation.store.status(client, now);
		return 'value' in reply && reply.value.engines.length === 0;
	};
	return async (answer) => {
		const isError = 'failure' in answer && answer.failure.httpStatus === 500;
		if (!isError || !(await (asked ??= isMissing()))) return answer;
		return { kind: 'halt', failure: NOT_INSTALLED };
	};
};
