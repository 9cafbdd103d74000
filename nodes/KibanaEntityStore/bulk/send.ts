import { messageOf, type Failure } from '../failure';
import { sendChunk, type ChunkOptions } from './bisect';
import { cutIntoChunks, firstOfEach, isTooLarge, type ChunkLimits } from './chunk';
import { createLimiter } from './limiter';
import { createOutcomeTracker, type Outcomes } from './outcomes';
import { isUnmapped, type BulkRecord, type MappedRecord } from './record';
import type { Verdict } from './verdict';

export interface SendOptions extends ChunkOptions {
	readonly limits: ChunkLimits;
	/** Most requests in flight at the same time. */
	readonly concurrency: number;
	/** Milliseconds on any clock. */
	readonly now: () => number;
	/** The failure of a record that exceeds the byte limit even alone. */
	readonly tooLarge: (record: BulkRecord) => Failure;
	/** Why a record cannot be sent at all, if it cannot. */
	readonly refuse?: (record: BulkRecord) => Failure | undefined;
	/** No other way of writing follows: a deferred record has no followers to hold back. */
	readonly isLast?: boolean;
}

export interface SendReport {
	/** Exactly one outcome for each record and each unmapped item. */
	readonly outcomes: Outcomes;
	/** Requests made, repeats included. */
	readonly requests: number;
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

const thrown = (error: unknown): Failure => ({
	reason: 'unexpectedAnswer',
	message: `The node failed while it sent this entity, so it may or may not have been stored: ${messageOf(error)}`,
	hint: 'Run the item again: writing an entity twice does no harm',
	mayBeStored: true,
});

/**
 * Sends records in chunks, several at a time, and says of each what became of it. Records are taken
 * from their source when a request may start, so that the next chunk is made while others are in
 * flight, and settled records need not be kept. Of an entity with several records, each waits until the
 * one before it is settled, whatever the number of requests in flight. That number is lowered while the
 * server is overloaded (`bulk/limiter`).
 *
 * @param mapped at most one record or unmapped item per index
 */
export const sendAll = async (
	mapped: Iterable<MappedRecord>,
	options: SendOptions,
): Promise<StepReport> => {
	const { limits, concurrency, now, tooLarge, refuse, isLast = false } = options;
	const tracker = createOutcomeTracker(isLast);
	const limiter = createLimiter(concurrency, now);
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
	const settleChunk = async (chunk: readonly BulkRecord[]) => {
		try {
			await sendChunk(chunk, tracker, chunkOptions);
		} catch (error) {
			tracker.fail(tracker.unsettled(chunk), thrown(error));
		}
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

	const sendWave = async (wave: Iterable<BulkRecord>): Promise<BulkRecord[]> => {
		const later: BulkRecord[] = [];
		const chunks = cutIntoChunks(firstOfEach(wave, later), limits);
		const worker = async () => {
			for (const chunk of chunks) {
				await settleChunk(tracker.withoutFollowers(chunk));
			}
		};
		await Promise.all(Array.from({ length: concurrency }, worker));
		return later;
	};

	let later = await sendWave(sendable());
	while (later.length > 0) later = await sendWave(later);
	const deferred = tracker.deferred.sort((one, other) => one.index - other.index);
	return { outcomes: tracker.noted, deferred, requests };
};
