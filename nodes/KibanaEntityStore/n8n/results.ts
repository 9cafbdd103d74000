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
