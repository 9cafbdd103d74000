/**
 * Reads and deletions under faults: the whole node on n8n's engine, and what really happened to the store
 * against what each item says.
 */
import fc from 'fast-check';
import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { drawFaults, FAULTS, type Fault, type FaultName } from '../../sandbox/kibana/faults';
import { request } from '../../sandbox/kibana/request';
import type { FaultyRequest, ScriptedRoute, TestKibana } from '../../sandbox/kibana/server';
import { runNode } from '../../sandbox/n8n/engine';
import { jsonOf, nodeOn } from '../acceptance/run';
import { secretsReportedIn } from './attack';
import { hurrying, QUICK_NAMES } from './engine';
import { NOTHING_LOST } from './oracle';

export type Action = 'delete' | 'deleteMissing' | 'get' | 'getAll';

export interface Removal {
	readonly api: 'v1' | 'v2';
	readonly action: Action;
	/** How many hosts are stored and in scope. */
	readonly stored: number;
	/** The hosts that the items name, by number. From `stored` on there is no such host. */
	readonly named: readonly number[];
	readonly concurrency: number;
	readonly maxRetries: number;
	/** The guard of Delete Missing. */
	readonly maxPercent: number;
	readonly faults: {
		readonly seed: number;
		readonly names: readonly FaultName[];
		readonly rate: number;
	};
}

/** Faults after which the entities of a store are no longer listed, although they are there. */
const EMPTYING: readonly FaultName[] = ['store stops'];

export const REMOVAL_NAMES = QUICK_NAMES.filter((name) => !EMPTYING.includes(name));

/** Each of these takes as long as the timeout of a request. */
export const HANGING: readonly FaultName[] = [
	'no answer in time',
	'no answer in time after the work',
];

/** Whether a request that meets this fault is never answered. */
export const isHanging = (fault: Fault): boolean => HANGING.some((name) => FAULTS[name] === fault);

/** Which hosts there are, and which of them the items name. */
type Hosts = Pick<Removal, 'stored' | 'named'>;

const removalOf = (
	action: Action,
	hosts: fc.Arbitrary<Hosts>,
	names: readonly FaultName[],
): fc.Arbitrary<Removal> =>
	hosts.chain(({ stored, named }) =>
		fc.record({
			api: fc.constantFrom('v1' as const, 'v2' as const),
			action: fc.constant(action),
			stored: fc.constant(stored),
			named: fc.constant(named),
			concurrency: fc.integer({ min: 1, max: 3 }),
			maxRetries: fc.integer({ min: 0, max: 3 }),
			maxPercent: fc.constantFrom(10, 50, 100),
			faults: fc.record({
				seed: fc.integer(),
				names: fc.oneof(
					fc.constant([...names]),
					fc.subarray([...names], { minLength: 1, maxLength: 3 }),
				),
				rate: fc.constantFrom(0, 0.1, 0.3, 0.6, 0.9),
			}),
		}),
	);

const MOST_STORED = 8;

export const anyRemoval = (
	action: Action,
	names: readonly FaultName[] = REMOVAL_NAMES,
): fc.Arbitrary<Removal> =>
	removalOf(
		action,
		fc.record({
			stored: fc.integer({ min: 0, max: MOST_STORED }),
			named: fc.array(fc.nat(MOST_STORED + 1), { minLength: 1, maxLength: 6 }),
		}),
		names,
	);

const upTo = (count: number): number[] => Array.from({ length: count }, (_, which) => which);

/** The hosts of a whole directory, as far as each operation takes them. */
const DIRECTORIES: Readonly<Record<Action, fc.Arbitrary<Hosts>>> = {
	get: fc.record({
		stored: fc.constant(700),
		named: fc.array(fc.nat(800), { minLength: 600, maxLength: 600 }),
	}),
	// More than a page.
	getAll: fc.record({ stored: fc.integer({ min: 1_900, max: 3_100 }), named: fc.constant([0]) }),
	// One request each.
	delete: fc.record({
		stored: fc.constant(150),
		named: fc.array(fc.nat(160), { minLength: 150, maxLength: 150 }),
	}),
	deleteMissing: fc.tuple(fc.integer({ min: 15, max: 200 }), fc.nat(14)).map(([every, rest]) => ({
		stored: 1_500,
		named: upTo(1_500).filter((which) => which % every !== rest),
	})),
};

/** The same with the hosts of a directory. */
export const anyLargeRemoval = (
	action: Action,
	names: readonly FaultName[] = REMOVAL_NAMES,
): fc.Arbitrary<Removal> => removalOf(action, DIRECTORIES[action], names);

const nameOf = (which: number): string => `host-${which}`;

export const idOf = (api: Removal['api'], which: number): string =>
	api === 'v1' ? nameOf(which) : `host:${nameOf(which)}`;

/** Entities that are never in scope. */
const OUTSIDERS = ['outside-a', 'outside-b'];

const prepare = async (kibana: TestKibana, { api, stored }: Removal): Promise<void> => {
	kibana.clear();
	const scoped = Array.from({ length: stored }, (_, which) => [nameOf(which), 'low_impact']);
	const all = [...scoped, ...OUTSIDERS.map((name) => [name, 'high_impact'])];
	if (api === 'v2') {
		for (const [name, criticality] of all) {
			kibana.seed('host', { host: { name }, asset: { criticality } });
		}
		return;
	}
	const entities = all.map(([id, criticality]) => ({
		type: 'host',
		record: { entity: { id }, asset: { criticality } },
	}));
	const path = '/api/entity_store/entities/bulk?force=true';
	await request(kibana, { method: 'PUT', path, body: { entities } });
};

const parametersOf = ({
	action,
	concurrency,
	maxRetries,
	maxPercent,
}: Removal): INodeParameters => ({
	resource: 'entity',
	operation: action,
	entityType: 'host',
	entityTypes: ['host'],
	findBy: 'fields',
	matchFields: { hostName: '={{ $json.name }}' },
	filters: { criticality: ['low_impact'] },
	returnAll: true,
	options: { concurrency, maxRetries, maxPercent, timeout: 1_000 },
});

interface Met {
	count: number;
	/** Requests that were never answered. */
	hangs: number;
	/** Kibana was down for a while, which also cuts connections that nobody has answered yet. */
	wasDown: boolean;
	/** IDs of entities of which the answer to a deletion was lost. */
	readonly lost: Set<string>;
}

const deletedIn = ({ route, payload }: FaultyRequest): string | undefined => {
	if (route !== 'delete') return undefined;
	const { entityId, id } = (payload ?? {}) as { entityId?: string; id?: string };
	return entityId ?? id;
};

interface Said {
	/** `found` for an entity that was read. */
	readonly status: string;
	readonly id: string | undefined;
	readonly reason: string | undefined;
	readonly pairedWith: number;
}

/** What is wrong with what is said of one deletion. */
const judgeDeletion = (
	{ status, id, reason }: Said,
	wasThere: boolean,
	isThere: boolean,
	{ lost, wasDown, count }: Met,
): string[] => {
	const what = `${id} is reported as ${status} ${reason ?? ''}`;
	if (status === 'deleted') {
		return wasThere && !isThere ? [] : [`${what}: there ${wasThere}, then ${isThere}`];
	}
	if (reason === 'notFound') return wasThere ? [`${what}, and was there`] : [];
	if (count === 0) return [`${what} without a cause`];
	if (status === 'failed') return wasThere && !isThere ? [`${what}, and is gone`] : [];
	if (status === 'unknown') {
		return wasDown || lost.has(id ?? '') ? [] : [`${what}, ${NOTHING_LOST}`];
	}
	return [what];
};

const readSaid = (outputs: Awaited<ReturnType<typeof runNode>>['outputs']): Said[] =>
	outputs.flat().map(({ json, pairedItem }) => {
		const details = (json.details ?? json) as IDataObject;
		return {
			status: String(details.status ?? 'found'),
			id: details.entityId as string | undefined,
			reason: details.reason as string | undefined,
			pairedWith: (pairedItem as { item: number }).item,
		};
	});

export interface Judged {
	readonly said: readonly Said[];
	readonly requests: number;
	readonly faults: number;
	/** Entities that the items name, or that are in scope of a mirror, or that were listed. */
	readonly records: number;
	readonly wrong: readonly string[];
}

type Allows = (fault: Fault, asked: FaultyRequest, met: Met) => boolean;

const run = async (kibana: TestKibana, removal: Removal) => {
	const result = await hurrying(
		async () =>
			await runNode({
				...nodeOn(kibana),
				items: removal.named.map((which) => ({ name: nameOf(which) })),
				parameters: parametersOf(removal),
				onError: 'continueErrorOutput',
			}),
	);
	return { ...result, said: readSaid(result.outputs) };
};

const idsIn = (kibana: TestKibana): Set<string> => new Set(kibana.entities().map(({ id }) => id));

/** One run under faults, and what is wrong with it. */
const attack = async (
	kibana: TestKibana,
	removal: Removal,
	routes: readonly ScriptedRoute[],
	allows: Allows,
): Promise<Judged> => {
	const { api, action, stored, named, maxPercent, faults } = removal;
	await prepare(kibana, removal);
	const before = idsIn(kibana);
	const met: Met = { count: 0, hangs: 0, wasDown: false, lost: new Set() };
	const firstRequest = kibana.requests.length;
	drawFaults(kibana, {
		api,
		...faults,
		routes,
		allows: (fault, asked) => allows(fault, asked, met),
		onFault: (name, fault, asked) => {
			met.count += 1;
			if (isHanging(fault)) met.hangs += 1;
			if (name === 'connection refused') met.wasDown = true;
			const id = deletedIn(asked);
			if (fault.loses && id !== undefined) met.lost.add(id);
		},
	});
	const { said, outputs, error, finished, hints } = await run(kibana, removal);
	await kibana.comeUp();
	const after = idsIn(kibana);
	const wrong = secretsReportedIn(kibana, JSON.stringify([finished, hints, error]));
	if (error) wrong.push(`threw ${error.message}`);
	const [successes = [], failures = []] = outputs;

	const scope = Array.from({ length: stored }, (_, which) => idOf(api, which));
	const namedIds = new Set(named.map((which) => idOf(api, which)));
	const isNamed = (id: string) => namedIds.has(id);
	const missing = scope.filter((id) => !isNamed(id));
	const mayGo = new Set(
		{ get: [], getAll: [], delete: scope.filter(isNamed), deleteMissing: missing }[action],
	);
	const isStopped =
		action === 'deleteMissing' && stored > 0 && (100 * missing.length) / stored > maxPercent;
	for (const id of before) {
		if (!after.has(id) && (!mayGo.has(id) || isStopped)) wrong.push(`${id} is gone`);
	}

	if (action === 'get' || action === 'delete') {
		for (const [item, which] of named.entries()) {
			const id = idOf(api, which);
			const mine = said.filter(({ pairedWith }) => pairedWith === item);
			if (mine.length !== 1) wrong.push(`item ${item} has ${mine.length} outputs`);
			for (const one of mine) {
				if (action === 'delete') {
					wrong.push(...judgeDeletion({ ...one, id }, before.has(id), after.has(id), met));
				} else if (one.status === 'found') {
					if (one.id !== id || which >= stored) wrong.push(`${id} is found as ${one.id}`);
				} else if (one.status !== 'failed') wrong.push(`${id} is reported as ${one.status}`);
				else if (one.reason === 'notFound') {
					if (which < stored) wrong.push(`${id} is not found`);
				} else if (met.count === 0) wrong.push(`${id} fails without a cause`);
			}
		}
	}
	if (action === 'getAll') {
		// The same for every item: the whole list, or a failure.
		for (const item of named.keys()) {
			const mine = said.filter(({ pairedWith }) => pairedWith === item);
			const ids = mine.map(({ id }) => id).sort();
			const isWhole = JSON.stringify(ids) === JSON.stringify([...scope].sort());
			const isFailed = mine.length === 1 && mine[0]?.status === 'failed' && met.count > 0;
			if (!isWhole && !isFailed) wrong.push(`a part of the list: ${JSON.stringify(mine)}`);
		}
	}
	if (action === 'deleteMissing') {
		for (const one of said) {
			if (one.id === undefined) {
				const isExpected = one.reason === 'tooMany' ? isStopped : met.count > 0;
				if (!isExpected) wrong.push(`fails with ${one.reason}`);
			} else if (!missing.includes(one.id)) wrong.push(`${one.id} is not missing`);
			else wrong.push(...judgeDeletion(one, before.has(one.id), after.has(one.id), met));
		}
		const isWhole = said.length === missing.length || said.some(({ id }) => id === undefined);
		if (!isWhole) wrong.push(`${said.length} outputs of ${missing.length} missing`);
	}
	if (jsonOf(successes).some(({ error: one }) => one !== undefined)) {
		wrong.push('an error on the output for successes');
	}
	if (failures.some(({ json }) => json.error === undefined)) {
		wrong.push('a success on the output for errors');
	}

	// Run again on a Kibana that works, it ends as if nothing had failed.
	kibana.recover();
	const wasRevoked = said.some(({ reason }) => reason === 'unauthorized');
	if ((action === 'delete' || action === 'deleteMissing') && !wasRevoked) {
		const again = await run(kibana, removal);
		const end = idsIn(kibana);
		const isAuthorized = !again.said.some(({ reason }) => reason === 'unauthorized');
		const expected = [...before].filter((id) => !mayGo.has(id) || isStopped).sort();
		if (isAuthorized && JSON.stringify([...end].sort()) !== JSON.stringify(expected)) {
			wrong.push(`run again, it ends with ${[...end].join(', ')}`);
		}
	}
	const records = {
		get: named.length,
		getAll: said.length,
		delete: named.length,
		deleteMissing: stored,
	};
	return {
		said,
		requests: kibana.requests.length - firstRequest,
		faults: met.count,
		records: records[action],
		wrong,
	};
};

/** One run in which any request may meet a fault, and at most one is never answered. */
export const attackRemoval = async (kibana: TestKibana, removal: Removal): Promise<Judged> =>
	await attack(
		kibana,
		removal,
		['list', 'delete'],
		(fault, _, { hangs }) => hangs === 0 || !isHanging(fault),
	);

/** One run in which the first request to a route meets one fault. */
export const attackRemovalOnce = async (
	kibana: TestKibana,
	removal: Removal,
	name: FaultName,
	route: ScriptedRoute,
): Promise<Judged> =>
	await attack(
		kibana,
		{ ...removal, faults: { seed: 1, names: [name], rate: 1 } },
		[route],
		(_, __, { count }) => count === 0,
	);

/** Whether a fault can meet the requests of reads and deletions. */
export const isForRemoval = (name: FaultName, api: Removal['api']): boolean => {
	const { only }: Fault = FAULTS[name];
	return only?.route === undefined && (only?.api ?? api) === api;
};
