import fc from 'fast-check';

import { leavesOf, readLeaves, type Leaves } from '../../../nodes/KibanaEntityStore/entity/leaves';

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

	it('are read from an answer, however deep', () => {
		const depth = 100_000;
		const deep: unknown = JSON.parse(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`);
		expect(leavesOf(deep).size).toBe(1);
	});

	it('are read as far as their paths can be kept', () => {
		const wide = Object.fromEntries(Array.from({ length: 5_000 }, (_, at) => [`k${at}`, at]));
		const read = leavesOf({ ['long'.repeat(25_000)]: wide, last: 1 });
		expect(read.size).toBeLessThan(200);
	});
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
