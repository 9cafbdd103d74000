/** What Kibana does with any document: dotted keys, leaves, values at a path, partial updates. */
export type EntityDocument = Record<string, unknown>;

export const isObject = (value: unknown): value is EntityDocument =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

/** Returns the object without one of its keys. */
export const without = (object: EntityDocument, key: string): EntityDocument =>
	Object.fromEntries(Object.entries(object).filter(([name]) => name !== key));

const PROTOTYPE_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

const INDEX = /^(?:0|[1-9]\d*)$/;

/** A key is a path when it contains a dot or a pair of brackets. */
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

/** Sets a value at a path in the syntax of lodash. A prototype key ends the path without an effect. */
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
 * Returns the document with its dotted keys expanded, in the order of the keys. A dotted key is merged into a
 * section before it. A section replaces the result of dotted keys before it. A value that is not an object
 * becomes an object of its characters, or an empty one, as in Kibana.
 */
export const expandDottedKeys = (document: unknown): EntityDocument => {
	const expanded: EntityDocument = {};
	for (const [key, value] of Object.entries(Object(document ?? {}))) {
		put(expanded, key, expandWithin(value));
	}
	return expanded;
};

/** Returns the paths of all leaves. Arrays are leaves. An empty section has no leaves. */
export const leavesOf = (value: unknown, prefix = ''): string[] => {
	if (!isObject(value)) return [prefix];
	return Object.entries(value).flatMap(([key, child]) =>
		leavesOf(child, prefix === '' ? key : `${prefix}.${key}`),
	);
};

/** Returns all values of a field: none, one, or those of an array. */
export const valuesAt = (document: EntityDocument, path: string): unknown[] => {
	let value: unknown = document;
	for (const key of path.split('.')) value = isObject(value) ? value[key] : undefined;
	return [value].flat().filter((one) => one !== undefined);
};

/** Applies a partial update: objects merge at every depth, arrays and scalars are replaced. */
export const merge = (stored: EntityDocument, update: EntityDocument): EntityDocument => {
	const merged = { ...stored };
	for (const [key, value] of Object.entries(update)) {
		const before = merged[key];
		merged[key] = isObject(before) && isObject(value) ? merge(before, value) : value;
	}
	return merged;
};
