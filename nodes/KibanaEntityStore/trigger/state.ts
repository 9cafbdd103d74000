/**
 * What is kept of all entities from one poll to the next, and its form in the static data of a workflow.
 *
 * n8n stores this data as one JSON text in a row of its database, and reads it with the workflow. So IDs
 * become 8 bytes each, and values numbers of one or two bytes that point into a table; values that
 * nearly every entity has of its own become digests of 5 bytes.
 */
import { createHash, hash, randomBytes } from 'node:crypto';

/**
 * A value: `=` and its JSON text, or `#` and its digest where only that was kept. A first character costs
 * less than an object for each of 100,000 values.
 */
export type Kept = string;

/** The values of one entity, in the order of the columns. `undefined` is no value. */
export type Row = ReadonlyArray<Kept | undefined>;

interface StateHead {
	/** Names what the entities were chosen by: another choice begins anew. */
	readonly scope: string;
	/** Makes the digests of this trigger its own, so that nobody can look for two equal ones. */
	readonly salt: string;
	readonly columns: readonly string[];
	/** Keys of entities whose events exceeded the limit of a poll, in the order of the events. */
	readonly deferred: readonly string[];
}

/** What is known of all entities. An entity without any value has no row. */
export interface State extends StateHead {
	/** By the key of the entity. */
	readonly rows: ReadonlyMap<string, Row>;
}

/** A state as it was saved: column by column, since most values are only compared. */
export interface LoadedState extends StateHead {
	/** The position of each entity in the columns, by its key. */
	readonly positions: ReadonlyMap<string, number>;
	/** In the order of `columns`: the values of all entities. */
	readonly values: ReadonlyArray<ReadonlyArray<Kept | undefined>>;
}

/** The values of a column, of one row after the other. */
export type SavedColumn =
	/** `codes` point into `values` from 1 on, 0 is no value; without `codes` every row has the only value. */
	{ readonly values: readonly unknown[]; readonly codes?: string } | { readonly digests: string };

/** The form for JSON. Texts of bytes are in base64. */
export interface SavedState {
	readonly version: 1;
	readonly scope: string;
	readonly salt: string;
	readonly keys: string;
	readonly columns: Readonly<Record<string, SavedColumn>>;
	readonly deferred: string;
}

/** Among 100,000 entities two have equal keys with a probability of 1 in 3,000,000,000. */
const KEY_BYTES = 8;
/** A change is overlooked with a probability of 1 in 1,000,000,000,000. */
const DIGEST_BYTES = 5;
const SALT_BYTES = 12;

/** A column that takes no more than this keeps its values, however varied they are. */
const SMALL_COLUMN_BYTES = 32_768;

/** In one call where Node.js can, since 20.12, which takes half the time. */
const digest: (text: string) => string =
	typeof hash === 'function'
		? (text) => hash('sha256', text, 'binary')
		: (text) => createHash('sha256').update(text).digest('binary');

const bytesOfDigest = (salt: string, text: string, length: number): string =>
	digest(salt + text).slice(0, length);

/** Returns the key of an entity in the rows. */
export const keyOf = (salt: string, entity: string): string =>
	bytesOfDigest(salt, entity, KEY_BYTES);

export const createSalt = (): string => randomBytes(SALT_BYTES).toString('base64');

/** Returns a short text that differs for different settings. */
export const scopeOf = (settings: unknown): string =>
	createHash('sha256').update(JSON.stringify(settings)).digest('base64').slice(0, 16);

export const keep = (value: unknown): Kept | undefined =>
	value === undefined ? undefined : `=${JSON.stringify(value)}`;

export const isDigest = (kept: Kept | undefined): boolean => kept !== undefined && kept[0] === '#';

/** Returns the value itself. Of a digest it is unknown. */
export const valueOf = (kept: Kept | undefined): unknown =>
	kept === undefined || isDigest(kept) ? undefined : JSON.parse(kept.slice(1));

const digestOf = (salt: string, kept: Kept): Kept =>
	isDigest(kept) ? kept : `#${bytesOfDigest(salt, kept, DIGEST_BYTES)}`;

/** Whether a value is the one that was kept. */
export const isSame = (salt: string, kept: Kept | undefined, value: Kept | undefined): boolean =>
	kept === value ||
	(kept !== undefined && value !== undefined && isDigest(kept) && kept === digestOf(salt, value));

const toBase64 = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('base64');
const fromBase64 = (text: string): string => Buffer.from(text, 'base64').toString('latin1');

const base64Length = (bytes: number): number => Math.ceil(bytes / 3) * 4;

/** Bytes of a code: 0 stands for no value. */
const codeBytes = (values: number): number => (values < 0x100 ? 1 : values < 0x10000 ? 2 : 3);

const NO_DIGEST = '\0'.repeat(DIGEST_BYTES);

const saveDigests = (salt: string, kept: ReadonlyArray<Kept | undefined>): SavedColumn => ({
	digests: toBase64(
		kept.map((one) => (one === undefined ? NO_DIGEST : digestOf(salt, one).slice(1))).join(''),
	),
});

const saveValues = (
	kept: ReadonlyArray<Kept | undefined>,
	codes: ReadonlyMap<Kept, number>,
): SavedColumn => {
	const values = [...codes.keys()].map(valueOf);
	if (codes.size === 1 && !kept.includes(undefined)) return { values };
	const width = codeBytes(codes.size);
	const bytes = Buffer.alloc(kept.length * width);
	for (const [index, one] of kept.entries()) {
		bytes.writeUIntLE(one === undefined ? 0 : (codes.get(one) ?? 0), index * width, width);
	}
	return { values, codes: bytes.toString('base64') };
};

const saveColumn = (
	salt: string,
	kept: ReadonlyArray<Kept | undefined>,
	isExact: boolean,
): SavedColumn => {
	const codes = new Map<Kept, number>();
	let tableBytes = 0;
	for (const one of kept) {
		if (one === undefined || codes.has(one)) continue;
		// The other values can only be compared with a digest as digests.
		if (isDigest(one)) return saveDigests(salt, kept);
		codes.set(one, codes.size + 1);
		tableBytes += Buffer.byteLength(one);
	}
	const bytes = tableBytes + base64Length(kept.length * codeBytes(codes.size));
	const most = Math.max(base64Length(kept.length * DIGEST_BYTES), SMALL_COLUMN_BYTES);
	return isExact || bytes <= most ? saveValues(kept, codes) : saveDigests(salt, kept);
};

/**
 * Returns the form of a state for JSON.
 *
 * @param exact the columns whose values must not become digests
 */
export const saveState = (
	{ scope, salt, columns, rows, deferred }: State,
	exact: ReadonlySet<string>,
): SavedState => {
	const all = [...rows.values()];
	return {
		version: 1,
		scope,
		salt,
		keys: toBase64([...rows.keys()].join('')),
		columns: Object.fromEntries(
			columns.map((column, index) => [
				column,
				saveColumn(
					salt,
					all.map((row) => row[index]),
					exact.has(column),
				),
			]),
		),
		deferred: toBase64(deferred.join('')),
	};
};

const cut = (bytes: string, length: number): string[] => {
	const parts: string[] = [];
	for (let start = 0; start < bytes.length; start += length) {
		parts.push(bytes.slice(start, start + length));
	}
	return parts;
};

const isObject = (value: unknown): value is Record<string, unknown> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

const loadColumn = (saved: unknown, rows: number): ReadonlyArray<Kept | undefined> | undefined => {
	if (!isObject(saved)) return undefined;
	if (typeof saved.digests === 'string') {
		const digests = cut(fromBase64(saved.digests), DIGEST_BYTES);
		if (digests.length !== rows) return undefined;
		return digests.map((digest) => (digest === NO_DIGEST ? undefined : `#${digest}`));
	}
	if (!Array.isArray(saved.values)) return undefined;
	const values: Array<Kept | undefined> = [undefined, ...saved.values.map(keep)];
	if (saved.codes === undefined) return new Array<Kept | undefined>(rows).fill(values[1]);
	if (typeof saved.codes !== 'string') return undefined;
	const width = codeBytes(saved.values.length);
	const bytes = Buffer.from(saved.codes, 'base64');
	if (bytes.length !== rows * width) return undefined;
	return Array.from({ length: rows }, (_, row) => values[bytes.readUIntLE(row * width, width)]);
};

/** Reads a saved state; undefined for anything else, also for one that somebody has damaged. */
export const loadState = (saved: unknown): LoadedState | undefined => {
	if (!isObject(saved) || saved.version !== 1) return undefined;
	const { scope, salt, keys: savedKeys, columns: savedColumns, deferred } = saved;
	if (typeof scope !== 'string' || typeof salt !== 'string' || typeof deferred !== 'string') {
		return undefined;
	}
	if (typeof savedKeys !== 'string' || !isObject(savedColumns)) return undefined;
	const keys = cut(fromBase64(savedKeys), KEY_BYTES);
	if (keys.some(({ length }) => length !== KEY_BYTES)) return undefined;
	const columns = Object.keys(savedColumns);
	const values: Array<ReadonlyArray<Kept | undefined>> = [];
	for (const column of columns) {
		const loaded = loadColumn(savedColumns[column], keys.length);
		if (loaded === undefined) return undefined;
		values.push(loaded);
	}
	const positions = new Map<string, number>();
	keys.forEach((key, position) => positions.set(key, position));
	const left = cut(fromBase64(deferred), KEY_BYTES);
	return { scope, salt, columns, positions, values, deferred: left };
};
