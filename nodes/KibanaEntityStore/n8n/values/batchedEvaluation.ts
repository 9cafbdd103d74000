import type { IExecuteFunctions } from 'n8n-workflow';

import {
	forItems,
	forOneItem,
	keysOfAll,
	mayMutate,
	toBatchedCode,
	type BatchedCode,
	type Scope,
} from './batchedExpression';
import { isPlain, isPlainObject } from './plain';

/** Values of several expressions for one item: a list of one for each, or 0 for one to evaluate alone. */
type Row = ReadonlyArray<readonly [value: unknown] | 0>;

type RowReader = (index: number) => Row | undefined;

/** Items in one evaluation: n8n allows it 5 s, which leaves each item a millisecond. */
const MOST_ITEMS = 5_000;
const FEWEST_ITEMS = 100;
/** JSON text in one evaluation; n8n's engine has 128 MB, and is gone for good when they are used up. */
const MOST_CHARACTERS = 2_000_000;
/** JSON text of one item. A longer one is evaluated alone by n8n, so that others do not fail with it. */
const MOST_CHARACTERS_OF_ITEM = 100_000;

/** Where the items of an evaluation lie while it runs, among the node's own context data. */
const SLICE = 'itemsOfEvaluation';

/** Returns the part of an item that is read, as JSON text; undefined when n8n has to evaluate it alone. */
const textOf = (json: unknown, keys: ReadonlySet<string> | undefined): string | undefined => {
	if (typeof json !== 'object' || json === null || !isPlainObject(json)) return undefined;
	const item = json as Record<string, unknown>;
	const read = keys === undefined ? item : pick(item, keys);
	const text = isPlain(read) ? JSON.stringify(read) : undefined;
	return text === undefined || text.length > MOST_CHARACTERS_OF_ITEM ? undefined : text;
};

const pick = (
	item: Record<string, unknown>,
	keys: ReadonlySet<string>,
): Record<string, unknown> => {
	const picked: Record<string, unknown> = {};
	for (const key of keys) {
		if (Object.hasOwn(item, key) && item[key] !== undefined) picked[key] = item[key];
	}
	return picked;
};

/**
 * The items from `from` on that share an evaluation, as JSON text; null for one to evaluate alone.
 *
 * @param mostItems at most so many of them
 * @param keys those that are read; undefined: any
 */
const sliceFrom = (
	context: IExecuteFunctions,
	from: number,
	mostItems: number,
	keys: ReadonlySet<string> | undefined,
): string[] => {
	const items = context.getInputData();
	const slice: string[] = [];
	let characters = 0;
	for (let index = from; index < items.length && slice.length < mostItems; index += 1) {
		const text = textOf(items[index]?.json, keys) ?? 'null';
		characters += text.length;
		if (characters > MOST_CHARACTERS) break;
		slice.push(text);
	}
	return slice;
};

/**
 * Evaluates one expression with the items of a slice at hand. n8n's engine would copy all items of the
 * run for each evaluation that asks for more than one of them (`$input.all()`), so the slice takes
 * another way: as text in the context data of the node, which expressions may read.
 */
const evaluateSlice = (
	context: IExecuteFunctions,
	codes: readonly BatchedCode[],
	slice: readonly string[],
): unknown => {
	const shared = context.getContext('node');
	shared[SLICE] = `[${slice.join(',')}]`;
	try {
		const name = JSON.stringify(context.getNode().name);
		return context.evaluateExpression(forItems(codes, `$node[${name}].context.${SLICE}`), 0);
	} finally {
		delete shared[SLICE];
	}
};

/** Reads the rows of expressions that are shared among items: a slice of items at a time. */
const createSliceReader = (
	context: IExecuteFunctions,
	codes: readonly BatchedCode[],
): RowReader => {
	const keys = keysOfAll(codes);
	let mostItems = MOST_ITEMS;
	let from = 0;
	let rows: ReadonlyArray<Row | null> = [];

	const readSlice = (index: number): void => {
		while (mostItems >= FEWEST_ITEMS) {
			const slice = sliceFrom(context, index, mostItems, keys);
			try {
				const read = evaluateSlice(context, codes, slice);
				if (Array.isArray(read) && read.length === slice.length) {
					from = index;
					rows = read as typeof rows;
					return;
				}
			} catch {
				// Too much for one evaluation, or not to be evaluated at all: each expression will tell.
			}
			mostItems = Math.floor(mostItems / 10);
		}
	};

	return (index) => {
		if (mostItems >= FEWEST_ITEMS && (index < from || index >= from + rows.length))
			readSlice(index);
		return rows[index - from] ?? undefined;
	};
};

/** Reads the rows of expressions that are shared among the fields of one item. */
const createItemReader = (context: IExecuteFunctions, codes: readonly BatchedCode[]): RowReader => {
	let last = -1;
	let row: Row | undefined;
	return (index) => {
		if (index === last) return row;
		last = index;
		try {
			const read = context.evaluateExpression(forOneItem(codes), index) as unknown;
			row = Array.isArray(read) ? (read as Row) : undefined;
		} catch {
			row = undefined;
		}
		return row;
	};
};

/** An expression that n8n cannot even read would take the others of its evaluation with it. */
const isReadable = (context: IExecuteFunctions, code: BatchedCode): boolean => {
	try {
		context.evaluateExpression(forOneItem([code]), 0);
		return true;
	} catch {
		return false;
	}
};

/** How many expressions make sharing worth an evaluation of its own. */
const LEAST: Readonly<Record<Scope, number>> = { items: 1, fields: 2 };
const CREATE = { items: createSliceReader, fields: createItemReader } as const;

/** Where the value of an expression stands: at which position in the rows of which reader. */
interface Place {
	readonly read: RowReader;
	readonly position: number;
}

/** The value that an expression shared with others has for an item, if it could be shared. */
export type BatchedValue = (
	expression: string,
	index: number,
) => readonly [value: unknown] | undefined;

/**
 * Prepares expressions to be evaluated together where that cannot change a value: those that read only
 * their item many items at a time, the others for one item at a time.
 *
 * @param expressions as the editor stores them, beginning with `=`
 * @returns undefined when one of them may change its items, in a way that only n8n itself repeats
 */
export const batchEvaluations = (
	context: IExecuteFunctions,
	expressions: readonly string[],
): BatchedValue | undefined => {
	if (expressions.some(mayMutate)) return undefined;
	const readable = [...new Set(expressions)].flatMap((expression) => {
		const code = toBatchedCode(expression);
		return code && isReadable(context, code) ? [{ expression, code }] : [];
	});
	const places = new Map<string, Place>();
	for (const scope of ['items', 'fields'] as const) {
		const shared = readable.filter(({ code }) => code.scope === scope);
		if (shared.length < LEAST[scope]) continue;
		const read = CREATE[scope](
			context,
			shared.map(({ code }) => code),
		);
		for (const [position, { expression }] of shared.entries()) {
			places.set(expression, { read, position });
		}
	}
	return (expression, index) => {
		const place = places.get(expression);
		const cell = place?.read(index)?.[place.position];
		return Array.isArray(cell) ? (cell as [unknown]) : undefined;
	};
};
