/**
 * The properties of `properties.test.ts`, with new seeds until time is up. Ends with code 1, the seed and
 * the counterexample when one does not hold.
 *
 *   npm run test:soak -- --minutes 10
 *   npm run test:soak -- --seed 123 --runs 1    (one run again)
 */
import fc from 'fast-check';

import type { GenerationName } from '../../nodes/KibanaEntityStore/entity/fields';
import { startKibana } from '../../sandbox/kibana/server';
import { attack } from './attack';
import { anyHistory, play } from './changingStore';
import { attackEngine, ON_ERROR, QUICK_NAMES } from './engine';
import { anyScenario } from './scenario';

const numberAfter = (name: string): number | undefined => {
	const at = process.argv.indexOf(name);
	return at === -1 ? undefined : Number(process.argv[at + 1]);
};

/** One of so many runs goes through n8n's engine, which takes ten times as long. */
const ENGINE_EVERY = 10;
const CONVERGENCE_EVERY = 7;
const PROGRESS_MS = 15_000;

const totals = {
	runs: 0,
	'runs through n8n': 0,
	requests: 0,
	'faults injected': 0,
	'records sent': 0,
	'records lost': 0,
	'wrong blames': 0,
	'other violations': 0,
	'trigger histories': 0,
	'trigger events': 0,
};

const format = (number: number): string => number.toLocaleString('en-US');

const sample = <Value>(arbitrary: fc.Arbitrary<Value>, seed: number): Value =>
	fc.sample(arbitrary, { numRuns: 1, seed })[0] as Value;

/** Plays a history of the trigger, and returns what is wrong with it. */
const watch = (api: GenerationName, seed: number): string[] => {
	const history = sample(anyHistory(api), seed);
	try {
		totals['trigger events'] += play(history).reports;
		totals['trigger histories'] += 1;
		return [];
	} catch (error) {
		return [`${(error as Error).message}\nhistory: ${JSON.stringify(history)}`];
	}
};

const main = async (): Promise<void> => {
	const minutes = numberAfter('--minutes') ?? 5;
	const runs = numberAfter('--runs') ?? Infinity;
	const firstSeed = numberAfter('--seed') ?? Date.now() % 1e9;
	const end = Date.now() + minutes * 60_000;
	const kibanas = { v1: await startKibana({ api: 'v1' }), v2: await startKibana({ api: 'v2' }) };
	console.log(`first seed ${firstSeed}, ${minutes} minutes`);

	let reportedAt = Date.now();
	for (let seed = firstSeed; Date.now() < end && totals.runs < runs; seed += 1) {
		const throughN8n = seed % ENGINE_EVERY === 0;
		const names = throughN8n ? QUICK_NAMES : undefined;
		const scenario = sample(anyScenario({ maxItems: 14, names }), seed);
		const kibana = kibanas[scenario.api];
		const found = throughN8n
			? await attackEngine(kibana, scenario, sample(fc.constantFrom(...ON_ERROR), seed))
			: await attack(kibana, scenario, seed % CONVERGENCE_EVERY === 0);
		totals.runs += 1;
		if (throughN8n) totals['runs through n8n'] += 1;
		totals.requests += found.requests;
		totals['faults injected'] += found.injected.count;
		totals['records sent'] += found.records;
		totals['records lost'] += found.lost.length;
		totals['wrong blames'] += found.wronglyBlamed.length;
		totals['other violations'] += found.others.length;
		const violations = [
			...found.lost,
			...found.wronglyBlamed,
			...found.others,
			...watch(scenario.api, seed),
		];
		if (violations.length > 0) {
			process.exitCode = 1;
			console.error(`seed ${seed}: ${violations.join('\n')}`);
			console.error(`counterexample: ${JSON.stringify(scenario)}`);
			console.error(`faults met: ${[...found.injected.names].join(', ')}`);
			break;
		}
		if (Date.now() - reportedAt > PROGRESS_MS) {
			reportedAt = Date.now();
			console.log(
				`${format(totals.runs)} runs, ${format(totals['faults injected'])} faults, seed ${seed}`,
			);
		}
	}
	for (const [name, count] of Object.entries(totals)) {
		console.log(`${name.padEnd(18)} ${format(count).padStart(10)}`);
	}
	for (const kibana of Object.values(kibanas)) await kibana.stop();
};

main().catch((error: Error) => {
	console.error(error);
	process.exitCode = 1;
});
