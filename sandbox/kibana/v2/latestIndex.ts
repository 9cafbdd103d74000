import type { EntityType } from '../definitions';
import type { StoredEntity, Write } from '../store';
import { expandDottedKeys, isObject, merge, without, type EntityDocument } from './documents';
import { deriveEuid } from './euid';

export interface IndexedEntity extends StoredEntity {
	/** Rises with every write, so that entities of one millisecond have an order too. */
	readonly order: number;
}

/** The second generation's store: one index in each space, whatever the types of its entities. */
export interface LatestIndex {
	find(space: string, id: string): IndexedEntity | undefined;
	/** What is stored. */
	list(space: string): IndexedEntity[];
	/** What a search finds: what is stored, and what was deleted since the last refresh. */
	search(space: string): IndexedEntity[];
	create(write: Write): void;
	/** Merges what was sent into a stored entity, under its type's name. */
	update(stored: IndexedEntity, write: Write): void;
	/** An entity out of the logs: no client has written it, so it counts no writes. */
	seed(type: EntityType, document: EntityDocument, space: string): void;
	/** A change by Kibana itself, which counts no write; `isStamped` sets `@timestamp`. */
	change(stored: IndexedEntity, update: EntityDocument, isStamped: boolean): void;
	/** Gives all entities of a space one time (docs/kibana-api.md#timestamps). How many there were. */
	snapshot(space: string, time: string): number;
	/** A search finds the entity until the next refresh. */
	remove(entity: IndexedEntity): void;
	refresh(space?: string): void;
	drop(space: string): void;
	clear(): void;
}

interface Deleted {
	readonly entity: IndexedEntity;
	/** On the clock of `performance.now()`. */
	readonly searchableUntil: number;
}

/**
 * @param note is told of every write of a client
 * @param refreshIntervalMs after which a search finds a deleted entity no more
 */
export const createLatestIndex = (
	note: (write: Write) => void,
	refreshIntervalMs: () => number,
): LatestIndex => {
	const spaces = new Map<string, Map<string, IndexedEntity>>();
	let deleted: Deleted[] = [];
	let order = 0;

	const indexOf = (space: string): Map<string, IndexedEntity> => {
		const index = spaces.get(space) ?? new Map<string, IndexedEntity>();
		spaces.set(space, index);
		return index;
	};
	const keep = (entity: Omit<IndexedEntity, 'order' | 'record'>): void => {
		order += 1;
		const record = without(entity.document, '@timestamp');
		indexOf(entity.space).set(entity.id, { ...entity, record, order });
	};
	const stampOf = (time = new Date().toISOString()) => ({ '@timestamp': time });
	const list = (space: string): IndexedEntity[] => [...(spaces.get(space)?.values() ?? [])];

	return {
		find: (space, id) => spaces.get(space)?.get(id),
		list,
		search: (space) => {
			const now = performance.now();
			const found = deleted.filter(
				({ entity, searchableUntil }) =>
					entity.space === space && searchableUntil > now && !indexOf(space).has(entity.id),
			);
			return [...list(space), ...found.map(({ entity }) => entity)];
		},
		create: (write) => {
			const { type, id, space, record } = write;
			keep({ type, id, space, document: { ...record, ...stampOf() }, writes: 1 });
			note(write);
		},
		update: (stored, write) => {
			const document = { ...merge(stored.document, write.record), ...stampOf() };
			keep({ ...stored, document, writes: stored.writes + 1 });
			note(write);
		},
		seed: (type, sent, space) => {
			const document = expandDottedKeys(sent);
			const { entity } = document as { entity?: { id?: string; EngineMetadata?: object } };
			const id = entity?.id || deriveEuid(type, document);
			if (id === undefined) throw new Error('This document has no entity.id and yields no EUID');
			// Log extraction sets the type, which creation by a client does not.
			const EngineMetadata = { Type: type, ...entity?.EngineMetadata };
			const seeded = { ...stampOf(), ...document, entity: { ...entity, id, EngineMetadata } };
			keep({ type, id, space, document: seeded, writes: 0 });
		},
		change: (stored, update, isStamped) => {
			const document = { ...merge(stored.document, update), ...(isStamped && stampOf()) };
			keep({ ...stored, document });
		},
		snapshot: (space, time) => {
			const entities = list(space);
			for (const stored of entities) {
				const entity = isObject(stored.document.entity) ? stored.document.entity : {};
				const lifecycle = isObject(entity.lifecycle) ? entity.lifecycle : {};
				const stamped = { ...entity, lifecycle: { ...lifecycle, last_activity: time } };
				keep({ ...stored, document: { ...stored.document, entity: stamped, ...stampOf(time) } });
			}
			return entities.length;
		},
		remove: (entity) => {
			spaces.get(entity.space)?.delete(entity.id);
			const now = performance.now();
			deleted = deleted.filter(({ searchableUntil }) => searchableUntil > now);
			deleted.push({ entity, searchableUntil: now + refreshIntervalMs() });
		},
		refresh: (space) => {
			deleted = deleted.filter(({ entity }) => space !== undefined && entity.space !== space);
		},
		drop: (space) => {
			spaces.delete(space);
			deleted = deleted.filter(({ entity }) => entity.space !== space);
		},
		clear: () => {
			spaces.clear();
			deleted = [];
		},
	};
};
