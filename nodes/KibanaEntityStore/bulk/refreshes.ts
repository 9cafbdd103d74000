/** Tells the answers of one refresh of the search engine from those of the next. */
export interface Refreshes {
	/**
	 * Notes an answer. Times are milliseconds on any clock.
	 *
	 * @param startedAt when its task started
	 * @param at now
	 */
	note(startedAt: number, at: number): void;
	/** Forgets everything but the rate: tasks start at other distances from now on. */
	restart(): void;
	/** Begins to count the answers anew. */
	recount(): void;
	/**
	 * Milliseconds for which the last task waited that a refresh has answered: as long as the server needs for a task,
	 * with everything that is in front of it. The shorter one of the last two complete refreshes, since a pause of
	 * either process, for example to collect garbage, often falls together with the answers of a refresh.
	 */
	waitMs(): number;
	/**
	 * Milliseconds for which the last task waited that the newest refresh has answered, once, as soon as its answers seem
	 * to have ended. Otherwise undefined.
	 *
	 * @param at now. To be called often: a process that works on answers has no time to call it
	 */
	newWaitMs(at: number): number | undefined;
	/** Answers in a millisecond. */
	rate(): number;
}

/**
 * Answers of one refresh come one after another. After so much time without an answer, the next is of another one. A
 * process that collects garbage pauses for less.
 */
const PAUSE_MS = 150;
/** After so much time the answers have probably ended. */
const QUIET_MS = 40;

/**
 * Where there are no refreshes, every few answers count as those of one. What they say of waits is then too little,
 * and what they say of the rate is right.
 */
export const createRefreshes = (): Refreshes => {
	/** Of the refresh that is under way: its answers, when the first and the last came, and its last task started. */
	let answers = 0;
	let firstAt: number | undefined;
	let lastAt = 0;
	let lastStart = 0;
	/** Whether `newWaitMs` has yet to tell of it, and when that was last called. */
	let isNew = false;
	let lookedAt = 0;
	let waitMs = Infinity;
	let waitBeforeMs = Infinity;
	/**
	 * Answers of complete refreshes, and when the first of these began. The first one since a new count is left out: its
	 * tasks may have started at other distances.
	 */
	let counted = 0;
	let countedSince: number | undefined;
	let rate = 0;

	const isOver = (startedAt: number, at: number, since: number): boolean =>
		// What started after the first answer is answered by another refresh.
		at - lastAt > PAUSE_MS || startedAt > since;

	const recount = () => {
		counted = 0;
		countedSince = undefined;
	};
	return {
		note: (startedAt, at) => {
			if (firstAt === undefined || isOver(startedAt, at, firstAt)) {
				if (firstAt !== undefined) {
					[waitBeforeMs, waitMs] = [waitMs, firstAt - lastStart];
					if (countedSince === undefined) countedSince = at;
					else {
						counted += answers;
						rate = counted / (at - countedSince);
					}
				}
				firstAt = at;
				lastStart = startedAt;
				answers = 0;
				isNew = true;
			}
			answers += 1;
			lastAt = at;
			lastStart = Math.max(lastStart, startedAt);
		},
		restart: () => {
			firstAt = undefined;
			[waitBeforeMs, waitMs] = [Infinity, Infinity];
			recount();
		},
		recount,
		waitMs: () => Math.min(waitBeforeMs, waitMs),
		newWaitMs: (at) => {
			// A process that was busy looks before it reads what has come in the meantime.
			const isQuiet = at - lastAt > QUIET_MS && lookedAt > lastAt;
			lookedAt = at;
			if (!isNew || !isQuiet || firstAt === undefined) return undefined;
			isNew = false;
			return firstAt - lastStart;
		},
		rate: () => rate,
	};
};
