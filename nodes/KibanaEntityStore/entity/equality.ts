/** Whether what was sent is what is stored. A store keeps some values in another spelling, and lists with others. */
import { isSection, leavesOf, type Leaves } from './leaves';

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

/** Most values are stored as they were sent: those are the same without any key. */
const isIdentical = (sent: unknown, stored: unknown): boolean => {
	if (!isComposite(sent)) return sent === stored;
	if (!Array.isArray(sent) || !Array.isArray(stored) || sent.length !== stored.length) return false;
	return sent.every((one, at) => !isComposite(one) && one === stored[at]);
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
	isIdentical(sent, stored) || isAtDepth(sent, stored, 0, { left: MOST_COMPARISONS }, longestList);

/**
 * Whether a value that was sent is what is stored, and all of it: a list must hold the same values, in any
 * order.
 */
export const isSame = (sent: unknown, stored: unknown): boolean => {
	if (!Array.isArray(sent)) return isThere(sent, stored);
	if (isIdentical(sent, stored)) return true;
	const found: readonly unknown[] = stored === undefined || stored === null ? [] : [stored].flat();
	return (
		isThere(sent, found) &&
		(found.length === 0 || isThere(found, sent)) &&
		(sent.length > 0 || found.length === 0)
	);
};
