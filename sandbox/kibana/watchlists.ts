/** Watchlists of entities (docs/kibana-api.md#watchlists). */
import { randomUUID } from 'node:crypto';
import { z } from 'zod/v4';

import { ANALYTICS, type Call, type Endpoint } from './endpoint';
import type { Answer } from './http';
import type { License } from './options';
import { valuesAt, without } from './v2/documents';
import type { IndexedEntity, LatestIndex } from './v2/latestIndex';
import { createRoute, ok, parse, type Route } from './v2/route';

export interface Watchlist {
	readonly id: string;
	readonly name: string;
	readonly description?: string;
	readonly managed: boolean;
	readonly riskModifier: number;
	readonly createdAt: string;
	readonly updatedAt: string;
	/** The EUIDs that were assigned manually. */
	readonly euids: ReadonlySet<string>;
}

/** The watchlists of all spaces. */
export interface Watchlists {
	list(space: string): Watchlist[];
	find(space: string, id: string): Watchlist | undefined;
	keep(space: string, watchlist: Watchlist): void;
	remove(space: string, id: string): void;
	clear(): void;
}

export const createWatchlists = (): Watchlists => {
	const spaces = new Map<string, Map<string, Watchlist>>();
	const within = (space: string): Map<string, Watchlist> => {
		const watchlists = spaces.get(space) ?? new Map<string, Watchlist>();
		spaces.set(space, watchlists);
		return watchlists;
	};
	return {
		list: (space) => [...within(space).values()],
		find: (space, id) => within(space).get(id),
		keep: (space, watchlist) => void within(space).set(watchlist.id, watchlist),
		remove: (space, id) => void within(space).delete(id),
		clear: () => spaces.clear(),
	};
};

/** The parts of a Kibana that the routes need. */
export interface WatchlistKibana {
	readonly watchlists: Watchlists;
	readonly index: LatestIndex;
	license(): License;
	refreshed(space: string): Promise<void>;
}

/** The error body of these routes differs from that of the others (docs/kibana-api.md#error-bodies). */
const refuse = (status: number, message: string): Answer => ({
	status,
	body: { message, status_code: status },
});

class Refused extends Error {
	constructor(readonly answer: Answer) {
		super();
	}
}

const watchlistBody = z.object({
	name: z.string().max(256),
	riskModifier: z.number().min(0).max(2),
	description: z.string().max(1_000).optional(),
	managed: z.boolean().optional(),
	entitySources: z.array(z.looseObject({})).optional(),
});

const euidsBody = z.object({ euids: z.array(z.string()) });

/** For Kibana a missing watchlist is an unexpected error. */
const findIn = ({ watchlists }: WatchlistKibana, space: string, id: unknown): Watchlist => {
	const watchlist = watchlists.find(space, String(id));
	if (watchlist) return watchlist;
	throw new Refused(refuse(500, `Watchlist config '${String(id)}' not found`));
};

const shown = ({ euids, ...watchlist }: Watchlist) => ({
	...watchlist,
	entitySourceIds: [],
	entityCount: euids.size,
	hasManualEntities: euids.size > 0,
});

const route = <Input>(
	read: (kibana: WatchlistKibana, call: Call) => Input,
	work: (kibana: WatchlistKibana, input: Input, call: Call) => Answer | Promise<Answer>,
): Route<WatchlistKibana> =>
	createRoute(
		read,
		() => undefined,
		async (kibana, input, call) => {
			if (kibana.license() === 'basic') {
				const message = 'Your license does not support this feature.';
				return { status: 403, body: { statusCode: 403, error: 'Forbidden', message } };
			}
			try {
				return await work(kibana, input, call);
			} catch (error) {
				if (error instanceof Refused) return error.answer;
				throw error;
			}
		},
	);

const nothing = (): undefined => undefined;
/** Sources of entities are accepted and ignored. */
const readWatchlist = (_: unknown, { body }: Call) =>
	without(parse('body', watchlistBody, body), 'entitySources') as Omit<
		z.infer<typeof watchlistBody>,
		'entitySources'
	>;
const readEuids = (_: unknown, { body }: Call) => parse('body', euidsBody, body);

const create = route(readWatchlist, ({ watchlists }, sent, { space }) => {
	const now = new Date().toISOString();
	const watchlist: Watchlist = {
		managed: false,
		...sent,
		id: randomUUID(),
		createdAt: now,
		updatedAt: now,
		euids: new Set(),
	};
	watchlists.keep(space, watchlist);
	return ok(shown(watchlist));
});

const listAll = route(nothing, ({ watchlists }, _, { space }) =>
	ok(watchlists.list(space).map(shown)),
);

const get = route(nothing, (kibana, _, { space, params }) =>
	ok(shown(findIn(kibana, space, params.id))),
);

const change = route(readWatchlist, (kibana, sent, { space, params }) => {
	const before = findIn(kibana, space, params.id);
	const watchlist = { ...before, ...sent, updatedAt: new Date().toISOString() };
	kibana.watchlists.keep(space, watchlist);
	return ok(shown(watchlist));
});

const watchlistsOf = ({ document }: IndexedEntity): string[] =>
	valuesAt(document, 'entity.attributes.watchlists').map(String);

const withWatchlists = (watchlists: readonly string[]) => ({
	entity: { attributes: { watchlists } },
});

/** Adds the ID of the watchlist to entities, or removes it. Both set the `@timestamp` of the entities. */
const mark = (
	{ index }: WatchlistKibana,
	space: string,
	{ id }: Watchlist,
	euids: Iterable<string>,
	isOn: boolean,
): void => {
	for (const euid of euids) {
		const entity = index.find(space, euid);
		if (entity === undefined) continue;
		const others = watchlistsOf(entity).filter((one) => one !== id);
		index.change(entity, withWatchlists(isOn ? [...others, id] : others), true);
	}
};

const remove = route(nothing, (kibana, _, { space, params }) => {
	const watchlist = findIn(kibana, space, params.id);
	mark(kibana, space, watchlist, watchlist.euids, false);
	kibana.watchlists.remove(space, watchlist.id);
	return ok({ deleted: true });
});

const report = (missing: readonly string[], done: readonly string[], reason: string): Answer =>
	ok({
		successful: done.length,
		failed: 0,
		not_found: missing.length,
		total: missing.length + done.length,
		items: [
			...missing.map((euid) => ({ euid, status: 'not_found', error: reason })),
			...done.map((euid) => ({ euid, status: 'success' })),
		],
	});

const assign = route(readEuids, async (kibana, { euids }, { space, params }) => {
	const watchlist = findIn(kibana, space, params.id);
	const given = [...new Set(euids)];
	const done = given.filter((euid) => kibana.index.find(space, euid));
	const missing = given.filter((euid) => !done.includes(euid));
	kibana.watchlists.keep(space, { ...watchlist, euids: new Set([...watchlist.euids, ...done]) });
	mark(kibana, space, watchlist, done, true);
	if (done.length > 0) await kibana.refreshed(space);
	return report(missing, done, 'The entity is not in the entity store');
});

const unassign = route(readEuids, async (kibana, { euids }, { space, params }) => {
	const watchlist = findIn(kibana, space, params.id);
	const given = [...new Set(euids)];
	const done = given.filter((euid) => watchlist.euids.has(euid));
	const missing = given.filter((euid) => !watchlist.euids.has(euid));
	const left = [...watchlist.euids].filter((euid) => !done.includes(euid));
	kibana.watchlists.keep(space, { ...watchlist, euids: new Set(left) });
	mark(kibana, space, watchlist, done, false);
	if (done.length > 0) await kibana.refreshed(space);
	return report(missing, done, 'The entity was not assigned to this watchlist by hand');
});

export const watchlistRoutes = (kibana: WatchlistKibana): Endpoint[] => {
	const endpoint = (
		method: Endpoint['method'],
		path: string,
		work: Route<WatchlistKibana>,
	): Endpoint => ({
		method,
		path: `/api/entity_analytics/watchlists${path}`,
		name: 'watchlists',
		access: ANALYTICS,
		work: async (call) => await work(kibana, call),
	});
	return [
		endpoint('POST', '', create),
		endpoint('GET', '/list', listAll),
		endpoint('GET', '/{id}', get),
		endpoint('PUT', '/{id}', change),
		endpoint('DELETE', '/{id}', remove),
		endpoint('POST', '/{id}/entities/assign', assign),
		endpoint('POST', '/{id}/entities/unassign', unassign),
	];
};
