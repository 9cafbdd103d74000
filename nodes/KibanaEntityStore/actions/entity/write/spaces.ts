/** The items of each space. Spaces share nothing, so each is written on its own. */
import { NO_OUTCOMES, type Outcome, type Outcomes } from '../../../bulk/outcomes';
import type { UnmappedItem } from '../../../bulk/record';
import type { Mapper } from './records';

/** Items that follow one another, from the first to the one before the last index. */
interface Range {
	readonly from: number;
	to: number;
}

const indexesOf = function* (ranges: readonly Range[]): Generator<number> {
	for (const { from, to } of ranges) {
		for (let index = from; index < to; index += 1) yield index;
	}
};

export interface SpaceItems {
	readonly space: string;
	/** Returns the indexes of its items, in order. */
	readonly indexes: () => Iterable<number>;
}

export interface ItemsBySpace {
	readonly spaces: readonly SpaceItems[];
	/** Items whose space is not known. */
	readonly unmapped: readonly UnmappedItem[];
}

/** Groups the items of a run by space. Most runs have one space, and so one range of items. */
export const groupBySpace = (count: number, { spaceOf }: Mapper): ItemsBySpace => {
	const groups = new Map<string, Range[]>();
	const unmapped: UnmappedItem[] = [];
	for (let index = 0; index < count; index += 1) {
		const placed = spaceOf(index);
		if ('failure' in placed) {
			unmapped.push(placed);
			continue;
		}
		const ranges = groups.get(placed.space);
		const last = ranges?.at(-1);
		if (last?.to === index) last.to += 1;
		else if (ranges) ranges.push({ from: index, to: index + 1 });
		else groups.set(placed.space, [{ from: index, to: index + 1 }]);
	}
	const spaces = [...groups].map(([space, ranges]) => ({
		space,
		indexes: () => indexesOf(ranges),
	}));
	return { spaces, unmapped };
};

/** Returns the outcomes of all spaces in one, and those of the items without a space. */
export const joinOutcomes = (
	bySpace: ReadonlyArray<readonly [SpaceItems, Outcomes]>,
	unmapped: readonly UnmappedItem[],
): Outcomes => {
	const [first] = bySpace;
	if (bySpace.length <= 1 && unmapped.length === 0) return first?.[1] ?? NO_OUTCOMES;
	const outcomes: Array<Outcome | undefined> = [];
	const types: Array<string | undefined> = [];
	const ids: Array<string | undefined> = [];
	for (const [{ indexes }, found] of bySpace) {
		for (const index of indexes()) {
			outcomes[index] = found.outcomes[index];
			types[index] = found.types[index];
			ids[index] = found.ids[index];
		}
	}
	for (const { index, failure } of unmapped) outcomes[index] = { status: 'failed', failure };
	return { outcomes, types, ids };
};
