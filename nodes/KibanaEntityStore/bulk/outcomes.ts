import { afterLostAnswer, notSent, type Failure } from '../failure';
import { isUnmapped, type BulkRecord, type MappedRecord } from './record';

/**
 * How a record succeeded. `accepted` means queued by the server, and not yet stored. `stored` means
 * queued, and found in the store later. `unchanged` means that nothing was to be changed: the record says
 * nothing of the entity, or all of it was stored already.
 */
export type StoredStatus = 'accepted' | 'created' | 'deleted' | 'stored' | 'unchanged' | 'updated';

/**
 * What happened to one record. `deferred`: it was not written, and for this reason another way of
 * writing may succeed.
 */
export type Outcome =
	| { readonly status: StoredStatus }
	| { readonly status: 'failed' | 'deferred'; readonly failure: Failure };

/**
 * What became of the items of a delivery, in lists with one place for each input item. A place is empty
 * where the delivery had nothing to do with the item. Lists cost less memory than one object an item.
 */
export interface Outcomes {
	readonly outcomes: ReadonlyArray<Outcome | undefined>;
	/** Entity types and entity IDs, as far as they are known. */
	readonly types: ReadonlyArray<string | undefined>;
	readonly ids: ReadonlyArray<string | undefined>;
}

export const NO_OUTCOMES: Outcomes = { outcomes: [], types: [], ids: [] };

/** Notes what becomes of the records of one delivery, while it goes on. */
export interface OutcomeTracker {
	/** Deferred records, in the order in which that became known. */
	readonly deferred: BulkRecord[];
	/** Everything noted so far. */
	readonly noted: Outcomes;
	/** Notes an item of the delivery. An unmapped one is settled by that. */
	note(mapped: MappedRecord): void;
	settle(records: readonly BulkRecord[], outcome: Outcome): void;
	/** @param mayBeStored an answer about this record was lost before */
	settleOne(record: BulkRecord, outcome: Outcome, mayBeStored: boolean): void;
	/** @param mayBeStored an answer about these records was lost before */
	fail(records: readonly BulkRecord[], failure: Failure, mayBeStored?: boolean): void;
	/** Fails every noted item that has no outcome yet. */
	failRest(failure: Failure): void;
	/** From now on no record of this type, or of any type, can succeed. */
	halt(failure: Failure, type?: string): void;
	/** Returns the records that have no outcome yet. */
	unsettled(records: readonly BulkRecord[]): readonly BulkRecord[];
	/** Returns why this record cannot succeed any more, if it cannot. */
	haltOf(record: BulkRecord): Failure | undefined;
	/** Defers what follows a deferred record of the same entity, and returns the other records. */
	withoutFollowers(records: readonly BulkRecord[]): readonly BulkRecord[];
}

/** @param isLast no other way of writing follows: a deferred record holds no followers back */
export const createOutcomeTracker = (isLast: boolean): OutcomeTracker => {
	const deferred: BulkRecord[] = [];
	const outcomes: Outcome[] = [];
	const types: Array<string | undefined> = [];
	const ids: Array<string | undefined> = [];
	/** Why the first record of an entity was deferred: those that follow must not overtake it. */
	const heldBack = new Map<string, Failure>();
	const halted = new Map<string, Failure>();
	let haltedAll: Failure | undefined;

	const settle = (records: readonly BulkRecord[], outcome: Outcome) => {
		for (const { index } of records) outcomes[index] = outcome;
		if (outcome.status === 'deferred') deferred.push(...records);
	};

	return {
		deferred,
		noted: { outcomes, types, ids },
		note: (mapped) => {
			types[mapped.index] = mapped.type;
			ids[mapped.index] = mapped.id;
			if (isUnmapped(mapped))
				outcomes[mapped.index] = { status: 'failed', failure: mapped.failure };
		},
		settle,
		settleOne: (record, outcome, mayBeStored) => {
			if (!('failure' in outcome)) return settle([record], outcome);
			const { failure } = outcome;
			settle([record], { ...outcome, failure: mayBeStored ? afterLostAnswer(failure) : failure });
			// Of the records that follow no answer was lost: they have not been sent.
			if (outcome.status === 'deferred' && !isLast) heldBack.set(record.key, notSent(failure));
		},
		fail: (records, failure, mayBeStored = false) =>
			settle(records, {
				status: 'failed',
				failure: mayBeStored ? afterLostAnswer(failure) : failure,
			}),
		failRest: (failure) => {
			const outcome: Outcome = { status: 'failed', failure };
			// The list has gaps, which this skips, where items are not part of the delivery.
			types.forEach((_, index) => (outcomes[index] ??= outcome));
		},
		halt: (failure, type) => {
			if (type === undefined) haltedAll ??= failure;
			else halted.set(type, failure);
		},
		unsettled: (records) => records.filter(({ index }) => outcomes[index] === undefined),
		haltOf: ({ type }) => haltedAll ?? halted.get(type),
		withoutFollowers: (records) => {
			if (heldBack.size === 0) return records;
			return records.filter((record) => {
				const failure = heldBack.get(record.key);
				if (failure) settle([record], { status: 'deferred', failure });
				return failure === undefined;
			});
		},
	};
};

/** Returns the outcomes with this failure for each of these items that has none. */
export const withRest = (
	{ outcomes, ...identity }: Outcomes,
	indexes: Iterable<number>,
	failure: Failure,
): Outcomes => {
	const all = [...outcomes];
	for (const index of indexes) all[index] ??= { status: 'failed', failure };
	return { ...identity, outcomes: all };
};

/** An answer that was lost in one way of writing stays lost in the next. */
const following = (earlier: Outcome | undefined, later: Outcome): Outcome => {
	const wasLost = earlier !== undefined && 'failure' in earlier && earlier.failure.mayBeStored;
	if (!wasLost || !('failure' in later)) return later;
	return { ...later, failure: afterLostAnswer(later.failure) };
};

/**
 * Returns the outcomes after records were tried in another way.
 *
 * @param retried the records that were tried again
 * @param later what became of these
 */
export const withLater = (
	earlier: Outcomes,
	retried: readonly BulkRecord[],
	later: Outcomes,
): Outcomes => {
	const outcomes = [...earlier.outcomes];
	for (const { index } of retried) {
		const found = later.outcomes[index];
		if (found) outcomes[index] = following(outcomes[index], found);
	}
	return { ...earlier, outcomes };
};

/** Returns the outcomes with each that failed or was deferred changed by `change`. */
export const mapFailures = (
	{ outcomes, ...identity }: Outcomes,
	change: (failure: Failure) => Failure,
): Outcomes => ({
	...identity,
	outcomes: outcomes.map((outcome) =>
		outcome !== undefined && 'failure' in outcome
			? { ...outcome, failure: change(outcome.failure) }
			: outcome,
	),
});
