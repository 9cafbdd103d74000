import fc from 'fast-check';

import { createLimiter } from '../../../nodes/KibanaEntityStore/bulk/limiter';

/** Runs tasks that end on demand, and records how many ran at the same time. */
const createYard = (most: number) => {
	const pace = createLimiter(most, () => 0);
	const ends: Array<(strained: boolean) => void> = [];
	let highest = 0;
	const start = () => {
		void pace.run(
			async () =>
				await new Promise<boolean>((end) => {
					ends.push(end);
					highest = Math.max(highest, ends.length);
				}),
			(strained) => strained,
		);
	};
	const settle = async () => await new Promise((done) => setImmediate(done));
	return {
		start,
		running: () => ends.length,
		highest: () => highest,
		/** Ends the oldest task. */
		end: async (strained: boolean) => {
			ends.shift()?.(strained);
			await settle();
		},
		settle,
	};
};

describe('the concurrency limiter', () => {
	it('runs as many tasks as the limit allows, and no more', async () => {
		const yard = createYard(4);
		for (let task = 0; task < 10; task += 1) yard.start();
		await yard.settle();
		expect(yard.running()).toBe(4);
		await yard.end(false);
		expect(yard.running()).toBe(4);
	});

	it('halves its limit under overload, once for all tasks that ran at that time, and raises it step by step', async () => {
		const yard = createYard(8);
		for (let task = 0; task < 100; task += 1) yard.start();
		await yard.settle();
		for (let task = 0; task < 8; task += 1) await yard.end(true);
		expect(yard.running()).toBe(4);
		const seen: number[] = [];
		for (let task = 0; task < 40; task += 1) {
			await yard.end(false);
			seen.push(yard.running());
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
					const yard = createYard(most);
					for (let task = 0; task < results.length + most; task += 1) yard.start();
					await yard.settle();
					for (const strained of results) {
						expect(yard.running()).toBeGreaterThan(0);
						await yard.end(strained);
					}
					expect(yard.highest()).toBeLessThanOrEqual(most);
				},
			),
			{ numRuns: 60 },
		);
	});
});
