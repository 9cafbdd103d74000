import fc from 'fast-check';

import type { Failure } from '../../../nodes/KibanaEntityStore/failure';
import {
	pollUntilFound,
	type Finding,
	type LookupGroup,
	type LookupResult,
	type PollOptions,
} from '../../../nodes/KibanaEntityStore/bulk/poll';

/** Stored documents are numbers here: the newest value of an entity. */
type Document = number;

interface World {
	readonly clock: { now: number };
	readonly pauses: number[];
	readonly looks: Array<{ readonly at: number; readonly keys: readonly string[] }>;
	readonly options: PollOptions;
	group(
		keys: readonly string[],
		answer: (keys: readonly string[], at: number) => LookupResult<Document>,
		wanted?: number,
	): LookupGroup<Document>;
}

const LIMITS = { maxItems: 3, maxBytes: 1_000 };

const world = (more: Partial<PollOptions> = {}, lookMs = 1): World => {
	const clock = { now: 0 };
	const pauses: number[] = [];
	const looks: World['looks'] = [];
	let index = 0;
	return {
		clock,
		pauses,
		looks,
		options: {
			timeoutMs: 60_000,
			limits: LIMITS,
			now: () => clock.now,
			sleep: async (ms) => {
				pauses.push(ms);
				clock.now += ms;
			},
			isCancelled: () => false,
			...more,
		},
		group: (keys, answer, wanted = 1) => ({
			lookups: keys.map((key) => ({
				key,
				bytes: key.length,
				indexes: [index++],
				mismatches: (document) => [document >= wanted ? [] : ['value']],
			})),
			ask: async (asked) => {
				looks.push({ at: clock.now, keys: asked });
				clock.now += lookMs;
				return answer(asked, clock.now);
			},
		}),
	};
};

const seen = (entries: ReadonlyArray<readonly [string, Document]>): LookupResult<Document> => ({
	kind: 'listed',
	documents: new Map(entries),
});
const all = (keys: readonly string[]): LookupResult<Document> => seen(keys.map((key) => [key, 1]));

const failure: Failure = { reason: 'overloaded', message: 'HTTP 503' };
const keysOf = (count: number) => Array.from({ length: count }, (_, index) => `k${index}`);
const kinds = (findings: ReadonlyMap<number, Finding>) =>
	[...findings].sort(([a], [b]) => a - b).map(([, { kind }]) => kind);

describe('verification', () => {
	it('looks up all entities in pages, and no more often than needed', async () => {
		const { group, options, looks, pauses } = world();
		const { findings, requests } = await pollUntilFound([group(keysOf(7), all)], options);
		expect(kinds(findings)).toEqual(keysOf(7).map(() => 'found'));
		expect(looks.map(({ keys }) => keys.length)).toEqual([3, 3, 1]);
		expect(requests).toBe(3);
		expect(pauses).toEqual([]);
	});

	it('splits pages by bytes too, and looks up alone what is too large', async () => {
		const { group, options, looks } = world({ limits: { maxItems: 10, maxBytes: 8 } });
		await pollUntilFound([group(['aaaa', 'bbbb', 'c', 'dddddddddd', 'e'], all)], options);
		expect(looks.map(({ keys }) => keys)).toEqual([['aaaa', 'bbbb'], ['c'], ['dddddddddd'], ['e']]);
	});

	it('waits with growing pauses, one request each, and looks a last time when the time is over', async () => {
		const { group, options, looks, pauses } = world();
		const { findings } = await pollUntilFound([group(keysOf(9), () => seen([]))], options);
		expect(kinds(findings)).toEqual(keysOf(9).map(() => 'missing'));
		expect(pauses.slice(0, 8)).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
		const last = looks.slice(-3);
		expect(last.flatMap(({ keys }) => keys).sort()).toEqual(keysOf(9));
		expect(last[0]?.at).toBeGreaterThanOrEqual(60_000);
		expect(last[0]?.at).toBeLessThan(60_010);
		expect(looks).toHaveLength(pauses.length + 3);
	});

	it('is not delayed by lost records: the others are found as soon as they exist', async () => {
		const lost = new Set(['k0', 'k1', 'k2']);
		const { group, options, looks, clock } = world();
		const store = (keys: readonly string[], at: number) =>
			seen(keys.filter((key) => at > 3_000 && !lost.has(key)).map((key) => [key, 1]));
		const { findings } = await pollUntilFound([group(keysOf(30), store)], options);
		expect(kinds(findings)).toEqual(keysOf(30).map((key) => (lost.has(key) ? 'missing' : 'found')));
		const rest = looks.filter(({ keys }) => keys.some((key) => !lost.has(key)));
		expect(rest.at(-1)?.at).toBeLessThan(9_000);
		expect(clock.now).toBeGreaterThanOrEqual(60_000);
		expect(looks.length).toBeLessThan(40);
	});

	it('reports the final differences, and not the earlier ones', async () => {
		const { group, options } = world();
		const store = (keys: readonly string[], at: number) =>
			seen(keys.map((key) => [key, key === 'k1' || at < 5_000 ? 0 : 1]));
		const { findings } = await pollUntilFound([group(keysOf(3), store)], options);
		expect([...findings.values()]).toEqual([
			{ kind: 'found' },
			{ kind: 'differs', paths: ['value'] },
			{ kind: 'found' },
		]);
	});

	it('retries temporary failures, and never earlier than the server asks for', async () => {
		let answers = 0;
		const { group, options, pauses } = world();
		const { findings } = await pollUntilFound(
			[
				group(keysOf(4), (keys) =>
					(answers += 1) < 3
						? { kind: 'transient', failure, retryAfterMs: answers * 1_500 }
						: all(keys),
				),
			],
			options,
		);
		expect(kinds(findings)).toEqual(keysOf(4).map(() => 'found'));
		expect(pauses).toEqual([1_500, 3_000]);
	});

	it('stops retrying when the time is over, or when Retry-After ends later', async () => {
		for (const retryAfterMs of [undefined, 61_000]) {
			const { group, options, clock } = world();
			const { findings } = await pollUntilFound(
				[group(keysOf(4), () => ({ kind: 'transient', failure, retryAfterMs }))],
				options,
			);
			expect([...findings.values()]).toEqual(keysOf(4).map(() => ({ kind: 'unknown', failure })));
			expect(clock.now).toBeLessThan(60_100);
		}
	});

	it('stops at once for a group that cannot be looked up, and continues with the others', async () => {
		const { group, options, looks, clock } = world();
		const { findings } = await pollUntilFound(
			[group(keysOf(5), () => ({ kind: 'halt', failure })), group(['x', 'y'], all)],
			options,
		);
		expect(kinds(findings)).toEqual([...keysOf(5).map(() => 'unknown'), 'found', 'found']);
		expect(looks).toHaveLength(2);
		expect(clock.now).toBeLessThan(100);
	});

	it('isolates the one entity that cannot be looked up, and finds the others', async () => {
		const { group, options, looks } = world({ limits: { maxItems: 64, maxBytes: 1_000 } });
		const { findings } = await pollUntilFound(
			[
				group(keysOf(64), (keys) =>
					keys.includes('k37') ? { kind: 'refused', failure } : all(keys),
				),
			],
			options,
		);
		expect(kinds(findings)).toEqual(keysOf(64).map((key) => (key === 'k37' ? 'unknown' : 'found')));
		expect(looks.length).toBeLessThanOrEqual(1 + 2 * 6);
	});

	it('does not treat the refusal of every page as a failure of every entity', async () => {
		const { group, options, looks } = world();
		const { findings } = await pollUntilFound(
			[group(keysOf(3_000), () => ({ kind: 'refused', failure }))],
			options,
		);
		expect(new Set(kinds(findings))).toEqual(new Set(['unknown']));
		expect(findings.size).toBe(3_000);
		expect(looks).toHaveLength(50);
	});

	it('looks exactly once when no time is given, and for everything', async () => {
		const { group, options, looks, pauses } = world({ timeoutMs: 0 });
		const { findings } = await pollUntilFound([group(keysOf(9), () => seen([]))], options);
		expect(kinds(findings)).toEqual(keysOf(9).map(() => 'missing'));
		expect(looks).toHaveLength(3);
		expect(pauses).toEqual([]);
	});

	it('stops when it is cancelled, and keeps what it has found', async () => {
		let isCancelled = false;
		const { group, options, looks } = world({ isCancelled: () => isCancelled });
		const { findings } = await pollUntilFound(
			[
				group(keysOf(9), (keys) => {
					if (keys.includes('k3')) isCancelled = true;
					return all(keys);
				}),
			],
			options,
		);
		expect(kinds(findings)).toEqual([
			...['k0', 'k1', 'k2'].map(() => 'found'),
			...keysOf(6).map(() => 'cancelled'),
		]);
		expect(looks).toHaveLength(2);
	});

	it('reports one result for each record, true at the last lookup, in a bounded number of requests', async () => {
		type Answer = 'seen' | 'transient' | 'refused';
		await fc.assert(
			fc.asyncProperty(
				fc.array(
					fc.record({
						visibleAt: fc.oneof(fc.integer({ min: 0, max: 50_000 }), fc.constant(Infinity)),
						group: fc.integer({ min: 0, max: 2 }),
					}),
					{ maxLength: 40 },
				),
				fc.array(fc.constantFrom<Answer>('seen', 'seen', 'transient', 'refused'), {
					maxLength: 30,
				}),
				async (entities, script) => {
					const { group, options, looks, pauses } = world();
					const visibleAt = new Map(entities.map((one, at) => [`k${at}`, one.visibleAt]));
					const answers = [...script];
					const answer = (keys: readonly string[], at: number): LookupResult<Document> => {
						const kind = answers.shift() ?? 'seen';
						if (kind !== 'seen') return { kind, failure };
						return seen(
							keys
								.filter((key) => (visibleAt.get(key) as number) <= at)
								.map((key) => [key, 1] as const),
						);
					};
					const order: number[] = [];
					const groups = [0, 1, 2].map((wanted) => {
						const at = [...entities.keys()].filter((one) => entities[one]?.group === wanted);
						order.push(...at);
						return group(
							at.map((one) => `k${one}`),
							answer,
						);
					});
					const { findings, requests } = await pollUntilFound(groups, options);
					expect(findings.size).toBe(entities.length);
					expect(requests).toBe(looks.length);
					expect(requests).toBeLessThanOrEqual(3 * (pauses.length + 1) + 3 * entities.length + 30);
					for (const [index, { kind }] of findings) {
						const visible = visibleAt.get(`k${order[index]}`) as number;
						if (kind === 'found') expect(visible).toBeLessThan(Infinity);
						if (kind === 'missing') expect(visible).toBe(Infinity);
						expect(['found', 'missing', 'unknown']).toContain(kind);
						if (script.every((one) => one === 'seen')) expect(kind).not.toBe('unknown');
					}
				},
			),
			{ numRuns: 300 },
		);
	});
});
