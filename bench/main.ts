/**
 * `npm run bench` measures all ways and writes the results. `--quick` measures less, and `--only 2a,2c` measures
 * only these ways, `--only 6` those that begin with it; both write to `bench/partial/`. `--report` measures nothing and writes the page and the chart
 * again from `results.json`.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { MAX_ENTITIES } from '../nodes/KibanaEntityStore/trigger/comparison';
import { NEWEST_N8N } from '../sandbox/n8n/server';
import { WARM_UP_ITEMS, type Report } from './cases/job';
import { prepareN8n, type N8nHome } from './cases/n8n';
import {
	CHUNK_SIZE,
	CONCURRENCY,
	HEAP_LIMIT_MB,
	isN8nWay,
	measure,
	WARM_UP,
	type Measured,
	type Task,
} from './conductor';
import { measureConnections } from './connections';
import { measureCreation, type CreationWay } from './creation';
import {
	connectionTable,
	creationTable,
	goalTable,
	gridTable,
	heapTable,
	mainTable,
	profileTable,
	speedUpTable,
	toMarkdown,
	toSvg,
	toText,
} from './report';
import type {
	CreationMeasurement,
	Grid,
	GridCell,
	HeapMeasurement,
	Measurement,
	Profile,
	Results,
	WayId,
} from './results';
import { startServer, type TestServer } from './server';
import { WAYS, type Way } from './ways';

interface Scope {
	readonly quick: boolean;
	readonly ways: readonly Way[];
	readonly sizes: readonly number[];
	/** For the ways that are measured with a million items. None in a quick run. */
	readonly million: readonly number[];
	/** Maximum number of runs of one measurement. */
	readonly rounds: number;
	/** A measurement with a longer predicted time is extrapolated. */
	readonly longestSeconds: number;
	/** Time for the main table. The remaining measurements are extrapolated. */
	readonly budgetSeconds: number;
	/** Two numbers of items, to compute the cost of each additional item. */
	readonly heapItems: readonly [fewer: number, more: number];
	readonly profileItems: number;
	readonly gridItems: number;
	/** A cell with more requests one after another is measured with fewer records. */
	readonly gridRounds: number;
	readonly hasGrid: boolean;
	/** Entities to create by way. With a limit it takes longer, and its goal is about the time after a minute. */
	readonly creations: Readonly<Record<CreationWay, number>>;
	/** For each way to connect. */
	readonly connectionSeconds: number;
	readonly hasConnections: boolean;
	/** Directory next to this file. */
	readonly folder: string;
}

const FULL = {
	sizes: [1_000, 10_000, 100_000],
	million: [1_000_000],
	rounds: 3,
	longestSeconds: 75,
	budgetSeconds: 14 * 60,
	heapItems: [100_000, 200_000] as const,
	profileItems: 100_000,
	gridItems: 20_000,
	gridRounds: 60,
	creations: { '6a': 100_000, '6b': 50_000 },
	connectionSeconds: 15,
};

const QUICK = {
	sizes: [1_000, 10_000],
	million: [],
	rounds: 1,
	longestSeconds: 15,
	budgetSeconds: 90,
	heapItems: [5_000, 10_000] as const,
	profileItems: 10_000,
	gridItems: 5_000,
	gridRounds: 6,
	creations: { '6a': 10_000, '6b': 15_000 },
	connectionSeconds: 3,
};

const readScope = (): Scope | 'report' => {
	const { values } = parseArgs({
		options: {
			quick: { type: 'boolean', default: false },
			only: { type: 'string' },
			report: { type: 'boolean', default: false },
		},
	});
	if (values.report) return 'report';
	const names = values.only?.split(',').map((name) => name.trim());
	const known = [...WAYS.map(({ id }) => id as string), 'grid', 'tls'];
	/** A name alone, or the beginning of several. */
	const namedBy = (name: string) =>
		known.includes(name) ? [name] : known.filter((one) => name !== '' && one.startsWith(name));
	const unknown = names?.find((name) => namedBy(name).length === 0);
	if (unknown !== undefined) throw new Error(`--only takes some of ${known.join(', ')}`);
	const chosen = names?.flatMap(namedBy);
	return {
		...(values.quick ? QUICK : FULL),
		quick: values.quick,
		ways: WAYS.filter(({ id }) => chosen?.includes(id) ?? true),
		hasGrid: chosen?.includes('grid') ?? true,
		hasConnections: chosen?.includes('tls') ?? true,
		folder: values.quick || names ? 'partial' : '.',
	};
};

const startedAt = performance.now();
const elapsedSeconds = (): number => (performance.now() - startedAt) / 1000;

const clock = (): string => {
	const seconds = Math.floor(elapsedSeconds());
	return `${String(Math.floor(seconds / 60)).padStart(2)}:${String(seconds % 60).padStart(2, '0')}`;
};

/** After an interrupt every measurement fails, so its failures are not reported. */
let isInterrupted = false;

const say = (text: string): void => {
	if (!isInterrupted) console.log(`${clock()}  ${text}`);
};
const count = (value: number): string => value.toLocaleString('en-US');

/** Runs one way with one number of items, as often as needed. */
interface Series {
	readonly way: WayId;
	readonly n: number;
	readonly runs: Measured[];
	failed?: string;
}

const median = (values: readonly number[]): number =>
	[...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] as number;

const secondsOf = ({ runs }: Series): number => median(runs.map(({ report }) => report.seconds));

/** A longer run is not repeated: its result is precise enough. */
const REPEATED_BELOW_SECONDS = 3;
/** A run this short is made even when the total time is used up. */
const CHEAP_SECONDS = 1;
/** Time to make the items and to start the process on a slow machine. */
const ALLOWANCE_MS = 120_000;
/** A run is ended when it takes this many times longer than predicted. */
const PATIENCE = 3;

const toMeasurement = (series: Series, all: readonly Series[]): Measurement => {
	const { way, n, runs, failed } = series;
	if (failed !== undefined) return { way, n, runs: 0, failed };
	if (runs.length > 0) {
		const { counts } = runs[0] as Measured;
		return {
			way,
			n,
			seconds: secondsOf(series),
			runs: runs.length,
			requests: counts.requests,
			records: counts.records,
			bytes: counts.bytes,
			peakRssBytes: median(runs.map(({ report }) => report.peakRssBytes)),
		};
	}
	const base = all.filter((one) => one.way === way && one.n < n && one.runs.length > 0).at(-1);
	if (!base) return { way, n, runs: 0, failed: 'nothing to extrapolate from' };
	const seconds = (secondsOf(base) * n) / base.n;
	return { way, n, seconds, runs: 0, extrapolatedFrom: base.n };
};

const measureAll = async (
	{ ways, sizes, million, rounds, longestSeconds, budgetSeconds }: Scope,
	server: TestServer,
	n8n: N8nHome | undefined,
): Promise<{ measurements: Measurement[]; recordBytes: number }> => {
	const all: Series[] = [];
	let recordBytes: number | undefined;

	/** Predicts the time from the largest number of items measured so far; undefined for a way not measured yet. */
	const predict = (way: WayId, n: number): number | undefined => {
		const base = all.filter((one) => one.way === way && one.runs.length > 0).at(-1);
		return base && (secondsOf(base) * n) / base.n;
	};

	const isTooLong = (predicted: number | undefined, round: number): boolean => {
		// Every way is measured at least once, as the base for extrapolation.
		if (predicted === undefined) return false;
		const isOverBudget = elapsedSeconds() + predicted > budgetSeconds;
		return predicted > longestSeconds || (isOverBudget && (round > 0 || predicted > CHEAP_SECONDS));
	};

	const runOnce = async (series: Series, round: number): Promise<void> => {
		const { way, n, runs } = series;
		const name = `${way.padEnd(3)}${count(n).padStart(9)}`;
		const predicted = predict(way, n);
		if (isTooLong(predicted, round)) {
			if (round === 0)
				say(`${name}  would take about ${Math.round(predicted ?? 0)} s: extrapolated`);
			return;
		}
		try {
			const limitMs = Math.max(predicted ?? 0, longestSeconds) * PATIENCE * 1000 + ALLOWANCE_MS;
			const run = `${way}-${n}`;
			const measured = await measure({ way, n, run }, server, n8n, limitMs, recordBytes);
			recordBytes ??= measured.report.recordBytes;
			runs.push(measured);
			say(`${name}  ${measured.report.seconds.toFixed(3)} s`);
		} catch (error) {
			series.failed = (error as Error).message;
			say(`${name}  failed: ${series.failed}`);
		}
	};

	const repeated = ways.filter(({ group }) => group !== 'creation');
	for (const n of [...sizes, ...million]) {
		const measured = repeated.filter((way) => sizes.includes(n) || way.isForMillion);
		const now = measured.map(({ id: way }): Series => ({ way, n, runs: [] }));
		all.push(...now);
		// Round by round, so that a machine that becomes slower affects all ways equally.
		for (let round = 0; round < (sizes.includes(n) ? rounds : 1); round += 1) {
			for (const series of now) {
				const isSettled = series.runs.length === 0 || secondsOf(series) >= REPEATED_BELOW_SECONDS;
				if (round > 0 && (isSettled || series.failed !== undefined)) continue;
				await runOnce(series, round);
			}
		}
	}
	return {
		measurements: all.map((series) => toMeasurement(series, all)),
		recordBytes: recordBytes ?? 0,
	};
};

const HEAP_WAYS: readonly WayId[] = ['2a', '2c', '5b'];

/** Makes one measurement of one way that is not a time. A failure is a result too. */
const measureOnce = async <Result extends object>(
	task: Task,
	server: TestServer,
	resultOf: (report: Report) => Result,
): Promise<{ way: WayId; n: number } & (Result | { failed: string })> => {
	const { way, n, run } = task;
	try {
		const { report } = await measure(task, server, undefined, 2 * ALLOWANCE_MS);
		say(`${run}, ${count(n)} items`);
		return { way, n, ...resultOf(report) };
	} catch (error) {
		say(`${run}, ${count(n)} items  failed: ${(error as Error).message}`);
		return { way, n, failed: (error as Error).message };
	}
};

const measureHeap = async (
	{ ways, heapItems }: Scope,
	server: TestServer,
): Promise<HeapMeasurement[]> => {
	const results: HeapMeasurement[] = [];
	for (const way of HEAP_WAYS.filter((id) => ways.some((one) => one.id === id))) {
		for (const n of heapItems.filter((one) => way !== '5b' || one <= MAX_ENTITIES)) {
			const task = { way, n, run: `heap-${way}`, heap: true };
			results.push(await measureOnce(task, server, ({ heap }) => ({ ...heap })));
		}
	}
	return results;
};

const PROFILED_WAYS: readonly WayId[] = ['1c', '2a', '2c'];

const measureProfiles = async (
	{ ways, profileItems: n }: Scope,
	server: TestServer,
): Promise<Profile[]> => {
	const results: Profile[] = [];
	for (const way of PROFILED_WAYS.filter((id) => ways.some((one) => one.id === id))) {
		const task = { way, n, run: `profile-${way}`, profile: true };
		results.push(await measureOnce(task, server, ({ profile: parts }) => ({ parts })));
	}
	return results;
};

/** One after another, and nothing beside them: what others wait for is measured too. */
const measureCreations = async (
	{ ways, creations }: Scope,
	server: TestServer,
): Promise<CreationMeasurement[]> => {
	const results: CreationMeasurement[] = [];
	for (const way of (['6a', '6b'] as const).filter((id) => ways.some((one) => one.id === id))) {
		const result = await measureCreation(way, creations[way], server);
		const { n, seconds = 0, failed } = result;
		say(
			`${way}  ${count(n)}  ${failed === undefined ? `${seconds.toFixed(1)} s` : `failed: ${failed}`}`,
		);
		results.push(result);
	}
	return results;
};

const GRID_CHUNK_SIZES = [100, 250, 500, 1_000, 2_000];
const GRID_CONCURRENCIES = [1, 2, 4, 8];
const REFRESH_MS = 1_000;
/** Number of cells that run at the same time: they mostly wait. */
const GRID_LANES = 4;

const measureCell = async (
	{ gridItems, gridRounds }: Scope,
	server: TestServer,
	chunkSize: number,
	concurrency: number,
): Promise<GridCell> => {
	const n = Math.min(gridItems, chunkSize * concurrency * gridRounds);
	const name = `chunk ${chunkSize}, ${concurrency} at a time`;
	const run = `grid-${chunkSize}-${concurrency}`;
	try {
		const task = { way: '2c' as const, n, run, chunkSize, concurrency, refreshMs: REFRESH_MS };
		const { report, counts } = await measure(task, server, undefined, 2 * ALLOWANCE_MS);
		const seconds = (report.seconds * gridItems) / n;
		say(`${name}  ${seconds.toFixed(1)} s`);
		return n < gridItems
			? { chunkSize, concurrency, seconds, extrapolatedFrom: n }
			: { chunkSize, concurrency, seconds, requests: counts.requests };
	} catch (error) {
		say(`${name}  failed: ${(error as Error).message}`);
		return { chunkSize, concurrency, failed: (error as Error).message };
	}
};

const measureGrid = async (scope: Scope, server: TestServer): Promise<Grid> => {
	const cells = GRID_CHUNK_SIZES.flatMap((chunkSize) =>
		GRID_CONCURRENCIES.map((concurrency) => ({ chunkSize, concurrency })),
	);
	const found = new Map<string, GridCell>();
	const keyOf = ({ chunkSize, concurrency }: (typeof cells)[0]) => `${chunkSize} ${concurrency}`;
	// The longest first, so that no lane runs alone at the end.
	const volume = ({ chunkSize, concurrency }: (typeof cells)[0]) => chunkSize * concurrency;
	const queue = [...cells].sort((one, other) => volume(one) - volume(other)).values();
	const lane = async () => {
		for (const cell of queue) {
			const { chunkSize, concurrency } = cell;
			found.set(keyOf(cell), await measureCell(scope, server, chunkSize, concurrency));
		}
	};
	await Promise.all(Array.from({ length: GRID_LANES }, lane));
	return {
		n: scope.gridItems,
		refreshMs: REFRESH_MS,
		cells: cells.map((cell) => found.get(keyOf(cell)) as GridCell),
	};
};

const versionOf = (packageFile: string): string =>
	(JSON.parse(readFileSync(join(__dirname, '..', packageFile), 'utf8')) as { version: string })
		.version;

const machine = (): Results['machine'] => ({
	cores: cpus().length,
	memoryBytes: totalmem(),
	loadBefore: Math.round((loadavg()[0] as number) * 10) / 10,
	node: process.versions.node,
	n8n: versionOf(`.runtime/${NEWEST_N8N}/node_modules/n8n/package.json`),
	n8nCore: versionOf('node_modules/n8n-core/package.json'),
});

const show = (results: Results): void => {
	const tables = [
		['All figures', mainTable(results)],
		['How many times faster', speedUpTable(results)],
		['Memory of the node itself', heapTable(results)],
		['Where the time goes', profileTable(results)],
		...(results.grid ? [['Seconds by chunk size', gridTable(results.grid)] as const] : []),
		['Creation on a model of a Kibana', creationTable(results)],
		['What connections cost', connectionTable(results)],
		['Goals', goalTable(results)],
	] as const;
	for (const [title, table] of tables) {
		if (table.rows.length > 0) console.log(`\n${title}\n\n${toText(table)}`);
	}
	console.log();
};

const write = (results: Results, folder: string): void => {
	const target = join(__dirname, folder);
	mkdirSync(target, { recursive: true });
	writeFileSync(join(target, 'results.json'), `${JSON.stringify(results, null, 2)}\n`);
	writeFileSync(join(target, 'results.md'), toMarkdown(results));
	writeFileSync(join(target, 'results.svg'), toSvg(results));
	console.log(`Written: ${join('bench', folder, 'results.{json,md,svg}')}`);
};

const bench = async (scope: Scope): Promise<Results> => {
	// Before anything is started: later the load of the benchmark would hide other load.
	const facts = machine();
	const endings: Array<() => unknown> = [];
	let ended: Promise<void> | undefined;
	const endAll = async () => {
		for (const ending of endings.reverse()) await ending();
	};
	const end = async () => await (ended ??= endAll());
	const interrupt = (exitCode: number) => {
		isInterrupted = true;
		void end().then(() => process.exit(exitCode));
	};
	process.once('SIGINT', () => interrupt(130));
	process.once('SIGTERM', () => interrupt(143));
	try {
		const server = await startServer();
		endings.push(server.stop);
		await server.open(WARM_UP, { api: 'v2', stored: WARM_UP_ITEMS });
		const jobs = scope.ways.flatMap(({ id: way }) =>
			isN8nWay(way)
				? scope.sizes.map((n) => ({ way, n, baseUrl: server.baseUrl(`${way}-${n}`) }))
				: [],
		);
		let n8n: N8nHome | undefined;
		if (jobs.length > 0) {
			say('preparing n8n …');
			const preparing = prepareN8n(jobs, HEAP_LIMIT_MB);
			endings.push(async () => await (await preparing.catch(() => undefined))?.remove());
			n8n = await preparing;
		}
		const { measurements, recordBytes } = await measureAll(scope, server, n8n);
		const heap = await measureHeap(scope, server);
		const profiles = await measureProfiles(scope, server);
		const grid = scope.hasGrid ? await measureGrid(scope, server) : undefined;
		const connections = scope.hasConnections
			? await measureConnections(scope.connectionSeconds, ({ way, failed }) =>
					say(`connections, ${way}${failed === undefined ? '' : `  failed: ${failed}`}`),
				)
			: [];
		const creations = await measureCreations(scope, server);
		return {
			machine: facts,
			settings: {
				quick: scope.quick,
				chunkSize: CHUNK_SIZE,
				concurrency: CONCURRENCY,
				heapLimitMb: HEAP_LIMIT_MB,
				recordBytes,
				kibana: '9.4.3',
			},
			totalSeconds: elapsedSeconds(),
			measurements,
			heap,
			profiles,
			grid,
			...(creations.length > 0 && { creations }),
			...(connections.length > 0 && { connections }),
		};
	} finally {
		await end();
	}
};

const main = async (): Promise<number> => {
	const scope = readScope();
	if (scope === 'report') {
		const file = join(__dirname, 'results.json');
		if (!existsSync(file)) throw new Error('There are no results yet: run "npm run bench"');
		write(JSON.parse(readFileSync(file, 'utf8')) as Results, '.');
		return 0;
	}
	const results = await bench(scope);
	show(results);
	write(results, scope.folder);
	const failures = [
		...results.measurements,
		...results.heap,
		...results.profiles,
		...(results.grid?.cells ?? []),
		...(results.creations ?? []),
		...(results.connections ?? []),
	];
	return failures.some(({ failed }) => failed !== undefined) ? 1 : 0;
};

main().then(
	(code) => process.exit(code),
	(error: Error) => {
		console.error(error.message);
		process.exit(1);
	},
);
