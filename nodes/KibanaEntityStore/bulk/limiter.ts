import { createLimitSearch } from './limitSearch';
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

/**
 * How late a task may start so that the next ones make up for it: a busy process comes late to its timers. Until they
 * have made up for it, tasks start at this share of the distance, and so many more at once.
 */
const CATCH_UP_MS = 250;
const CLOSEST = 0.97;
const AT_ONCE = 1;
/** Nothing is started for at most so long after a pause of the server. */
const LONGEST_BREAK_MS = 500;
/** So many times the limit may run where some start early: tasks that cannot start make the distances uneven. */
const ROOM = 1.5;

/**
 * Creates a limiter. `limitSearch.ts` finds the limit.
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
	const search = createLimitSearch(start, most, detector.enough);
	const waiting: Array<() => void> = [];
	let running = 0;
	let started = 0;
	/** Number of the last task that had started when the server was last overloaded. */
	let lastOverloaded = 0;
	/** When the next task should start, and when the last one did. */
	let nextAt = 0;
	let lastAt = -Infinity;
	let isPausing = false;

	/** All tasks of a round end at the same refresh. Spread over the time until then, the next round is even. */
	const gapMs = () => (canGrow ? detector.slowestMs() / search.limit() : 0);

	const isFull = () => {
		const limit = search.limit();
		return running >= Math.floor(limit > start ? Math.min(ROOM * limit, most) : limit);
	};

	/** A pause of the server leaves a queue. When nothing starts for as long as it takes, others hardly wait for it. */
	const giveWay = () => {
		if (!search.isCalm()) return;
		const queueMs = detector.newQueueMs(gapMs());
		if (queueMs > 0) nextAt = now() + Math.min(queueMs, LONGEST_BREAK_MS);
	};
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
		giveWay();
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

	const noteOverload = (task: number) => {
		// Tasks that began before the last overload show the same one.
		if (task <= lastOverloaded) return;
		lastOverloaded = started;
		search.noteOverload();
		detector.restart(started);
	};
	const noteAnswer = (task: number, startedAt: number) => {
		if (canGrow) {
			const verdict = detector.note(task, startedAt, search.limit(), gapMs(), search.isTrial());
			if (verdict !== undefined && search.noteWindow(verdict)) detector.restart(started);
		}
		search.noteAnswer();
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
				if (isOverloaded(result, now() - startedAt)) noteOverload(number);
				else noteAnswer(number, startedAt);
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
