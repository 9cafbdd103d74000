/** What a record or a document holds, as far as it can be compared: every leaf by its dotted path. */
export type Leaves = ReadonlyMap<string, unknown>;

/** Whether a value is an object with fields of its own. */
export const isSection = (value: unknown): value is Record<string, unknown> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Most characters in the paths of one object. What is nested deep below long keys has paths that add up to
 * far more than its text.
 */
const MOST_PATH_CHARACTERS = 10_000_000;

/**
 * All leaves of an object; a list is a leaf, and a section that holds nothing has none. A key with dots
 * in it and sections inside each other come to the same: Kibana stores either form (docs/kibana-api.md#dotted-keys).
 * Leaves beyond the most characters are left out, so that they do not count as stored.
 */
export const leavesOf = (object: unknown): Map<string, unknown> => {
	const leaves = new Map<string, unknown>();
	// No recursion: what a server answers may be nested deeper than any stack.
	const open: Array<readonly [path: string, value: unknown]> = isSection(object)
		? Object.entries(object).reverse()
		: [];
	let characters = 0;
	for (let entry = open.pop(); entry; entry = open.pop()) {
		const [path, value] = entry;
		if (!isSection(value)) {
			characters += path.length;
			if (characters > MOST_PATH_CHARACTERS) break;
			leaves.set(path, value);
		} else {
			for (const [key, child] of Object.entries(value).reverse()) {
				open.push([`${path}.${key}`, child]);
			}
		}
	}
	return leaves;
};

/** The leaves of a document, for those who look at a few of them. */
export interface LeafReader {
	readonly get: (path: string) => unknown;
	/** Returns the leaves inside a section, each with the rest of its path. */
	readonly inside: (path: string) => Iterable<readonly [path: string, value: unknown]>;
}

/** Returns what reads leaves that were found already. */
export const readFound = (leaves: Leaves): LeafReader => ({
	get: (path) => leaves.get(path),
	inside: function* (path) {
		const start = `${path}.`;
		for (const [leaf, value] of leaves) {
			if (leaf.startsWith(start)) yield [leaf.slice(start.length), value];
		}
	},
});

/** Deeper documents are looked at leaf by leaf. Elasticsearch itself takes 20 levels. */
const DEEPEST_PLAIN = 20;

/** Whether no key in an object has a dot in it, so that each leaf stands where its path says. */
const hasPlainKeys = (section: Record<string, unknown>, depth = 0): boolean => {
	if (depth > DEEPEST_PLAIN) return false;
	for (const key in section) {
		if (key.includes('.')) return false;
		const value = section[key];
		if (isSection(value) && !hasPlainKeys(value, depth + 1)) return false;
	}
	return true;
};

/** Paths that were split before. Most documents are asked for the same few. */
const KEYS = new Map<string, readonly string[]>();
const MOST_PATHS = 1_000;

const keysOf = (path: string): readonly string[] => {
	const known = KEYS.get(path);
	if (known) return known;
	const keys = path.split('.');
	if (KEYS.size < MOST_PATHS) KEYS.set(path, keys);
	return keys;
};

const valueAt = (document: unknown, path: string): unknown => {
	let value = document;
	for (const key of keysOf(path)) {
		if (!isSection(value) || !Object.hasOwn(value, key)) return undefined;
		value = value[key];
	}
	return value;
};

/**
 * Returns what reads leaves of a document, the same as `leavesOf` has them. It goes to each leaf directly, and
 * finds all leaves only where keys have dots in them.
 */
export const readLeaves = (document: unknown): LeafReader => {
	let found: LeafReader | undefined;
	let isPlain: boolean | undefined;
	const goesDirectly = (): boolean => (isPlain ??= !isSection(document) || hasPlainKeys(document));
	const ofAll = (): LeafReader => (found ??= readFound(leavesOf(document)));
	return {
		get: (path) => {
			if (!goesDirectly()) return ofAll().get(path);
			const value = valueAt(document, path);
			return isSection(value) ? undefined : value;
		},
		inside: (path) => (goesDirectly() ? leavesOf(valueAt(document, path)) : ofAll().inside(path)),
	};
};
