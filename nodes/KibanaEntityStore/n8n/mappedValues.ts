import { DateTime } from 'luxon';
import type { IExecuteFunctions } from 'n8n-workflow';

import { compileValue, isPlainJson, isPlainObject, NOT_SIMPLE, sizeOf } from './expression';
import {
	forItems,
	forOneItem,
	mayDisturb,
	toJointCode,
	type JointCode,
	type Reach,
} from './jointExpression';

/** The values of a mapping for one item, by field. */
export type MappedValues = Record<string, unknown>;

/** A field whose expression is more than a path. */
interface ComplexField {
	readonly key: string;
	readonly mapped: string;
	readonly joint?: JointCode;
}

/** n8n turns luxon dates into text where they are the value of a key of a parameter. */
const settled = (value: unknown): unknown =>
	DateTime.isDateTime(value) ? String(value) : settledInside(value);

const settledInside = (value: unknown): unknown => {
	if (Array.isArray(value)) return value.map(settledInside);
	if (typeof value !== 'object' || value === null || !isPlainObject(value)) return value;
	const inner = Object.entries(value).map(([key, one]) => [key, settled(one)] as const);
	return Object.fromEntries(inner);
};

const evaluateAlone = (context: IExecuteFunctions, mapped: unknown, index: number): unknown => {
	const expression = String(mapped).slice(1);
	return settled(context.evaluateExpression(expression, index));
};

/** Values of several fields for one item: a list of one for each, or 0 for one to evaluate alone. */
type Row = ReadonlyArray<readonly [value: unknown] | 0>;

/** Items in one evaluation: n8n allows it 5 s, which leaves each item a millisecond. */
const MOST_ITEMS = 5_000;
const FEWEST_ITEMS = 100;
/**
 * Size of all items of a run, in characters, up to which expressions are shared among items. n8n copies
 * all of them into its engine for each evaluation; an engine that runs out of its 128 MB is gone for
 * the rest of the execution.
 */
const MOST_CHARACTERS = 32_000_000;

/**
 * Reads the rows of fields whose expressions are shared among items: a slice of items at a time.
 *
 * @returns a row for the item, or undefined when sharing does not work out
 */
const createSliceReader = (context: IExecuteFunctions, codes: readonly JointCode[]) => {
	let mostItems = MOST_ITEMS;
	let from = 0;
	let rows: readonly Row[] = [];
	const count = context.getInputData().length;

	const readSlice = (index: number): void => {
		while (mostItems >= FEWEST_ITEMS) {
			const to = Math.min(count, index + mostItems);
			try {
				const read = context.evaluateExpression(forItems(codes, index, to), 0) as unknown;
				if (Array.isArray(read) && read.length === to - index) {
					from = index;
					rows = read as Row[];
					return;
				}
			} catch {
				// Too much for one evaluation, or not to be evaluated at all: each expression will tell.
			}
			mostItems = Math.floor(mostItems / 10);
		}
	};

	return (index: number): Row | undefined => {
		if (mostItems >= FEWEST_ITEMS && (index < from || index >= from + rows.length))
			readSlice(index);
		return rows[index - from];
	};
};

const createItemReader =
	(context: IExecuteFunctions, codes: readonly JointCode[]) =>
	(index: number): Row | undefined => {
		try {
			const row = context.evaluateExpression(forOneItem(codes), index) as unknown;
			return Array.isArray(row) ? (row as Row) : undefined;
		} catch {
			return undefined;
		}
	};

/** An expression that n8n cannot even read would take the others of its evaluation with it. */
const isReadable = (context: IExecuteFunctions, joint: JointCode): boolean => {
	try {
		context.evaluateExpression(forOneItem([joint]), 0);
		return true;
	} catch {
		return false;
	}
};

/** How many fields make sharing worth an evaluation of its own. */
const LEAST_FIELDS: Readonly<Record<Reach, number>> = { items: 1, fields: 2 };

const fitsIntoEngine = (context: IExecuteFunctions): boolean => {
	let left = MOST_CHARACTERS;
	return context.getInputData().every(({ json }) => {
		left -= sizeOf(json, left);
		return left > 0;
	});
};

interface Group {
	readonly fields: readonly ComplexField[];
	readonly reach: Reach;
	readonly read: (index: number) => Row | undefined;
}

const createGroup = (
	context: IExecuteFunctions,
	complex: readonly ComplexField[],
	reach: Reach,
): Group[] => {
	const fields = complex.filter(({ joint }) => joint && isReadable(context, joint));
	if (fields.length < LEAST_FIELDS[reach]) return [];
	const codes = fields.flatMap(({ joint }) => joint ?? []);
	const create = reach === 'items' ? createSliceReader : createItemReader;
	return [{ fields, reach, read: create(context, codes) }];
};

const groupsOf = (context: IExecuteFunctions, complex: readonly ComplexField[]): Group[] => {
	const isOfItem = ({ joint }: ComplexField) => joint?.reach === 'items';
	if (complex.some(isOfItem) && fitsIntoEngine(context)) {
		return [
			...createGroup(context, complex.filter(isOfItem), 'items'),
			...createGroup(
				context,
				complex.filter((field) => !isOfItem(field)),
				'fields',
			),
		];
	}
	return createGroup(context, complex, 'fields');
};

const isExpression = (value: unknown): value is string =>
	typeof value === 'string' && value.startsWith('=');

/** A parameter that names its neighbours is evaluated by n8n with them. */
const NAMES_NEIGHBOURS = /\$(?:parameter|rawParameter|self)\b/;

/**
 * Reads a parameter that holds one value, for each item. One that holds no expression is read once.
 *
 * @param name path of the parameter
 * @returns a function that throws for an item whose expression fails, as n8n would
 */
export const createValueReader = (
	context: IExecuteFunctions,
	name: string,
): ((index: number) => unknown) => {
	const raw = context.getNodeParameter(name, 0, '', { rawExpressions: true }) as unknown;
	if (!isExpression(raw)) return () => raw;
	const compiled = compileValue(raw);
	const items = context.getInputData();
	return (index) => {
		const value = compiled ? compiled(items[index]?.json) : NOT_SIMPLE;
		return value === NOT_SIMPLE ? context.getNodeParameter(name, index, '') : value;
	};
};

/**
 * Reads a parameter that holds one value for each field, such as the values of a field mapping, for
 * each item: the same values as `getNodeParameter` returns without validation, at a fraction of its
 * cost. The mapping is read and compiled once.
 *
 * @param name path of the parameter
 * @returns a function that throws for an item whose expression fails, as n8n would
 */
export const createValuesReader = (
	context: IExecuteFunctions,
	name: string,
): ((index: number) => MappedValues) => {
	const raw = context.getNodeParameter(name, 0, {}, { rawExpressions: true }) as unknown;
	const readAll = (index: number) =>
		context.getNodeParameter(name, index, {}, { skipValidation: true }) as MappedValues;
	if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return readAll;

	const entries = Object.entries(raw).map(([key, mapped]: [string, unknown]) => ({
		key,
		mapped,
		compiled: compileValue(mapped),
	}));
	const complex: ComplexField[] = [];
	for (const { key, mapped, compiled } of entries) {
		if (compiled) continue;
		if (!isExpression(mapped) || NAMES_NEIGHBOURS.test(mapped)) return readAll;
		complex.push({ key, mapped, joint: toJointCode(mapped) });
	}
	// What changes an item shows in its other fields, in a way that only n8n itself repeats.
	if (complex.some(({ mapped }) => mayDisturb(mapped))) return readAll;
	const groups = groupsOf(context, complex);
	/** Where the value of a shared field stands: in the row of which group, and at which position. */
	const placeOf = new Map(
		groups.flatMap(({ fields }, nth) =>
			fields.map(({ key }, position) => [key, { nth, position }] as const),
		),
	);

	const items = context.getInputData();
	return (index) => {
		const json = items[index]?.json;
		// Among items, only what JSON can carry is known to read the same as for the item alone.
		const rows = groups.map(({ reach, read }) =>
			reach === 'fields' || isPlainJson(json) ? read(index) : undefined,
		);
		const values: MappedValues = {};
		for (const { key, mapped, compiled } of entries) {
			let value = compiled ? compiled(json) : NOT_SIMPLE;
			if (value === NOT_SIMPLE) {
				const place = placeOf.get(key);
				const cell = place && rows[place.nth]?.[place.position];
				value = Array.isArray(cell) ? cell[0] : evaluateAlone(context, mapped, index);
			}
			values[key] = value;
		}
		return values;
	};
};
