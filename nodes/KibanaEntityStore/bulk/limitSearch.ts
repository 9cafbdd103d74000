import type { WindowVerdict } from './queueDetector';

/**
 * Finds out how many tasks at the same time a server can handle, from what its answers show. It knows
 * neither tasks nor time.
 */
export interface LimitSearch {
	/** Number of tasks at the same time. Not always a whole one. */
	limit(): number;
	/** Whether the limit is higher than any without a queue. */
	isTrial(): boolean;
	/** Whether the limit is one that made no queue before, and is not being checked. */
	isCalm(): boolean;
	/** Notes an answer without an overload. */
	noteAnswer(): void;
	/** Notes that an answer shows an overload. Overloads of tasks that began before the last one are not to be noted. */
	noteOverload(): void;
	/**
	 * Notes what a window of answers has shown.
	 *
	 * @returns whether the next window must leave out the tasks that have started by now: they show another limit
	 */
	noteWindow(verdict: WindowVerdict): boolean;
}

/** A queue is checked at this share of the limit: the server empties it soon, and its other work goes on as before. */
const CHECKED_AT = 0.5;
/** By what share the limit grows for a window without a queue: at first, and after a rest, where steps get larger. */
const FIRST_GROWTH = 1;
const SMALLEST_GROWTH = 0.03;
const LARGEST_GROWTH = 0.06;
/** It grows by at most so many tasks, so that a server that cannot do them has a short queue. */
const MOST_GROWTH = 64;
/** The search ends when the lowest limit with an overload is at most so much higher than the highest without one. */
const CLOSE = 1.1;
/** What is then kept of what the server can do, so that others hardly wait. */
const REST = 0.98;
/** Where there was no queue before, something else may be the reason: then this much is kept. */
const AGAIN = 0.98;
/** A queue leaves at most so much of the limit, and each window without one raises it until it is what is kept. */
const AFTER_QUEUE = 0.95;
const RECOVERY = 1.03;
/** Windows for which the limit then stays there, until a higher one is tried. */
const REST_WINDOWS = 60;

/**
 * Creates a search. Below `start` its limit follows the overloads of the server by additive increase and
 * multiplicative decrease (AIMD): an overload halves it, and other answers raise it by one for each full round
 * of tasks.
 *
 * Above `start` it searches. The limit doubles until the server has a queue: then it is known how many answers the
 * server gives, and the limit becomes a little less than that takes. After an overload the limit lies between the
 * highest without one and the lowest with one, and each window tries the middle until they are close. Then it rests,
 * and now and then tries a little more.
 *
 * @param start number of tasks at the same time at the beginning, which no server minds
 * @param most maximum number of tasks at the same time
 * @param enough number of tasks at the same time that would get as many answers as come by now, without a queue
 */
export const createLimitSearch = (
	start: number,
	most: number,
	enough: () => number,
): LimitSearch => {
	let limit = start;
	/** The highest limit without a queue or an overload, and the lowest with one. */
	let calm = start;
	let strained = Infinity;
	let growth = FIRST_GROWTH;
	/** Where the limit rests, and for how many windows it has. */
	let kept = start;
	let restedWindows = 0;
	/** Where it last rested to the end: a queue above that says nothing against it. */
	let proven = start;
	let isChecking = false;
	/** Whether a window has ended since the last overload. */
	let hasWindow = true;

	const rest = () => {
		limit = Math.max(start, Math.min(kept, RECOVERY * limit));
		restedWindows += 1;
		growth = SMALLEST_GROWTH;
	};
	const grow = () => {
		limit = Math.min((1 + growth) * limit, limit + MOST_GROWTH, most);
		growth = Math.max(growth, Math.min(LARGEST_GROWTH, 2 * growth));
	};
	const proceed = () => {
		if (restedWindows > 0) {
			if (restedWindows < REST_WINDOWS) return rest();
			restedWindows = 0;
			strained = Infinity;
			proven = limit;
		} else calm = limit;
		if (strained === Infinity) grow();
		else if (strained > CLOSE * calm) limit = (calm + strained) / 2;
		else {
			kept = REST * calm;
			rest();
		}
	};
	const retreat = () => {
		if (!isChecking) {
			strained = limit;
			// A server that pauses during the search answers less than it can.
			if (limit > calm) kept = Math.min(limit, Math.max(proven, REST * enough()));
			else {
				kept = AGAIN * limit;
				proven = start;
			}
			calm = Math.max(start, kept);
		}
		isChecking = true;
		limit = Math.max(start, CHECKED_AT * limit);
	};
	/** Ends the check of a queue. If the limit was no reason for it, it may grow again. */
	const settle = (isFalseAlarm: boolean) => {
		isChecking = false;
		if (isFalseAlarm) {
			limit = strained;
			strained = Infinity;
		} else {
			limit = AFTER_QUEUE * strained;
			rest();
		}
	};

	return {
		limit: () => limit,
		isTrial: () => limit > calm,
		isCalm: () => limit > start && limit <= calm && !isChecking,
		noteAnswer: () => {
			if (limit < start) limit = Math.min(start, limit + 1 / limit);
		},
		noteOverload: () => {
			isChecking = false;
			restedWindows = 0;
			// Overloads that follow at once say nothing of the limit that was set in between.
			if (hasWindow) strained = limit > start ? limit : Infinity;
			hasWindow = false;
			limit = Math.max(1, limit / 2);
			calm = Math.max(start, Math.min(calm, limit));
		},
		noteWindow: (verdict) => {
			hasWindow = true;
			if (limit < start) return false;
			if (verdict !== 'queue' && !isChecking) {
				if (verdict === 'calm') proceed();
				return false;
			}
			restedWindows = 0;
			if (verdict === 'queue') retreat();
			else settle(verdict === 'falseAlarm');
			return true;
		},
	};
};
