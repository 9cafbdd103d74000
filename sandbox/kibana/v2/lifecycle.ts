import { ENTITY_TYPES, type EntityType } from '../definitions';
import { LOG_EXTRACTION_DEFAULTS, type HistorySnapshot, type LogExtraction } from './configuration';

export type EngineStatus = 'installing' | 'started' | 'stopped' | 'error';

/** The settings of a store, for all its engines and for single engines. */
export interface StoreConfiguration {
	readonly logExtraction: LogExtraction;
	readonly byType: ReadonlyMap<EntityType, LogExtraction>;
	readonly historySnapshot: HistorySnapshot;
	readonly excludedUserNames: readonly string[];
}

/** The engines of each space: installed, running, and their settings. */
export interface Lifecycle {
	engines(space: string): ReadonlyMap<EntityType, EngineStatus>;
	isInstalled(space: string): boolean;
	isInstalling(space: string): boolean;
	configuration(space: string): StoreConfiguration;
	configure(space: string, change: Partial<StoreConfiguration>): void;
	/** Installs engines. Returns whether any of them is new. */
	install(space: string, types?: readonly EntityType[]): boolean;
	/** Sets the status of installed engines. */
	setStatus(space: string, status: EngineStatus, types?: readonly EntityType[]): void;
	/** Takes the time of an uninstallation. Entities without an engine are then removed. */
	uninstall(space: string, types?: readonly EntityType[]): void;
	/** Takes no time and deletes nothing. */
	forget(space: string): void;
	/** Resets all spaces. */
	reset(): void;
}

interface Engine {
	status: EngineStatus;
	/** Time on the clock of `performance.now()`. */
	readyAt: number;
	goneAt: number;
}

interface SpaceState {
	readonly engines: Map<EntityType, Engine>;
	configuration: StoreConfiguration;
}

export interface LifecycleOptions {
	/** Whether a new space has the store with all engines. */
	readonly installed: boolean;
	readonly installDelayMs: number;
	readonly uninstallDelayMs: number;
	/** Whether the entities of a space are removed with any of its engines, and not only with the last. */
	readonly dropsSharedIndex: boolean;
	/** Removes the entities of a space. */
	readonly drop: (space: string) => void;
}

const UNCONFIGURED: StoreConfiguration = {
	logExtraction: LOG_EXTRACTION_DEFAULTS,
	byType: new Map(),
	historySnapshot: { frequency: '24h', isEnabled: true },
	excludedUserNames: [],
};

export const createLifecycle = (options: LifecycleOptions): Lifecycle => {
	const spaces = new Map<string, SpaceState>();

	const untouched = (): SpaceState => {
		const types = options.installed ? ENTITY_TYPES : [];
		const engine = (): Engine => ({ status: 'started', readyAt: 0, goneAt: Infinity });
		return {
			engines: new Map(types.map((type) => [type, engine()])),
			configuration: UNCONFIGURED,
		};
	};

	/** Returns the current state of a space. Finished installations and uninstallations are applied. */
	const stateOf = (space: string): SpaceState => {
		const state = spaces.get(space) ?? untouched();
		spaces.set(space, state);
		const { engines } = state;
		const now = performance.now();
		const gone = [...engines].filter(([, { goneAt }]) => goneAt <= now);
		for (const [type] of gone) engines.delete(type);
		if (gone.length > 0 && (options.dropsSharedIndex || engines.size === 0)) options.drop(space);
		if (engines.size === 0) state.configuration = UNCONFIGURED;
		return state;
	};

	const statusOf = ({ status, readyAt }: Engine): EngineStatus =>
		readyAt > performance.now() ? 'installing' : status;

	const enginesOf = (space: string): Map<EntityType, EngineStatus> =>
		new Map([...stateOf(space).engines].map(([type, engine]) => [type, statusOf(engine)]));

	return {
		engines: enginesOf,
		isInstalled: (space) => stateOf(space).engines.size > 0,
		isInstalling: (space) => [...enginesOf(space).values()].includes('installing'),
		configuration: (space) => stateOf(space).configuration,
		configure: (space, change) => {
			const state = stateOf(space);
			state.configuration = { ...state.configuration, ...change };
		},
		install: (space, types = ENTITY_TYPES) => {
			const { engines } = stateOf(space);
			const missing = types.filter((type) => !engines.has(type));
			const readyAt = performance.now() + options.installDelayMs;
			for (const type of missing) {
				engines.set(type, { status: 'started', readyAt, goneAt: Infinity });
			}
			return missing.length > 0;
		},
		setStatus: (space, status, types = ENTITY_TYPES) => {
			const { engines } = stateOf(space);
			for (const type of types) {
				const engine = engines.get(type);
				if (engine) engine.status = status;
			}
		},
		uninstall: (space, types = ENTITY_TYPES) => {
			const { engines } = stateOf(space);
			const goneAt = performance.now() + options.uninstallDelayMs;
			for (const type of types) {
				const engine = engines.get(type);
				if (engine) Object.assign(engine, { status: 'stopped', goneAt });
			}
			stateOf(space);
		},
		forget: (space) => stateOf(space).engines.clear(),
		reset: () => spaces.clear(),
	};
};
