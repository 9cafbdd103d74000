import { messageOf, type Failure } from '../failure';
import { sendChunk, type ChunkOptions, type DelayBudget } from './bisect';
import { cutIntoChunks, firstOfEach, isTooLarge, type ChunkLimits } from './chunk';
import { createLimiter } from './limiter';
import { createOutcomeTracker, type Outcomes } from './outcomes';
import { isUnmapped, type BulkRecord, type MappedRecord } from './record';
import type { Verdict } from './verdict';

export interface SendOptions extends ChunkOptions {
	readonly limits: ChunkLimits;
	/** Most requests in flight at the same time. */
	readonly concurrency: number;
	/** Requests in flight at the beginning, if there are not to be as many as possible at once. */
	readonly startConcurrency?: number;
	/** The failure of a record that exceeds the byte limit even alone. */
	readonly tooLarge: (record: BulkRecord) => Failure;
	/** Why a record cannot be sent at all, if it cannot. */
	readonly refuse?: (record: BulkRecord) => Failure | undefined;
	/** No other way of writing follows: a deferred record has no followers to hold back. */
	readonly isLast?: boolean;
}

export interface SendReport {
	/** Exactly one outcome for each record and each unmapped item that the source has yielded. */
	readonly outcomes: Outcomes;
	/** Requests made, repeats included. */
	readonly requests: number;
	/** Why the items that the source has not yielded have no outcome: it threw. */
	readonly broken?: Failure;
}

export interface StepReport extends SendReport {
	/** Deferred records, by index. */
	readonly deferred: readonly BulkRecord[];
}

/**
 * An answer that takes longer shows overload: Kibana waits up to a second for a refresh, and needs a
 * part of a second for the largest request that it takes.
 */
const SLOW_ANSWER_MS = 10_000;

const isOverloaded = (verdict: Verdict, tookMs: number): boolean => {
	if (tookMs > SLOW_ANSWER_MS) return true;
	if (verdict.kind === 'transient') return verdict.failure.reason === 'overloaded';
	return (
		verdict.kind === 'each' &&
		verdict.verdicts.some((one) => one.status === 'retry' && one.failure.httpStatus === 429)
	);
};

/** Returns the failure of records that may have been on their way when something was thrown. */
export const thrown = (error: unknown): Failure => ({
	reason: 'unexpectedAnswer',
	message: `The node failed while it sent this entity, so it may or may not have been stored: ${messageOf(error)}`,
	hint: 'Run the item again: writing an entity twice does no harm',
	mayBeStored: true,
});

const brokenBy = (error: unknown): Failure => ({
	reason: 'unexpectedAnswer',
	message: `Not sent: the node failed before it came to this item: ${messageOf(error)}`,
	hint: 'Run the item again',
});

/** A chunk that shares its budget of pauses with those before it, if it has one. */
interface BudgetedChunk {
	readonly chunk: readonly BulkRecord[];
	readonly budget?: DelayBudget | undefined;
}

/**
 * Sends records in chunks, several at a time, and says of each what became of it. Records are taken
 * from their source when a request may start, so that the next chunk is made while others are in
 * flight, and settled records need not be kept. Of an entity with several records, each waits until the
 * one before it is settled, whatever the number of requests in flight. That number follows what the
 * server can handle (`bulk/limiter`). All of them share the pauses of the chunk of the first, however
 * many they are.
 *
 * It never throws: what its source, a request or a clock throws ends what it belongs to, and everything
 * known of the other records stays.
 *
 * @param mapped at most one record or unmapped item per index
 */
export const sendAll = async (
	mapped: Iterable<MappedRecord>,
	options: SendOptions,
): Promise<StepReport> => {
	const { limits, concurrency, now, sleep, breaker, tooLarge, refuse, isLast = false } = options;
	const { startConcurrency } = options;
	const tracker = createOutcomeTracker(isLast);
	const limiter = createLimiter({ start: startConcurrency, most: concurrency, now, sleep });
	/** By entity, where pauses were made. */
	const budgets = new Map<string, DelayBudget>();
	let broken: Failure | undefined;
	let requests = 0;
	const chunkOptions: ChunkOptions = {
		...options,
		post: async (sent) =>
			await limiter.run(async () => {
				requests += 1;
				return await options.post(sent);
			}, isOverloaded),
	};

	/** Sends a chunk. Should that throw, other records keep what is known of them. */
	const settleChunk = async ({ chunk, budget = { waitedMs: 0 } }: BudgetedChunk) => {
		try {
			await sendChunk(tracker.withoutFollowers(chunk), tracker, chunkOptions, budget);
		} catch (error) {
			const failure = thrown(error);
			breaker?.noteGivenUp(failure);
			tracker.fail(tracker.unsettled(chunk), failure);
		}
		if (budget.waitedMs > 0) for (const { key } of chunk) budgets.set(key, budget);
	};

	/** Settles what cannot be sent, and yields the rest. */
	const sendable = function* (): Generator<BulkRecord> {
		const admitted = new Set<string>();
		for (const record of mapped) {
			tracker.note(record);
			if (isUnmapped(record)) continue;
			const refusal = isTooLarge(record, limits) ? tooLarge(record) : refuse?.(record);
			if (refusal === undefined) {
				if (refuse) admitted.add(record.key);
				yield record;
			} else if (admitted.has(record.key)) {
				// An earlier record of the entity may remove the reason.
				tracker.settle([record], { status: 'deferred', failure: refusal });
			} else tracker.fail([record], refusal);
		}
	};

	/** Yields the chunks of records that share a budget, until their source throws. */
	const chunksOf = function* (
		records: Iterable<BulkRecord>,
		later: BulkRecord[],
		budget?: DelayBudget,
	): Generator<BudgetedChunk> {
		try {
			for (const chunk of cutIntoChunks(firstOfEach(records, later), limits)) {
				yield { chunk, budget };
			}
		} catch (error) {
			broken ??= brokenBy(error);
		}
	};

	const sendChunks = async (chunks: Iterable<BudgetedChunk>): Promise<void> => {
		const worker = async () => {
			for (const chunk of chunks) await settleChunk(chunk);
		};
		await Promise.all(Array.from({ length: concurrency }, worker));
	};

	/** Yields the chunks of records whose entities had a record before. */
	const laterChunks = function* (
		records: readonly BulkRecord[],
		later: BulkRecord[],
	): Generator<BudgetedChunk> {
		const byBudget = new Map<DelayBudget | undefined, BulkRecord[]>();
		for (const record of records) {
			const budget = budgets.get(record.key);
			const group = byBudget.get(budget);
			if (group) group.push(record);
			else byBudget.set(budget, [record]);
		}
		for (const [budget, group] of byBudget) yield* chunksOf(group, later, budget);
	};

	let later: BulkRecord[] = [];
	await sendChunks(chunksOf(sendable(), later));
	while (later.length > 0) {
		const wave = later;
		later = [];
		await sendChunks(laterChunks(wave, later));
	}
	if (broken) tracker.failRest(broken);
	const deferred = tracker.deferred.sort((one, other) => one.index - other.index);
	return { outcomes: tracker.noted, deferred, requests, ...(broken && { broken }) };
};
