import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { listedFields, shortened } from '../failure';
import { failedItemsOf, LONGEST_MESSAGE, type ItemResult } from './results';
import { toRunError, type Wording } from './runError';
import { summaryOf } from './summary';

export type { ItemResult } from './results';
export { countOf, countOrNone, escapeHtml, formatCount, type Wording } from './runError';
export { totalsInWords, totalsOf, type Totals } from './summary';

/** Which output items the results become. Failed items leave by the error output, if there is one, in any case. */
export interface Presentation {
	/** `failed`: nothing for items that succeeded. `summary`: one item that counts the results. */
	readonly items: 'all' | 'failed' | 'summary';
	/** Whether items keep the fields of their input item, with the result beside them. */
	readonly includesInput: boolean;
}

const PLAIN: Presentation = { items: 'all', includesInput: false };

type FailedResult = Extract<ItemResult, { failure: unknown }>;

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

/** V8 shortens shorter lists in no time. */
const LONG_LIST = 10_000;

/**
 * Makes a long list cheap to empty from the front. For the error output n8n takes every item from the list that
 * way, and makes new lists of them. V8 moves the rest of a long list by one place each time: 100,000 items take
 * longer than the whole run, and ten times as many a hundred times as long. Here nothing moves: the list keeps its
 * items until the last one is taken, and is empty then. To whoever reads it otherwise it is a list like any other.
 */
const withQuickShift = (items: INodeExecutionData[]): INodeExecutionData[] => {
	if (items.length <= LONG_LIST) return items;
	let taken = 0;
	const shift = (): INodeExecutionData | undefined => {
		const item = items[taken];
		taken += 1;
		if (taken >= items.length) {
			items.length = 0;
			taken = 0;
		}
		return item;
	};
	return Object.defineProperty(items, 'shift', {
		value: shift,
		enumerable: false,
		writable: true,
		configurable: true,
	});
};

/**
 * The key for a result beside the fields of the input item, which often has a `status` of its own. It is the one
 * that error items have.
 */
const RESULT_KEY = 'details';

/**
 * Returns the result of an item beside the fields of its input. An `error` of the input is left out, such as that of
 * an item that failed before: n8n would take the item for a failed one.
 */
const besideInput = (input: IDataObject, result: IDataObject): IDataObject => {
	const json: IDataObject = { ...input, [RESULT_KEY]: result };
	delete json.error;
	return json;
};

/**
 * Turns the results of the input items into output items, in order and paired with their input item. A summary is
 * paired with all of them.
 *
 * @param wording what the operation handles and does
 * @param continueOnFail what the node's `continueOnFail()` answers
 * @param presentation one item for each result unless it says otherwise
 * @throws NodeOperationError that names the causes, when an item failed and the node is to stop
 */
export const toItems = (
	context: IExecuteFunctions,
	results: readonly ItemResult[],
	wording: Wording,
	continueOnFail: boolean,
	presentation: Presentation = PLAIN,
): INodeExecutionData[] => {
	// An error thrown after a cancel would turn the execution from "canceled" into "error".
	const isCancelled = context.getExecutionCancelSignal()?.aborted === true;
	if (!continueOnFail && !isCancelled) {
		const [first, ...others] = failedItemsOf(results);
		if (first) throw toRunError(context.getNode(), [first, ...others], results.length, wording);
	}
	const hasErrorOutput = context.getNode().onError === 'continueErrorOutput';
	const input = presentation.includesInput ? context.getInputData() : undefined;
	const isSummary = presentation.items === 'summary';
	const items: INodeExecutionData[] = [];
	if (isSummary) {
		items.push({
			json: summaryOf(results),
			pairedItem: [...results.entries()].map(([position, { item = position }]) => ({ item })),
		});
	}
	results.forEach((result, position) => {
		const index = result.item ?? position;
		const inputJson = input?.[index]?.json;
		if ('failure' in result) {
			const item = toErrorItem(result, index);
			// n8n adds the fields of the input by itself, and takes an item with other keys for a success.
			if (hasErrorOutput) items.push(markAsError(item));
			else if (!isSummary) items.push({ ...item, json: { ...inputJson, ...item.json } });
		} else if (presentation.items === 'all') {
			for (const json of result.outputs) {
				items.push({
					json: inputJson === undefined ? json : besideInput(inputJson, json),
					pairedItem: { item: index },
				});
			}
		}
	});
	return hasErrorOutput ? withQuickShift(items) : items;
};
