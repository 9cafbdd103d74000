/** What a record or a document holds, as far as it can be compared: every leaf by its dotted path. */
export type Leaves = ReadonlyMap<string, unknown>;

const isSection = (value: unknown): value is Record<string, unknown> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * All leaves of an object; a list is a leaf, and a section that holds nothing has none. A key with dots
 * in it and sections inside each other come to the same: Kibana stores either form (docs/kibana-api.md#dotted-keys).
 */
export const leavesOf = (object: unknown): Map<string, unknown> => {
	const leaves = new Map<string, unknown>();
	// No recursion: what a server answers may be nested deeper than any stack.
	const open: Array<readonly [path: string, value: unknown]> = isSection(object)
		? Object.entries(object).reverse()
		: [];
	for (let entry = open.pop(); entry; entry = open.pop()) {
		const [path, value] = entry;
		if (!isSection(value)) leaves.set(path, value);
		else {
			for (const [key, child] of Object.entries(value).reverse()) {
				open.push([`${path}.${key}`, child]);
			}
		}
	}
	return leaves;
};

const ISO_TIME = /^\d{4}-\d{2}-\d{2}T/;

const instantOf = (value: unknown): number => {
	if (typeof value === 'number') return value;
	return typeof value === 'string' && ISO_TIME.test(value) ? Date.parse(value) : NaN;
};

/** An IPv6 address as Elasticsearch writes it; undefined for anything else. */
const addressOf = (text: unknown): string | undefined => {
	if (typeof text !== 'string' || !/^[\da-f:.]*:[\da-f:.]*$/i.test(text)) return undefined;
	try {
		return new URL(`http://[${text}]`).hostname;
	} catch {
		return undefined;
	}
};

const sameText = (sent: string, stored: unknown): boolean => {
	if (sent === stored) return true;
	if (ISO_TIME.test(sent)) return Date.parse(sent) === instantOf(stored);
	const address = addressOf(sent);
	return address !== undefined && address === addressOf(stored);
};

/** Elasticsearch keeps scores as 32-bit floats, and hands some numbers on as text. */
const sameNumber = (sent: number, stored: unknown): boolean => {
	const isNumeric = typeof stored === 'number' || (typeof stored === 'string' && stored !== '');
	return isNumeric && Math.fround(sent) === Math.fround(Number(stored));
};

/** Deeper than anything that Elasticsearch takes, whose own limit is 20 levels of objects. */
const DEEPEST = 100;

const sameSection = (sent: Record<string, unknown>, stored: unknown, depth: number): boolean => {
	if (!isSection(stored)) return false;
	const found = leavesOf(stored);
	return [...leavesOf(sent)].every(([path, value]) => isAtDepth(value, found.get(path), depth));
};

const same = (sent: unknown, stored: unknown, depth: number): boolean => {
	if (sent === null || sent === undefined) return stored === null || stored === undefined;
	if (typeof sent === 'string') return sameText(sent, stored);
	if (typeof sent === 'number') return sameNumber(sent, stored);
	if (typeof sent === 'boolean') return String(sent) === String(stored);
	if (Array.isArray(sent)) return isAtDepth(sent, stored, depth);
	return sameSection(sent as Record<string, unknown>, stored, depth);
};

const isAtDepth = (
	sent: unknown,
	stored: unknown,
	depth: number,
	longestList = Infinity,
): boolean => {
	if (depth > DEEPEST) return false;
	const found: readonly unknown[] = Array.isArray(stored) ? stored : [stored];
	if (!Array.isArray(sent)) return found.length === 1 && same(sent, found[0], depth + 1);
	if (sent.length === 0) return true;
	// Lists may be long, and nearly always hold just what was sent.
	const exactly = new Set(found);
	const isAmong = (value: unknown) =>
		exactly.has(value) || found.some((one) => same(value, one, depth + 1));
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
	isAtDepth(sent, stored, 0, longestList);

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
			const before = isCertain ? [] : (wanted.get(path) ?? []);
			wanted.set(path, [...before, value]);
		}
	}
	const certain = records.filter(({ isCertain }) => isCertain);
	return certain.map(({ leaves }) => (stored) => {
		const isLacking = (path: string) =>
			!wanted.get(path)?.some((value) => isThere(value, stored.get(path), longestList));
		return [...leaves.keys()].filter(isLacking);
	});
};
