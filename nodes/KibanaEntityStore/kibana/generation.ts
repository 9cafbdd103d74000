import type { BulkRecord } from '../bulk/record';
import type { EntityType, GenerationName } from '../entity/fields';
import type { Identify } from '../entity/identity';
import type { LeafReader, Leaves } from '../entity/leaves';
import type { Failure } from '../failure';
import type { CriticalityApi } from './criticality';
import type { KibanaClient } from './http/client';
import type { ResolutionApi } from './resolution';
import type { EntityRef, WriteStep } from './step';
import type { StoreApi } from './store';

export type { EntityRef, WriteStep } from './step';

/** Whether to write entities that exist already, those that do not exist, or both. */
export type WriteOperation = 'create' | 'update' | 'upsert';

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

/** How a generation deletes entities: one request for each. */
export interface Deleting {
	/** Returns the body of the request for an entity. */
	readonly bodyOf: (id: string) => string;
	/**
	 * Returns the step that deletes. Of an entity whose earlier answer was lost, a repeat that finds it gone
	 * has succeeded.
	 *
	 * @param now epoch milliseconds
	 */
	readonly step: (client: KibanaClient, now: () => number) => WriteStep;
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

/** What is known of an entity that is looked for. */
export interface EntityMatch {
	readonly type: EntityType;
	/** Its ID. Beside fields it is the ID that follows from them, and an entity fits by either. */
	readonly id?: string | undefined;
	/** Values that its fields must all have, by dotted path. */
	readonly fields: ReadonlyMap<string, string>;
}

/** How a generation finds entities by ID or by values of fields, many in one request. */
export interface Searching {
	/** Entities of different groups are never asked for in one request. */
	readonly groupOf: (match: EntityMatch) => string;
	/** Returns how many bytes a match adds to the URL at most. */
	readonly bytesOf: (match: EntityMatch) => number;
	/** Returns the path of the list of all entities that fit one of the matches of a group, on one page. */
	readonly path: (group: string, matches: readonly EntityMatch[]) => `/${string}`;
}

/** Which entities to list. What is left empty admits all. */
export interface ListQuery {
	readonly types: readonly EntityType[];
	/** In Kibana's query language. */
	readonly kql: string;
	readonly riskLevels: readonly string[];
	/** The lowest risk score, from 0 to 100. Entities without a score do not fit. */
	readonly riskScoreFrom?: number | undefined;
	readonly criticalities: readonly string[];
	readonly sources: readonly string[];
	/** A part of the name or the ID, in any case. */
	readonly nameContains: string;
	/** The paths to return of each entity; undefined for whole documents. */
	readonly paths?: readonly string[] | undefined;
}

/** Makes one request for a list, patiently, and returns the body of its answer. It must not throw. */
export type AskForList = (
	path: `/${string}`,
) => Promise<{ readonly body: unknown } | { readonly failure: Failure }>;

export type EntityPage =
	| { readonly entities: readonly ListedEntity[] }
	| { readonly failure: Failure };

/** How a generation lists all entities, page by page. */
export interface Paging {
	/** Whether lists show what is stored at a path. */
	readonly shows: (path: string) => boolean;
	/** Whether the server leaves out what was not asked for. */
	readonly picksPaths: boolean;
	/** Returns why this generation cannot list so, if it cannot. */
	readonly refuse: (query: ListQuery) => Failure | undefined;
	/**
	 * Lists all entities that fit, and every one of them that exists throughout, whatever is written
	 * meanwhile. An entity may come more than once; then the last is the newest. A failure is the last page.
	 *
	 * @param limit how many are wanted, if not all. Then what is written meanwhile may be passed by
	 */
	readonly pages: (
		query: ListQuery,
		ask: AskForList,
		limit?: number,
	) => AsyncGenerator<EntityPage, void>;
}

/** A stored entity as a list shows it. */
export interface ListedEntity {
	/** Empty for a document without an ID, which is no entity. */
	readonly id: string;
	readonly type: string;
	/** As Kibana answers it. */
	readonly document: Readonly<Record<string, unknown>>;
	/** Its leaves, at the paths of the catalogue of fields. */
	readonly leaves: LeafReader;
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
	/**
	 * Whether writing the record would leave the document as it is. What the list does not show cannot be
	 * compared, and counts as a change.
	 */
	readonly isUnchanged: (record: BulkRecord, document: unknown, group: string) => boolean;
	/** How many values the store keeps of a list. */
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
	/** Returns a text that is equal for two records exactly if they write the same entity. */
	readonly entityKey: (type: string, entityId: string) => string;
	readonly write: Writing;
	readonly remove: Deleting;
	readonly list: Listing;
	readonly search: Searching;
	readonly paging: Paging;
	/** Reads a document of a list. `type` is that of the entities asked for, where a list is of one type. */
	readonly readDocument: (document: unknown, type?: string) => ListedEntity;
	readonly comparison: Comparison;
	readonly store: StoreApi;
	readonly criticality: CriticalityApi;
	/** Undefined where entities cannot be linked. */
	readonly resolution?: ResolutionApi;
	readonly hasWatchlists: boolean;
}
