import type { EntityType } from './definitions';

export type EntityRecord = Record<string, unknown>;

export interface AcceptedRow {
	readonly type: EntityType;
	readonly id: string;
	readonly space: string;
	/** As the client sent it. */
	readonly record: EntityRecord;
	/** As stored: keys normalised, the name replaced by the ID, a server timestamp. */
	readonly document: EntityRecord;
}

export interface StoredEntity extends AcceptedRow {
	/** How many rows were accepted for the entity. */
	readonly writes: number;
}

export type EngineState = 'started' | 'stopped';

/** What one Kibana holds: accepted rows in order, and the state of the engine of each type. */
export interface Store {
	append(rows: readonly AcceptedRow[]): void;
	/** Every accepted row, oldest first. */
	history(): readonly AcceptedRow[];
	/** The newest row of each entity, in the order in which the entities first came. */
	latest(space: string, type?: EntityType): StoredEntity[];
	engine(type: EntityType): EngineState;
	setEngine(type: EntityType, state: EngineState): void;
	clear(): void;
}

export const createStore = (initial: Partial<Record<EntityType, EngineState>> = {}): Store => {
	const engines: Record<EntityType, EngineState> = {
		user: 'started',
		host: 'started',
		service: 'started',
		generic: 'started',
		...initial,
	};
	let rows: AcceptedRow[] = [];
	return {
		append: (accepted) => void rows.push(...accepted),
		history: () => rows,
		latest: (space, type) => {
			const entities = new Map<string, StoredEntity>();
			for (const row of rows) {
				if (row.space !== space || (type !== undefined && row.type !== type)) continue;
				const key = `${row.type} ${row.id}`;
				entities.set(key, { ...row, writes: (entities.get(key)?.writes ?? 0) + 1 });
			}
			return [...entities.values()];
		},
		engine: (type) => engines[type],
		setEngine: (type, state) => void (engines[type] = state),
		clear: () => void (rows = []),
	};
};
