/** Each fault alone, once, on both generations: what it does to four good items. */
import { FAULT_NAMES, FAULTS, type Fault, type FaultName } from '../../sandbox/kibana/faults';
import { startKibana, type TestKibana } from '../../sandbox/kibana/server';
import { attackOnce } from './attack';
import {
	attackRemovalOnce,
	idOf,
	isForRemoval,
	REMOVAL_NAMES,
	type Action,
	type Removal,
} from './removal';
import { SMALL, type Scenario } from './scenario';

let kibanas: Record<Scenario['api'], TestKibana>;

beforeAll(async () => {
	kibanas = {
		v1: await startKibana({ api: 'v1', listsLive: true }),
		v2: await startKibana({ api: 'v2' }),
	};
});

afterAll(async () => {
	for (const kibana of Object.values(kibanas)) await kibana.stop();
});

/** What is reported of the records of the request that meets a fault, where a repeat does not help. */
const REPORTED: Partial<Record<FaultName, readonly [status: string, reason: string]>> = {
	'busy, absurd wait': ['failed', 'overloaded'],
	'store stops': ['failed', 'notRunning'],
	redirect: ['failed', 'routeMissing'],
};

const scenario = (api: Scenario['api'], isSeeded: boolean): Scenario => ({
	api,
	operation: 'upsert',
	items: ['alpha', 'bravo', 'charlie', 'delta'].map((name) => ({
		type: 'host',
		name,
		text: 'innocent',
		isBroken: false,
	})),
	isSeeded,
	chunkSize: 4,
	limits: SMALL,
	concurrency: 1,
	maxRetries: 2,
	hasProxy: false,
	isSurvivable: false,
	faults: { seed: 1, names: [], rate: 1 },
});

/** Every fault on every route that it can meet. */
const CASES = FAULT_NAMES.flatMap((name) =>
	(['v1', 'v2'] as const).flatMap((api) =>
		(['bulk', 'create'] as const).flatMap((route) => {
			const { only }: Fault = FAULTS[name];
			const fits = (only?.api ?? api) === api && (only?.route ?? route) === route;
			return fits && !(api === 'v1' && route === 'create') ? [[name, api, route] as const] : [];
		}),
	),
);

describe('one fault', () => {
	it.each(CASES)('%s (%s, %s)', async (name, api, route) => {
		const { reported, injected, ...found } = await attackOnce(
			kibanas[api],
			scenario(api, route === 'bulk'),
			name,
			route,
		);
		expect(injected.count).toBe(1);
		const { lost, wronglyBlamed, others } = found;
		expect({ lost, wronglyBlamed, others }).toEqual({ lost: [], wronglyBlamed: [], others: [] });

		const failed = reported.filter(({ isError }) => isError);
		const { passes }: Fault = FAULTS[name];
		const expected = REPORTED[name];
		if (passes) expect(failed).toEqual([]);
		else if (name === 'redirect') expect(failed).toHaveLength(4);
		else if (name === 'key revoked' || name === 'store stops') {
			// The request in which it happens has been let in.
			expect(failed.every(({ status }) => status === 'failed')).toBe(true);
		} else expect(failed).toHaveLength(route === 'bulk' ? 4 : 1);
		if (expected && name !== 'store stops') {
			expect(failed[0]).toMatchObject({ status: expected[0], reason: expected[1] });
		}
	});
});

const READING: ReadonlyArray<readonly [Action, 'delete' | 'list']> = [
	['get', 'list'],
	['delete', 'delete'],
	['deleteMissing', 'list'],
	['deleteMissing', 'delete'],
];

const removal = (api: Removal['api'], action: Action): Removal => ({
	api,
	action,
	stored: 4,
	named: [0, 1, 3],
	concurrency: 1,
	maxRetries: 2,
	maxPercent: 25,
	faults: { seed: 1, names: [], rate: 1 },
});

/** Those that take time are in it too: a request waits a second for its answer. */
const SLOW: readonly FaultName[] = ['no answer in time', 'no answer in time after the work'];

const REMOVALS = READING.flatMap(([action, route]) =>
	[...REMOVAL_NAMES, ...(action === 'delete' ? SLOW : [])].flatMap((name) =>
		(['v1', 'v2'] as const)
			.filter((api) => isForRemoval(name, api))
			.map((api) => [name, action, api, route] as const),
	),
);

describe('one fault of a read or a deletion', () => {
	it.each(REMOVALS)('%s (%s, %s, %s)', async (name, action, api, route) => {
		const { said, faults, wrong } = await attackRemovalOnce(
			kibanas[api],
			removal(api, action),
			name,
			route,
		);
		expect(faults).toBe(1);
		expect(wrong).toEqual([]);
		const failed = said.filter(({ reason }) => reason !== undefined);
		const { passes }: Fault = FAULTS[name];
		const expected = REPORTED[name];
		if (passes) expect(failed).toEqual([]);
		else if (expected)
			expect(failed[0]).toMatchObject({ status: expected[0], reason: expected[1] });
		if (passes && action === 'deleteMissing') {
			expect(said).toMatchObject([{ id: idOf(api, 2), status: 'deleted' }]);
		}
	});
});
