import { createRefreshes } from './refreshes';

/**
 * What a window of answers has shown. The first one after a queue may show that it was none: with fewer tasks the answers
 * take as long.
 */
export type WindowVerdict = 'queue' | 'calm' | 'falseAlarm';

/** Finds out whether tasks wait in a queue of the server. */
export interface QueueDetector {
	/**
	 * Notes an answer.
	 *
	 * @param task number of the task, in the order in which they started
	 * @param startedAt when the task started
	 * @param limit number of tasks at the same time
	 * @param gapMs milliseconds between the starts of two tasks
	 * @param isTrial whether the limit is higher than any without a queue: then a long queue ends the window at once
	 * @returns at the end of a window what it has shown
	 */
	note(
		task: number,
		startedAt: number,
		limit: number,
		gapMs: number,
		isTrial: boolean,
	): WindowVerdict | undefined;
	/** Milliseconds of the slowest answer of the last window and of this one. */
	slowestMs(): number;
	/**
	 * Milliseconds that the server needs for a queue which the newest refresh has shown, once for each refresh. 0 without
	 * a queue, and where the refresh before has shown one too: then the tasks are too many, and the window will tell.
	 *
	 * @param gapMs milliseconds between the starts of two tasks
	 */
	newQueueMs(gapMs: number): number;
	/** Tasks at the same time that would get as many answers as came in the last window, without a queue. */
	enough(): number;
	/** Starts a new window, of tasks after this one: those before it started at other distances. */
	restart(task: number): void;
}

/** Shortest time of a window: the refresh interval of the search engine is a second by default. */
const WINDOW_MS = 1_000;
/** Full rounds of tasks in a window, so that it contains all answers of at least two refreshes. */
const ROUNDS = 3;
/** By what a window may exceed what is usual before it shows a queue. */
const TOLERANCE = 1.5;
const TOLERANCE_MS = 6;
/** What exceeds that so many times is a queue at once. */
const OBVIOUS = 2;
/** Tasks start at nearly even distances: so many of them may lie between the last start and the refresh. */
const GAPS = 3;
/** A queue is gone with fewer tasks: then a window shows no more than this share. */
const WITHOUT_QUEUE = 0.6;
/** How much of a window without a queue counts as usual, and what each later window leaves of it. */
const CALM_SHARE = 0.8;
const FORGET = 0.6;

/** Judges milliseconds, window by window. */
const createGauge = () => {
	let least = Infinity;
	/** The window with a queue that is to be checked. */
	let alarmMs: number | undefined;
	/** What a window shows because of others. */
	let usualMs = 0;
	const expectedMs = () => Math.max(least, usualMs);
	const mostMs = (gapMs: number) => TOLERANCE * expectedMs() + GAPS * gapMs + TOLERANCE_MS;
	return {
		/** By what it exceeds what is usual, or 0 where that shows no queue. */
		excessOf: (ms: number, gapMs: number) => (ms > mostMs(gapMs) ? ms - expectedMs() : 0),
		/** Whether it shows such a long queue that no more answers are needed to be sure of it. */
		isObvious: (ms: number, gapMs: number) =>
			alarmMs === undefined && ms !== Infinity && ms > OBVIOUS * mostMs(gapMs),
		/** @param isFew whether so few tasks make no queue: what they take is what the server needs by now */
		judge: (ms: number, isFew: boolean, gapMs: number) => {
			const isHigh = ms > mostMs(gapMs);
			const isQueue = !isFew && isHigh;
			const isFalseAlarm =
				alarmMs !== undefined && ms > WITHOUT_QUEUE * alarmMs && (isFew || isHigh);
			const noted = isFalseAlarm ? ms : !isFew && !isHigh ? CALM_SHARE * ms : 0;
			usualMs = Math.max(FORGET * usualMs, noted);
			least = isFew ? ms : Math.min(least, ms);
			alarmMs = isQueue && !isFalseAlarm ? ms : undefined;
			return { isQueue, isFalseAlarm };
		},
	};
};

/**
 * Creates a queue detector. A server may answer a write at its next refresh, so most of the time of an answer says
 * nothing. But tasks start at even distances, so some start just before a refresh. The last of them that is still
 * answered by the refresh has waited only as long as the server works on it, and longer when other tasks are in front
 * of it. That wait ends with the first answer of the refresh: the others of that refresh wait for each other.
 *
 * A server without refreshes answers all the time. There the average time of an answer shows the queue.
 *
 * Answers also take longer when either machine is busy with something else. So a queue is checked with fewer tasks:
 * what they wait for as well is no queue. What the answers took lately counts as usual for a while.
 *
 * @param few number of tasks at the same time that make no queue
 * @param now milliseconds on any clock
 */
export const createQueueDetector = (few: number, now: () => number): QueueDetector => {
	const refreshes = createRefreshes();
	const waits = createGauge();
	const averages = createGauge();
	let firstTask = 0;
	/** The slowest answer of the last window, and of the window in which it was the least slow: without a queue. */
	let slowestBefore = 0;
	let leastSlow = Infinity;
	/** Of this window. It begins with its first answer. */
	let since: number | undefined;
	let answers = 0;
	let sumMs = 0;
	let slowest = 0;
	/** Whether the refresh before has shown a queue. */
	let hadQueue = false;

	const begin = () => {
		if (slowest > 0) slowestBefore = slowest;
		since = undefined;
		answers = 0;
		sumMs = 0;
		slowest = 0;
	};
	return {
		restart: (task) => {
			firstTask = task + 1;
			hadQueue = false;
			refreshes.restart();
			begin();
		},
		slowestMs: () => Math.max(slowestBefore, slowest),
		newQueueMs: (gapMs) => {
			const waitMs = refreshes.newWaitMs(now());
			if (waitMs === undefined) return 0;
			const queueMs = waits.excessOf(waitMs, gapMs);
			const isFirst = !hadQueue;
			hadQueue = queueMs > 0;
			return isFirst ? queueMs : 0;
		},
		enough: () => refreshes.rate() * leastSlow,
		note: (task, startedAt, limit, gapMs, isTrial) => {
			const at = now();
			const tookMs = at - startedAt;
			slowest = Math.max(slowest, tookMs);
			if (task < firstTask) return undefined;
			refreshes.note(startedAt, at);
			since ??= at;
			answers += 1;
			sumMs += tookMs;
			const isFew = limit <= few;
			const isOver = answers >= ROUNDS * limit && at - since >= WINDOW_MS;
			if (!isOver && !(isTrial && waits.isObvious(refreshes.waitMs(), gapMs))) return undefined;
			const judged = [
				waits.judge(refreshes.waitMs(), isFew, gapMs),
				...(isOver ? [averages.judge(sumMs / answers, isFew, gapMs)] : []),
			];
			leastSlow = Math.min(leastSlow, slowest);
			refreshes.recount();
			begin();
			if (judged.some(({ isFalseAlarm }) => isFalseAlarm)) return 'falseAlarm';
			return judged.some(({ isQueue }) => isQueue) ? 'queue' : 'calm';
		},
	};
};
