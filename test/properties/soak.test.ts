/** What `npm run test:soak` runs for as long as one likes: here a few runs of each workload. */
import { startKibanas, workloadsFor, type Kibanas, type Run } from './workloads';

let kibanas: Kibanas;

beforeAll(async () => {
	kibanas = await startKibanas();
});

afterAll(async () => await kibanas.stop());

/** The polls of the trigger have a test of their own, `triggerKibana.test.ts`. */
const NAMED = workloadsFor(600)
	.map(({ workload }) => [workload.name, workload] as const)
	.filter(([name]) => name !== 'Trigger, polls');

/** Runs until both generations had their turn. */
const FIRST_SEED = 1;
const MOST_SEEDS = 12;

describe('under all faults that it can meet', () => {
	it.each(NAMED)(
		'%s: what each item says is what happened, on both generations',
		async (_, workload) => {
			const runs: Run[] = [];
			for (let seed = FIRST_SEED; seed < FIRST_SEED + MOST_SEEDS; seed += 1) {
				runs.push(await workload.run(kibanas, seed));
				if (new Set(runs.map(({ api }) => api)).size === 2) break;
			}
			expect(runs.flatMap(({ wrong }) => wrong)).toEqual([]);
			expect(new Set(runs.map(({ api }) => api)).size).toBe(2);
			expect(runs.some(({ records }) => records > 0)).toBe(true);
		},
		60_000,
	);
});
