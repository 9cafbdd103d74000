/** What Kibana does with any document: dotted keys, leaves, values at a path, partial updates. */
export type EntityDocument = Record<string, unknown>;

export const isObject = (value: unknown): value is EntityDocument =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

/** The object without one of its keys. */
export const without = (object: EntityDocument, key: string): EntityDocument =>
	Object.fromEntries(Object.entries(object).filter(([name]) => name !== key));

const PROTOTYPE_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

const INDEX = /^(?:0|[1-9]\d*)$/;

/** A key is a path when it holds a dot or a pair of brackets. */
const IS_PATH = /\.|\[(?:[^[\]]*|(["'])(?:(?!\1)[^\\]|\\.)*?\1)\]/;

const SEGMENT =
	/[^.[\]]+|\[(?:(-?\d+(?:\.\d+)?)|(["'])((?:(?!\2)[^\\]|\\.)*?)\2)\]|(?=(?:\.|\[\])(?:\.|\[\]|$))/g;

const segmentsOf = (key: string): string[] => {
	if (/^\w*$/.test(key) || !IS_PATH.test(key)) return [key];
	const segments = [...key.matchAll(SEGMENT)].map(([match, number, quote, quoted = '']) =>
		quote ? quoted.replace(/\\(\\)?/g, '$1') : (number ?? match),
	);
	return key.startsWith('.') ? ['', ...segments] : segments;
};

const isContainer = (value: unknown): value is EntityDocument =>
	typeof value === 'object' && value !== null;

/** Puts a value where a path in lodash's syntax points to; prototype keys end it. */
const put = (target: EntityDocument, key: string, value: unknown): void => {
	const segments = segmentsOf(key);
	let nested = target;
	for (const [position, segment] of segments.entries()) {
		if (PROTOTYPE_KEYS.has(segment)) return;
		if (position === segments.length - 1) {
			nested[segment] = value;
			return;
		}
		const known = Object.hasOwn(nested, segment) ? nested[segment] : undefined;
		const next = isContainer(known) ? known : INDEX.test(segments[position + 1] ?? '') ? [] : {};
		nested[segment] = next;
		nested = next as EntityDocument;
	}
};

const expandWithin = (value: unknown): unknown => {
	if (Array.isArray(value)) return value.map(expandWithin);
	return isObject(value) ? expandDottedKeys(value) : value;
};

/**
 * The document with its dotted keys expanded, in the order of the keys: a dotted key joins a section
 * before it, a section replaces what dotted keys before it have built. What is no document at all
 * becomes one, of its characters or of nothing, as in Kibana.
 */
export const expandDottedKeys = (document: unknown): EntityDocument => {
	const expanded: EntityDocument = {};
	for (const [key, value] of Object.entries(Object(document ?? {}))) {
		put(expanded, key, expandWithin(value));
	}
	return expanded;
};

/** The paths of all leaves; arrays are leaves, and a section that holds nothing has none. */
export const leavesOf = (value: unknown, prefix = ''): string[] => {
	if (!isObject(value)) return [prefix];
	return Object.entries(value).flatMap(([key, child]) =>
		leavesOf(child, prefix === '' ? key : `${prefix}.${key}`),
	);
};

/** All values of a field: none, one, or those of an array. */
export const valuesAt = (document: EntityDocument, path: string): unknown[] => {
	let value: unknown = document;
	for (const key of path.split('.')) value = isObject(value) ? value[key] : undefined;
	return [value].flat().filter((one) => one !== undefined);
};

/** A partial update: objects merge at every depth, arrays and scalars are replaced. */
export const merge = (stored: EntityDocument, update: EntityDocument): EntityDocument => {
	const merged = { ...stored };
	for (const [key, value] of Object.entries(update)) {
		const before = merged[key];
		merged[key] = isObject(before) && isObject(value) ? merge(before, value) : value;
	}
	return merged;
};
