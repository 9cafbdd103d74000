import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import { messageOf, type Failure } from '../failure';
import type { ItemResult } from '../n8n/items';
import { openSession, type Session } from '../n8n/session';
import { criticality } from './criticality';
import { entity } from './entity';
import { withAdvice } from './fixes';
import { describeResource, type Operation, type Resource } from './operation';
import { readOptions } from './options';
import { requestOptions, sessionSettings } from './requestOptions';
import { resolution } from './resolution';
import { store } from './store';
import { watchlist } from './watchlist';

/** The first is that of a new node. */
const RESOURCES: readonly Resource[] = [entity, criticality, resolution, store, watchlist];

/** All parameters of the node, in the order in which the editor shows them. */
export const parameters: INodeProperties[] = [
	{
		displayName: 'Resource',
		name: 'resource',
		type: 'options',
		noDataExpression: true,
		default: 'entity',
		options: RESOURCES.map(({ name, value }) => ({ name, value })).sort((one, other) =>
			one.name.localeCompare(other.name),
		),
	},
	...RESOURCES.flatMap(describeResource),
];

/**
 * A throw would pass the input on as if it had succeeded when the node is set to continue. What was known
 * of single items is lost with it, so all of them count as unknown once something may have been written.
 */
const failureOfThrow = (error: unknown, session?: Session): Failure =>
	session?.hasWritten()
		? {
				reason: 'unexpectedAnswer',
				message: `The node failed after requests were sent, so the entity may or may not have been stored: ${messageOf(error)}`,
				hint: 'Run the item again: writing an entity twice does no harm',
				mayBeStored: true,
			}
		: { reason: 'invalidSetting', message: `The node could not start: ${messageOf(error)}` };

const run = async (context: IExecuteFunctions, operation: Operation): Promise<ItemResult[]> => {
	const failAll = (failure: Failure): ItemResult[] =>
		context.getInputData().map(() => ({ failure }));
	let session: Session | undefined;
	try {
		const options = readOptions(context, requestOptions);
		if ('problem' in options) {
			return failAll({ reason: 'invalidSetting', message: options.problem });
		}
		const opened = await openSession(context, sessionSettings(options));
		if ('failure' in opened) return failAll(opened.failure);
		session = opened;
		return await operation.execute(context, session);
	} catch (error) {
		return failAll(failureOfThrow(error, session));
	}
};

/** The results of all input items, and what the operation calls what it handles. */
export interface Routed {
	readonly results: readonly ItemResult[];
	readonly things: string;
}

/** Runs the operation that the node is set to. */
export const route = async (context: IExecuteFunctions): Promise<Routed> => {
	const name = context.getNodeParameter('resource', 0);
	const resource = RESOURCES.find(({ value }) => value === name);
	const chosen = context.getNodeParameter('operation', 0);
	const operation = resource?.operations.find(({ value }) => value === chosen);
	if (resource === undefined || operation === undefined) {
		const message = `There is no operation ${chosen} of ${name}`;
		const failure: Failure = { reason: 'invalidSetting', message };
		return { results: context.getInputData().map(() => ({ failure })), things: 'items' };
	}
	const results = (await run(context, operation)).map((result) =>
		'failure' in result ? { ...result, failure: withAdvice(result.failure) } : result,
	);
	return { results, things: resource.things };
};
