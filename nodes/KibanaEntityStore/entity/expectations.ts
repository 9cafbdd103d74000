/** What must be stored of an entity after all of its records were written. */
import { isThere } from './equality';
import type { Leaves } from './leaves';

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
