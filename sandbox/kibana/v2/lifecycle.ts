import { ENTITY_TYPES, type EntityType } from '../definitions';
import type { EngineState } from '../store';

/** Which engines are installed in each space, and whether they run (§4.10). */
export interface Lifecycle {
	engines(space: string): ReadonlyMap<EntityType, EngineState>;
	/** Whether anything was installed that was not there. */
	install(space: string, types?: readonly EntityType[]): boolean;
	setState(space: string, state: EngineState, types?: readonly EntityType[]): void;
	uninstall(space: string, types?: readonly EntityType[]): void;
	/** All spaces are again as if nobody had touched them. */
	reset(): void;
}

/** @param isInstalled whether a space that nobody has touched has the store with all engines */
export const createLifecycle = (isInstalled: boolean): Lifecycle => {
	const spaces = new Map<string, Map<EntityType, EngineState>>();
	const enginesOf = (space: string): Map<EntityType, EngineState> => {
		const initial = isInstalled ? ENTITY_TYPES.map((type) => [type, 'started'] as const) : [];
		const engines = spaces.get(space) ?? new Map<EntityType, EngineState>(initial);
		spaces.set(space, engines);
		return engines;
	};
	return {
		engines: enginesOf,
		install: (space, types = ENTITY_TYPES) => {
			const engines = enginesOf(space);
			const missing = types.filter((type) => !engines.has(type));
			for (const type of missing) engines.set(type, 'started');
			return missing.length > 0;
		},
		setState: (space, state, types = ENTITY_TYPES) => {
			const engines = enginesOf(space);
			for (const type of types) if (engines.has(type)) engines.set(type, state);
		},
		uninstall: (space, types = ENTITY_TYPES) => {
			const engines = enginesOf(space);
			for (const type of types) engines.delete(type);
		},
		reset: () => spaces.clear(),
	};
};
