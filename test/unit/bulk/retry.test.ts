import fc from 'fast-check';

import {
	MAX_DELAY_MS,
	MAX_TOTAL_DELAY_MS,
	nextDelay,
} from '../../../nodes/KibanaEntityStore/bulk/retry';

const policy = (maxRetries: number, random: number) => ({ maxRetries, random: () => random });

describe('delay before the next attempt', () => {
	it('doubles its ceiling up to the cap, with full jitter', () => {
		const ceilings = [1, 2, 3, 4, 5, 6, 7, 8].map((attempt) =>
			nextDelay(attempt, 0, undefined, policy(20, 1)),
		);
		expect(ceilings).toEqual([1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000]);
		expect(nextDelay(5, 0, undefined, policy(20, 0))).toBe(0);
	});

	it('ends after the last attempt', () => {
		expect(nextDelay(4, 0, undefined, policy(4, 0.5))).toBeDefined();
		expect(nextDelay(5, 0, undefined, policy(4, 0.5))).toBeUndefined();
		expect(nextDelay(1, 0, undefined, policy(0, 0.5))).toBeUndefined();
	});

	it('is never shorter than Retry-After, never longer than the cap, and bounded in total', () => {
		fc.assert(
			fc.property(
				fc.integer({ min: 1, max: 30 }),
				fc.integer({ min: 0, max: MAX_TOTAL_DELAY_MS }),
				fc.option(fc.integer({ min: 0, max: 1e9 }), { nil: undefined }),
				fc.double({ min: 0, max: 0.999, noNaN: true }),
				(attempt, waitedMs, retryAfterMs, random) => {
					const delayMs = nextDelay(attempt, waitedMs, retryAfterMs, policy(20, random));
					if (delayMs === undefined) return;
					expect(delayMs).toBeGreaterThanOrEqual(retryAfterMs ?? 0);
					expect(delayMs).toBeLessThanOrEqual(MAX_DELAY_MS);
					expect(waitedMs + delayMs).toBeLessThanOrEqual(MAX_TOTAL_DELAY_MS);
				},
			),
		);
	});

	it('stops retrying instead of waiting less than the server asks for', () => {
		expect(nextDelay(1, 0, MAX_DELAY_MS + 1, policy(4, 0))).toBeUndefined();
	});
});
