/** The figures of a scale run, as text. */
import type { Peak } from './processes';

/** Processor time in seconds, by process. */
export interface CpuTime {
	readonly main: number;
	readonly workers: number;
	readonly postgres: number;
	readonly redis: number;
	/** The test Kibana, in one process with the program itself. */
	readonly kibana: number;
}

/** One run of the parent workflow. */
export interface RunFigures {
	readonly name: string;
	readonly workers: number;
	readonly seconds: number;
	/** Entities that were stored when the run ended. */
	readonly stored: number;
	/** Requests to Kibana. */
	readonly requests: number;
	/** Batches that each worker has written. */
	readonly batches: readonly number[];
	readonly cpu: CpuTime;
	/** The share of time that the cores of the machine were busy, with whatever. */
	readonly busy: number;
	readonly peaks: { readonly main: Peak; readonly workers: readonly Peak[] };
	/** What the team is told, if anything failed. */
	readonly message?: string;
}

/** How the batches of one way to hand them over were shared. */
export interface SharingFigures {
	readonly way: string;
	readonly seconds: number;
	readonly batches: readonly number[];
}

/** What came of a killed worker. */
export interface KillFigures {
	/** Share of the requests that had been sent. */
	readonly share: number;
	/** Batches that the worker had begun and not ended. */
	readonly lostBatches: number;
	/** Seconds after which n8n ended these executions, and how. */
	readonly endedAfter: readonly number[];
	readonly statuses: readonly string[];
	readonly isStoreEqual: boolean;
}

export interface Figures {
	readonly users: number;
	readonly batchSize: number;
	readonly concurrency: number;
	readonly refreshMs: number;
	readonly cores: number;
	readonly memoryBytes: number;
	readonly n8n: string;
	readonly sharing: readonly SharingFigures[];
	readonly runs: readonly RunFigures[];
	readonly kill: KillFigures;
	/** The message of the run with the killed worker. */
	readonly message: string;
}

const count = (value: number): string => Math.round(value).toLocaleString('en-US');
const seconds = (value: number): string => `${value.toFixed(value < 10 ? 1 : 0)} s`;
const MB = 1_000_000;
const megabytes = (value: number): string => `${count(value / MB)} MB`;

const table = (head: readonly string[], rows: ReadonlyArray<readonly string[]>): string => {
	const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
	return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
};

const total = ({ main, workers, postgres, redis, kibana }: CpuTime): number =>
	main + workers + postgres + redis + kibana;

/** From this share of busy cores on, the processor is what a run waits for. */
const BUSY = 0.8;

const percent = (share: number): string => `${Math.round(share * 100)} %`;

/** Names what kept a run from being faster: the processor, which may also work for others, or Kibana. */
export const limitOf = (run: RunFigures, cores: number): string => {
	const own = percent(total(run.cpu) / (run.seconds * cores));
	const load = `${percent(run.busy)} busy, ${own} with this`;
	return run.busy >= BUSY ? `processor (${load})` : `waiting for Kibana (${load})`;
};

const peaksOf = ({ own, runner }: Peak): string => `${megabytes(own)} + ${megabytes(runner)}`;

/** Returns the figures in Markdown. */
export const toMarkdown = (figures: Figures): string => {
	const { users, batchSize, concurrency, refreshMs, cores, memoryBytes, kill } = figures;
	return `# A directory through n8n in queue mode

Written by \`npm run scale\`: ${count(users)} users in batches of ${count(batchSize)}, n8n ${figures.n8n} with PostgreSQL and Redis, workers with \`--concurrency=${concurrency}\`, a test Kibana of 9.4 in which every write waits ${count(refreshMs)} ms. All of it shares one machine with ${cores} cores and ${count(memoryBytes / 1024 ** 3)} GB.

## Who writes the batches

Batches that worker 1 and worker 2 have written, of a small directory in four batches:

${table(
	['Handed over by', 'Worker 1', 'Worker 2', 'Time'],
	figures.sharing.map(({ way, batches, seconds: time }) => [
		way,
		...batches.map(String),
		seconds(time),
	]),
)}

## Runs

${table(
	['Run', 'Workers', 'Time', 'Entities per second', 'Requests', 'Batches by worker', 'Limit'],
	figures.runs.map((run) => [
		run.name,
		String(run.workers),
		seconds(run.seconds),
		count(run.stored / run.seconds),
		count(run.requests),
		run.batches.join(' + '),
		limitOf(run, cores),
	]),
)}

Processor time, in seconds:

${table(
	['Run', 'Workers', 'main', 'workers', 'PostgreSQL', 'Redis', 'test Kibana'],
	figures.runs.map(({ name, workers, cpu }) => [
		name,
		String(workers),
		...[cpu.main, cpu.workers, cpu.postgres, cpu.redis, cpu.kibana].map((value) =>
			value.toFixed(1),
		),
	]),
)}

Largest memory of each process and of its task runner, which runs the Code nodes:

${table(
	['Run', 'main', 'Worker 1', 'Worker 2'],
	figures.runs.map(({ name, workers, peaks }) => [
		`${name}, ${workers} ${workers === 1 ? 'worker' : 'workers'}`,
		...[peaks.main, ...peaks.workers].map((peak) => (peak.own === 0 ? '–' : peaksOf(peak))),
	]),
)}

## A killed worker

One worker was killed when ${percent(kill.share)} of the requests had been sent. It had ${kill.lostBatches} batches in work. n8n ended their executions as \`${[...new Set(kill.statuses)].join('`, `')}\`, ${kill.endedAfter.map(seconds).join(', ')} after the kill. The parent wrote these batches again. The store afterwards: ${kill.isStoreEqual ? 'equal to that of the undisturbed run' : '**different** from that of the undisturbed run'}.

The message of that run:

\`\`\`text
${figures.message}
\`\`\`
`;
};
