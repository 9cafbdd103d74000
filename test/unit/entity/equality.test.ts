import fc from 'fast-check';

import { isSame, isThere } from '../../../nodes/KibanaEntityStore/entity/equality';

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
});

describe('values of any depth', () => {
	const deep = (depth: number, opening: string, closing: string, inner: string): unknown =>
		JSON.parse(`${opening.repeat(depth)}${inner}${closing.repeat(depth)}`);

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

const scalar = fc.oneof(fc.string(), fc.boolean(), fc.double({ noNaN: true }), fc.constant(null));

describe('a value that is stored as it was sent', () => {
	it('is there, and is all that is there', () => {
		fc.assert(
			fc.property(fc.oneof(scalar, fc.array(scalar)), (sent) => {
				const stored: unknown = structuredClone(sent);
				expect(isThere(sent, stored)).toBe(true);
				expect(isSame(sent, stored)).toBe(true);
			}),
		);
	});

	it('is no longer the same with one more value in its list', () => {
		fc.assert(
			fc.property(fc.array(fc.string(), { minLength: 1 }), (sent) => {
				const stored = [...sent, `${sent.join('')}+`];
				expect(isThere(sent, stored)).toBe(true);
				expect(isSame(sent, stored)).toBe(false);
			}),
		);
	});
});
