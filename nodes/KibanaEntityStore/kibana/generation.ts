import type { BulkRecord } from '../bulk/record';
import type { Verdict } from '../bulk/verdict';
import type { EntityType, GenerationName } from '../entity/fields';
import type { Identify } from '../entity/identity';
import type { Leaves } from '../entity/leaves';
import type { Failure } from '../failure';
import type { KibanaClient } from './http/client';
import type { StoreApi } from './store';

/** What is to happen to an entity that exists already, and to one that does not. */
export type WriteOperation = 'create' | 'update' | 'upsert';

/** One way of writing records. What it defers is for the next step, if there is one. */
export interface WriteStep {
	/** What one request carries. */
	readonly carries: 'chunk' | 'record';
	/** Returns why a record cannot be written this way, when that is known before it is sent. */
	readonly refuse?: (record: BulkRecord) => Failure | undefined;
	/** Sends one request with these records and says what the answer means for them. Never throws. */
	readonly post: (records: readonly BulkRecord[]) => Promise<Verdict>;
}

/** How a generation writes entities. */
export interface Writing {
	/** Bytes of a record in a bulk body, with what surrounds it there. */
	readonly bytesOf: (type: EntityType, json: string) => number;
	/** Returns the field in which every record names its entity type, if it may be sent in all of them. */
	readonly typePath: (force: boolean) => string | undefined;
	/** Bytes of a bulk body around its rows. */
	readonly envelopeBytes: number;
	/**
	 * Returns the steps of an operation, in order, or why this generation cannot do it.
	 *
	 * @param client sends to the space of the records
	 * @param force whether protected fields may be written
	 * @param now epoch milliseconds
	 */
	readonly stepsOf: (
		operation: WriteOperation,
		client: KibanaClient,
		force: boolean,
		now: () => number,
	) => readonly WriteStep[] | Failure;
}

/** An entity that a request asks for. */
export interface EntityRef {
	readonly type: string;
	readonly id: string;
}

/** How a generation lists entities. */
export interface Listing {
	/** Entities of different groups are never asked for in one request. */
	readonly groupOf: (entity: EntityRef) => string;
	/** The term that asks for an entity, as it stands in the URL. */
	readonly term: (entity: EntityRef) => string;
	/** What stands between two terms in the URL. */
	readonly separator: string;
	/** Returns the path of the list of the entities of one group that the terms ask for, on one page. */
	readonly path: (group: string, terms: readonly string[]) => `/${string}`;
	/** Returns the documents in the body of an answer, or undefined for one that is not a list. */
	readonly documentsIn: (body: unknown) => readonly unknown[] | undefined;
	/** Returns the key of a document's entity, equal to that of the records that write it. */
	readonly keyOf: (document: unknown, group: string) => string;
}

/** What can be compared between what was sent and what the list shows. */
export interface Comparison {
	/** Returns the leaves of a document, at the paths at which they were sent. */
	readonly leavesIn: (document: unknown, group: string) => Leaves;
	/**
	 * Returns what a record has sent, by path, as far as the list shows it and Kibana keeps it. What Kibana
	 * sets by itself would always be found different.
	 *
	 * @param isCreated whether the record has created its entity, so that more was sent with it
	 */
	readonly expected: (record: BulkRecord, isCreated?: boolean) => Leaves;
	/** How many values the store keeps of a list. */
	readonly longestList: number;
}

/** Everything that differs from one generation of the API to the next, by what it can do. */
export interface Generation {
	readonly name: GenerationName;
	/** The first version of Kibana that has it, as major and minor. */
	readonly since: readonly [major: number, minor: number];
	/** A route that any Kibana of this generation answers, with whatever privilege. */
	readonly statusPath: `/${string}`;
	/** How it names entities. */
	readonly identify: Identify;
	/** Returns a text that is equal for two records exactly if they write the same entity. */
	readonly entityKey: (type: EntityType, entityId: string) => string;
	readonly write: Writing;
	readonly list: Listing;
	readonly comparison: Comparison;
	readonly store: StoreApi;
}
