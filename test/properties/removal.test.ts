/** Whatever happens to the requests of reads and deletions: nothing is lost, and nothing is made up. */
import fc from 'fast-check';

import { startKibana, type TestKibana } from '../../sandbox/kibana/server';
import { anyRemoval, attackRemoval, type Action, type Removal } from './removal';

let kibanas: Record<Removal['api'], TestKibana>;

beforeAll(async () => {
	kibanas = {
		v1: await startKibana({ api: 'v1', listsLive: true }),
		v2: await startKibana({ api: 'v2' }),
	};
});

afterAll(async () => {
	for (const kibana of Object.values(kibanas)) await kibana.stop();
});

const RUNS = 40;

describe('under any faults', () => {
	it.each<[Action, string]>([
		['get', 'finds what is there, or fails: nothing is called missing that is there'],
		['getAll', 'lists everything, or fails'],
		['delete', 'deletes what the items name, and says of each what became of it'],
		['deleteMissing', 'never deletes what the input names, nor more than the guard allows'],
	])(
		'%s %s',
		async (action) => {
			let faults = 0;
			await fc.assert(
				fc.asyncProperty(anyRemoval(action), async (removal) => {
					const judged = await attackRemoval(kibanas[removal.api], removal);
					faults += judged.faults;
					expect(judged.wrong).toEqual([]);
				}),
				{ numRuns: RUNS },
			);
			expect(faults).toBeGreaterThan(RUNS / 4);
		},
		60_000,
	);
});
