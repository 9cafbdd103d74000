import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { Failure } from '../failure';
import { toRunError, type FailedItem, type Wording } from './runError';

export { formatCount, type Wording } from './runError';

/** What became of one input item. */
export type ItemResult =
	/** The json of its output items, in order: none, one or several. */
	| { readonly outputs: readonly IDataObject[] }
	| {
			readonly failure: Failure;
			/** As far as they are known; the item may have failed before. */
			readonly entityId?: string;
			readonly entityType?: string;
	  };

type FailedResult = Extract<ItemResult, { failure: Failure }>;

/**
 * Returns the error item of a failure. n8n 2.34 and later move it to the error output, and merge the
 * input item's fields into it, because its json holds nothing but `error`, `message` and `details`.
 */
const toErrorItem = (
	{ failure, entityId, entityType }: FailedResult,
	index: number,
): INodeExecutionData => {
	const { message, hint, mayBeStored, ...cause } = failure;
	const details = { status: mayBeStored ? 'unknown' : 'failed', entityId, entityType, ...cause };
	return {
		json: {
			error: message,
			...(hint !== undefined && { message: hint }),
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
			'failure' in result ? [{ index, ...result }] : [],
		);
		const [first, ...others] = failed;
		if (first) throw toRunError(context.getNode(), [first, ...others], results.length, wording);
	}
	const hasErrorOutput = context.getNode().onError === 'continueErrorOutput';
	const items: INodeExecutionData[] = [];
	for (const [index, result] of results.entries()) {
		if ('failure' in result) {
			const item = toErrorItem(result, index);
			items.push(hasErrorOutput ? markAsError(item) : item);
		} else {
			for (const json of result.outputs) items.push({ json, pairedItem: { item: index } });
		}
	}
	return items;
};
