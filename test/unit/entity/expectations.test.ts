import fc from 'fast-check';

import { isThere } from '../../../nodes/KibanaEntityStore/entity/equality';
import { expectations } from '../../../nodes/KibanaEntityStore/entity/expectations';
import { leavesOf } from '../../../nodes/KibanaEntityStore/entity/leaves';

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
		const stored = leavesOf({ owner: 'x' });
		expect(first?.(stored)).toEqual([]);
		expect(second?.(stored)).toEqual(['level']);
	});

	it('is compared once for all of them', () => {
		const many = Array.from({ length: 10_000 }, (_, at) => ({
			leaves: new Map([['owner', `jane ${at}`]]),
			isCertain: at < 5_000,
		}));
		const stored = new Map([['owner', 'nobody']]);
		const mismatches = expectations(many).map((find) => find(stored));
		expect(new Set(mismatches.flat())).toEqual(new Set(['owner']));
	});
});
