import fc from 'fast-check';
import { DateTime } from 'luxon';

import { compileCoercion } from '../../../nodes/KibanaEntityStore/entity/coerce';
import {
	FIELDS_OF,
	GENERATION_NAMES,
	type EntityField,
} from '../../../nodes/KibanaEntityStore/entity/fields';

const ZONE = 'America/New_York';

const field = (path: string): EntityField => {
	const found = FIELDS_OF.v1.user.byPath.get(path) ?? FIELDS_OF.v1.host.byPath.get(path);
	if (!found) throw new Error(`No field ${path}`);
	return found;
};

const TEXT = field('entity.name');
const FLAG = field('entity.attributes.managed');
const NUMBER = field('entity.risk.calculated_score');
const DATE = field('entity.lifecycle.first_seen');
const COMMA_LIST = field('host.ip');
const PLAIN_LIST = field('user.full_name');

const value = (of: EntityField, given: unknown) => compileCoercion(of, ZONE)(given);

describe('coercion', () => {
	it.each([undefined, null, ''])('takes %p for "not given" in every field', (empty) => {
		for (const one of [TEXT, FLAG, NUMBER, DATE, COMMA_LIST]) {
			expect(value(one, empty)).toEqual({ value: undefined });
		}
	});

	it.each([
		[TEXT, 'Alice', 'Alice'],
		[TEXT, ' padded ', ' padded '],
		[TEXT, 42, '42'],
		[TEXT, 9007199254740993n, '9007199254740993'],
		[FLAG, 'TRUE', true],
		[FLAG, 'yes', true],
		[FLAG, 1, true],
		[FLAG, '1', true],
		[FLAG, 'No', false],
		[FLAG, 0, false],
		[FLAG, false, false],
		[NUMBER, '12.5', 12.5],
		[NUMBER, ' -3e2 ', -300],
		[NUMBER, 0, 0],
		[COMMA_LIST, '10.0.0.1', ['10.0.0.1']],
		[COMMA_LIST, '10.0.0.1, 10.0.0.2', ['10.0.0.1', '10.0.0.2']],
		[COMMA_LIST, '["10.0.0.1","10.0.0.2"]', ['10.0.0.1', '10.0.0.2']],
		[COMMA_LIST, ['10.0.0.1', null, ''], ['10.0.0.1']],
		[COMMA_LIST, 'a,,b,', ['a', 'b']],
		[COMMA_LIST, [], undefined],
		[COMMA_LIST, '[]', undefined],
		[COMMA_LIST, ['', null], undefined],
		[PLAIN_LIST, 'Doe, Jane', ['Doe, Jane']],
		[PLAIN_LIST, '["Doe, Jane", 7]', ['Doe, Jane', '7']],
		[PLAIN_LIST, '[not json', ['[not json']],
	] as Array<[EntityField, unknown, unknown]>)('turns %#', (of, given, expected) => {
		expect(value(of, given)).toEqual({ value: expected });
	});

	it.each([
		['2026-01-02T03:04:05Z', '2026-01-02T03:04:05.000Z'],
		['2026-01-02T03:04:05+02:00', '2026-01-02T01:04:05.000Z'],
		['2026-01-02 03:04:05 +0200', '2026-01-02T01:04:05.000Z'],
		['2026-01-02T03:04:05', '2026-01-02T08:04:05.000Z'],
		['2026-01-02', '2026-01-02T05:00:00.000Z'],
		[1767323045000, '2026-01-02T03:04:05.000Z'],
		[1767323045, '2026-01-02T03:04:05.000Z'],
		['1767323045', '2026-01-02T03:04:05.000Z'],
		['1767323045000', '2026-01-02T03:04:05.000Z'],
		[new Date('2026-01-02T03:04:05.678Z'), '2026-01-02T03:04:05.678Z'],
		[DateTime.fromISO('2026-01-02T03:04:05+05:30'), '2026-01-01T21:34:05.000Z'],
	])('sends the date %p as UTC with Z', (given, expected) => {
		expect(value(DATE, given)).toEqual({ value: expected });
	});

	it.each([
		[TEXT, true, 'expects text, got true or false'],
		[TEXT, { a: 1 }, 'expects text, got an object'],
		[TEXT, ['a'], 'expects text, got a list'],
		[TEXT, NaN, 'expects text, got not a number'],
		[FLAG, 'maybe', 'expects true or false (also "yes", "no", 1, 0), got "maybe"'],
		[FLAG, 2, 'expects true or false (also "yes", "no", 1, 0), got 2'],
		[NUMBER, 'n/a', 'expects a number, got "n/a"'],
		[NUMBER, Infinity, 'expects a number, got not a number'],
		[NUMBER, true, 'expects a number, got true or false'],
		[DATE, 'yesterday', 'expects a date'],
		[DATE, '12:30', 'expects a date'],
		[DATE, '2026', 'expects a date'],
		[DATE, '2026-13-45', 'expects a date'],
		[DATE, 20260102, 'expects a date'],
		[DATE, 0, 'expects a date'],
		[DATE, new Date(NaN), 'expects a date'],
		[DATE, 1e300, 'expects a date'],
		[COMMA_LIST, [{ ip: '10.0.0.1' }], 'expects a list of text, got an object inside the list'],
		[COMMA_LIST, { ip: '10.0.0.1' }, 'expects a list of text, got an object'],
	] as Array<[EntityField, unknown, string]>)('refuses %#', (of, given, problem) => {
		expect(value(of, given)).toEqual({ problem: expect.stringContaining(problem) });
	});

	it('quotes no more than the beginning of a text that it refuses', () => {
		for (const of of [FLAG, NUMBER, DATE]) {
			const { problem = '' } = value(of, `${'x'.repeat(40)}hidden`) as { problem?: string };
			expect(problem).toMatch(/, got "x{40}…"$/);
		}
	});

	it('answers every value with a value or a problem, and never throws', () => {
		const fields = GENERATION_NAMES.flatMap((generation) => [
			...FIELDS_OF[generation].user.byPath.values(),
			...FIELDS_OF[generation].host.byPath.values(),
		]);
		fc.assert(
			fc.property(fc.constantFrom(...fields), fc.anything({ withDate: true }), (of, given) => {
				const coerced = value(of, given);
				expect('value' in coerced || 'problem' in coerced).toBe(true);
			}),
		);
	});

	it('reads any instant alike from a Date, ISO text with any offset, and epoch milliseconds', () => {
		const instant = fc.date({
			min: new Date('1974-01-01T00:00:00Z'),
			max: new Date('2200-01-01T00:00:00Z'),
			noInvalidDate: true,
		});
		fc.assert(
			fc.property(instant, fc.integer({ min: -14, max: 14 }), (date, offset) => {
				const expected = { value: date.toISOString() };
				const shifted = DateTime.fromJSDate(date).setZone(`UTC${offset < 0 ? '' : '+'}${offset}`);
				expect(value(DATE, date)).toEqual(expected);
				expect(value(DATE, date.getTime())).toEqual(expected);
				expect(value(DATE, shifted.toISO())).toEqual(expected);
				expect(value(DATE, shifted)).toEqual(expected);
			}),
		);
	});
});
