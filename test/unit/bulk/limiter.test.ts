import fc from 'fast-check';

import { createLimiter } from '../../../nodes/KibanaEntityStore/bulk/limiter';

/** Runs tasks that end on demand, and records how many ran at the same time. */
const createTasks = (most: number) => {
	const limiter = createLimiter({ start: most, most, now: () => 0, sleep: async () => undefined });
	const ends: Array<(overloaded: boolean) => void> = [];
	let highest = 0;
	const start = () => {
		void limiter.run(
			async () =>
				await new Promise<boolean>((end) => {
					ends.push(end);
					highest = Math.max(highest, ends.length);
				}),
			(overloaded) => overloaded,
		);
	};
	const settle = async () => await new Promise((done) => setImmediate(done));
	return {
		start,
		running: () => ends.length,
		highest: () => highest,
		/** Ends the oldest task. */
		end: async (overloaded: boolean) => {
			ends.shift()?.(overloaded);
			await settle();
		},
		settle,
	};
};

describe('the concurrency limiter', () => {
	it('runs as many tasks as the limit allows, and no more', async () => {
		const tasks = createTasks(4);
		for (let task = 0; task < 10; task += 1) tasks.start();
		await tasks.settle();
		expect(tasks.running()).toBe(4);
		await tasks.end(false);
		expect(tasks.running()).toBe(4);
	});

	it('halves its limit under overload, once for all tasks that ran at that time, and raises it step by step', async () => {
		const tasks = createTasks(8);
		for (let task = 0; task < 100; task += 1) tasks.start();
		await tasks.settle();
		for (let task = 0; task < 8; task += 1) await tasks.end(true);
		expect(tasks.running()).toBe(4);
		const seen: number[] = [];
		for (let task = 0; task < 40; task += 1) {
			await tasks.end(false);
			seen.push(tasks.running());
		}
		expect(seen).toEqual([...seen].sort((one, other) => one - other));
		expect(seen.at(-1)).toBe(8);
	});

	it('never stops completely, and never exceeds its limit, for any results', async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.integer({ min: 1, max: 10 }),
				fc.array(fc.boolean(), { maxLength: 60 }),
				async (most, results) => {
					const tasks = createTasks(most);
					for (let task = 0; task < results.length + most; task += 1) tasks.start();
					await tasks.settle();
					for (const overloaded of results) {
						expect(tasks.running()).toBeGreaterThan(0);
						await tasks.end(overloaded);
					}
					expect(tasks.highest()).toBeLessThanOrEqual(most);
				},
			),
			{ numRuns: 60 },
		);
	});
});
