import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import type { ItemResult, Presentation } from '../n8n/items';
import type { Session } from '../n8n/session';

/** One operation of the node: its description in the editor, and its code. */
export interface Operation {
	/** The value that workflows store, such as `upsert`. */
	readonly value: string;
	readonly name: string;
	readonly action: string;
	readonly description: string;
	/**
	 * Its parameters, in the order in which the editor shows them. Operations of one resource share a
	 * parameter by listing the same value.
	 */
	readonly parameters: readonly INodeProperties[];
	/** What it does with each thing, as in "3 were written", for the error of a run with failures. */
	readonly done?: string;
	/** Reads which items are to come out, where the user may choose. It should not throw. */
	readonly presentation?: (context: IExecuteFunctions) => Presentation;
	/** Handles all input items and returns one result for each. It should not throw. */
	readonly execute: (context: IExecuteFunctions, session: Session) => Promise<ItemResult[]>;
}

export interface Resource {
	readonly value: string;
	readonly name: string;
	/** The plural of what its operations handle, as in "2 of 5 entities failed". */
	readonly things: string;
	/** The default operation of a new node. */
	readonly defaultOperation: string;
	readonly operations: readonly Operation[];
}

const byName = (one: { name: string }, other: { name: string }): number =>
	one.name.localeCompare(other.name);

/** The dropdown of a resource's operations. */
const operationParameter = ({
	value,
	operations,
	defaultOperation,
}: Resource): INodeProperties => ({
	displayName: 'Operation',
	name: 'operation',
	type: 'options',
	noDataExpression: true,
	displayOptions: { show: { resource: [value] } },
	default: defaultOperation,
	options: operations
		.map(({ name, value: operation, action, description }) => ({
			name,
			value: operation,
			action,
			description,
		}))
		.sort(byName),
});

/**
 * Returns all parameters of a resource for the description of the node. Each parameter is shown for the
 * operations that list it.
 */
export const describeResource = (resource: Resource): INodeProperties[] => {
	const operationsOf = new Map<INodeProperties, string[]>();
	for (const { value, parameters } of resource.operations) {
		for (const parameter of parameters) {
			const operations = operationsOf.get(parameter) ?? [];
			operationsOf.set(parameter, [...operations, value]);
		}
	}
	const parameters = [...operationsOf].map(([parameter, operation]) => ({
		...parameter,
		displayOptions: {
			...parameter.displayOptions,
			show: { resource: [resource.value], operation, ...parameter.displayOptions?.show },
		},
	}));
	return [operationParameter(resource), ...parameters];
};
