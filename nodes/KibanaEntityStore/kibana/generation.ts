import type { BulkRecord, Failure, Verdict } from '../bulk/outcome';
import type { EntityType, GenerationName } from '../entity/fields';
import type { Identify } from '../entity/identity';
import type { EntityRecord } from '../entity/record';
import type { KibanaClient } from './http/client';
import type { Listing } from './listing';

/** What is to happen to an entity that is there already, and to one that is not. */
export type WriteOperation = 'create' | 'update' | 'upsert';

/** One way of writing records. What it leaves over is a matter for the next step, if there is one. */
export interface WriteStep {
	/** What one request carries. */
	readonly carries: 'chunk' | 'record';
	/** Why a record cannot be written this way, known before it is sent. */
	readonly refuse?: (record: BulkRecord) => Failure | undefined;
	/** Sends one request with these records and says what the answer means for them. Never throws. */
	readonly post: (records: readonly BulkRecord[]) => Promise<Verdict>;
}

/** Everything that differs from one generation of the API to the next. */
export interface Generation {
	readonly name: GenerationName;
	/** The first version of Kibana that speaks it, as major and minor (contract §1.1). */
	readonly since: readonly [major: number, minor: number];
	/** A route that any Kibana of this generation answers, with whatever privilege (contract §1.2). */
	readonly statusPath: `/${string}`;
	/** How it names entities. */
	readonly identify: Identify;
	/** Equal for two records exactly if they write the same entity. */
	readonly entityKey: (type: EntityType, entityId: string) => string;
	/** The row of a bulk body that carries this record, as JSON text. */
	readonly toRow: (type: EntityType, record: EntityRecord) => string;
	/** The record that a row carries. */
	readonly recordIn: (row: string) => EntityRecord;
	/** Bytes of a bulk body around its rows. */
	readonly envelopeBytes: number;
	/**
	 * The steps of an operation, in order, or why this generation cannot do it.
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
	/** How what was written can be read back. */
	readonly listing: Listing;
}
