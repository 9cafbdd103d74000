/** Each fault alone, once, on both generations: what it does to four good items. */
import { FAULT_NAMES, FAULTS, type Fault, type FaultName } from '../../sandbox/kibana/faults';
import { startKibana, type TestKibana } from '../../sandbox/kibana/server';
import { attackOnce } from './attack';
import type { Scenario } from './scenario';

let kibanas: Record<Scenario['api'], TestKibana>;

beforeAll(async () => {
	kibanas = { v1: await startKibana({ api: 'v1' }), v2: await startKibana({ api: 'v2' }) };
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
