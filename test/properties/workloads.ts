/**
 * What the soak runs: each operation in small and in large, with the faults that it can meet, and with an oracle
 * that shares no code with the node.
 */
import fc from 'fast-check';

import type { FaultName } from '../../sandbox/kibana/faults';
import { startKibana, type TestKibana } from '../../sandbox/kibana/server';
import { attack } from './attack';
import { anyHistory, play } from './changingStore';
import { attackEngine, ON_ERROR, QUICK_NAMES } from './engine';
import {
	anyLargeRemoval,
	anyRemoval,
	attackRemoval,
	HANGING,
	REMOVAL_NAMES,
	type Action,
} from './removal';
import { anyDirectory, anyScenario, type Scenario } from './scenario';
import { anyWatchedHistory, watchKibana } from './watchedKibana';
import {
	anyLargeWatchlistRun,
	anyWatchlistRun,
	attackWatchlists,
	MANAGING,
	MARKING,
	type WatchlistAction,
} from './watchlists';

export type GenerationName = 'v1' | 'v2';

/** A Kibana of each generation. That of the first lists entities in two ways. */
export interface Kibanas extends Readonly<Record<GenerationName, TestKibana>> {
	/** Lists entities as a live Kibana does, merged and moved. */
	readonly v1Live: TestKibana;
	stop(): Promise<void>;
}

export const startKibanas = async (): Promise<Kibanas> => {
	const v1 = await startKibana({ api: 'v1' });
	const v1Live = await startKibana({ api: 'v1', listsLive: true });
	const v2 = await startKibana({ api: 'v2' });
	const stop = async () => {
		for (const kibana of [v1, v1Live, v2]) await kibana.stop();
	};
	return { v1, v1Live, v2, stop };
};

/** What one run came to. */
export interface Run {
	readonly operation: string;
	readonly api: GenerationName;
	/** How many times a node was run, or a history was played. */
	readonly runs: number;
	readonly requests: number;
	readonly faults: number;
	/** Entities that were written, asked for, listed, deleted, marked or reported. */
	readonly records: number;
	/** What the store contradicts. */
	readonly wrong: readonly string[];
	/** What was run. */
	readonly input: unknown;
}

export interface Workload {
	readonly name: string;
	/** A run of one seed is always the same. */
	readonly run: (kibanas: Kibanas, seed: number) => Promise<Run>;
}

const sample = <Value>(arbitrary: fc.Arbitrary<Value>, seed: number): Value =>
	fc.sample(arbitrary, { numRuns: 1, seed })[0] as Value;

/** One of so many small runs is repeated on a Kibana that works. */
const CONVERGENCE_EVERY = 7;
/** One of so many runs may wait for an answer that never comes, which takes a second. */
const HANGING_EVERY = 5;

const NAMES: Readonly<Record<Scenario['operation'], string>> = {
	create: 'Create',
	update: 'Update',
	upsert: 'Create or Update',
};

const writing = (
	name: string,
	any: fc.Arbitrary<Scenario>,
	send: (kibana: TestKibana, scenario: Scenario, seed: number) => ReturnType<typeof attackEngine>,
): Workload => ({
	name,
	run: async (kibanas, seed) => {
		const scenario = sample(any, seed);
		const { api, operation } = scenario;
		const found = await send(kibanas[api], scenario, seed);
		const { requests, records, injected, lost, wronglyBlamed, others } = found;
		return {
			operation: NAMES[operation],
			api,
			runs: 1,
			requests,
			faults: injected.count,
			records,
			wrong: [...lost, ...wronglyBlamed, ...others],
			input: { scenario, faults: [...injected.names] },
		};
	},
});

const throughN8n = async (kibana: TestKibana, scenario: Scenario, seed: number) =>
	await attackEngine(kibana, scenario, sample(fc.constantFrom(...ON_ERROR), seed));

/** The faults of a run on n8n's engine. */
const namesFor = (seed: number): FaultName[] => [
	...REMOVAL_NAMES,
	'connection refused',
	...(Math.floor(seed / 31) % HANGING_EVERY === 0 ? HANGING : []),
];

const TITLES: Readonly<Record<Action, string>> = {
	get: 'Get',
	getAll: 'Get Many',
	delete: 'Delete',
	deleteMissing: 'Delete Missing',
};

const reading = (action: Action, isLarge: boolean): Workload => ({
	name: isLarge ? `${TITLES[action]}, of a directory` : TITLES[action],
	run: async (kibanas, seed) => {
		const any = isLarge ? anyLargeRemoval : anyRemoval;
		const removal = sample(any(action, namesFor(seed)), seed);
		const { api } = removal;
		const kibana = api === 'v1' ? kibanas.v1Live : kibanas.v2;
		const { requests, faults, records, wrong } = await attackRemoval(kibana, removal);
		const operation = TITLES[action];
		return { operation, api, runs: 1, requests, faults, records, wrong, input: removal };
	},
});

const watchlists = (action: WatchlistAction, isLarge: boolean): Workload => ({
	name: isLarge ? `Watchlist ${action}, of a directory` : `Watchlist ${action}`,
	run: async (kibanas, seed) => {
		const any = isLarge ? anyLargeWatchlistRun : anyWatchlistRun;
		const run = sample(any(action, namesFor(seed)), seed);
		const { api } = run;
		const { requests, faults, records, wrong } = await attackWatchlists(kibanas[api], run);
		return { operation: 'Watchlists', api, runs: 1, requests, faults, records, wrong, input: run };
	},
});

const generationOf = (seed: number): GenerationName =>
	sample(fc.constantFrom<GenerationName>('v1', 'v2'), seed);

/** How many histories of a store in memory are played in one run. */
const HISTORIES = 20;

/** The comparison of the trigger alone, without HTTP: thousands of histories in a few seconds. */
const comparing: Workload = {
	name: 'Trigger, comparison',
	run: async (_, seed) => {
		const api = generationOf(seed);
		const histories = fc.sample(anyHistory(api), { numRuns: HISTORIES, seed });
		const wrong: string[] = [];
		let events = 0;
		let faults = 0;
		for (const history of histories) {
			faults += history.steps.filter((step) => step.kind === 'poll' && step.fails).length;
			try {
				events += play(history).reports;
			} catch (error) {
				wrong.push(`${(error as Error).message}, in ${JSON.stringify(history)}`);
			}
		}
		const operation = 'Trigger';
		return {
			operation,
			api,
			runs: HISTORIES,
			requests: 0,
			faults,
			records: events,
			wrong,
			input: seed,
		};
	},
};

const polling: Workload = {
	name: 'Trigger, polls',
	run: async (kibanas, seed) => {
		const api = generationOf(seed);
		const steps = sample(anyWatchedHistory, seed);
		const { requests, faults, events, wrong } = await watchKibana(kibanas[api], api, steps);
		return {
			operation: 'Trigger',
			api,
			runs: 1,
			requests,
			faults,
			records: events,
			wrong,
			input: steps,
		};
	},
};

const small = writing(
	'writing',
	anyScenario({ maxItems: 14 }),
	async (kibana, scenario, seed) =>
		await attack(kibana, scenario, Math.floor(seed / 31) % CONVERGENCE_EVERY === 0),
);
const smallThroughN8n = writing(
	'writing through n8n',
	anyScenario({ maxItems: 14, names: QUICK_NAMES }),
	throughN8n,
);
const directoryOf = (count: number): Workload =>
	writing(
		'a directory',
		anyDirectory({ count, isKnown: true }),
		async (kibana, scenario) => await attack(kibana, scenario, false),
	);
const directoryThroughN8nOf = (count: number): Workload =>
	writing(
		'a directory through n8n',
		anyDirectory({ count, isKnown: true, names: QUICK_NAMES }),
		throughN8n,
	);
const firstNight = writing(
	'the first night of a directory',
	anyDirectory({ count: 800, isKnown: false }),
	async (kibana, scenario) => await attack(kibana, scenario, false),
);

const ACTIONS: readonly Action[] = ['get', 'getAll', 'delete', 'deleteMissing'];

/** How often a workload comes in one round of the soak. */
export interface Share {
	readonly workload: Workload;
	readonly times: number;
}

/** @param directory how many items a directory has; most of the time of a round goes into writing them */
export const workloadsFor = (directory: number): readonly Share[] => {
	const once = [
		...ACTIONS.flatMap((action) => [reading(action, false), reading(action, true)]),
		...MARKING.flatMap((action) => [watchlists(action, false), watchlists(action, true)]),
		...MANAGING.map((action) => watchlists(action, false)),
		polling,
	];
	return [
		{ workload: small, times: 20 },
		{ workload: smallThroughN8n, times: 4 },
		{ workload: directoryOf(directory), times: 8 },
		{ workload: directoryThroughN8nOf(directory), times: 8 },
		{ workload: firstNight, times: 2 },
		{ workload: comparing, times: 3 },
		...once.map((workload) => ({ workload, times: 1 })),
	];
};
