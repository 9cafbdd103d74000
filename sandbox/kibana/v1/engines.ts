/** Engines of v1: the routes that install, start, stop and remove them (docs/kibana-api.md#v1-engines). */
import { ENTITY_TYPES, type EntityType } from '../definitions';
import type { Call } from '../endpoint';
import { refuse, type Answer } from '../http';
import type { EngineState, Store } from '../store';

type Route = (store: Store, call: Call) => Answer;

const ok = (body: object): Answer => ({ status: 200, body });

const installedIn = (store: Store, space: string): EntityType[] =>
	ENTITY_TYPES.filter((type) => store.engine(type, space) !== undefined);

const componentsOf = (type: EntityType, space: string) => [
	{ id: `entities-v1-latest-security_${type}_${space}`, installed: true, resource: 'transform' },
];

const describe = (store: Store, type: EntityType, space: string) => ({
	type,
	status: store.engine(type, space),
	indexPattern: '',
	filter: '',
	fieldHistoryLength: 10,
	lookbackPeriod: '24h',
	frequency: '1m',
	delay: '1m',
	timeout: '180s',
	docsPerSecond: -1,
});

/** `GET /api/entity_store/status`. */
export const status: Route = (store, { space, query }) => {
	const engines = installedIn(store, space).map((type) => ({
		type,
		status: store.engine(type, space),
		...(query.include_components === 'true' && { components: componentsOf(type, space) }),
	}));
	const isRunning = engines.some(({ status: state }) => state === 'started');
	const overall = engines.length === 0 ? 'not_installed' : isRunning ? 'running' : 'stopped';
	return ok({ status: overall, engines });
};

const isType = (value: unknown): value is EntityType => ENTITY_TYPES.some((type) => type === value);

/** Returns the types in a body or a query, all by default; undefined when one is not a type. */
const typesIn = (value: unknown): readonly EntityType[] | undefined => {
	if (value === undefined) return ENTITY_TYPES;
	const named = [value].flat().flatMap((one) => String(one).split(','));
	return named.every(isType) ? named : undefined;
};

const badTypes = (part: 'body' | 'query' | 'params'): Answer =>
	refuse(400, `[request ${part}]: entityTypes: Invalid enum value`);

/** `POST /api/entity_store/enable`. Existing engines do not change. */
export const enable: Route = (store, { space, body }) => {
	const types = typesIn((body as { entityTypes?: unknown } | null)?.entityTypes);
	if (types === undefined) return badTypes('body');
	const added = types.filter((type) => store.engine(type, space) === undefined);
	for (const type of added) store.setEngine(type, 'started', space);
	return ok({ succeeded: true, engines: added.map((type) => describe(store, type, space)) });
};

/** `GET /api/entity_store/engines`. */
export const listEngines: Route = (store, { space }) => {
	const engines = installedIn(store, space).map((type) => describe(store, type, space));
	return ok({ count: engines.length, engines });
};

/** `DELETE /api/entity_store/engines`. */
export const deleteEngines: Route = (store, { space, query }) => {
	const types = typesIn(query.entityTypes);
	if (types === undefined) return badTypes('query');
	const deleted = types.filter((type) => store.engine(type, space) !== undefined);
	for (const type of deleted) remove(store, space, type, query.delete_data);
	return ok({ deleted, still_running: [] });
};

const remove = (store: Store, space: string, type: EntityType, withData: unknown): void => {
	store.setEngine(type, undefined, space);
	if (withData === 'true') store.remove(space, type);
};

/** Creates a route of one engine, which checks the type. */
const ofOne =
	(work: (store: Store, call: Call, type: EntityType) => Answer): Route =>
	(store, call) => {
		const { entityType: type } = call.params;
		return isType(type) ? work(store, call, type) : badTypes('params');
	};

/** The same for an engine that must be installed. */
const ofInstalled = (work: (store: Store, call: Call, type: EntityType) => Answer): Route =>
	ofOne((store, call, type) =>
		store.engine(type, call.space) === undefined
			? refuse(404, `Entity engine '${type}' not found`)
			: work(store, call, type),
	);

/** `POST /api/entity_store/engines/{entityType}/init`. */
export const initEngine = ofOne((store, { space }, type) => {
	if (store.engine(type, space) === undefined) store.setEngine(type, 'started', space);
	return ok(describe(store, type, space));
});

/** `GET /api/entity_store/engines/{entityType}`. */
export const getEngine = ofInstalled((store, { space }, type) => ok(describe(store, type, space)));

/** `POST /api/entity_store/engines/{entityType}/start` and `…/stop`. */
export const switchEngine = (state: EngineState): Route =>
	ofInstalled((store, { space }, type) => {
		store.setEngine(type, state, space);
		return ok({ [state]: true });
	});

/** `DELETE /api/entity_store/engines/{entityType}`. */
export const deleteEngine = ofInstalled((store, { space, query }, type) => {
	remove(store, space, type, query.data);
	return ok({ deleted: true });
});
