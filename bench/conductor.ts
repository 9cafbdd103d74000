/** Runs one measurement in its own process, and checks its result. */
import { fork } from 'node:child_process';
import { isDeepStrictEqual } from 'node:util';
import { join } from 'node:path';

import { writeOptions } from '../nodes/KibanaEntityStore/actions/entity/write/options';
import type { Job, Report } from './cases/job';
import type { N8nHome, N8nWay } from './cases/n8n';
import type { Counts, RunSettings } from './kibana';
import type { WayId } from './results';
import type { TestServer } from './server';
import { wayOf } from './ways';

/** The defaults of the node. */
export const CHUNK_SIZE = writeOptions.chunkSize.property.default;
export const CONCURRENCY = writeOptions.concurrency.property.default;
export const HEAP_LIMIT_MB = 4096;

export interface Task {
	readonly way: WayId;
	readonly n: number;
	/** The name of the run on the server. */
	readonly run: string;
	readonly chunkSize?: number;
	readonly concurrency?: number;
	readonly heap?: boolean;
	readonly profile?: boolean;
	readonly refreshMs?: number;
}

export type Measured = { readonly report: Report; readonly counts: Counts };

const FILES: Partial<Record<WayId, string>> = {
	'1': 'floor',
	'1b': 'floor',
	'1c': 'plain',
	'3e': 'plain',
	'4a': 'pages',
	'5a': 'poll',
	'5b': 'poll',
};
const N8N_WAYS: readonly WayId[] = ['3a', '3b', '3c', '3d'];

export const isN8nWay = (way: WayId): way is N8nWay => N8N_WAYS.includes(way);

/** The run of the warm-ups. */
export const WARM_UP = 'warm-up';

const STDERR_KEPT = 4_000;

const explain = (stderr: string, code: number | null, signal: string | null): string => {
	if (stderr.includes('heap out of memory')) return `needs more than ${HEAP_LIMIT_MB} MB of heap`;
	const last = stderr.trim().split('\n').slice(-3).join(' ');
	return `ended with ${signal ?? `exit code ${code}`} ${last}`;
};

/**
 * Runs one measurement in its own process.
 *
 * @param file the name of a program in `cases/`
 * @throws why there is no report
 */
export const runProcess = async (file: string, job: Job, limitMs: number): Promise<Report> =>
	await new Promise((resolve, reject) => {
		const child = fork(join(__dirname, `cases/${file}.ts`), [JSON.stringify(job)], {
			execArgv: ['--import', 'tsx', '--expose-gc', `--max-old-space-size=${HEAP_LIMIT_MB}`],
			stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
		});
		let stderr = '';
		child.stderr?.on('data', (text) => {
			stderr = (stderr + String(text)).slice(-STDERR_KEPT);
		});
		const timer = setTimeout(() => {
			child.kill('SIGKILL');
			reject(new Error(`took longer than ${limitMs / 1000} s`));
		}, limitMs);
		child.on('message', (message: { report: Report } | { failed: string }) =>
			'report' in message ? resolve(message.report) : reject(new Error(message.failed)),
		);
		child.on('close', (code, signal) => {
			clearTimeout(timer);
			reject(new Error(explain(stderr, code, signal)));
		});
	});

/** Allowed difference between the bytes of a record sent by the node and by the floor. */
const BYTES_TOLERANCE = 0.01;

/** @throws when the counts of the server or the output items are wrong */
const check = (
	{ way, n }: Task,
	{ report, counts }: Measured,
	recordBytes: number | undefined,
): void => {
	const { delivers, outputs, group } = wayOf(way);
	const wanted = Math.round(n * delivers);
	if (counts.records !== wanted) {
		throw new Error(`${counts.records} records arrived instead of ${wanted}`);
	}
	if (outputs) {
		const expected = Object.fromEntries(
			Object.entries(outputs).map(([status, share]) => [status, Math.round(n * share)]),
		);
		if (!isDeepStrictEqual(report.outputs, expected)) {
			throw new Error(`the output items say ${JSON.stringify(report.outputs)}`);
		}
	}
	if (group !== 'node' || wanted === 0 || recordBytes === undefined) return;
	const bytes = counts.bytes / wanted;
	if (Math.abs(bytes / recordBytes - 1) > BYTES_TOLERANCE) {
		throw new Error(
			`a record has ${bytes.toFixed(0)} bytes, and ${recordBytes.toFixed(0)} in the bodies of the floor`,
		);
	}
};

/**
 * Measures one way once.
 *
 * @param limitMs time after which the process is ended
 * @param recordBytes bytes of a record in the bodies of the floor, if known
 * @throws why there is no figure
 */
export const measure = async (
	task: Task,
	server: TestServer,
	n8n: N8nHome | undefined,
	limitMs: number,
	recordBytes?: number,
): Promise<Measured> => {
	const { way, n, run, chunkSize = CHUNK_SIZE, concurrency = CONCURRENCY, heap, profile } = task;
	const isReading = ['reading', 'poll'].includes(wayOf(way).group);
	const settings: RunSettings = {
		api: 'v2',
		refreshMs: task.refreshMs,
		...(isReading && { stored: n }),
	};
	await server.open(run, settings);
	const measureWay = async (): Promise<Report> => {
		if (isN8nWay(way)) return await (n8n as N8nHome).run({ way, n }, limitMs);
		const [baseUrl, warmUpUrl] = [server.baseUrl(run), server.baseUrl(WARM_UP)];
		const job = { way, n, baseUrl, warmUpUrl, chunkSize, concurrency, heap, profile };
		return await runProcess(FILES[way] ?? 'node', job, limitMs);
	};
	const measured = { report: await measureWay(), counts: await server.count(run) };
	check(task, measured, recordBytes);
	return measured;
};
