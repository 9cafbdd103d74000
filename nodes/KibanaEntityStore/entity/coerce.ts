import { compileChoice } from './choices';
import { toUtc } from './dates';
import { UNASSIGNED, type EntityField } from './fields';
import { asJson, DEEPEST, jsonList, parseJson } from './json';
import { isGiven, kindOf } from './kinds';

/**
 * A value in the shape that Kibana takes, or what is wrong with it. `undefined` means "not given", `null`
 * takes the value away.
 */
export type Coerced = { readonly value: unknown } | { readonly problem: string };

const NOT_GIVEN: Coerced = { value: undefined };

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

/** The value as an error names it: text and numbers, cut, and otherwise its kind. */
const nameOf = (value: unknown): string => {
	if (typeof value === 'string') return quoted(value);
	return typeof value === 'number' && Number.isFinite(value) ? String(value) : kindOf(value);
};

const problemOf = (field: EntityField, value: unknown): string => {
	const expected = field.list ? `a list of ${EXPECTED[field.type]}` : EXPECTED[field.type];
	const got = `expects ${expected}, got ${nameOf(value)}`;
	return typeof value === 'object' && (field.type === 'object' || field.type === 'any')
		? `${got} that JSON cannot carry, or that is nested more than ${DEEPEST} levels deep`
		: got;
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

const isEmptyList = (value: unknown): boolean => Array.isArray(value) && value.length === 0;

const compileList = (field: EntityField, timeZone: string, emptyList: Coerced): Coercion => {
	const toElement = TO_ELEMENT[field.type];
	const isPlainText = field.type === 'text' && !field.commaSeparated;
	return (value) => {
		// Most values of lists are one text that stands for one element.
		if (isPlainText && typeof value === 'string' && !value.includes('[')) return { value: [value] };
		const elements = toElements(field, value);
		const given = [...elements].filter(isGiven);
		if (elements.length === 0) return emptyList;
		// A list of nothing but gaps was not given.
		if (given.length === 0) return NOT_GIVEN;
		const coerced = given.map((element) => toElement(element, timeZone));
		const bad = coerced.indexOf(undefined);
		if (bad === -1) return { value: coerced };
		return { problem: `${problemOf(field, given[bad])} inside the list` };
	};
};

/** What a value of the right type may lack: the range, or a year of four digits. */
const compileLimit = ({
	type,
	range,
}: EntityField): ((value: unknown) => string | undefined) | undefined => {
	if (range) {
		const [min, max] = range;
		return (value) => {
			const number = value as number;
			if (number < min) return `expects ${min} or more, got ${number}`;
			return number > max ? `expects ${max} or less, got ${number}` : undefined;
		};
	}
	if (type !== 'date') return undefined;
	return (value) =>
		/^\d{4}-/.test(value as string) ? undefined : 'expects a date in the years 0 to 9999';
};

const TAKEN_AWAY: Coerced = { value: null };
const NOT_UNASSIGNABLE: Coerced = {
	problem:
		'cannot be unassigned through the Entity Store API of this Kibana: unassign it on the page of the entity in Kibana',
};

/** Accepts the labels of the editor's dropdown, too. */
const compileChoiceCoercion = ({
	values = [],
	unassigned,
}: EntityField): ((text: string) => Coerced) => {
	const valueNamed = compileChoice(unassigned ? [...values, UNASSIGNED] : values);
	return (text) => {
		const value = valueNamed(text);
		if (value === undefined) {
			return { problem: `expects one of ${values.join(', ')}, got ${quoted(text)}` };
		}
		if (unassigned === undefined || value !== UNASSIGNED) return { value };
		return unassigned === 'null' ? TAKEN_AWAY : NOT_UNASSIGNABLE;
	};
};

const compileSingle = (field: EntityField, timeZone: string, emptyList: Coerced): Coercion => {
	const { unwrapsList, values } = field;
	const toChoice = values && compileChoiceCoercion(field);
	const toElement = TO_ELEMENT[field.type];
	const limitProblem = compileLimit(field);
	const isText = field.type === 'text';
	return (value) => {
		// Most values are text for a field of text.
		if (isText && typeof value === 'string') return { value };
		const isWrapped = unwrapsList && Array.isArray(value) && value.length === 1;
		const coerced = toElement(isWrapped ? value[0] : value, timeZone);
		if (coerced === undefined) return { problem: problemOf(field, value) };
		if (toChoice) return toChoice(coerced as string);
		if (isEmptyList(coerced)) return emptyList;
		const problem = limitProblem?.(coerced);
		return problem === undefined ? { value: coerced } : { problem };
	};
};

/**
 * Compiles what turns a mapped value into the type of its field, the way a user expects: a single
 * value for a list becomes a list of one, `"yes"` becomes true, `"42"` becomes 42, dates become UTC
 * with `Z`.
 *
 * @param timeZone IANA name of the zone in which a date without an offset is read
 * @param emptyList what an empty list stands for; if not given, for nothing
 * @returns a function that returns the value that Kibana takes, `undefined` when nothing was given, or
 *   the problem: the type expected and the value, or its kind
 */
export const compileCoercion = (
	field: EntityField,
	timeZone: string,
	emptyList: Coerced = NOT_GIVEN,
): Coercion => {
	const compile = field.list ? compileList : compileSingle;
	const coerceGiven = compile(field, timeZone, emptyList);
	return (value) => (isGiven(value) ? coerceGiven(value) : NOT_GIVEN);
};
