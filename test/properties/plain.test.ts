/** "Plain" is said twice, as code and as text for n8n's engine: both mean the same. */
import fc from 'fast-check';
import { DateTime } from 'luxon';
import { runInThisContext } from 'node:vm';

import { IS_PLAIN, isPlain } from '../../nodes/KibanaEntityStore/n8n/values/plain';

const isPlainInEngine = runInThisContext(`(${IS_PLAIN})`) as (value: unknown) => boolean;

const anyLeaf = fc.oneof(
	fc.string(),
	fc.double(),
	fc.boolean(),
	fc.constantFrom<unknown>(null, undefined, -0, 0, NaN, Infinity, 1n, Symbol('s'), () => 1),
	fc.constantFrom<unknown>(new Date(0), new Date(NaN), DateTime.fromMillis(0), /x/, new Error('x')),
	fc.constantFrom<unknown>(new Map([['a', 1]]), new Set(), [, 1], new Uint8Array(2), Object('x')),
);

const anyKey = fc.oneof(
	fc.string(),
	fc.constantFrom('toString', 'constructor', 'hasOwnProperty', '__proto__', 'valueOf', 'length'),
);

const anyObject = (value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
	fc
		.tuple(fc.array(fc.tuple(anyKey, value), { maxLength: 4 }), fc.boolean())
		.map(([entries, isBare]) => {
			const object = isBare ? (Object.create(null) as object) : {};
			for (const [key, one] of entries) {
				const property = { value: one, enumerable: true, configurable: true, writable: true };
				Object.defineProperty(object, key, property);
			}
			return object;
		});

const anyValue = fc.letrec((tie) => ({
	value: fc.oneof(
		{ maxDepth: 5 },
		{ weight: 3, arbitrary: anyLeaf },
		{ weight: 2, arbitrary: anyObject(tie('value')) },
		{ weight: 1, arbitrary: fc.array(tie('value'), { maxLength: 3 }) },
	),
})).value;

const nested = (levels: number, wrap: (inner: unknown) => unknown): unknown =>
	Array.from({ length: levels }).reduce<unknown>(wrap, 1);

describe('plain values', () => {
	it('are the same for the package and for n8n’s engine', () => {
		fc.assert(
			fc.property(anyValue, (value) => {
				expect(isPlainInEngine(value)).toBe(isPlain(value));
			}),
			{ numRuns: 1_500 },
		);
	});

	it('end at the same depth, in lists and in objects', () => {
		for (let levels = 0; levels < 20; levels += 1) {
			for (const wrap of [(inner: unknown) => [inner], (inner: unknown) => ({ inner })]) {
				const value = nested(levels, wrap);
				expect(isPlain(value)).toBe(levels <= 8);
				expect(isPlainInEngine(value)).toBe(levels <= 8);
			}
		}
	});

	it('come back from JSON as they are', () => {
		fc.assert(
			fc.property(anyValue, (value) => {
				if (!isPlain(value)) return;
				expect(JSON.parse(JSON.stringify(value))).toEqual(value);
			}),
			{ numRuns: 2_000 },
		);
	});

	it('are told by an expression that holds no end of an expression', () => {
		expect(IS_PLAIN).not.toContain('}}');
	});
});
