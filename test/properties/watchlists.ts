/**
 * Watchlists under faults: the whole node on n8n's engine, and what really happened to the watchlists and the
 * marks of the entities against what each item says. What is true is read from the test Kibana, without the node.
 */
import fc from 'fast-check';
import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { drawFaults, type FaultName } from '../../sandbox/kibana/faults';
import { request } from '../../sandbox/kibana/request';
import type { FaultyRequest, TestKibana } from '../../sandbox/kibana/server';
import { runNode } from '../../sandbox/n8n/engine';
import { nodeOn } from '../acceptance/run';
import { secretsReportedIn } from './attack';
import { hurrying } from './engine';
import { NOTHING_LOST } from './oracle';
import { isHanging, REMOVAL_NAMES } from './removal';

/** Operations on the entities of one watchlist, and operations on watchlists. */
export const MARKING = ['assign', 'unassign'] as const;
export const MANAGING = ['create', 'delete', 'get', 'getMany', 'update'] as const;

export type WatchlistAction = (typeof MARKING)[number] | (typeof MANAGING)[number];

export interface WatchlistRun {
	readonly api: 'v1' | 'v2';
	readonly action: WatchlistAction;
	/** How many hosts are stored. */
	readonly stored: number;
	/** The stored hosts that are on the watchlist before, by number. */
	readonly members: readonly number[];
	/**
	 * What the items name, by number: hosts, or watchlists. From `stored`, or from `WATCHLISTS` on, there is none.
	 * A watchlist is named once.
	 */
	readonly named: readonly number[];
	/** Whether the watchlists are named by name instead of by ID. */
	readonly byName: boolean;
	readonly maxRetries: number;
	readonly faults: {
		readonly seed: number;
		readonly names: readonly FaultName[];
		readonly rate: number;
	};
}

/** How many watchlists there are. Entities are put on the first one, and taken off it. */
const WATCHLISTS = 3;
const MODIFIER = 1.5;

interface Size {
	readonly stored: number;
	readonly items: number;
}

const runOf = (
	action: WatchlistAction,
	{ stored: most, items }: Size,
	names: readonly FaultName[],
): fc.Arbitrary<WatchlistRun> => {
	const isMarking = MARKING.some((one) => one === action);
	return fc.record({
		api: fc.constantFrom('v1' as const, 'v2' as const),
		action: fc.constant(action),
		stored: fc.constant(most),
		members: fc.uniqueArray(fc.nat(most - 1), { maxLength: most }),
		named: isMarking
			? fc.array(fc.nat(most + Math.ceil(most / 10)), {
					minLength: Math.ceil(items / 2),
					maxLength: items,
				})
			: fc.uniqueArray(fc.nat(WATCHLISTS), { minLength: 1 }),
		byName: fc.boolean(),
		maxRetries: fc.integer({ min: 0, max: 3 }),
		faults: fc.record({
			seed: fc.integer(),
			names: fc.oneof(
				fc.constant([...names]),
				fc.subarray([...names], { minLength: 1, maxLength: 3 }),
			),
			rate: fc.constantFrom(0, 0.1, 0.3, 0.6, 0.9),
		}),
	});
};

export const anyWatchlistRun = (
	action: WatchlistAction,
	names: readonly FaultName[] = REMOVAL_NAMES,
): fc.Arbitrary<WatchlistRun> => runOf(action, { stored: 6, items: 8 }, names);

/** The same with the hosts of a directory: more than one request carries. */
export const anyLargeWatchlistRun = (
	action: WatchlistAction,
	names: readonly FaultName[] = REMOVAL_NAMES,
): fc.Arbitrary<WatchlistRun> => runOf(action, { stored: 1_600, items: 2_400 }, names);

const BASE = '/api/entity_analytics/watchlists';

const idOf = (which: number): string => `host:host-${which}`;
const nameOf = (which: number): string => `list-${which}`;
const newNameOf = (item: number): string => `new-${item}`;
/** By which an update is recognised. */
const modifierOf = (which: number): number => which / 10;

interface StoredWatchlist {
	readonly id: string;
	readonly name: string;
	readonly riskModifier: number;
	readonly entityCount: number;
}

/** What the test Kibana holds. */
interface Truth {
	readonly watchlists: readonly StoredWatchlist[];
	/** EUIDs of the entities that carry the mark of a watchlist, by its ID. */
	readonly marked: ReadonlyMap<string, ReadonlySet<string>>;
}

const send = async <Body>(kibana: TestKibana, method: string, path: string, body?: object) => {
	const answer = await request(kibana, { method, path: `${BASE}${path}`, body });
	if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status}`);
	return answer.data as Body;
};

const readTruth = async (kibana: TestKibana): Promise<Truth> => {
	const marked = new Map<string, Set<string>>();
	for (const { entity } of kibana.documents()) {
		const { id, attributes } = entity as { id: string; attributes?: { watchlists?: string[] } };
		for (const watchlist of attributes?.watchlists ?? []) {
			const known = marked.get(watchlist) ?? new Set<string>();
			marked.set(watchlist, known.add(id));
		}
	}
	return { watchlists: await send<StoredWatchlist[]>(kibana, 'GET', '/list'), marked };
};

/** Returns the IDs of the watchlists, in the order of their numbers. */
const prepare = async (
	kibana: TestKibana,
	{ api, stored, members }: WatchlistRun,
): Promise<string[]> => {
	kibana.clear();
	if (api === 'v1') return [];
	for (let which = 0; which < stored; which += 1) {
		kibana.seed('host', { host: { name: `host-${which}` } });
	}
	const ids: string[] = [];
	for (let which = 0; which < WATCHLISTS; which += 1) {
		const body = { name: nameOf(which), riskModifier: MODIFIER };
		ids.push((await send<StoredWatchlist>(kibana, 'POST', '', body)).id);
	}
	if (members.length > 0) {
		await send(kibana, 'POST', `/${ids[0]}/entities/assign`, { euids: members.map(idOf) });
	}
	return ids;
};

const itemsOf = (
	{ action, named, byName }: WatchlistRun,
	ids: readonly string[],
): IDataObject[] => {
	const isMarking = MARKING.some((one) => one === action);
	return named.map((which, item) => {
		const list = isMarking ? 0 : which;
		return {
			host: idOf(which),
			list: byName ? nameOf(list) : (ids[list] ?? `missing-${list}`),
			name: newNameOf(item),
			modifier: modifierOf(which),
		};
	});
};

const parametersOf = ({ action, byName, maxRetries }: WatchlistRun): INodeParameters => ({
	resource: 'watchlist',
	operation: action,
	watchlist: { __rl: true, mode: byName ? 'name' : 'id', value: '={{ $json.list }}' },
	entityId: '={{ $json.host }}',
	name: '={{ $json.name }}',
	riskModifier: MODIFIER,
	updateFields: { riskModifier: '={{ $json.modifier }}' },
	options: { maxRetries, timeout: 1_000 },
});

interface Met {
	count: number;
	/** Requests that were never answered. */
	hangs: number;
	/** Kibana was down for a while, which also cuts connections that nobody has answered yet. */
	wasDown: boolean;
	/** EUIDs, and IDs and names of watchlists, of which the answer to a change was lost. */
	readonly lost: Set<string>;
}

/** What a request changes: the entities that it names, or the watchlist of its path or its name. */
const changedBy = (action: WatchlistAction, { path = '', payload }: FaultyRequest): string[] => {
	const { euids, name } = (payload ?? {}) as { euids?: string[]; name?: string };
	if (payload === null && action !== 'delete') return [];
	const last = path.split('/').at(-1) as string;
	return [...(euids ?? []), ...(name === undefined ? [] : [name]), last];
};

interface Said {
	readonly json: IDataObject;
	/** `done` for an item that succeeded without a status. */
	readonly status: string;
	readonly reason: string | undefined;
}

/** What is to be known of one item. */
interface Case {
	readonly which: number;
	readonly item: number;
	readonly ids: readonly string[];
	readonly run: WatchlistRun;
	readonly before: Truth;
	readonly after: Truth;
	readonly wasLost: (subject: string) => boolean;
}

/** Returns what is wrong with what is said of an entity. */
const judgeMarking = ({ status, reason }: Said, of: Case): string[] => {
	const { which, run, ids, before, after } = of;
	const euid = idOf(which);
	const list = ids[0] as string;
	const wasOn = before.marked.get(list)?.has(euid) === true;
	const isOn = after.marked.get(list)?.has(euid) === true;
	const what = `${euid} is reported as ${status} ${reason ?? ''}: on it ${wasOn}, then ${isOn}`;
	if (run.action === 'assign' && status === 'assigned') return isOn ? [] : [what];
	if (run.action === 'unassign' && status === 'unassigned') return wasOn && !isOn ? [] : [what];
	if (run.action === 'unassign' && status === 'unchanged') {
		return !isOn && (!wasOn || of.wasLost(euid)) ? [] : [what];
	}
	if (reason === 'notFound') {
		return run.action === 'assign' && which >= run.stored && !isOn ? [] : [what];
	}
	if (status === 'unknown') return of.wasLost(euid) ? [] : [`${what}, ${NOTHING_LOST}`];
	return status === 'failed' && wasOn === isOn ? [] : [what];
};

/** Returns what is wrong with what is said of a watchlist that was to be created. */
const judgeCreation = ({ json, status, reason }: Said, of: Case): string[] => {
	const name = newNameOf(of.item);
	const found = of.after.watchlists.filter((one) => one.name === name);
	const what = `${name} is reported as ${status} ${reason ?? ''}, and there are ${found.length}`;
	if (status === 'done') return found.length === 1 && found[0]?.id === json.id ? [] : [what];
	if (found.length > 1) return [what];
	if (status === 'unknown') return of.wasLost(name) ? [] : [`${what}, ${NOTHING_LOST}`];
	return status === 'failed' && found.length === 0 ? [] : [what];
};

/** Returns what is wrong with what is said of a watchlist that was to be read, changed or deleted. */
const judgeWatchlist = ({ json, status, reason }: Said, of: Case): string[] => {
	const { which, run, ids, before, after } = of;
	const id = ids[which];
	const was = before.watchlists.find((one) => one.id === id);
	const is = after.watchlists.find((one) => one.id === id);
	const what = `${nameOf(which)} is reported as ${status} ${reason ?? ''} ${JSON.stringify(json)}`;
	const isAsBefore = was?.riskModifier === is?.riskModifier;
	if (reason === 'notFound') return was === undefined ? [] : [what];
	if (status === 'unknown' && run.action !== 'get') {
		return of.wasLost(id ?? '') ? [] : [`${what}, ${NOTHING_LOST}`];
	}
	if (status === 'failed') return isAsBefore ? [] : [`${what}, and was done`];
	if (status !== 'done' || was === undefined || json.id !== id) return [what];
	if (run.action === 'delete') {
		const isMarked = (after.marked.get(id as string)?.size ?? 0) > 0;
		return is === undefined && !isMarked ? [] : [what];
	}
	if (run.action === 'update') return is?.riskModifier === modifierOf(which) ? [] : [what];
	const { name, riskModifier, entityCount } = was;
	const isRight =
		json.name === name && json.riskModifier === riskModifier && json.entityCount === entityCount;
	return isRight ? [] : [what];
};

const judgeList = (said: readonly Said[], { before }: Pick<Case, 'before'>): string[] => {
	if (said.length === 1 && said[0]?.status === 'failed') return [];
	const ids = said.map(({ json }) => String(json.id)).sort();
	const expected = before.watchlists.map(({ id }) => id).sort();
	return JSON.stringify(ids) === JSON.stringify(expected) ? [] : [`a part: ${ids.join(', ')}`];
};

const JUDGES: Readonly<
	Record<Exclude<WatchlistAction, 'getMany'>, (said: Said, of: Case) => string[]>
> = {
	assign: judgeMarking,
	unassign: judgeMarking,
	create: judgeCreation,
	delete: judgeWatchlist,
	get: judgeWatchlist,
	update: judgeWatchlist,
};

/** What no item asked for stays as it was. */
const judgeBystanders = (
	{ action, named }: WatchlistRun,
	ids: readonly string[],
	before: Truth,
	after: Truth,
): string[] => {
	const isMarking = MARKING.some((one) => one === action);
	const mayChange = new Set(isMarking ? named.map(idOf) : []);
	return ids.flatMap((id, which) => {
		const isDeleted = action === 'delete' && named.includes(which);
		const isUpdated = action === 'update' && named.includes(which);
		const was = before.marked.get(id) ?? new Set<string>();
		const is = after.marked.get(id) ?? new Set<string>();
		const changed = isDeleted
			? []
			: [...was, ...is].filter(
					(euid) => was.has(euid) !== is.has(euid) && !(which === 0 && mayChange.has(euid)),
				);
		const found = after.watchlists.find((one) => one.id === id);
		return [
			...changed.map((euid) => `nobody asked for a change of ${euid}`),
			...(found || isDeleted ? [] : [`${nameOf(which)} is gone`]),
			...(!found || isUpdated || found.riskModifier === MODIFIER
				? []
				: [`${nameOf(which)} is changed`]),
		];
	});
};

export interface JudgedWatchlists {
	readonly requests: number;
	readonly faults: number;
	readonly records: number;
	readonly wrong: readonly string[];
}

/** One run in which any request for watchlists may meet a fault, at most one is never answered, and what is wrong. */
export const attackWatchlists = async (
	kibana: TestKibana,
	run: WatchlistRun,
): Promise<JudgedWatchlists> => {
	const { api, action, named, faults } = run;
	const ids = await prepare(kibana, run);
	const before = api === 'v1' ? undefined : await readTruth(kibana);
	const met: Met = { count: 0, hangs: 0, wasDown: false, lost: new Set() };
	const firstRequest = kibana.requests.length;
	drawFaults(kibana, {
		api,
		...faults,
		routes: ['watchlists'],
		allows: (fault) => met.hangs === 0 || !isHanging(fault),
		onFault: (name, fault, asked) => {
			met.count += 1;
			if (isHanging(fault)) met.hangs += 1;
			if (name === 'connection refused') met.wasDown = true;
			if (fault.loses) for (const subject of changedBy(action, asked)) met.lost.add(subject);
		},
	});
	const { outputs, error, finished, hints } = await hurrying(
		async () =>
			await runNode({
				...nodeOn(kibana),
				items: itemsOf(run, ids),
				parameters: parametersOf(run),
				onError: 'continueErrorOutput',
			}),
	);
	await kibana.comeUp();
	const requests = kibana.requests.length - firstRequest;
	kibana.recover();

	const wrong = secretsReportedIn(kibana, JSON.stringify([finished, hints, error]));
	if (error) wrong.push(`threw ${error.message}`);
	const [successes = [], failures = []] = outputs;
	if (successes.some(({ json }) => json.error !== undefined)) {
		wrong.push('an error on the output for successes');
	}
	if (failures.some(({ json }) => json.error === undefined)) {
		wrong.push('a success on the output for errors');
	}
	const saidOf = named.map((): Said[] => []);
	for (const { json, pairedItem } of [...successes, ...failures]) {
		const details = (json.error === undefined ? {} : json.details) as IDataObject;
		const status = String(details.status ?? json.status ?? 'done');
		const reason = details.reason as string | undefined;
		saidOf[(pairedItem as { item: number }).item]?.push({ json, status, reason });
	}

	const report = { requests, faults: met.count, records: named.length };
	if (before === undefined) {
		const isRefused = saidOf.every(
			(said) => said.length === 1 && said[0]?.reason === 'routeMissing',
		);
		if (!isRefused) wrong.push('v1 has no watchlists, and this is not said');
		const asked = kibana.requests.slice(firstRequest).map(({ path }) => path);
		if (asked.some((path) => path.startsWith(BASE))) wrong.push('v1 is asked for watchlists');
		return { ...report, wrong };
	}
	const after = await readTruth(kibana);
	wrong.push(...judgeBystanders(run, ids, before, after));
	const wasLost = (subject: string) => met.wasDown || met.lost.has(subject);
	for (const [item, which] of named.entries()) {
		const said = saidOf[item] ?? [];
		const failed = said.find(({ status }) => status === 'failed' || status === 'unknown');
		if (failed && failed.reason !== 'notFound' && met.count === 0) {
			wrong.push(`item ${item} fails with ${failed.reason} without a cause`);
		}
		if (action === 'getMany') {
			wrong.push(...judgeList(said, { before }));
			continue;
		}
		if (said.length !== 1) wrong.push(`item ${item} has ${said.length} outputs`);
		for (const one of said) {
			wrong.push(...JUDGES[action](one, { which, item, ids, run, before, after, wasLost }));
		}
	}
	return { ...report, wrong };
};
