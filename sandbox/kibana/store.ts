import { ENTITY_TYPES, type EntityType } from './definitions';

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

/** What the first generation holds: accepted rows in order, and the engines of each space. */
export interface Store {
	append(rows: readonly AcceptedRow[]): void;
	/** Appends a row that is listed at once. */
	appendVisible(row: AcceptedRow): void;
	/** Adds a write that is kept elsewhere to the history. */
	note(write: Write): void;
	/** Every write, oldest first. */
	history(): readonly Write[];
	/** The newest row of each entity, in the order in which the entities first came. */
	latest(space: string, type?: EntityType): StoredEntity[];
	/** The rows of each entity that the transform has taken in, oldest first. */
	takenIn(space: string): AcceptedRow[][];
	/** Takes in all rows that were accepted. */
	runTransform(): void;
	/** Removes one entity, or all of a type. */
	remove(space: string, type: EntityType, id?: string): void;
	/** The state of an engine, or nothing when it is not installed. */
	engine(type: EntityType, space?: string): EngineState | undefined;
	/** Without a state the engine is removed; without a space it is that of every space. */
	setEngine(type: EntityType, state?: EngineState, space?: string): void;
	/** Puts the engines into the state that they had at the start. */
	startEngines(): void;
	clear(): void;
}

type Engines = Map<EntityType, EngineState>;

/** @param visibleAfterMs after which the transform takes in a row by itself */
export const createStore = (
	initial: Partial<Record<EntityType, EngineState>> = {},
	visibleAfterMs = 0,
): Store => {
	const atStart = (): Engines =>
		new Map(ENTITY_TYPES.map((type) => [type, initial[type] ?? 'started'] as const));
	/** Of spaces that nobody has touched. */
	let untouched = atStart();
	const touched = new Map<string, Engines>();
	let rows: AcceptedRow[] = [];
	const visibleFrom = new WeakMap<AcceptedRow, number>();
	/** Those that the transform was told to take in. */
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
