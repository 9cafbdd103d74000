/** What a record or a document holds, as far as it can be compared: every leaf by its dotted path. */
export type Leaves = ReadonlyMap<string, unknown>;

const isSection = (value: unknown): value is Record<string, unknown> =>
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

const ISO_TIME = /^\d{4}-\d{2}-\d{2}T/;

/** Longer texts are no dates, no numbers and no addresses. */
const LONGEST_SPELLED = 64;

/** An IPv6 address as Elasticsearch writes it; undefined for anything else. */
const addressOf = (text: string): string | undefined => {
	if (!text.includes(':') || !/^[\da-f:.]+$/i.test(text)) return undefined;
	try {
		return new URL(`http://[${text}]`).hostname;
	} catch {
		return undefined;
	}
};

/**
 * Values are compared by keys: a value that was sent is the stored one when they have a key in common. So
 * a long list is compared by looking up, not each with each.
 */
const textKey = (text: string): string => `text ${text}`;
const instantKey = (ms: number): string => `instant ${ms}`;
/** Elasticsearch keeps scores as 32-bit floats. Adding 0 leaves one zero of two. */
const numberKey = (number: number): string => `number ${Math.fround(number) + 0}`;
const truthKey = (text: string): string => `truth ${text}`;
const addressKey = (address: string): string => `address ${address}`;
const NOTHING_KEY = 'nothing';

/** A text that may be another spelling of something. */
const keysOfSpelled = (text: string): string[] => {
	if (text.length > LONGEST_SPELLED) return [];
	const instant = ISO_TIME.test(text) ? Date.parse(text) : NaN;
	const address = addressOf(text);
	return [
		...(Number.isNaN(instant) ? [] : [instantKey(instant)]),
		...(address === undefined ? [] : [addressKey(address)]),
	];
};

/** The keys of a value that was sent; none for a list or a section. */
const keysOfSent = (sent: unknown): string[] => {
	switch (typeof sent) {
		case 'string':
			return [textKey(sent), ...keysOfSpelled(sent)];
		case 'number':
			return Number.isNaN(sent) ? [] : [numberKey(sent)];
		case 'boolean':
			return [truthKey(String(sent))];
		default:
			return sent === null || sent === undefined ? [NOTHING_KEY] : [];
	}
};

/** The keys of everything that a stored value is equal to. Elasticsearch hands some numbers on as text. */
const keysOfStored = (stored: unknown): string[] => {
	switch (typeof stored) {
		case 'string': {
			const isShort = stored !== '' && stored.length <= LONGEST_SPELLED;
			const number = isShort ? Number(stored) : NaN;
			return [
				...keysOfSent(stored),
				truthKey(stored),
				...(Number.isNaN(number) ? [] : [numberKey(number)]),
			];
		}
		case 'number':
			return [...keysOfSent(stored), instantKey(stored)];
		default:
			return keysOfSent(stored);
	}
};

const isComposite = (value: unknown): value is object =>
	typeof value === 'object' && value !== null;

/** Deeper than anything that Elasticsearch takes, whose own limit is 20 levels of objects. */
const DEEPEST = 100;

/** How much of a value may be compared in pairs, where keys do not help. A comparison takes below 1 µs. */
const MOST_COMPARISONS = 500_000;

/** What is left of the comparisons; a value that uses them up does not count as stored. */
interface Budget {
	left: number;
}

const hasSpent = (budget: Budget, comparisons: number): boolean => (budget.left -= comparisons) < 0;

const sameLeaves = (sent: Leaves, stored: Leaves, depth: number, budget: Budget): boolean => {
	if (hasSpent(budget, 1 + sent.size)) return false;
	for (const [path, value] of sent) {
		if (!isAtDepth(value, stored.get(path), depth, budget)) return false;
	}
	return true;
};

const same = (sent: unknown, stored: unknown, depth: number, budget: Budget): boolean => {
	if (Array.isArray(sent)) return isAtDepth(sent, stored, depth, budget);
	if (isSection(sent)) {
		return isSection(stored) && sameLeaves(leavesOf(sent), leavesOf(stored), depth, budget);
	}
	const keys = keysOfStored(stored);
	return keysOfSent(sent).some((key) => keys.includes(key));
};

/** Finds sections in a list by their leaves. */
const sectionFinder = (
	found: readonly unknown[],
	depth: number,
	budget: Budget,
): ((sent: Record<string, unknown>) => boolean) => {
	const sections = found.filter(isSection).map(leavesOf);
	const byLeaf = new Map<string, Leaves[]>();
	for (const leaves of sections) {
		for (const [path, value] of leaves) {
			for (const key of keysOfStored(value)) {
				const having = byLeaf.get(`${path} ${key}`);
				if (having) having.push(leaves);
				else byLeaf.set(`${path} ${key}`, [leaves]);
			}
		}
	}
	/** Sections that may hold what was sent: those that hold its rarest leaf, group by group. */
	const candidatesFor = (sent: Leaves): ReadonlyArray<readonly Leaves[]> => {
		let fewest: ReadonlyArray<readonly Leaves[]> = [sections];
		let count = sections.length;
		for (const [path, value] of sent) {
			// Nothing may be stored as nothing, and a list as its value: those are not looked up.
			if (isComposite(value) || value === null || value === undefined) continue;
			const groups = keysOfSent(value).map((key) => byLeaf.get(`${path} ${key}`) ?? []);
			const held = groups.reduce((sum, { length }) => sum + length, 0);
			if (held < count) [fewest, count] = [groups, held];
		}
		return fewest;
	};
	return (sent) => {
		const leaves = leavesOf(sent);
		const isIn = (stored: Leaves) => sameLeaves(leaves, stored, depth, budget);
		return candidatesFor(leaves).some((group) => group.some(isIn));
	};
};

/** Returns whether values that were sent are among those of a stored list. */
const finderIn = (
	found: readonly unknown[],
	depth: number,
	budget: Budget,
): ((sent: unknown) => boolean) => {
	const keys = new Set<string>();
	for (const one of found) for (const key of keysOfStored(one)) keys.add(key);
	let isSectionAmong: ((sent: Record<string, unknown>) => boolean) | undefined;
	return (sent) => {
		if (Array.isArray(sent)) {
			return found.some((one) => !hasSpent(budget, 1) && isAtDepth(sent, one, depth, budget));
		}
		if (!isSection(sent)) return keysOfSent(sent).some((key) => keys.has(key));
		isSectionAmong ??= sectionFinder(found, depth, budget);
		return isSectionAmong(sent);
	};
};

const isAtDepth = (
	sent: unknown,
	stored: unknown,
	depth: number,
	budget: Budget,
	longestList = Infinity,
): boolean => {
	if (depth > DEEPEST) return false;
	const found: readonly unknown[] = Array.isArray(stored) ? stored : [stored];
	if (!Array.isArray(sent)) return found.length === 1 && same(sent, found[0], depth + 1, budget);
	if (sent.length === 0) return true;
	// Inside a list, lists are gone through once for each value that they are compared with.
	if (depth > 0 && hasSpent(budget, found.length)) return false;
	const isAmong = finderIn(found, depth + 1, budget);
	return found.length >= longestList ? sent.some(isAmong) : sent.every(isAmong);
};

/**
 * Whether a value that was sent is what is stored, or among it: stored lists may hold more, since some
 * collect values over time, and a list of one may be stored as its value. Dates are equal as instants,
 * numbers as numbers, IPv6 addresses in any spelling.
 *
 * @param longestList how many values the store keeps of a list. Where that many are stored, others were
 *   pushed out, so one of those sent is enough
 */
export const isThere = (sent: unknown, stored: unknown, longestList?: number): boolean =>
	isAtDepth(sent, stored, 0, { left: MOST_COMPARISONS }, longestList);

/**
 * Whether a value that was sent is what is stored, and all of it: a list must hold the same values, in any
 * order.
 */
export const isSame = (sent: unknown, stored: unknown): boolean => {
	if (!Array.isArray(sent)) return isThere(sent, stored);
	const found: readonly unknown[] = stored === undefined || stored === null ? [] : [stored].flat();
	return (
		isThere(sent, found) &&
		(found.length === 0 || isThere(found, sent)) &&
		(sent.length > 0 || found.length === 0)
	);
};

/** What one record sent of an entity. */
export interface SentRecord {
	readonly leaves: Leaves;
	/** False when its answer was lost: it may have been stored or not. */
	readonly isCertain: boolean;
}

/** Paths at which a stored document has not what a record, and those after it, have sent. */
export type FindMismatches = (stored: Leaves) => string[];

/**
 * What must be stored for each of the records of one entity, given in the order in which they were
 * written: at every path that a record has sent, the last value that was sent there by any of them. So a
 * record counts as stored when a later one has overwritten it, and records that complete each other all
 * count. A record that may or may not have been stored adds its value to what is expected.
 *
 * @returns one for each certain record; its answer is empty when all is there
 */
export const expectations = (
	records: readonly SentRecord[],
	longestList?: number,
): FindMismatches[] => {
	const wanted = new Map<string, unknown[]>();
	for (const { leaves, isCertain } of records) {
		for (const [path, value] of leaves) {
			const before = wanted.get(path);
			if (isCertain || before === undefined) wanted.set(path, [value]);
			else before.push(value);
		}
	}
	/** By stored document: the paths looked at. Records of one entity share most of their paths. */
	const known = new WeakMap<Leaves, Map<string, boolean>>();
	const isLackingIn = (stored: Leaves) => {
		const found = known.get(stored) ?? new Map<string, boolean>();
		known.set(stored, found);
		return (path: string): boolean => {
			const before = found.get(path);
			if (before !== undefined) return before;
			const values = wanted.get(path) ?? [];
			const isLacking = !values.some((value) => isThere(value, stored.get(path), longestList));
			found.set(path, isLacking);
			return isLacking;
		};
	};
	const certain = records.filter(({ isCertain }) => isCertain);
	return certain.map(
		({ leaves }) =>
			(stored) =>
				[...leaves.keys()].filter(isLackingIn(stored)),
	);
};
