/**
 * Nothing is lost, and nobody else is blamed: for any items and any faults, what each item says is what
 * happened to its entity. A failure prints the seed and the scenario; `npm run test:soak` goes on for
 * as long as one likes.
 */
import fc from 'fast-check';

import { startKibana, type TestKibana } from '../../sandbox/kibana/server';
import { attack } from './attack';
import { attackEngine, ON_ERROR, QUICK_NAMES } from './engine';
import { anyScenario, type Scenario } from './scenario';

let kibanas: Record<Scenario['api'], TestKibana>;

beforeAll(async () => {
	kibanas = { v1: await startKibana({ api: 'v1' }), v2: await startKibana({ api: 'v2' }) };
});

afterAll(async () => {
	for (const kibana of Object.values(kibanas)) await kibana.stop();
});

const HARMLESS = { lost: [], wronglyBlamed: [], others: [] };

const holds = async (scenario: Scenario, converges: boolean): Promise<void> => {
	const { lost, wronglyBlamed, others } = await attack(kibanas[scenario.api], scenario, converges);
	expect({ lost, wronglyBlamed, others }).toEqual(HARMLESS);
};

describe('under any faults', () => {
	it('each item says what happened to its entity, within the bounds, and without a secret', async () => {
		await fc.assert(
			fc.asyncProperty(
				anyScenario({ maxItems: 9 }),
				async (scenario) => await holds(scenario, false),
			),
			{ numRuns: 1_700, interruptAfterTimeLimit: 600_000, markInterruptAsFailure: true },
		);
	}, 660_000);

	it('the same items again, on a Kibana that works, give the store that they give at once', async () => {
		await fc.assert(
			fc.asyncProperty(anyScenario({ maxItems: 7 }), async (scenario) => {
				await holds({ ...scenario, operation: 'upsert' }, true);
			}),
			{ numRuns: 200, interruptAfterTimeLimit: 600_000, markInterruptAsFailure: true },
		);
	}, 660_000);

	it('and so through n8n, on the right branch of every On Error setting', async () => {
		await fc.assert(
			fc.asyncProperty(
				anyScenario({ maxItems: 9, names: QUICK_NAMES }),
				fc.constantFrom(...ON_ERROR),
				async (scenario, onError) => {
					const found = await attackEngine(kibanas[scenario.api], scenario, onError);
					const { lost, wronglyBlamed, others } = found;
					expect({ lost, wronglyBlamed, others }).toEqual(HARMLESS);
				},
			),
			{ numRuns: 300, interruptAfterTimeLimit: 600_000, markInterruptAsFailure: true },
		);
	}, 660_000);
});
