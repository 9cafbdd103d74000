import type { Failure } from '../failure';
import type { CircuitBreaker } from './breaker';
import type { OutcomeTracker } from './outcomes';
import type { BulkRecord } from './record';
import { nextDelay, type Patience } from './retry';
import type { RecordVerdict, Verdict } from './verdict';

export interface ChunkOptions extends Patience {
	/** Sends one request with these records and says what the answer means. It must not throw. */
	readonly post: (records: readonly BulkRecord[]) => Promise<Verdict>;
	/** Milliseconds on any clock. */
	readonly now: () => number;
	/** When nothing more is sent, on the clock of `now`. */
	readonly deadline?: number;
	/** Counts what the whole run gives up. */
	readonly breaker?: CircuitBreaker;
}

/** What the pauses of a chunk add up to. Later records of its entities count on. */
export interface DelayBudget {
	waitedMs: number;
}

const cancelled = ({ mayBeStored }: Piece): Failure => ({
	reason: 'cancelled',
	message: `Not sent${mayBeStored ? ' again' : ''}: the execution was cancelled`,
});

const outOfTime = ({ mayBeStored }: Piece): Failure => ({
	reason: 'deadlineExceeded',
	message: `Not sent${mayBeStored ? ' again' : ''}: the time limit of the run is over`,
	fix: 'maxRunTime',
});

/** A chunk, or a part of one, that is still to be sent. */
interface Piece {
	readonly records: readonly BulkRecord[];
	/** Attempts of these records that failed, with none of them rejected. */
	readonly attempts: number;
	/** Attempts that failed, perhaps because one of these records is rejected. */
	readonly ambiguousAttempts: number;
	/** Cut from a request that failed again and again: one of its records may be a poison record. */
	readonly isSuspect: boolean;
	/** An answer about these records was lost: whatever comes later, they may have been stored. */
	readonly mayBeStored: boolean;
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

/** The parts to try next. They are halves, unless `parts` really cuts and leaves no record out. */
const cut = (count: number, parts?: ReadonlyArray<readonly number[]>) => {
	const isPartition =
		parts !== undefined && parts.length > 1 && new Set(parts.flat()).size === count;
	return isPartition ? parts : halves(count);
};

/** Whether the verdict settles or cuts something. Without progress the records would be sent endlessly. */
const makesProgress = (verdict: Verdict, sent: readonly BulkRecord[]): boolean => {
	if (verdict.kind === 'rejected') {
		const { positions } = verdict;
		return positions.length > 0 && positions.every((position) => position in sent);
	}
	if (verdict.kind === 'halt' && verdict.type !== undefined) {
		return sent.some(({ type }) => type === verdict.type);
	}
	return true;
};

/** A rejection that fits none of the records sent is treated as that of an unknown one of them. */
const fitting = (verdict: Verdict, sent: readonly BulkRecord[]): Verdict =>
	'failure' in verdict && !makesProgress(verdict, sent)
		? { kind: 'bisect', failure: verdict.failure }
		: verdict;

/** Whether the server has worked on the request, whatever became of the records. */
const showsWork = (verdict: Verdict): boolean => {
	if (verdict.kind === 'each') return verdict.verdicts.some(({ status }) => status !== 'retry');
	if (verdict.kind === 'bisect') return verdict.mayPass !== true;
	return verdict.kind === 'stored' || verdict.kind === 'rejected' || verdict.kind === 'failed';
};

/**
 * Sends one chunk, and settles each of its records.
 *
 * A rejected chunk is bisected until each rejected record stands alone. Every answer that is not a
 * success, and is not retried, either settles a record or cuts the request into smaller ones. So a
 * chunk of n records takes at most 2n − 1 requests, and 1 + 2·r·⌈log₂ n⌉ when r of them are rejected
 * and halving finds them. Each request may be repeated `maxRetries` times after transient failures,
 * and `maxRetries` times more after ambiguous ones, where perhaps a record is rejected. All delays of
 * one chunk together stay within `MAX_TOTAL_DELAY_MS`. When the circuit breaker of the run opens, or its
 * deadline passes, the records that are left fail without another request.
 *
 * No record pays for another: transient failures are counted for the records that met them, and a record
 * that stands alone has ambiguous attempts of its own, whatever came before it was cut off.
 *
 * @param budget what the pauses add up to so far; it is added to
 */
export const sendChunk = async (
	chunk: readonly BulkRecord[],
	tracker: OutcomeTracker,
	options: ChunkOptions,
	budget: DelayBudget = { waitedMs: 0 },
): Promise<void> => {
	const { post, sleep, isCancelled, now, deadline = Infinity, breaker } = options;
	const pieces: Piece[] = [
		{ records: chunk, attempts: 0, ambiguousAttempts: 0, isSuspect: false, mayBeStored: false },
	];
	/** Single records that may be poison records. They wait for another round. */
	let suspects: Array<{ readonly piece: Piece; readonly failure: Failure }> = [];
	let rounds = 0;

	/** Returns why no more of these records are sent, if so. */
	const stopReason = (piece: Piece): Failure | undefined => {
		if (isCancelled()) return cancelled(piece);
		if (deadline < Infinity && now() >= deadline) return outOfTime(piece);
		return breaker?.reason();
	};

	/** Waits before another attempt, unless attempts or time are used up. */
	const pause = async (attempts: number, pauseMs?: number): Promise<boolean> => {
		const delayMs = nextDelay(attempts, budget.waitedMs, pauseMs, options);
		if (delayMs === undefined) return false;
		if (deadline < Infinity && now() + delayMs >= deadline) return false;
		budget.waitedMs += delayMs;
		await sleep(delayMs);
		return true;
	};

	/**
	 * Puts the piece back for another attempt after a pause, or fails it, each record with a failure
	 * of its own, when attempts or time are used up.
	 */
	const retry = async (
		piece: Piece,
		failureOf: (position: number) => Failure,
		pauseMs?: number,
	) => {
		const attempts = piece.attempts + 1;
		if (await pause(attempts, pauseMs)) {
			pieces.push({ ...piece, attempts });
			return;
		}
		breaker?.noteGivenUp(failureOf(0));
		for (const [position, record] of piece.records.entries()) {
			tracker.fail([record], failureOf(position), piece.mayBeStored);
		}
	};

	const cutUp = (piece: Piece, parts?: ReadonlyArray<readonly number[]>) => {
		const cuts = cut(piece.records.length, parts).map((part) => ({
			...piece,
			records: pick(piece.records, part),
		}));
		// A stack: the first part is pushed last, so that it is sent first.
		pieces.push(...cuts.reverse());
	};

	/**
	 * Perhaps no record is rejected, so the request is repeated as it is. When that is used up, it is cut
	 * without waiting, and the records that fail alone wait for each other.
	 */
	const retryAmbiguous = async (piece: Piece, failure: Failure) => {
		const ambiguousAttempts = piece.ambiguousAttempts + 1;
		if (!piece.isSuspect && (await pause(ambiguousAttempts)))
			pieces.push({ ...piece, ambiguousAttempts });
		else if (piece.records.length > 1) cutUp({ ...piece, isSuspect: true });
		else {
			// In later rounds the same records fail again.
			if (rounds === 0) breaker?.noteGivenUp(failure);
			if (piece.isSuspect) suspects.push({ piece, failure });
			else tracker.fail(piece.records, failure, piece.mayBeStored);
		}
	};

	/** All suspects once more, or their failures when attempts or time are used up. */
	const nextRound = async (): Promise<Piece | undefined> => {
		if (suspects.length === 0) return undefined;
		rounds += 1;
		const waiting = suspects;
		suspects = [];
		const isStopped = waiting.some(({ piece }) => stopReason(piece) !== undefined);
		if (!isStopped && (await pause(rounds)))
			pieces.push(...waiting.map(({ piece }) => piece).reverse());
		else
			for (const { piece, failure } of waiting)
				tracker.fail(piece.records, failure, piece.mayBeStored);
		return pieces.pop();
	};

	const settleEach = async (verdicts: readonly RecordVerdict[], piece: Piece) => {
		const again: Array<[BulkRecord, Extract<RecordVerdict, { status: 'retry' }>]> = [];
		for (const [position, record] of piece.records.entries()) {
			const verdict = verdicts[position] as RecordVerdict;
			if (verdict.status === 'retry') again.push([record, verdict]);
			else tracker.settleOne(record, verdict, piece.mayBeStored);
		}
		if (again.length === 0) return;
		const isLost = again.some(([, { failure }]) => failure.mayBeStored);
		await retry(
			{
				...piece,
				records: again.map(([record]) => record),
				mayBeStored: piece.mayBeStored || isLost,
			},
			(position) => (again[position] as (typeof again)[0])[1].failure,
			Math.max(...again.map(([, { pauseMs = 0 }]) => pauseMs)),
		);
	};

	/** Settles what cannot be sent any more and returns the rest. */
	const stillToSend = (piece: Piece): readonly BulkRecord[] => {
		const { records, mayBeStored } = piece;
		const stopped = stopReason(piece);
		if (stopped !== undefined) {
			tracker.fail(records, stopped, mayBeStored);
			return [];
		}
		return records.filter((record) => {
			const failure = tracker.haltOf(record);
			if (failure) tracker.fail([record], failure, mayBeStored);
			return failure === undefined;
		});
	};

	const nextPiece = async () => pieces.pop() ?? (await nextRound());
	for (let piece = await nextPiece(); piece; piece = await nextPiece()) {
		const sent = stillToSend(piece);
		if (sent.length === 0) continue;

		const verdict = fitting(await post(sent), sent);
		if (showsWork(verdict)) breaker?.noteSuccess();
		const isLost = 'failure' in verdict && verdict.failure.mayBeStored === true;
		const rest: Piece = { ...piece, records: sent, mayBeStored: piece.mayBeStored || isLost };
		switch (verdict.kind) {
			case 'stored':
				tracker.settle(sent, { status: verdict.status });
				break;
			case 'each':
				await settleEach(verdict.verdicts, rest);
				break;
			case 'rejected':
				tracker.fail(pick(sent, verdict.positions), verdict.failure, rest.mayBeStored);
				pieces.push({ ...rest, records: omit(sent, verdict.positions) });
				break;
			case 'bisect':
				if (verdict.mayPass) await retryAmbiguous(rest, verdict.failure);
				else if (sent.length > 1) cutUp(rest, verdict.parts);
				else tracker.fail(sent, verdict.failure, rest.mayBeStored);
				break;
			case 'transient':
				await retry(rest, () => verdict.failure, verdict.retryAfterMs);
				break;
			case 'failed':
				tracker.fail(sent, verdict.failure, rest.mayBeStored);
				break;
			case 'halt':
				tracker.halt(verdict.failure, verdict.type);
				pieces.push(rest);
				break;
		}
	}
};
