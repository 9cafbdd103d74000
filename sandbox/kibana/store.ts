import type { EntityType } from './definitions';

export type EntityRecord = Record<string, unknown>;

export interface AcceptedRow {
	readonly type: EntityType;
	/** `entity.id`, which in the second generation is the EUID. */
	readonly id: string;
	readonly space: string;
	/** As the client sent it; in the second generation what is stored, without `@timestamp`. */
	readonly record: EntityRecord;
	/** As stored: with a server timestamp, and in the first generation normalised. */
	readonly document: EntityRecord;
}

export interface StoredEntity extends AcceptedRow {
	/** How many rows or documents were accepted for the entity. */
	readonly writes: number;
}

/** What one accepted row or document of either generation held. */
export type Write = Pick<AcceptedRow, 'type' | 'id' | 'space' | 'record'>;

export type EngineState = 'started' | 'stopped';

/** What one Kibana holds: accepted rows in order, and the state of the engine of each type. */
export interface Store {
	append(rows: readonly AcceptedRow[]): void;
	/** Adds a write that is kept elsewhere to the history. */
	note(write: Write): void;
	/** Every write, oldest first. */
	history(): readonly Write[];
	/** The newest row of each entity, in the order in which the entities first came. */
	latest(space: string, type?: EntityType): StoredEntity[];
	/** The rows of each entity that the transform has taken in, oldest first (§3.1). */
	takenIn(space: string): AcceptedRow[][];
	/** Takes in all rows that were accepted. */
	runTransform(): void;
	engine(type: EntityType): EngineState;
	setEngine(type: EntityType, state: EngineState): void;
	/** Puts the engines into the state that they had at the start. */
	startEngines(): void;
	clear(): void;
}

/** @param visibleAfterMs after which the transform takes in a row by itself */
export const createStore = (
	initial: Partial<Record<EntityType, EngineState>> = {},
	visibleAfterMs = 0,
): Store => {
	const atStart: Record<EntityType, EngineState> = {
		user: 'started',
		host: 'started',
		service: 'started',
		generic: 'started',
		...initial,
	};
	const engines = { ...atStart };
	let rows: AcceptedRow[] = [];
	const visibleFrom = new WeakMap<AcceptedRow, number>();
	/** How many rows, from the first, the transform was told to take in. */
	let transformed = 0;
	let history: Write[] = [];
	return {
		append: (accepted) => {
			rows.push(...accepted);
			for (const row of accepted) visibleFrom.set(row, performance.now() + visibleAfterMs);
			history.push(...accepted);
		},
		note: (write) => void history.push(write),
		history: () => history,
		latest: (space, type) => {
			const entities = new Map<string, StoredEntity>();
			for (const row of rows) {
				if (row.space !== space || (type !== undefined && row.type !== type)) continue;
				const key = `${row.type} ${row.id}`;
				entities.set(key, { ...row, writes: (entities.get(key)?.writes ?? 0) + 1 });
			}
			return [...entities.values()];
		},
		takenIn: (space) => {
			const entities = new Map<string, AcceptedRow[]>();
			const now = performance.now();
			for (const [position, row] of rows.entries()) {
				const isTaken = position < transformed || (visibleFrom.get(row) ?? 0) <= now;
				if (row.space !== space || !isTaken) continue;
				const key = `${row.type} ${row.id}`;
				entities.set(key, [...(entities.get(key) ?? []), row]);
			}
			return [...entities.values()];
		},
		runTransform: () => void (transformed = rows.length),
		engine: (type) => engines[type],
		setEngine: (type, state) => void (engines[type] = state),
		startEngines: () => void Object.assign(engines, atStart),
		clear: () => {
			rows = [];
			transformed = 0;
			history = [];
		},
	};
};
