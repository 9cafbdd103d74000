/** What the suites of the resources beside Entity share. */
import type { IDataObject, INodeParameters } from 'n8n-workflow';

import type { TestKibana } from '../../sandbox/kibana/server';
import { runNode, type EngineRun } from '../../sandbox/n8n/engine';
import { jsonOf, nodeOn } from './run';

export interface Results {
	/** The json of the items on the success output. */
	readonly done: IDataObject[];
	/** The json of the items on the error output. */
	readonly failed: IDataObject[];
	/** Indexes of the input items that the items on the success output are paired with. */
	readonly paired: unknown[];
	readonly hints: string[];
}

/** Parameters of an operation. Nothing is repeated, unless the options say so. */
export const parametersOf = (
	resource: string,
	operation: string,
	more: IDataObject = {},
): INodeParameters => ({
	resource,
	operation,
	...(more as INodeParameters),
	options: { maxRetries: 0, ...(more.options as IDataObject) } as INodeParameters,
});

/** Returns a function that runs the operations of one resource. */
export const runner =
	(resource: string) =>
	async (
		kibana: TestKibana,
		operation: string,
		more: IDataObject = {},
		items: EngineRun['items'] = [{}],
	): Promise<Results> => {
		const { outputs, hints } = await runNode({
			...nodeOn(kibana),
			items,
			parameters: parametersOf(resource, operation, more),
			onError: 'continueErrorOutput',
		});
		return {
			done: jsonOf(outputs[0]),
			failed: jsonOf(outputs[1]),
			paired: (outputs[0] ?? []).map(({ pairedItem }) => (pairedItem as { item: number }).item),
			hints: hints.map(({ message }) => message),
		};
	};

/** What failed items say: what happened, what to do, and the reason. */
export const errorsOf = ({ failed }: Pick<Results, 'failed'>) =>
	failed.map(({ error, message, details }) => ({
		error,
		message,
		reason: (details as IDataObject).reason,
	}));

export interface Watched {
	/** Requests that change something, as `PUT /path`. */
	readonly changes: () => string[];
	/** The bodies of requests, in the order in which they came, since the watch began. */
	readonly bodies: unknown[];
}

const bodyOf = (payload: unknown): unknown =>
	Buffer.isBuffer(payload) ? JSON.parse(payload.toString()) : payload;

/** Watches what a Kibana is sent from now on. */
export const watch = (kibana: TestKibana): Watched => {
	const from = kibana.requests.length;
	const bodies: unknown[] = [];
	kibana.setFaults(({ payload }) => {
		if (payload !== null && payload !== undefined) bodies.push(bodyOf(payload));
		return undefined;
	});
	const changes = () =>
		kibana.requests
			.slice(from)
			.filter(({ method }) => method !== 'GET')
			.map(({ method, path }) => `${method} ${path}`);
	return { changes, bodies };
};
