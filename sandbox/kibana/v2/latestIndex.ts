import type { EntityType } from '../definitions';
import type { StoredEntity, Write } from '../store';
import { expandDottedKeys, merge, without, type EntityDocument } from './documents';
import { deriveEuid } from './euid';

export interface IndexedEntity extends StoredEntity {
	/** Rises with every write, so that entities of one millisecond have an order too. */
	readonly order: number;
}

/** The second generation's store: one index in each space, whatever the types of its entities (§4.4). */
export interface LatestIndex {
	find(space: string, id: string): IndexedEntity | undefined;
	list(space: string): IndexedEntity[];
	create(write: Write): void;
	/** Merges what was sent into a stored entity, under its type's name. */
	update(stored: IndexedEntity, write: Write): void;
	/** An entity out of the logs: no client has written it, so it counts no writes. */
	seed(type: EntityType, document: EntityDocument, space: string): void;
	remove(entity: IndexedEntity): void;
	drop(space: string): void;
	clear(): void;
}

/** @param note is told of every write of a client */
export const createLatestIndex = (note: (write: Write) => void): LatestIndex => {
	const spaces = new Map<string, Map<string, IndexedEntity>>();
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
	const now = () => ({ '@timestamp': new Date().toISOString() });

	return {
		find: (space, id) => spaces.get(space)?.get(id),
		list: (space) => [...(spaces.get(space)?.values() ?? [])],
		create: (write) => {
			const { type, id, space, record } = write;
			keep({ type, id, space, document: { ...record, ...now() }, writes: 1 });
			note(write);
		},
		update: (stored, write) => {
			const document = { ...merge(stored.document, write.record), ...now() };
			keep({ ...stored, document, writes: stored.writes + 1 });
			note(write);
		},
		seed: (type, sent, space) => {
			const document = expandDottedKeys(sent);
			const { entity } = document as { entity?: { id?: string } };
			const id = entity?.id || deriveEuid(type, document);
			if (id === undefined) throw new Error('This document has no entity.id and yields no EUID');
			const seeded = { ...now(), ...document, entity: { ...entity, id } };
			keep({ type, id, space, document: seeded, writes: 0 });
		},
		remove: ({ space, id }) => void spaces.get(space)?.delete(id),
		drop: (space) => void spaces.delete(space),
		clear: () => spaces.clear(),
	};
};
