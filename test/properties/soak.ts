/**
 * Every operation under every fault, with new seeds, until time is up or enough records were handled. Prints what
 * was done, and ends with code 1, the seed and the counterexample when an oracle contradicts the node. Ctrl-C ends it
 * after the run that is under way.
 *
 *   npm run test:soak -- --minutes 10
 *   npm run test:soak -- --records 1000000
 *   npm run test:soak -- --seed 123 --runs 1    (one run again)
 */
import { NOTHING_LOST } from './oracle';
import { startKibanas, workloadsFor, type Run, type Workload } from './workloads';

const numberAfter = (name: string): number | undefined => {
	const at = process.argv.indexOf(name);
	return at === -1 ? undefined : Number(process.argv[at + 1]);
};

const PROGRESS_MS = 30_000;
/** Small enough that a million records bring each operation to both generations, in many runs under faults of every kind. */
const DIRECTORY = 10_000;

/** The workloads in the order of seeds, again and again. */
const ROUND: readonly Workload[] = workloadsFor(DIRECTORY).flatMap(({ workload, times }) =>
	Array.from({ length: times }, () => workload),
);

interface Totals {
	runs: number;
	requests: number;
	faults: number;
	records: number;
	/** What the store contradicts. */
	contradictions: number;
	/** Items that are `unknown` although no answer was lost. */
	groundless: number;
}

const noTotals = (): Totals => ({
	runs: 0,
	requests: 0,
	faults: 0,
	records: 0,
	contradictions: 0,
	groundless: 0,
});

const add = (totals: Totals, { runs, requests, faults, records, wrong }: Run): void => {
	const groundless = wrong.filter((text) => text.includes(NOTHING_LOST)).length;
	totals.runs += runs;
	totals.requests += requests;
	totals.faults += faults;
	totals.records += records;
	totals.contradictions += wrong.length - groundless;
	totals.groundless += groundless;
};

const format = (number: number): string => number.toLocaleString('en-US');

const COLUMNS: ReadonlyArray<readonly [title: string, key: keyof Totals]> = [
	['runs', 'runs'],
	['requests', 'requests'],
	['faults', 'faults'],
	['records', 'records'],
	['contradictions', 'contradictions'],
	['unknown without a lost answer', 'groundless'],
];

/** Prints a table that can stand in a page. */
const print = (rows: ReadonlyArray<readonly [title: string, totals: Totals]>): void => {
	const cells = [
		['', ...COLUMNS.map(([title]) => title)],
		...rows.map(([title, totals]) => [title, ...COLUMNS.map(([, key]) => format(totals[key]))]),
	];
	const widths = (cells[0] as string[]).map((_, column) =>
		Math.max(...cells.map((row) => (row[column] as string).length)),
	);
	const lines = cells.map(
		(row) =>
			`| ${row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] as number) : cell.padStart(widths[at] as number))).join(' | ')} |`,
	);
	const rule = `| ${widths.map((width, at) => (at === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
	console.log([lines[0], rule, ...lines.slice(1)].join('\n'));
};

const main = async (): Promise<void> => {
	const records = numberAfter('--records') ?? Infinity;
	const minutes = numberAfter('--minutes') ?? (records === Infinity ? 5 : Infinity);
	const runs = numberAfter('--runs') ?? Infinity;
	const firstSeed = numberAfter('--seed') ?? Date.now() % 1e9;
	const start = Date.now();
	const end = start + minutes * 60_000;
	const kibanas = await startKibanas();
	console.log(`first seed ${firstSeed}`);

	const all = noTotals();
	const byOperation = new Map<string, Totals>();
	let seed = firstSeed;
	let reportedAt = start;
	let isStopped = false;
	process.once('SIGINT', () => (isStopped = true));
	while (!isStopped && Date.now() < end && all.records < records && seed - firstSeed < runs) {
		const workload = ROUND[seed % ROUND.length] as Workload;
		const run = await workload.run(kibanas, seed);
		const key = `${run.operation}, ${run.api}`;
		const totals = byOperation.get(key) ?? noTotals();
		byOperation.set(key, totals);
		add(totals, run);
		add(all, run);
		if (run.wrong.length > 0) {
			process.exitCode = 1;
			console.error(`seed ${seed}, ${workload.name}: ${run.wrong.slice(0, 20).join('\n')}`);
			console.error(`counterexample: ${JSON.stringify(run.input)}`);
			break;
		}
		seed += 1;
		if (Date.now() - reportedAt > PROGRESS_MS) {
			reportedAt = Date.now();
			const { runs: done, faults, records: handled } = all;
			console.log(
				`${format(done)} runs, ${format(faults)} faults, ${format(handled)} records, seed ${seed}`,
			);
		}
	}
	const rows = [...byOperation].sort(([one], [other]) => (one < other ? -1 : 1));
	print([...rows, ['all', all]]);
	const seconds = (Date.now() - start) / 1_000;
	const perSecond = format(Math.round(all.records / seconds));
	const minutesTaken = (seconds / 60).toFixed(1);
	console.log(`${minutesTaken} minutes, ${perSecond} records a second, last seed ${seed - 1}`);
	await kibanas.stop();
};

main().catch((error: Error) => {
	console.error(error);
	process.exitCode = 1;
});
