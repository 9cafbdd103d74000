import { DateTime } from 'luxon';

import type { EntityField } from './fields';

/** A value in the shape that Kibana takes, or what is wrong with it; `undefined` means "not given". */
export type Coerced = { readonly value: unknown } | { readonly problem: string };

const NOT_GIVEN: Coerced = { value: undefined };

/** Empty text, null and undefined mean "not given": Kibana refuses null nearly everywhere (docs/kibana-api.md#values). */
export const isGiven = (value: unknown): boolean =>
	value !== undefined && value !== null && value !== '';

/** The value's kind in a builder's words. Errors name the kind, so that no value leaks into a log. */
export const kindOf = (value: unknown): string => {
	if (value === null || value === undefined) return 'nothing';
	if (Array.isArray(value)) return 'a list';
	if (typeof value === 'string') return 'text';
	if (typeof value === 'boolean') return 'true or false';
	if (typeof value === 'number') return Number.isFinite(value) ? 'a number' : 'not a number';
	if (typeof value === 'bigint') return 'a number';
	if (typeof value === 'function') return 'a function';
	if (isInstant(value)) return 'a date';
	return 'an object';
};

const EXPECTED = {
	text: 'text',
	choice: 'text',
	boolean: 'true or false (also "yes", "no", 1, 0)',
	number: 'a number',
	date: 'a date (ISO 8601, or epoch seconds or milliseconds)',
	object: 'a JSON object',
	any: 'a text, a list or a JSON object',
} as const;

const LONGEST_QUOTE = 40;

const quoted = (text: string): string =>
	`"${text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text}"`;

/** Elasticsearch takes 20 levels unless told otherwise, and much deeper data breaks whatever walks it. */
const DEEPEST = 100;

const problemOf = (field: EntityField, value: unknown): string => {
	const expected = field.list ? `a list of ${EXPECTED[field.type]}` : EXPECTED[field.type];
	const got = `expects ${expected}, got ${kindOf(value)}`;
	if (typeof value === 'string' && field.type !== 'text')
		return `${got} that does not read as such`;
	return typeof value === 'object' && (field.type === 'object' || field.type === 'any')
		? `${got} that JSON cannot carry, or that is nested more than ${DEEPEST} levels deep`
		: got;
};

/** Luxon, moment and Date values, told by their methods: n8n may run a second copy of luxon. */
const isInstant = (value: object): boolean => {
	// Most objects are plain ones, and looking for what they lack takes long.
	if (Object.getPrototypeOf(value) === Object.prototype) return false;
	const { toMillis, toISOString } = value as { toMillis?: unknown; toISOString?: unknown };
	// Data may have keys of these names, too.
	return typeof toMillis === 'function' || typeof toISOString === 'function';
};

const toText = (value: unknown): string | undefined => {
	if (typeof value === 'string') return value;
	if (typeof value === 'bigint') return String(value);
	// Directories number their accounts: an ID that arrives as a number is still an ID.
	return typeof value === 'number' && Number.isFinite(value) ? String(value) : undefined;
};

const YES = new Set<unknown>([true, 1, 'true', 'yes', '1']);
const NO = new Set<unknown>([false, 0, 'false', 'no', '0']);

const toBoolean = (value: unknown): boolean | undefined => {
	const word = typeof value === 'string' ? value.trim().toLowerCase() : value;
	if (YES.has(word)) return true;
	return NO.has(word) ? false : undefined;
};

const NUMERIC_TEXT = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

const toNumber = (value: unknown): number | undefined => {
	const isNumeric =
		typeof value === 'number' ||
		typeof value === 'bigint' ||
		(typeof value === 'string' && NUMERIC_TEXT.test(value.trim()));
	const number = isNumeric ? Number(value) : NaN;
	return Number.isFinite(number) ? number : undefined;
};

/**
 * Below this an epoch number is taken for seconds, from it on for milliseconds: as seconds it lies in
 * the year 5138, as milliseconds in 1973, and no directory means either.
 */
const FIRST_EPOCH_MS = 1e11;
/** Smaller numbers are no dates: 20260102 is a date written as digits, and 0 is "never". */
const FIRST_EPOCH_SECOND = 1e8;

const EPOCH_TEXT = /^(\d{9,11}(\.\d+)?|\d{12,14})$/;
/** Luxon also reads a bare year, a week, or "12:30" as today; only whole calendar dates are safe. */
const ISO_TEXT = /^(\d{4}-\d{2}-\d{2}|\d{8}(?=T|$))/;

const fromEpoch = (epoch: number): DateTime | undefined => {
	if (!(epoch >= FIRST_EPOCH_SECOND)) return undefined;
	return DateTime.fromMillis(epoch < FIRST_EPOCH_MS ? epoch * 1000 : epoch);
};

/** No date is longer, and reading one takes longer than its length. */
const LONGEST_DATE = 100;

const readDate = (value: unknown, timeZone: string): DateTime | undefined => {
	if (typeof value === 'number') return fromEpoch(value);
	if (typeof value === 'string') {
		const text = value.trim();
		if (text.length > LONGEST_DATE) return undefined;
		if (EPOCH_TEXT.test(text)) return fromEpoch(Number(text));
		if (!ISO_TEXT.test(text)) return undefined;
		const iso = text.replace(/^(\d{4}-\d{2}-\d{2}) +/, '$1T').replace(/ +(Z|[+-]\d)/i, '$1');
		return DateTime.fromISO(iso, { zone: timeZone });
	}
	if (typeof value !== 'object' || value === null || !isInstant(value)) return undefined;
	const epochMs = Number(value);
	return Number.isFinite(epochMs) ? DateTime.fromMillis(epochMs) : undefined;
};

/** On a day that every month has, so that no calendar is needed. */
const NORMAL_UTC =
	/^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;
const UTC_TEXT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,3})?Z$/;

/** UTC text is what most sources send, and reads the same without a calendar library, much sooner. */
const normaliseUtc = (text: string): string | undefined => {
	if (NORMAL_UTC.test(text)) return text;
	const epochMs = UTC_TEXT.test(text) ? Date.parse(text) : NaN;
	if (Number.isNaN(epochMs)) return undefined;
	const normalised = new Date(epochMs).toISOString();
	// A day or an hour that does not exist may have been moved to one that does.
	return normalised.slice(0, 19) === text.slice(0, 19) ? normalised : undefined;
};

/** Kibana takes UTC with `Z` and refuses offsets (docs/kibana-api.md#v1-fields, #values). */
const toUtc = (value: unknown, timeZone: string): string | undefined => {
	const normalised = typeof value === 'string' ? normaliseUtc(value) : undefined;
	if (normalised !== undefined) return normalised;
	const date = readDate(value, timeZone);
	return date?.isValid ? (date.toUTC().toISO() ?? undefined) : undefined;
};

const isDeeperThan = (value: unknown, levels: number): boolean =>
	typeof value === 'object' &&
	value !== null &&
	(levels === 0 || Object.values(value).some((child) => isDeeperThan(child, levels - 1)));

/** The value as JSON carries it, or undefined for one that it cannot carry, such as a circle. */
const asJson = (value: unknown): unknown => {
	try {
		const json: unknown = JSON.parse(JSON.stringify(value));
		return isDeeperThan(json, DEEPEST) ? undefined : json;
	} catch {
		return undefined;
	}
};

const parseJson = (text: string): unknown => {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
};

const jsonList = (text: string): unknown[] | undefined => {
	const parsed = text.trimStart().startsWith('[') ? parseJson(text) : undefined;
	return Array.isArray(parsed) ? parsed : undefined;
};

const toObject = (value: unknown): unknown => {
	const object = typeof value === 'string' ? parseJson(value) : value;
	return kindOf(object) === 'an object' ? asJson(object) : undefined;
};

/** Text stands for a list of one, in every revision that takes a list (docs/kibana-api.md#fields). */
const toAny = (value: unknown): unknown => {
	const text = toText(value);
	const list = text === undefined ? undefined : jsonList(text);
	if (list) return asJson(list);
	if (text !== undefined) return toObject(text) ?? [text];
	return Array.isArray(value) ? asJson(value) : toObject(value);
};

/** What each type makes of one value; undefined when it cannot be of the type. */
const TO_ELEMENT: Readonly<
	Record<EntityField['type'], (value: unknown, timeZone: string) => unknown>
> = {
	any: toAny,
	boolean: toBoolean,
	choice: toText,
	date: toUtc,
	number: toNumber,
	object: toObject,
	text: toText,
};

const toElements = (field: EntityField, value: unknown): readonly unknown[] => {
	if (Array.isArray(value)) return value;
	if (typeof value !== 'string') return [value];
	const parsed = jsonList(value);
	if (parsed) return parsed;
	return field.commaSeparated ? value.split(',').map((part) => part.trim()) : [value];
};

/** Turns a mapped value into the type of one field. */
export type Coercion = (value: unknown) => Coerced;

const compileList = (field: EntityField, timeZone: string): Coercion => {
	const toElement = TO_ELEMENT[field.type];
	const isPlainText = field.type === 'text' && !field.commaSeparated;
	return (value) => {
		// Most values of lists are one text that stands for one element.
		if (isPlainText && typeof value === 'string' && !value.includes('[')) return { value: [value] };
		const elements = toElements(field, value);
		const given = [...elements].filter(isGiven);
		// A list of nothing but gaps was not given; an empty list was, and says "none".
		if (given.length === 0 && elements.length > 0) return NOT_GIVEN;
		const coerced = given.map((element) => toElement(element, timeZone));
		const bad = coerced.indexOf(undefined);
		if (bad === -1) return { value: coerced };
		return { problem: `${problemOf(field, given[bad])} inside the list` };
	};
};

/** What a value of the right type may lack: one of the choices, the range, a year of four digits. */
const compileLimit = ({
	type,
	values,
	range,
}: EntityField): ((value: unknown) => string | undefined) | undefined => {
	if (values) {
		return (value) =>
			values.includes(value as string)
				? undefined
				: `expects one of ${values.join(', ')}, got ${quoted(value as string)}`;
	}
	if (range) {
		const [min, max] = range;
		return (value) => {
			if ((value as number) < min) return `expects ${min} or more`;
			return (value as number) > max ? `expects ${max} or less` : undefined;
		};
	}
	if (type !== 'date') return undefined;
	return (value) =>
		/^\d{4}-/.test(value as string) ? undefined : 'expects a date in the years 0 to 9999';
};

const compileSingle = (field: EntityField, timeZone: string): Coercion => {
	const { unwrapsList } = field;
	const toElement = TO_ELEMENT[field.type];
	const limitProblem = compileLimit(field);
	return (value) => {
		const isWrapped = unwrapsList && Array.isArray(value) && value.length === 1;
		const coerced = toElement(isWrapped ? value[0] : value, timeZone);
		if (coerced === undefined) return { problem: problemOf(field, value) };
		const problem = limitProblem?.(coerced);
		return problem === undefined ? { value: coerced } : { problem };
	};
};

/**
 * Compiles what turns a mapped value into the type of its field, the way a builder expects: a single
 * value for a list becomes a list of one, `"yes"` becomes true, `"42"` becomes 42, dates become UTC
 * with `Z`.
 *
 * @param timeZone IANA name of the zone in which a date without an offset is read
 * @returns a function that returns the value that Kibana takes, `undefined` when nothing was given, or
 *   the problem: the type expected and the kind of the value, never the value itself
 */
export const compileCoercion = (field: EntityField, timeZone: string): Coercion => {
	const coerceGiven = field.list ? compileList(field, timeZone) : compileSingle(field, timeZone);
	return (value) => (isGiven(value) ? coerceGiven(value) : NOT_GIVEN);
};
