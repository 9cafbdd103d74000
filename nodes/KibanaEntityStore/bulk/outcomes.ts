import { afterLostAnswer, notSent, type BulkRecord, type Failure, type Outcome } from './outcome';

/** What is known of the records of one delivery, while it goes on. */
export interface OutcomeTracker {
	/** Records that were left over, in the order in which that became known. */
	readonly deferred: BulkRecord[];
	settle(records: readonly BulkRecord[], outcome: Outcome): void;
	/** @param mayBeStored an answer about these records was lost before */
	settleOne(record: BulkRecord, outcome: Outcome, mayBeStored: boolean): void;
	/** @param mayBeStored an answer about these records was lost before */
	fail(records: readonly BulkRecord[], failure: Failure, mayBeStored?: boolean): void;
	/** From now on no record of this type, or of any type, can get through. */
	halt(failure: Failure, type?: string): void;
	/** Why this record cannot get through any more, if it cannot. */
	haltOf(record: BulkRecord): Failure | undefined;
	/** Leaves over what follows a record of the same entity that was left over; returns the others. */
	withoutFollowers(records: readonly BulkRecord[]): readonly BulkRecord[];
}

/** An answer that was lost in one delivery stays lost in the next. */
const following = (earlier: Outcome | undefined, outcome: Outcome): Outcome => {
	const wasLost = earlier !== undefined && 'failure' in earlier && earlier.failure.mayBeStored;
	if (!wasLost || !('failure' in outcome)) return outcome;
	return { ...outcome, failure: afterLostAnswer(outcome.failure) };
};

/**
 * @param isLast nothing is tried afterwards: a record that is left over holds no followers back
 * @param outcomes where the outcomes go, by the index of the record; it may hold those of an earlier
 *   delivery of the same records, and of others
 */
export const createOutcomeTracker = (isLast: boolean, outcomes: Outcome[]): OutcomeTracker => {
	const deferred: BulkRecord[] = [];
	/** Why the first record of an entity was left over: those that follow must not overtake it. */
	const heldBack = new Map<string, Failure>();
	const halted = new Map<string, Failure>();
	let haltedAll: Failure | undefined;

	const settle = (records: readonly BulkRecord[], outcome: Outcome) => {
		for (const { index } of records) outcomes[index] = following(outcomes[index], outcome);
		if (outcome.status === 'deferred') deferred.push(...records);
	};
	return {
		deferred,
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
		halt: (failure, type) => {
			if (type === undefined) haltedAll ??= failure;
			else halted.set(type, failure);
		},
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
