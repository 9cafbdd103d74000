import type { Failure } from '../failure';

/** One record to send. It is serialised once and identified by the index of its item. */
export interface BulkRecord {
	/** Index of the input item. */
	readonly index: number;
	/** Identifies the entity. Two records with the same key write the same entity. */
	readonly key: string;
	/** Type of the entity. Some refusals concern one type only. */
	readonly type: string;
	/** The ID of the entity in errors and results. */
	readonly id: string;
	/** The record as JSON text, without its row in the request. */
	readonly json: string;
	/** Bytes of the record in the body of a request, its row included. */
	readonly bytes: number;
	/** Whether fields of the record name its entity. Otherwise the record has only an ID. */
	readonly isSelfNamed: boolean;
	/** Whether the item gives nothing beside the ID. */
	readonly isEmpty?: boolean;
}

/** An item that gives no record, and why. */
export interface UnmappedItem {
	readonly index: number;
	/** Type and ID of the entity, if they are known. */
	readonly type?: string | undefined;
	readonly id?: string | undefined;
	readonly failure: Failure;
}

/** The result of the mapping for one item. */
export type MappedRecord = BulkRecord | UnmappedItem;

export const isUnmapped = (mapped: MappedRecord): mapped is UnmappedItem => 'failure' in mapped;
