import { ENTITY_TYPES, type EntityType } from './definitions';

export type EntityRecord = Record<string, unknown>;

export interface AcceptedRow {
	readonly type: EntityType;
	/** `entity.id`. In the second generation it is the EUID. */
	readonly id: string;
	readonly space: string;
	/** The record as the client sent it. In the second generation the stored document without `@timestamp`. */
	readonly record: EntityRecord;
	/** The stored record: with a server timestamp, and normalised in the first generation. */
	readonly document: EntityRecord;
}

export interface StoredEntity extends AcceptedRow {
	/** Number of rows or documents that were accepted for the entity. */
	readonly writes: number;
}

/** One accepted row or document of either generation. */
export type Write = Pick<AcceptedRow, 'type' | 'id' | 'space' | 'record'>;

export type EngineState = 'started' | 'stopped';

/** The store of the first generation: accepted rows in order, and the engines of each space. */
export interface Store {
	append(rows: readonly AcceptedRow[]): void;
	/** Appends a row that is listed at once. */
	appendVisible(row: AcceptedRow): void;
	/** Adds a write that is kept elsewhere to the history. */
	note(write: Write): void;
	/** Returns every write, oldest first. */
	history(): readonly Write[];
	/** Returns the newest row of each entity, in the order of the first row of each entity. */
	latest(space: string, type?: EntityType): StoredEntity[];
	/** Returns the rows of each entity that the transform has processed, oldest first. */
	takenIn(space: string): AcceptedRow[][];
	/** Processes all accepted rows. */
	runTransform(): void;
	/** Removes one entity, or all of a type. */
	remove(space: string, type: EntityType, id?: string): void;
	/** Returns the state of an engine, or undefined when it is not installed. */
	engine(type: EntityType, space?: string): EngineState | undefined;
	/** Sets the state of an engine. Without a state the engine is removed; without a space, in every space. */
	setEngine(type: EntityType, state?: EngineState, space?: string): void;
	/** Resets the engines to their initial state. */
	startEngines(): void;
	clear(): void;
}

type Engines = Map<EntityType, EngineState>;

/** @param visibleAfterMs milliseconds after which the transform processes a row by itself */
export const createStore = (
	initial: Partial<Record<EntityType, EngineState>> = {},
	visibleAfterMs = 0,
): Store => {
	const atStart = (): Engines =>
		new Map(ENTITY_TYPES.map((type) => [type, initial[type] ?? 'started'] as const));
	/** Engines of new spaces. */
	let untouched = atStart();
	const touched = new Map<string, Engines>();
	let rows: AcceptedRow[] = [];
	const visibleFrom = new WeakMap<AcceptedRow, number>();
	/** The rows that a run of the transform has processed. */
	let transformed = new WeakSet<AcceptedRow>();
	let history: Write[] = [];

	const append = (accepted: readonly AcceptedRow[], delayMs: number): void => {
		rows.push(...accepted);
		for (const row of accepted) visibleFrom.set(row, performance.now() + delayMs);
		history.push(...accepted);
	};
	const enginesOf = (space: string): Engines => {
		const engines = touched.get(space) ?? new Map(untouched);
		touched.set(space, engines);
		return engines;
	};
	const put = (engines: Engines, type: EntityType, state?: EngineState): void => {
		if (state === undefined) engines.delete(type);
		else engines.set(type, state);
	};

	return {
		append: (accepted) => append(accepted, visibleAfterMs),
		appendVisible: (row) => append([row], 0),
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
			for (const row of rows) {
				const isTaken = transformed.has(row) || (visibleFrom.get(row) ?? 0) <= now;
				if (row.space !== space || !isTaken) continue;
				const key = `${row.type} ${row.id}`;
				const known = entities.get(key);
				if (known) known.push(row);
				else entities.set(key, [row]);
			}
			return [...entities.values()];
		},
		runTransform: () => {
			for (const row of rows) transformed.add(row);
		},
		remove: (space, type, id) => {
			rows = rows.filter(
				(row) => row.space !== space || row.type !== type || (id !== undefined && row.id !== id),
			);
		},
		engine: (type, space = 'default') => (touched.get(space) ?? untouched).get(type),
		setEngine: (type, state, space) => {
			if (space !== undefined) return put(enginesOf(space), type, state);
			for (const engines of [untouched, ...touched.values()]) put(engines, type, state);
		},
		startEngines: () => {
			untouched = atStart();
			touched.clear();
		},
		clear: () => {
			rows = [];
			transformed = new WeakSet();
			history = [];
		},
	};
};
