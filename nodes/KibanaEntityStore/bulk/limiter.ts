import { createQueueDetector } from './queueDetector';

/** Limits the number of tasks that run at the same time to what the server can handle. */
export interface Limiter {
	/**
	 * Runs a task as soon as the limit allows. What the task throws is thrown here.
	 *
	 * @param isOverloaded whether the result shows that the server is overloaded
	 */
	run<Result>(
		task: () => Promise<Result>,
		isOverloaded: (result: Result, tookMs: number) => boolean,
	): Promise<Result>;
}

export interface LimiterOptions {
	/** Number of tasks at the same time at the beginning, which no server minds; by default `most`. */
	readonly start?: number | undefined;
	/** Maximum number of tasks at the same time. */
	readonly most: number;
	/** Milliseconds on any clock. */
	readonly now: () => number;
	readonly sleep: (ms: number) => Promise<void>;
}

/** A queue in the server leaves at most so much of the limit. */
const AFTER_QUEUE = 0.85;
/** Whether it is a queue shows at this share of the limit: the server empties a queue soon, and others stay busy. */
const CHECKED_AT = 0.5;
/** By what the limit grows for a window without a queue: at first, and after the first strain. */
const FIRST_GROWTH = 2;
const LATER_GROWTH = 1.25;
/** The search for the limit ends when the lowest limit with a queue is at most so much higher. */
const CLOSE = 1.2;
/** What it then keeps of the highest limit without a queue, so that others hardly wait. */
const REST = 0.93;
/** Windows for which the limit then stays as it is, until a higher one is tried. */
const REST_WINDOWS = 30;
/** How late a task may start so that the next ones make up for it: timers of a busy process come late. */
const CATCH_UP_MS = 25;

/**
 * Creates a limiter. Below `start` its limit follows the overloads of the server by additive increase and
 * multiplicative decrease (AIMD): an overload halves it, and other results raise it by one for each full round
 * of tasks. Results of tasks that began before the last halving do not halve it again: they show the same
 * overload.
 *
 * Above `start` it searches: the limit doubles until the server has a queue or is overloaded. Then the limit
 * lies between the highest without a queue and the lowest with one, and each window tries the middle. When they
 * are close, it rests, and now and then tries a little more.
 *
 * Where the limit can grow, tasks start at even distances, not in a burst when a refresh answers all of them. So
 * others on that server wait for one task, not for hundreds.
 */
export const createLimiter = ({
	start: wanted = Infinity,
	most,
	now,
	sleep,
}: LimiterOptions): Limiter => {
	const start = Math.min(wanted, most);
	const canGrow = start < most;
	const detector = createQueueDetector(start, now);
	const waiting: Array<() => void> = [];
	let limit = start;
	/** The highest limit without a queue, and the lowest with one. */
	let calm = start;
	let strained = Infinity;
	let growth = FIRST_GROWTH;
	let restedWindows = 0;
	let isChecking = false;
	let running = 0;
	let started = 0;
	let lastHalved = 0;
	let nextAt = 0;
	let isPausing = false;

	/** All tasks of a round end at the same refresh. Spread over the time until then, the next round is even. */
	const gapMs = () => (canGrow ? detector.slowestMs() / limit : 0);

	const pause = async (ms: number) => {
		isPausing = true;
		try {
			await sleep(ms);
		} finally {
			isPausing = false;
			// A pause that was cut short is over all the same.
			nextAt = Math.min(nextAt, now());
			admit(CATCH_UP_MS);
		}
	};
	/** @param lateMs how late the tasks may be so that the next ones make up for it */
	const admit = (lateMs = 0) => {
		while (!isPausing && waiting.length > 0 && running < Math.floor(limit)) {
			const ms = nextAt - now();
			// Timers know no shorter time.
			if (ms >= 1) {
				pause(ms).catch(() => undefined);
				return;
			}
			nextAt = Math.max(nextAt, now() - lateMs) + gapMs();
			running += 1;
			waiting.shift()?.();
		}
	};

	const search = () => {
		if (restedWindows > 0) {
			restedWindows += 1;
			if (restedWindows <= REST_WINDOWS) return;
			restedWindows = 0;
			strained = Infinity;
		} else calm = limit;
		if (strained > CLOSE * calm) limit = Math.min(growth * calm, (calm + strained) / 2, most);
		else {
			limit = Math.max(start, REST * calm);
			restedWindows = 1;
		}
	};
	const retreat = () => {
		strained = limit;
		calm = Math.max(start, Math.min(calm, AFTER_QUEUE * limit));
		isChecking = true;
		limit = Math.max(start, Math.min(calm, CHECKED_AT * limit));
	};
	/** Ends the check of a queue. If the limit was no reason for it, it may grow again. */
	const settle = (isFalseAlarm: boolean) => {
		isChecking = false;
		limit = calm;
		if (!isFalseAlarm) return;
		limit = strained;
		strained = Infinity;
		growth = FIRST_GROWTH;
	};
	const halve = () => {
		isChecking = false;
		strained = limit > start ? limit : Infinity;
		limit = Math.max(1, limit / 2);
		calm = Math.max(start, Math.min(calm, limit));
	};
	const change = (how: () => void) => {
		how();
		restedWindows = 0;
		detector.restart(started);
	};
	const shrink = (how: () => void) => {
		growth = LATER_GROWTH;
		change(how);
	};

	return {
		run: async (task, isOverloaded) => {
			await new Promise<void>((enter) => {
				waiting.push(enter);
				admit();
			});
			started += 1;
			const number = started;
			try {
				const startedAt = now();
				const result = await task();
				const tookMs = now() - startedAt;
				if (isOverloaded(result, tookMs)) {
					if (number > lastHalved) {
						shrink(halve);
						lastHalved = started;
					}
				} else {
					const window = canGrow ? detector.note(number, tookMs, limit, gapMs()) : undefined;
					if (limit < start) limit = Math.min(start, limit + 1 / limit);
					else if (window === 'queue') shrink(retreat);
					else if (window !== undefined && isChecking) {
						change(() => settle(window === 'falseAlarm'));
					} else if (window === 'calm') search();
				}
				return result;
			} finally {
				running -= 1;
				admit();
			}
		},
	};
};
