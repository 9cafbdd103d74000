/** Keeps the number of tasks that run at the same time to what the other side bears. */
export interface Pace {
	/**
	 * Runs a task as soon as there is room for it.
	 *
	 * @param isStrained whether the result shows that the other side is overloaded
	 */
	run<Result>(
		task: () => Promise<Result>,
		isStrained: (result: Result, tookMs: number) => boolean,
	): Promise<Result>;
}

/**
 * Additive increase, multiplicative decrease: a strained result halves the room, and each other one
 * gives back a part, so that a full round of them makes room for one more. Results of tasks that began
 * before the last halving do not halve again: they tell of the same strain.
 *
 * @param most tasks at the same time
 * @param now milliseconds on any clock
 */
export const createPace = (most: number, now: () => number): Pace => {
	let room = most;
	let running = 0;
	let started = 0;
	let lastHalved = 0;
	const waiting: Array<() => void> = [];

	const letIn = () => {
		while (waiting.length > 0 && running < Math.floor(room)) {
			running += 1;
			waiting.shift()?.();
		}
	};
	return {
		run: async (task, isStrained) => {
			await new Promise<void>((enter) => {
				waiting.push(enter);
				letIn();
			});
			started += 1;
			const number = started;
			const startedAt = now();
			const result = await task();
			if (!isStrained(result, now() - startedAt)) room = Math.min(most, room + 1 / room);
			else if (number > lastHalved) {
				room = Math.max(1, room / 2);
				lastHalved = started;
			}
			running -= 1;
			letIn();
			return result;
		},
	};
};
