import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { listedFields, shortened, type Failure } from '../failure';
import { toRunError, type FailedItem, type Wording } from './runError';

export { countOf, countOrNone, escapeHtml, formatCount, type Wording } from './runError';

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

/**
 * Turns the results of the input items into output items, in order and paired with their input item.
 *
 * @param wording what the operation handles and does
 * @param continueOnFail what the node's `continueOnFail()` answers
 * @throws NodeOperationError that names the causes, when an item failed and the node is to stop
 */
export const toItems = (
	context: IExecuteFunctions,
	results: readonly ItemResult[],
	wording: Wording,
	continueOnFail: boolean,
): INodeExecutionData[] => {
	// An error thrown after a cancel would turn the execution from "canceled" into "error".
	const isCancelled = context.getExecutionCancelSignal()?.aborted === true;
	if (!continueOnFail && !isCancelled) {
		const failed = [...results.entries()].flatMap(([index, result]): FailedItem[] =>
			'failure' in result ? [{ ...result, index: result.item ?? index }] : [],
		);
		const [first, ...others] = failed;
		if (first) throw toRunError(context.getNode(), [first, ...others], results.length, wording);
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
