import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import { messageOf, type Failure } from '../failure';
import type { ItemResult, Presentation, Wording } from '../n8n/items';
import { openSession, type Session } from '../n8n/session';
import { criticality } from './criticality';
import { entity } from './entity';
import { withAdvice } from './fixes';
import { describeResource, type Operation, type Resource } from './operation';
import { readOptions } from './options';
import { ENTITY_TYPE_NAMES, MIXED } from './parameters';
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
 * What stands below the name of the node on the canvas: `Create or Update: User`, `Get Status: Store`. A parameter
 * keeps its value when another resource is chosen, so the entity type counts for entities alone.
 */
export const subtitle = (): string => {
	// One table for all: two closing braces in a row would end the expression.
	const names = Object.fromEntries(
		RESOURCES.flatMap(({ value, operations }) =>
			operations.map((one) => [`${value} ${one.value}`, one.name]),
		),
	);
	const resources = Object.fromEntries(RESOURCES.map(({ value, name }) => [value, name]));
	const types = { ...ENTITY_TYPE_NAMES, [MIXED]: 'Each Item Its Own Type' };
	const lookUp = (table: object, key: string) => `(${JSON.stringify(table)})[${key}]`;
	const resource = '$parameter["resource"]';
	const operation = lookUp(names, `${resource} + " " + $parameter["operation"]`);
	// An expression as entity type has no value on the canvas, and fails where it is resolved.
	const type = `(${resource} === "${entity.value}" && ${lookUp(types, '$rawParameter["entityType"]')})`;
	return `={{ ${operation} + ": " + (${type} || ${lookUp(resources, resource)}) }}`;
};

/**
 * Converts an exception to a failure. If the node threw it in a "continue" mode, n8n would pass the input on as
 * a success. The results of single items are lost, so all items are unknown when something may have been
 * written.
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

/** The results of all input items, how the operation calls what it handles and does, and what comes out. */
export interface Routed {
	readonly results: readonly ItemResult[];
	readonly wording: Wording;
	readonly presentation?: Presentation;
}

/** A dry run does nothing with its items. */
const isDryRun = (context: IExecuteFunctions): boolean =>
	context.getNodeParameter('options.dryRun', 0, false) === true;

/** Runs the operation that the node is set to. */
export const route = async (context: IExecuteFunctions): Promise<Routed> => {
	const name = context.getNodeParameter('resource', 0);
	const resource = RESOURCES.find(({ value }) => value === name);
	const chosen = context.getNodeParameter('operation', 0);
	const operation = resource?.operations.find(({ value }) => value === chosen);
	if (resource === undefined || operation === undefined) {
		const message = `There is no operation ${chosen} of ${name}`;
		const failure: Failure = { reason: 'invalidSetting', message };
		return {
			results: context.getInputData().map(() => ({ failure })),
			wording: { things: 'items' },
		};
	}
	const results = (await run(context, operation)).map((result) =>
		'failure' in result ? { ...result, failure: withAdvice(result.failure) } : result,
	);
	const done = isDryRun(context) ? undefined : operation.done;
	return {
		results,
		wording: { things: resource.things, done },
		...(operation.presentation && { presentation: operation.presentation(context) }),
	};
};
