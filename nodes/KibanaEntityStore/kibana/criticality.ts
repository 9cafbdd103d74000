/** How critical an asset is, whichever the generation (docs/kibana-api.md#asset-criticality). */
import { CRITICALITIES, type EntityType, type UNASSIGNED } from '../entity/fields';
import type { Failure } from '../failure';
import type { EntityRef, WriteStep } from './step';
import type { KibanaClient } from './http/client';
import type { Reply } from './reply';

export type Level = (typeof CRITICALITIES)[number] | typeof UNASSIGNED;

export const isLevel = (value: unknown): value is (typeof CRITICALITIES)[number] =>
	CRITICALITIES.some((level) => level === value);

/** An entity with its level. */
export interface Criticality {
	readonly entityId: string;
	readonly entityType: string;
	readonly criticality: Level;
}

/** Some of the entities that have a level, and where to go on. */
export interface CriticalityPage {
	readonly found: readonly Criticality[];
	/** Of the next page; undefined after the last one. */
	readonly next?: string;
}

/** How a generation keeps the criticality of assets. */
export interface CriticalityApi {
	/** Returns the JSON text of a record that gives an entity a level. */
	readonly record: (entity: EntityRef, level: Level) => string;
	/** Returns the bytes of a record in the body of a request. */
	readonly bytesOf: (type: EntityType, json: string) => number;
	readonly envelopeBytes: number;
	/** Returns the ways of sending records, in order. */
	readonly steps: (client: KibanaClient, now: () => number) => readonly WriteStep[];
	/** Returns the level of an entity, or that there is no such entity. */
	readonly get: (
		client: KibanaClient,
		now: () => number,
		entity: EntityRef,
	) => Promise<Reply<Level>>;
	/**
	 * Returns entities that have this level, or any. Undefined where the level is a field of the entity, as the list of
	 * entities shows it.
	 *
	 * @param next of the page before
	 */
	readonly list?: (
		client: KibanaClient,
		now: () => number,
		wanted: { readonly type?: EntityType; readonly level?: string },
		next?: string,
	) => Promise<Reply<CriticalityPage>>;
	/** Takes the level of one entity away, and returns whether there was one. */
	readonly remove?: (
		client: KibanaClient,
		now: () => number,
		entity: EntityRef,
	) => Promise<Reply<boolean>>;
}

export const NO_ENTITY: Failure = {
	reason: 'notFound',
	message: 'Kibana has no such entity',
	hint: 'Check the entity ID and the space',
};
