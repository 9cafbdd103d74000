import type { IDataObject } from 'n8n-workflow';

import type { Failure } from '../failure';

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

/** An item that failed, with its index in the input. */
export interface FailedItem {
	readonly index: number;
	readonly failure: Failure;
	readonly entityId?: string;
}

/** Of a message in an output item, which may quote a text from outside that is short by itself. */
export const LONGEST_MESSAGE = 3_000;

/** Returns the items that failed, in order. */
export const failedItemsOf = (results: readonly ItemResult[]): FailedItem[] => {
	const failed: FailedItem[] = [];
	results.forEach((result, position) => {
		if ('failure' in result) failed.push({ ...result, index: result.item ?? position });
	});
	return failed;
};
