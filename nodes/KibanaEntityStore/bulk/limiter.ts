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

/** Whether it is a queue shows at this share of the limit: the server empties a queue soon, and others stay busy. */
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
const REST = 0.95;
/** Where there was no queue before, something else may be the reason: then this much is kept. */
const AGAIN = 0.98;
/** A queue leaves at most so much of the limit, and each window without one raises it until it is what is kept. */
const AFTER_QUEUE = 0.95;
const RECOVERY = 1.03;
/** Windows for which the limit then stays there, until a higher one is tried. */
const REST_WINDOWS = 60;
/**
 * How late a task may start so that the next ones make up for it: a busy process comes late to its timers. Until they
 * have made up for it, tasks start at this share of the distance, and so many more at once.
 */
const CATCH_UP_MS = 250;
const CLOSEST = 0.92;
const AT_ONCE = 1;
/** So many times the limit may run where some start early: tasks that cannot start make the distances uneven. */
const ROOM = 1.5;

/**
 * Creates a limiter. Below `start` its limit follows the overloads of the server by additive increase and
 * multiplicative decrease (AIMD): an overload halves it, and other results raise it by one for each full round
 * of tasks. Results of tasks that began before the last halving do not halve it again: they show the same
 * overload.
 *
 * Above `start` it searches. The limit doubles until the server has a queue: then it is known how many answers the
 * server gives, and the limit becomes a little less than that takes. After an overload the limit lies between the
 * highest without one and the lowest with one, and each window tries the middle until they are close. Then it rests,
 * and now and then tries a little more.
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
	/** The highest limit without a queue or an overload, and the lowest with one. */
	let calm = start;
	let strained = Infinity;
	let growth = FIRST_GROWTH;
	/** Where the limit rests. */
	let kept = start;
	let restedWindows = 0;
	/** Where it last rested to the end: a queue above that says nothing against it. */
	let proven = start;
	let isChecking = false;
	/** Whether a window has ended since the last overload. */
	let hasWindow = true;
	let running = 0;
	let started = 0;
	let lastHalved = 0;
	/** When the next task should start, and when the last one did. */
	let nextAt = 0;
	let lastAt = -Infinity;
	let isPausing = false;

	/** All tasks of a round end at the same refresh. Spread over the time until then, the next round is even. */
	const gapMs = () => (canGrow ? detector.slowestMs() / limit : 0);

	const isFull = () => running >= Math.floor(limit > start ? Math.min(ROOM * limit, most) : limit);

	const pause = async (ms: number) => {
		const end = now() + ms;
		isPausing = true;
		try {
			await sleep(ms);
		} finally {
			isPausing = false;
			// A pause that was cut short is over all the same.
			if (now() < end - 1) [nextAt, lastAt] = [now(), -Infinity];
			admit();
		}
	};
	/**
	 * While tasks wait for their time, only a timer starts them, and not the end of another task. A process that works
	 * on the answers of a refresh opens the connections of what it starts only afterwards, all together.
	 */
	const admit = () => {
		if (isPausing) return;
		while (waiting.length > 0 && !isFull()) {
			const gap = gapMs();
			const at = Math.max(nextAt, lastAt + CLOSEST * gap);
			const ms = at - now();
			// Timers know no shorter time.
			if (ms >= 1) {
				pause(ms).catch(() => undefined);
				return;
			}
			nextAt = Math.max(nextAt, now() - CATCH_UP_MS) + gap;
			lastAt = Math.max(at, now() - AT_ONCE * gap);
			running += 1;
			waiting.shift()?.();
		}
	};

	const rest = () => {
		limit = Math.max(start, Math.min(kept, RECOVERY * limit));
		restedWindows += 1;
		growth = SMALLEST_GROWTH;
	};
	const grow = () => {
		limit = Math.min((1 + growth) * limit, limit + MOST_GROWTH, most);
		growth = Math.max(growth, Math.min(LARGEST_GROWTH, 2 * growth));
	};
	const search = () => {
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
			if (limit > calm) kept = Math.min(limit, Math.max(proven, REST * detector.enough()));
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
	const halve = () => {
		isChecking = false;
		// Overloads that follow at once say nothing of the limit that was set in between.
		if (hasWindow) strained = limit > start ? limit : Infinity;
		hasWindow = false;
		limit = Math.max(1, limit / 2);
		calm = Math.max(start, Math.min(calm, limit));
	};
	const change = (how: () => void) => {
		restedWindows = 0;
		how();
		detector.restart(started);
	};

	return {
		run: async (task, isOverloaded) => {
			await new Promise<void>((enter) => {
				// Where nothing waited, nothing is late.
				if (waiting.length === 0) nextAt = Math.max(nextAt, now());
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
						change(halve);
						lastHalved = started;
					}
				} else {
					const window = canGrow
						? detector.note(number, startedAt, limit, gapMs(), limit > calm)
						: undefined;
					if (window !== undefined) hasWindow = true;
					if (limit < start) limit = Math.min(start, limit + 1 / limit);
					else if (window === 'queue') change(retreat);
					else if (window !== undefined && isChecking) {
						change(() => settle(window === 'falseAlarm'));
					} else if (window === 'calm') search();
				}
				return result;
			} finally {
				// Where no task could have started, none is late.
				if (isFull()) nextAt = Math.max(nextAt, now());
				running -= 1;
				admit();
			}
		},
	};
};
