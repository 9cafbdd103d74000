import type { BulkRecord } from '../bulk/record';
import type { Verdict } from '../bulk/verdict';
import type { EntityType, GenerationName } from '../entity/fields';
import type { Identify } from '../entity/identity';
import type { Leaves } from '../entity/leaves';
import type { Failure } from '../failure';
import type { KibanaClient } from './http/client';
import type { StoreApi } from './store';

/** Whether to write entities that exist already, those that do not exist, or both. */
export type WriteOperation = 'create' | 'update' | 'upsert';

/** One way of writing records. Records that it defers go to the next step, if there is one. */
export interface WriteStep {
	/** What one request contains. */
	readonly carries: 'chunk' | 'record';
	/** Returns why a record cannot be written this way, if this is known before it is sent. */
	readonly refuse?: (record: BulkRecord) => Failure | undefined;
	/** Sends one request with these records and returns what the answer means for them. Never throws. */
	readonly post: (records: readonly BulkRecord[]) => Promise<Verdict>;
}

/** How a generation writes entities. */
export interface Writing {
	/** Bytes of a record in a bulk body, its row included. */
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

/** An entity that a request looks up. */
export interface EntityRef {
	readonly type: string;
	readonly id: string;
}

/** How a generation lists entities. */
export interface Listing {
	/** Entities of different groups are never looked up in one request. */
	readonly groupOf: (entity: EntityRef) => string;
	/** The term that looks up an entity, encoded for the URL. */
	readonly term: (entity: EntityRef) => string;
	/** The separator between two terms in the URL. */
	readonly separator: string;
	/** Returns the path that lists, on one page, the entities of one group that match the terms. */
	readonly path: (group: string, terms: readonly string[]) => `/${string}`;
	/** Returns the documents in the body of an answer, or undefined when it is not a list. */
	readonly documentsIn: (body: unknown) => readonly unknown[] | undefined;
	/** Returns the key of a document's entity, equal to that of the records that write it. */
	readonly keyOf: (document: unknown, group: string) => string;
}

/** How to compare what was sent with what the list shows. */
export interface Comparison {
	/** Returns the leaves of a listed document, by the paths at which they were sent. */
	readonly leavesIn: (document: unknown, group: string) => Leaves;
	/**
	 * Returns the leaves of a record by path, as far as Kibana keeps and lists them. Fields that Kibana sets
	 * itself are left out, because they would always differ.
	 *
	 * @param isCreated whether the record created its entity, because then more fields were sent
	 */
	readonly expected: (record: BulkRecord, isCreated?: boolean) => Leaves;
	/** How many values of a list the store keeps. */
	readonly longestList: number;
}

/** Everything that differs between the generations of the API, by capability. */
export interface Generation {
	readonly name: GenerationName;
	/** The first version of Kibana that has it, as major and minor. */
	readonly since: readonly [major: number, minor: number];
	/** A route that every Kibana of this generation answers, also when a privilege is missing. */
	readonly statusPath: `/${string}`;
	/** How it names entities. */
	readonly identify: Identify;
	/** Returns a text that is equal for two records if and only if they write the same entity. */
	readonly entityKey: (type: EntityType, entityId: string) => string;
	readonly write: Writing;
	readonly list: Listing;
	readonly comparison: Comparison;
	readonly store: StoreApi;
}
