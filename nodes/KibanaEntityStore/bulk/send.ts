import { cutIntoChunks, firstOfEach, isTooLarge, type ChunkLimits } from './chunk';
import { deliverChunk, type DeliveryOptions } from './bisect';
import { createOutcomeTracker } from './outcomes';
import type { BulkRecord, Failure, Outcome, Outcomes, Verdict } from './outcome';
import { createLimiter } from './limiter';

export interface SendOptions extends DeliveryOptions {
	readonly limits: ChunkLimits;
	/** Most requests in flight at the same time. */
	readonly concurrency: number;
	/** Milliseconds on any clock. */
	readonly now: () => number;
	/** The failure of a record that exceeds the byte limit even alone. */
	readonly tooLarge: (record: BulkRecord) => Failure;
	/** Why a record cannot be sent at all, if it cannot. */
	readonly refuse?: (record: BulkRecord) => Failure | undefined;
	/** Nothing is tried after this: a record that is left over has no followers to hold back. */
	readonly isLast?: boolean;
}

export interface DeliveryReport {
	/** Exactly one outcome for each record. */
	readonly outcomes: Outcomes;
	/** Requests made, repeats included. */
	readonly requests: number;
}

export interface SendReport extends DeliveryReport {
	/** Records that were left over, by index. */
	readonly deferred: readonly BulkRecord[];
}

/**
 * An answer that takes longer shows strain: Kibana waits up to a second for a refresh, and needs a
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

/**
 * Delivers records in chunks, several at a time, and says of each what became of it. Records are taken
 * from their source when there is room for them, so that the next chunk is made while others are in
 * flight, and those that are settled need not be kept. Of an entity with several records, each waits
 * until the one before it is settled, whatever the number of requests in flight; that number is
 * lowered while the other side is strained (`bulk/limiter`).
 *
 * @param records at most one record per index
 * @param outcomes where the outcomes go, beside those of other deliveries; those of an earlier delivery of
 *   the same records are replaced
 */
export const sendAll = async (
	records: Iterable<BulkRecord>,
	options: SendOptions,
	outcomes: Outcome[] = [],
): Promise<SendReport> => {
	const { limits, concurrency, now, tooLarge, refuse, isLast = false } = options;
	const tracker = createOutcomeTracker(isLast, outcomes);
	const pace = createLimiter(concurrency, now);
	let requests = 0;
	const delivery: DeliveryOptions = {
		...options,
		post: async (sent) =>
			await pace.run(async () => {
				requests += 1;
				return await options.post(sent);
			}, isOverloaded),
	};

	const admit = function* (): Generator<BulkRecord> {
		const admitted = new Set<string>();
		for (const record of records) {
			const refusal = isTooLarge(record, limits) ? tooLarge(record) : refuse?.(record);
			if (refusal === undefined) {
				if (refuse) admitted.add(record.key);
				yield record;
			} else if (admitted.has(record.key)) {
				// An earlier record of the entity may turn the reason into nothing.
				tracker.settle([record], { status: 'deferred', failure: refusal });
			} else tracker.fail([record], refusal);
		}
	};

	const deliverWave = async (wave: Iterable<BulkRecord>): Promise<BulkRecord[]> => {
		const later: BulkRecord[] = [];
		const chunks = cutIntoChunks(firstOfEach(wave, later), limits);
		const worker = async () => {
			for (const chunk of chunks) {
				await deliverChunk(tracker.withoutFollowers(chunk), tracker, delivery);
			}
		};
		await Promise.all(Array.from({ length: concurrency }, worker));
		return later;
	};

	let later = await deliverWave(admit());
	while (later.length > 0) later = await deliverWave(later);
	const deferred = tracker.deferred.sort((one, other) => one.index - other.index);
	return { outcomes, deferred, requests };
};
