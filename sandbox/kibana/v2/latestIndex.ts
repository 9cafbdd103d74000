import type { EntityType } from '../definitions';
import type { StoredEntity, Write } from '../store';
import { expandDottedKeys, isObject, merge, without, type EntityDocument } from './documents';
import { deriveEuid } from './euid';

export interface IndexedEntity extends StoredEntity {
	/** Increases with every write, to order entities of one millisecond. */
	readonly order: number;
}

/** The store of the second generation: one index in each space, for all entity types. */
export interface LatestIndex {
	find(space: string, id: string): IndexedEntity | undefined;
	/** The stored entities. */
	list(space: string): IndexedEntity[];
	/** The entities that a search finds: stored ones, and those deleted since the last refresh. */
	search(space: string): IndexedEntity[];
	create(write: Write): void;
	/** Merges a document into a stored entity, under the name of its type. */
	update(stored: IndexedEntity, write: Write): void;
	/** Adds an entity from the logs. No client has written it, so it is not counted as a write. */
	seed(type: EntityType, document: EntityDocument, space: string): void;
	/** Makes a change of Kibana itself, which is not counted as a write. `isStamped` sets `@timestamp`. */
	change(stored: IndexedEntity, update: EntityDocument, isStamped: boolean): void;
	/** Gives all entities of a space one time (docs/kibana-api.md#timestamps). Returns their number. */
	snapshot(space: string, time: string): number;
	/** Removes an entity. A search finds it until the next refresh. */
	remove(entity: IndexedEntity): void;
	refresh(space?: string): void;
	drop(space: string): void;
	clear(): void;
}

interface Deleted {
	readonly entity: IndexedEntity;
	/** Time on the clock of `performance.now()`. */
	readonly searchableUntil: number;
}

/**
 * @param note called with every write of a client
 * @param refreshIntervalMs milliseconds after which a search no longer finds a deleted entity
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
			// Log extraction sets the type. Creation by a client does not.
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
