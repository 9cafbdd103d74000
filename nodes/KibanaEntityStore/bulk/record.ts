import type { Failure } from '../failure';

/** One record on its way: serialised once, and known by its place among the items. */
export interface BulkRecord {
	/** Index of the input item. */
	readonly index: number;
	/** Which entity the record writes. Two records with one key write the same entity. */
	readonly key: string;
	/** What kind of thing the record describes. Some refusals concern one kind only. */
	readonly type: string;
	/** The entity's ID, as errors and results name it. */
	readonly id: string;
	/** The record as JSON text, without what a request puts around it. */
	readonly json: string;
	/** Bytes of the record in the body of a request, with what surrounds it there. */
	readonly bytes: number;
	/** Whether the record itself names its entity, or only quotes an ID that another system gave it. */
	readonly isSelfNamed: boolean;
	/** Whether the item gives nothing beside the ID. */
	readonly isEmpty?: boolean;
}

/** An item from which no record could be made, and why. */
export interface UnmappedItem {
	readonly index: number;
	/** As far as they are known. */
	readonly type?: string | undefined;
	readonly id?: string | undefined;
	readonly failure: Failure;
}

/** What the mapping makes of one item. */
export type MappedRecord = BulkRecord | UnmappedItem;

export const isUnmapped = (mapped: MappedRecord): mapped is UnmappedItem => 'failure' in mapped;
