import {
	NodeOperationError,
	type IDataObject,
	type IExecuteFunctions,
	type INode,
	type INodeExecutionData,
} from 'n8n-workflow';

import { listedFields, shortened, type Failure } from '../failure';

/**
 * What became of one input item. The results of a run are in the order of its items; where one item has
 * several results, `item` says which it is.
 */
export type ItemResult =
	/** The json of its output items, in order: none, one or several. */
	| { readonly outputs: readonly IDataObject[]; readonly item?: number }
	| {
			readonly failure: Failure;
			readonly item?: number;
			/** As far as they are known; the item may have failed before. */
			readonly entityId?: string;
			readonly entityType?: string;
	  };

type FailedResult = Extract<ItemResult, { failure: Failure }>;

/** A number as people read it: 1,200. */
export const formatCount = (number: number): string => number.toLocaleString('en-US');

/** Of a message, which may quote a text from outside that is short by itself. */
const LONGEST_MESSAGE = 3_000;

/**
 * Returns the error item of a failure. n8n 2.34 and later move it to the error output, and merge the
 * input item's fields into it, because its json holds nothing but `error`, `message` and `details`.
 */
const toErrorItem = (
	{ failure, entityId, entityType }: FailedResult,
	index: number,
): INodeExecutionData => {
	const { message, hint, mayBeStored, fields, ...cause } = failure;
	const details = {
		status: mayBeStored ? 'unknown' : 'failed',
		entityId: entityId === undefined ? undefined : shortened(entityId),
		entityType,
		...cause,
		...(fields && { fields: listedFields(fields) }),
	};
	return {
		json: {
			error: shortened(message, LONGEST_MESSAGE),
			...(hint !== undefined && { message: shortened(hint, LONGEST_MESSAGE) }),
			details: JSON.parse(JSON.stringify(details)) as IDataObject,
		},
		pairedItem: { item: index },
	};
};

/**
 * Marks an error item for n8n before 2.34, which does not know `details` and would leave the item on
 * the success output. The property is hidden, because n8n replaces the json of an item that shows one,
 * and writable, because n8n 1.x clears it.
 */
const markAsError = (item: INodeExecutionData): INodeExecutionData =>
	Object.defineProperty(item, 'error', {
		value: { message: item.json.error },
		enumerable: false,
		writable: true,
		configurable: true,
	});

const escapeHtml = (text: string): string =>
	text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');

const CAUSES_LISTED = 10;
const ITEMS_LISTED = 5;
const LONGEST_NAME = 100;

type FailedItem = readonly [index: number, result: FailedResult];

const nameOf = ([index, { entityId }]: FailedItem): string =>
	entityId === undefined ? String(index) : `${index} (${shortened(entityId, LONGEST_NAME)})`;

/** `Items 0 (jane), 3 and 12 more`. */
const nameAll = (items: readonly FailedItem[]): string => {
	const more = items.length - ITEMS_LISTED;
	const named = items.slice(0, ITEMS_LISTED).map(nameOf).join(', ');
	return `${items.length > 1 ? 'Items' : 'Item'} ${named}${more > 0 ? ` and ${formatCount(more)} more` : ''}`;
};

/** Failed items by what went wrong and what to do, in order of their first items. */
const groupByCause = (failed: readonly FailedItem[]): ReadonlyMap<string, FailedItem[]> => {
	const groups = new Map<string, FailedItem[]>();
	for (const item of failed) {
		const { message, hint } = item[1].failure;
		const cause = hint === undefined ? message : `${message}. ${hint}`;
		const group = groups.get(cause);
		if (group) group.push(item);
		else groups.set(cause, [item]);
	}
	return groups;
};

/** The one error of a run that stops: n8n shows the description as HTML. */
const toRunError = (
	node: INode,
	failed: readonly FailedItem[],
	total: number,
	things: string,
): NodeOperationError => {
	const groups = [...groupByCause(failed)];
	const lines = groups
		.slice(0, CAUSES_LISTED)
		.map(([cause, items]) => escapeHtml(`${nameAll(items)}: ${shortened(cause, LONGEST_MESSAGE)}`));
	const rest = groups.slice(CAUSES_LISTED).flatMap(([, items]) => items).length;
	if (rest > 0) lines.push(`… and ${formatCount(rest)} more`);
	return new NodeOperationError(
		node,
		`${formatCount(failed.length)} of ${formatCount(total)} ${things} failed`,
		{ description: lines.join('<br>'), itemIndex: failed[0]?.[1].item ?? failed[0]?.[0] },
	);
};

/**
 * Turns the results of the input items into output items, in order and paired with their input item.
 *
 * @param things what the operation handles, in the plural, such as "entities"
 * @param continueOnFail what the node's `continueOnFail()` answers
 * @throws NodeOperationError naming the first failures, when one failed and the node is to stop
 */
export const toItems = (
	context: IExecuteFunctions,
	results: readonly ItemResult[],
	things: string,
	continueOnFail: boolean,
): INodeExecutionData[] => {
	// An error thrown after a cancel would turn the execution from "canceled" into "error".
	const isCancelled = context.getExecutionCancelSignal()?.aborted === true;
	if (!continueOnFail && !isCancelled) {
		const failed = [...results.entries()].filter(
			(entry): entry is [number, FailedResult] => 'failure' in entry[1],
		);
		if (failed.length > 0) throw toRunError(context.getNode(), failed, results.length, things);
	}
	const hasErrorOutput = context.getNode().onError === 'continueErrorOutput';
	const items: INodeExecutionData[] = [];
	for (const [position, result] of results.entries()) {
		const index = result.item ?? position;
		if ('failure' in result) {
			const item = toErrorItem(result, index);
			items.push(hasErrorOutput ? markAsError(item) : item);
		} else {
			for (const json of result.outputs) items.push({ json, pairedItem: { item: index } });
		}
	}
	return items;
};
