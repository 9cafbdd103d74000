import fc from 'fast-check';

import { GENERATION_NAMES } from '../../nodes/KibanaEntityStore/entity/fields';
import { anyHistory, play } from './changingStore';

const RUNS = Number(process.env.HISTORIES ?? 2_000);

describe('a store that changes while it is polled', () => {
	it.each(GENERATION_NAMES)(
		`is reported without a gap and without a repetition, in ${RUNS} histories (%s)`,
		(generation) => {
			const totals = { histories: 0, polls: 0, reports: 0 };
			fc.assert(
				fc.property(anyHistory(generation), (history) => {
					const { polls, reports } = play(history);
					totals.histories += 1;
					totals.polls += polls;
					totals.reports += reports;
				}),
				{ numRuns: RUNS },
			);
			// A property that never reports anything proves nothing.
			expect(totals.reports).toBeGreaterThan(RUNS);
			expect(totals.histories).toBeGreaterThanOrEqual(RUNS);
		},
		300_000,
	);
});
