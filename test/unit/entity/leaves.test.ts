import fc from 'fast-check';

import {
	expectations,
	isThere,
	leavesOf,
	readLeaves,
	type Leaves,
} from '../../../nodes/KibanaEntityStore/entity/leaves';

const leaves = (object: Record<string, unknown>): Leaves => leavesOf(object);

describe('leaves', () => {
	it('are the same for sections inside each other and for dotted keys', () => {
		const nested = leaves({ entity: { id: 'a', risk: { calculated_score: 1 } }, tags: ['x'] });
		expect([...nested]).toEqual([
			['entity.id', 'a'],
			['entity.risk.calculated_score', 1],
			['tags', ['x']],
		]);
		expect(
			leaves({ 'entity.id': 'a', entity: { 'risk.calculated_score': 1 }, tags: ['x'] }),
		).toEqual(nested);
	});

	it.each([null, undefined, 'text', 1, [1, 2], []])(
		'are none where there is no object: %p',
		(value) => {
			expect(leavesOf(value).size).toBe(0);
		},
	);
});

/** Documents whose keys meet: nested, dotted, and both for the same path. */
const document = fc.letrec((tie) => ({
	section: fc.dictionary(
		fc.constantFrom('a', 'b', 'c', 'a.b', 'b.c', 'a.b.c', '__proto__', ''),
		fc.oneof(
			{ maxDepth: 5 },
			fc.constantFrom<unknown>(null, 0, '', 'x', [], ['y'], {}),
			tie('section'),
		),
	),
})).section;

const pathIn = fc
	.array(fc.constantFrom('a', 'b', 'c', '__proto__', 'toString', ''), {
		minLength: 1,
		maxLength: 5,
	})
	.map((keys) => keys.join('.'));

describe('a single leaf', () => {
	it('is the one among all leaves, for nested and for dotted keys', () => {
		fc.assert(
			fc.property(document, fc.array(pathIn, { minLength: 5 }), (stored, paths) => {
				const received: unknown = JSON.parse(JSON.stringify(stored));
				const all = leavesOf(received);
				const read = readLeaves(received);
				for (const path of [...paths, ...all.keys()]) expect(read.get(path)).toEqual(all.get(path));
				for (const path of paths) {
					const start = `${path}.`;
					const inside = [...all].filter(([leaf]) => leaf.startsWith(start));
					expect([...read.inside(path)]).toEqual(
						inside.map(([leaf, value]) => [leaf.slice(start.length), value]),
					);
				}
			}),
			{ numRuns: 2_000 },
		);
	});

	it('is found below more sections than a stack holds', () => {
		const depth = 100_000;
		const deep: unknown = JSON.parse(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`);
		expect(readLeaves(deep).get('a.a')).toBeUndefined();
	});

	it.each([null, undefined, 'text', [1]])('is nothing where there is no object: %p', (value) => {
		expect(readLeaves(value).get('length')).toBeUndefined();
	});
});

/** The work that jest allows in 5 s, on any machine: each of these took from 5 s to minutes, pair by pair. */
describe('long lists and texts', () => {
	it('are compared without comparing each with each', () => {
		const sent = Array.from({ length: 100_000 }, (_, index) => `value ${index}`);
		expect(isThere(sent, [...sent].reverse())).toBe(true);
		expect(isThere([...sent, 'one more'], sent)).toBe(false);
	});

	it('of objects are compared by what the objects hold', () => {
		const sent = Array.from({ length: 20_000 }, (_, id) => ({ id, kind: 'a', seen: [1] }));
		const stored = [...sent].reverse().map((one) => ({ ...one, id: String(one.id), more: [2] }));
		expect(isThere(sent, stored)).toBe(true);
		expect(isThere([...sent, { id: -1, kind: 'a', seen: [1] }], stored)).toBe(false);
	});

	it('of addresses and dates are compared in any spelling', () => {
		const addresses = Array.from(
			{ length: 50_000 },
			(_, at) => `2001:0DB8:0:0::${at.toString(16)}`,
		);
		const stored = addresses.map((one) => one.replace('0DB8:0:0', 'db8')).reverse();
		expect(isThere(addresses, stored)).toBe(true);
		const dates = Array.from({ length: 50_000 }, (_, at) => new Date(at * 1e6).toISOString());
		expect(isThere(dates, dates.map((one) => Date.parse(one)).reverse())).toBe(true);
	});

	it('of objects that are all alike are given up, and do not count as there', () => {
		const alike = (more: number) =>
			Array.from({ length: 5_000 }, () => ({ kind: 'a', seen: [[more]] }));
		expect(isThere(alike(1), alike(2))).toBe(false);
		const lists = (last: number) => Array.from({ length: 5_000 }, (_, at) => [[at], [last]]);
		expect(isThere(lists(1), lists(2))).toBe(false);
	}, 20_000);

	it('that look like an address or a date are looked at once', () => {
		for (const text of [':'.repeat(1_000_000), `2026-01-02T${' '.repeat(1_000_000)}x`]) {
			expect(isThere(text, `${text} `)).toBe(false);
			expect(isThere([text, text], [`${text} `])).toBe(false);
		}
	});

	it('of paths are read as far as they can be kept', () => {
		const wide = Object.fromEntries(Array.from({ length: 5_000 }, (_, at) => [`k${at}`, at]));
		const read = leavesOf({ ['long'.repeat(25_000)]: wide, last: 1 });
		expect(read.size).toBeLessThan(200);
	});

	it('are compared once for all records of an entity', () => {
		const many = Array.from({ length: 10_000 }, (_, at) => ({
			leaves: new Map([['owner', `jane ${at}`]]),
			isCertain: at < 5_000,
		}));
		const stored = new Map([['owner', 'nobody']]);
		const mismatches = expectations(many).map((find) => find(stored));
		expect(new Set(mismatches.flat())).toEqual(new Set(['owner']));
	});
});

describe('values of any depth', () => {
	const deep = (depth: number, opening: string, closing: string, inner: string): unknown =>
		JSON.parse(`${opening.repeat(depth)}${inner}${closing.repeat(depth)}`);

	it('are read from an answer, however deep', () => {
		expect(leavesOf(deep(100_000, '{"a":', '}', '1')).size).toBe(1);
	});

	it.each([
		['[', ']'],
		['[{"a":', '}]'],
	])('are compared to a depth that no store takes, and never fail: %s', (opening, closing) => {
		for (const depth of [1, 20, 10_000]) {
			const sent = [deep(depth, opening, closing, '1')];
			expect(isThere(sent, [deep(depth, opening, closing, '1')])).toBe(depth <= 20);
			expect(isThere(sent, [deep(depth, opening, closing, '2')])).toBe(false);
		}
	});
});

describe('a value that was sent', () => {
	it.each<[unknown, unknown]>([
		['a', 'a'],
		['a', ['a']],
		[['a'], 'a'],
		[['a'], ['b', 'a']],
		[[], undefined],
		[[], ['b']],
		[77.3, 77.30000305175781],
		[77.3, '77.3'],
		[1, 1],
		[true, true],
		[false, 'false'],
		[null, undefined],
		['2026-01-02T03:04:05.000Z', '2026-01-02T03:04:05Z'],
		['2026-01-02T03:04:05.000Z', '2026-01-02T04:04:05+01:00'],
		['2026-01-02T03:04:05.000Z', Date.parse('2026-01-02T03:04:05.000Z')],
		[['2001:DB8:0::1'], ['2001:db8::1']],
		[[{ id: 'a', list: [1] }], [{ id: 'a', list: [1, 2], more: true }]],
	])('is there: %p as %p', (sent, stored) => expect(isThere(sent, stored)).toBe(true));

	it.each<[unknown, unknown]>([
		['a', undefined],
		['a', 'A'],
		['a', ['a', 'b']],
		['', undefined],
		[['a', 'b'], ['a']],
		[['a'], undefined],
		[0, ''],
		[0, null],
		[1, 2],
		[1, true],
		[1, 'x'],
		[true, false],
		[false, undefined],
		[false, 'no'],
		[null, 'x'],
		['2026-01-02T03:04:05.000Z', '2026-01-02T03:04:06.000Z'],
		['2026-01-02T03:04:05.000Z', undefined],
		['2001:db8::1', '2001:db8::2'],
		['00:11:22:33:44:55', '00:11:22:33:44:56'],
		[':', '::'],
		[[{ id: 'a' }], [{ id: 'b' }]],
		[[{ id: 'a' }], ['a']],
	])('is not there: %p as %p', (sent, stored) => expect(isThere(sent, stored)).toBe(false));

	it('need not be all there where a list is full, but must be there in part', () => {
		const full = Array.from({ length: 10 }, (_, index) => `v${index}`);
		expect(isThere(['v1', 'pushed out'], full, 10)).toBe(true);
		expect(isThere(['pushed out'], full, 10)).toBe(false);
		expect(isThere(['v1', 'lost'], full.slice(1), 10)).toBe(false);
	});
});

const scalar = fc.oneof(
	fc.string(),
	fc.boolean(),
	fc.double({ noNaN: true, noDefaultInfinity: true }),
	fc
		.date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-01-01') })
		.map((date) => date.toISOString()),
);
const value = fc.oneof(scalar, fc.array(scalar, { maxLength: 4 }));
const record = fc.dictionary(fc.constantFrom('a', 'b.c', 'b.d', 'e'), value);

interface Step {
	readonly sent: Record<string, unknown>;
	readonly fate: 'stored' | 'notStored' | 'unknownStored' | 'unknownNotStored';
}

const steps: fc.Arbitrary<Step[]> = fc.array(
	fc.record({
		sent: record,
		fate: fc.constantFrom('stored', 'stored', 'notStored', 'unknownStored', 'unknownNotStored'),
	}),
	{ minLength: 1, maxLength: 5 },
) as fc.Arbitrary<Step[]>;

/** What a store holds that merges what it is sent, lists replaced, or collected. */
const storeOf = (done: readonly Step[], collects: boolean): Map<string, unknown> => {
	const stored = new Map<string, unknown>();
	for (const { sent, fate } of done) {
		if (fate !== 'stored' && fate !== 'unknownStored') continue;
		for (const [path, one] of Object.entries(sent)) {
			const before = stored.get(path);
			const isCollected = collects && Array.isArray(before) && Array.isArray(one);
			stored.set(path, isCollected ? [...before, ...one] : one);
		}
	}
	return stored;
};

const expectationsOf = (done: readonly Step[]) => {
	const said = done.filter(({ fate }) => fate !== 'notStored');
	return expectations(
		said.map(({ sent, fate }) => ({
			leaves: new Map(Object.entries(sent)),
			isCertain: fate === 'stored',
		})),
	);
};

describe('what is expected of the records of one entity', () => {
	it('is all there when the store did as it said, whoever overwrote whom and whatever was lost', () => {
		fc.assert(
			fc.property(steps, fc.boolean(), (done, collects) => {
				const stored = storeOf(done, collects);
				const mismatches = expectationsOf(done).map((lacks) => lacks(stored));
				const certain = done.filter(({ fate }) => fate === 'stored');
				expect(mismatches).toEqual(certain.map(() => []));
			}),
			{ numRuns: 500 },
		);
	});

	it('is not there when the last record was lost, and names just the paths whose values differ', () => {
		fc.assert(
			fc.property(
				record,
				fc.dictionary(fc.constantFrom('a', 'b.c', 'e'), scalar),
				(older, newer) => {
					const stored = new Map<string, unknown>(Object.entries(older));
					const [, last] = expectationsOf([
						{ sent: older, fate: 'stored' },
						{ sent: newer, fate: 'stored' },
					]);
					const differing = Object.entries(newer)
						.filter(([path, sent]) => !isThere(sent, stored.get(path)))
						.map(([path]) => path);
					expect(last?.(stored)).toEqual(differing);
				},
			),
			{ numRuns: 300 },
		);
	});

	it('asks of a record only what it has sent itself', () => {
		const [first, second] = expectationsOf([
			{ sent: { owner: 'x' }, fate: 'stored' },
			{ sent: { level: 'high' }, fate: 'stored' },
		]);
		const stored = leaves({ owner: 'x' });
		expect(first?.(stored)).toEqual([]);
		expect(second?.(stored)).toEqual(['level']);
	});
});
