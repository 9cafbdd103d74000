/** Limits the number of tasks that run at the same time to what the server can take. */
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

/**
 * Creates a limiter by additive increase and multiplicative decrease (AIMD): a result that shows overload
 * halves the limit, and each other result raises it a little, by one for each full round of tasks. Results
 * of tasks that began before the last halving do not halve the limit again: they show the same overload.
 *
 * @param most tasks at the same time
 * @param now milliseconds on any clock
 */
export const createLimiter = (most: number, now: () => number): Limiter => {
	let limit = most;
	let running = 0;
	let started = 0;
	let lastHalved = 0;
	const waiting: Array<() => void> = [];

	const admit = () => {
		while (waiting.length > 0 && running < Math.floor(limit)) {
			running += 1;
			waiting.shift()?.();
		}
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
				if (!isOverloaded(result, now() - startedAt)) limit = Math.min(most, limit + 1 / limit);
				else if (number > lastHalved) {
					limit = Math.max(1, limit / 2);
					lastHalved = started;
				}
				return result;
			} finally {
				running -= 1;
				admit();
			}
		},
	};
};
