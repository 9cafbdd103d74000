import { planChunks, type ChunkLimits } from './chunk';
import type { BulkRecord, Failure, Outcome, Verdict } from './outcome';
import { nextDelay, type RetryPolicy } from './retry';

export interface SendOptions extends RetryPolicy {
	readonly limits: ChunkLimits;
	/** Most requests in flight at the same time. */
	readonly concurrency: number;
	/** Sends one request with these records and says what the answer means. It must not throw. */
	readonly post: (records: readonly BulkRecord[]) => Promise<Verdict>;
	readonly sleep: (ms: number) => Promise<void>;
	readonly isCancelled: () => boolean;
	/** The failure of a record that exceeds the byte limit even alone. */
	readonly tooLarge: (record: BulkRecord) => Failure;
}

export interface SendReport {
	/** Exactly one outcome for each record, by its index. */
	readonly outcomes: ReadonlyMap<number, Outcome>;
	/** Requests made, repeats included. */
	readonly requests: number;
}

const CANCELLED: Failure = {
	reason: 'cancelled',
	message: 'Not sent: the execution was cancelled',
};

/** A chunk, or what is left of one, that is still to be delivered. */
interface Piece {
	readonly records: readonly BulkRecord[];
	/** Attempts of these records that failed without anybody to blame. */
	readonly attempts: number;
}

const pick = (records: readonly BulkRecord[], positions: readonly number[]) =>
	positions.map((position) => records[position] as BulkRecord);

const omit = (records: readonly BulkRecord[], positions: readonly number[]) => {
	const omitted = new Set(positions);
	return records.filter((_, position) => !omitted.has(position));
};

const halves = (count: number): number[][] => {
	const positions = Array.from({ length: count }, (_, position) => position);
	const middle = Math.ceil(count / 2);
	return [positions.slice(0, middle), positions.slice(middle)];
};

/** The parts to try next; halves unless `parts` really cuts and leaves no record out. */
const cut = (count: number, parts?: ReadonlyArray<readonly number[]>) => {
	const isPartition =
		parts !== undefined && parts.length > 1 && new Set(parts.flat()).size === count;
	return isPartition ? parts : halves(count);
};

/** Whether the verdict brings its records any further; otherwise they would be sent for ever. */
const makesProgress = (verdict: Verdict, sent: readonly BulkRecord[]): boolean => {
	if (verdict.kind === 'guilty') {
		const { positions } = verdict;
		return positions.length > 0 && positions.every((position) => position in sent);
	}
	if (verdict.kind === 'halt' && verdict.type !== undefined) {
		return sent.some(({ type }) => type === verdict.type);
	}
	return true;
};

/** Blame that fits none of the records sent is treated as blame of an unknown one of them. */
const fitting = (verdict: Verdict, sent: readonly BulkRecord[]): Verdict =>
	'failure' in verdict && !makesProgress(verdict, sent)
		? { kind: 'narrow', failure: verdict.failure }
		: verdict;

/**
 * Delivers records in chunks, several at a time, and says of each what became of it.
 *
 * A rejected chunk is narrowed until each guilty record stands alone. Every answer that is no
 * success, and is not retried, either settles a record or cuts the request into smaller ones, so a
 * chunk of n records takes at most 2n − 1 requests, and 1 + 2·g·⌈log₂ n⌉ when g of them are guilty
 * and halving finds them. Each of these may be repeated `maxRetries` times after transient failures;
 * all delays of one chunk together stay within `MAX_TOTAL_DELAY_MS`.
 *
 * @param records at most one record per index
 */
export const sendAll = async (
	records: readonly BulkRecord[],
	options: SendOptions,
): Promise<SendReport> => {
	const { limits, concurrency, post, sleep, isCancelled } = options;
	const outcomes = new Map<number, Outcome>();
	const halted = new Map<string, Failure>();
	let haltedAll: Failure | undefined;
	let requests = 0;

	const settle = (settled: readonly BulkRecord[], outcome: Outcome) => {
		for (const { index } of settled) outcomes.set(index, outcome);
	};
	const fail = (failed: readonly BulkRecord[], failure: Failure) =>
		settle(failed, { status: 'failed', failure });

	/** Settles what cannot be sent any more and returns the rest. */
	const stillToSend = (piece: readonly BulkRecord[]): readonly BulkRecord[] => {
		const cause = isCancelled() ? CANCELLED : haltedAll;
		if (cause) {
			fail(piece, cause);
			return [];
		}
		if (halted.size === 0) return piece;
		for (const record of piece) {
			const failure = halted.get(record.type);
			if (failure) fail([record], failure);
		}
		return piece.filter(({ type }) => !halted.has(type));
	};

	const deliver = async (chunk: readonly BulkRecord[]): Promise<void> => {
		const pieces: Piece[] = [{ records: chunk, attempts: 0 }];
		let waitedMs = 0;

		/** Puts the piece back for another attempt, or fails it when attempts or time are used up. */
		const retry = async (piece: Piece, failure: Failure, retryAfterMs?: number) => {
			const attempts = piece.attempts + 1;
			const delayMs = nextDelay(attempts, waitedMs, retryAfterMs, options);
			if (delayMs === undefined) return fail(piece.records, failure);
			waitedMs += delayMs;
			await sleep(delayMs);
			pieces.push({ records: piece.records, attempts });
		};

		for (let piece = pieces.pop(); piece; piece = pieces.pop()) {
			const { attempts } = piece;
			const sent = stillToSend(piece.records);
			if (sent.length === 0) continue;

			requests += 1;
			const verdict = fitting(await post(sent), sent);
			switch (verdict.kind) {
				case 'accepted':
					settle(sent, { status: 'accepted' });
					break;
				case 'guilty':
					fail(pick(sent, verdict.positions), verdict.failure);
					pieces.push({ records: omit(sent, verdict.positions), attempts });
					break;
				case 'narrow':
					if (sent.length > 1) {
						const parts = cut(sent.length, verdict.parts).map((part) => ({
							records: pick(sent, part),
							attempts: verdict.mayPass ? attempts + 1 : attempts,
						}));
						// A stack: the first part is pushed last, so that it is sent first.
						pieces.push(...parts.reverse());
					} else if (verdict.mayPass) await retry({ records: sent, attempts }, verdict.failure);
					else fail(sent, verdict.failure);
					break;
				case 'transient':
					await retry({ records: sent, attempts }, verdict.failure, verdict.retryAfterMs);
					break;
				case 'failed':
					fail(sent, verdict.failure);
					break;
				case 'halt':
					if (verdict.type === undefined) haltedAll ??= verdict.failure;
					else halted.set(verdict.type, verdict.failure);
					pieces.push({ records: sent, attempts });
					break;
			}
		}
	};

	const deliverWave = async (chunks: BulkRecord[][]): Promise<void> => {
		const queue = chunks.values();
		const worker = async () => {
			for (const chunk of queue) await deliver(chunk);
		};
		await Promise.all(Array.from({ length: Math.min(concurrency, chunks.length) }, worker));
	};

	const plan = planChunks(records, limits);
	for (const record of plan.tooLarge) fail([record], options.tooLarge(record));
	for (const wave of plan.waves) await deliverWave(wave);
	return { outcomes, requests };
};
