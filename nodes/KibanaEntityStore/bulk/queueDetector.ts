/** Finds out whether tasks wait in a queue of the server. */
export interface QueueDetector {
	/**
	 * Notes the time of an answer.
	 *
	 * @param task number of the task, in the order in which they started
	 * @param limit number of tasks at the same time
	 * @param gapMs milliseconds between the starts of two tasks
	 * @returns at the end of a window what it has shown. The first one after a queue may show that it was none: with
	 * fewer tasks the answers take as long
	 */
	note(
		task: number,
		tookMs: number,
		limit: number,
		gapMs: number,
	): 'queue' | 'calm' | 'falseAlarm' | undefined;
	/** Milliseconds of the slowest answer of the last window and of this one. */
	slowestMs(): number;
	/** Starts a new window, of tasks after this one: those before it started at other distances. */
	restart(task: number): void;
}

/** Shortest time of a window: the refresh interval of the search engine is a second by default. */
const WINDOW_MS = 1_000;
/** Full rounds of tasks in a window, so that it contains all answers of at least one refresh. */
const ROUNDS = 2;
/** By what the fastest answer of a window may differ from the fastest of all before it shows a queue. */
const TOLERANCE = 1.5;
const TOLERANCE_MS = 6;
/** A queue is gone with fewer tasks: then the fastest answer takes no more than this share. */
const WITHOUT_QUEUE = 0.6;
/** How much of the fastest answer without a queue counts as usual, and what each later window leaves of it. */
const CALM_SHARE = 0.8;
const FORGET = 0.6;

/**
 * Creates a queue detector. A server may answer a write at its next refresh, so most of the time of an answer says
 * nothing. But tasks start at even distances, so some start just before a refresh: the fastest answer of a
 * window takes only as long as the server works on it. It takes longer when other tasks are in front of it.
 *
 * It also takes longer when either machine is busy with something else. So a queue is checked with fewer tasks:
 * what they wait for as well is no queue. What the answers took lately counts as usual for a while.
 *
 * @param few number of tasks at the same time that make no queue
 * @param now milliseconds on any clock
 */
export const createQueueDetector = (few: number, now: () => number): QueueDetector => {
	let fastestEver = Infinity;
	/** The fastest answer of the window with a queue that is to be checked. */
	let alarmMs: number | undefined;
	/** What the fastest answer takes because of others. */
	let usualMs = 0;
	let fastest = Infinity;
	let slowest = 0;
	let slowestBefore = 0;
	let answers = 0;
	/** When the window began: with its first answer. */
	let since: number | undefined;

	let firstTask = 0;

	const restart = () => {
		fastest = Infinity;
		if (slowest > 0) slowestBefore = slowest;
		slowest = 0;
		answers = 0;
		since = undefined;
	};
	return {
		restart: (task) => {
			firstTask = task + 1;
			restart();
		},
		slowestMs: () => Math.max(slowestBefore, slowest),
		note: (task, tookMs, limit, gapMs) => {
			if (task < firstTask) return undefined;
			fastest = Math.min(fastest, tookMs);
			slowest = Math.max(slowest, tookMs);
			answers += 1;
			since ??= now();
			if (answers < ROUNDS * limit || now() - since < WINDOW_MS) return undefined;
			// So few tasks make no queue: what they take is what the server needs by now.
			const usual = Math.max(fastestEver, usualMs) + gapMs;
			const isSlow = fastest > TOLERANCE * usual + TOLERANCE_MS;
			const isQueue = limit > few && isSlow;
			const isFalseAlarm =
				alarmMs !== undefined && fastest > WITHOUT_QUEUE * alarmMs && (limit <= few || isSlow);
			const isUsual = limit > few && !isSlow;
			const noted = isFalseAlarm ? fastest : isUsual ? CALM_SHARE * fastest : 0;
			usualMs = Math.max(FORGET * usualMs, noted);
			fastestEver = limit > few ? Math.min(fastestEver, fastest) : fastest;
			alarmMs = isQueue && !isFalseAlarm ? fastest : undefined;
			restart();
			if (isFalseAlarm) return 'falseAlarm';
			return isQueue ? 'queue' : 'calm';
		},
	};
};
