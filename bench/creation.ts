/** Measures the creation of entities, one in a request, on a model of a Kibana, while somebody else uses it too. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { MODEL } from '../sandbox/kibana/options';
import { startBystander, type Asked } from './bystander';
import { CHUNK_SIZE, CONCURRENCY, runProcess, WARM_UP } from './conductor';
import { latencyOf } from './latency';
import type { Load, LoadedKibana, LoadOptions } from './loaded';
import type { CreationMeasurement } from './results';
import type { TestServer } from './server';

export type CreationWay = CreationMeasurement['way'];

/** Of 6b: less than the model can do. */
const LIMITED_PER_SECOND = 200;

const OPTIONS: Readonly<Record<CreationWay, LoadOptions>> = {
	'6a': {},
	'6b': { requestsPerSecond: LIMITED_PER_SECOND },
};

/** Creations in a second that the model can do at all, when it does nothing else. */
const CAPACITY_PER_SECOND = 1_000 / MODEL.createWorkMs;

const IDLE_MS = 30_000;
const WARM_UP_MS = 2_000;
const LONGEST_MS = 30 * 60_000;

const sleep = async (ms: number) => await new Promise((resolve) => setTimeout(resolve, ms));

/** The garbage collector must not stop the event loop of the model for longer than its work does: a little at a time. */
const SHORT_PAUSES = ['--max-semi-space-size=4'];

const startLoaded = async (options: LoadOptions) => {
	const child = fork(join(__dirname, 'loaded.ts'), [JSON.stringify(options)], {
		execArgv: ['--import', 'tsx', ...SHORT_PAUSES],
	});
	const [kibana] = (await once(child, 'message')) as [LoadedKibana];
	return {
		kibana,
		load: async (): Promise<Load> => {
			child.send('load');
			const [{ load }] = (await once(child, 'message')) as [{ load: Load }];
			return load;
		},
		stop: () => {
			if (child.connected) child.disconnect();
		},
	};
};

const latencyOfAll = (asked: readonly Asked[]) => latencyOf(asked.map(({ tookMs }) => tookMs));

const latencyOfIdle = async (kibana: LoadedKibana) => {
	// The first requests compile the code of both sides.
	const first = startBystander(kibana);
	await sleep(WARM_UP_MS);
	await first.stop();
	const bystander = startBystander(kibana);
	await sleep(IDLE_MS);
	return latencyOfAll(await bystander.stop());
};

/** @throws why there is no figure, for example because an entity was lost */
const measure = async (way: CreationWay, n: number, server: TestServer) => {
	const loaded = await startLoaded(OPTIONS[way]);
	try {
		const { kibana } = loaded;
		const idle = await latencyOfIdle(kibana);
		const bystander = startBystander(kibana);
		const job = {
			way,
			n,
			baseUrl: kibana.url,
			apiKey: kibana.apiKey,
			warmUpUrl: server.baseUrl(WARM_UP),
			chunkSize: CHUNK_SIZE,
			concurrency: CONCURRENCY,
		};
		const report = await runProcess('node', job, LONGEST_MS);
		const asked = await bystander.stop();
		const { stored, fingerprint, firstAt, lastAt, ...requests } = await loaded.load();
		// Before that, bulk requests find out what is missing. Others wait for these as long as their rows take.
		const busy = latencyOfAll(asked.filter(({ at }) => at >= firstAt && at <= lastAt));
		const { created = 0 } = report.outputs ?? {};
		if (created !== n) throw new Error(`the output items say ${JSON.stringify(report.outputs)}`);
		if (stored !== n) throw new Error(`${stored} entities are stored instead of ${n}`);
		if (report.fingerprint !== fingerprint) {
			throw new Error('other entities are stored than the output items say');
		}
		return { seconds: report.seconds, idle, busy, ...requests };
	} finally {
		loaded.stop();
	}
};

/** Measures one way once. A failure is a result too. */
export const measureCreation = async (
	way: CreationWay,
	n: number,
	server: TestServer,
): Promise<CreationMeasurement> => {
	const { requestsPerSecond = CAPACITY_PER_SECOND } = OPTIONS[way];
	const task = { way, n, mostPerSecond: requestsPerSecond };
	try {
		return { ...task, ...(await measure(way, n, server)) };
	} catch (error) {
		return { ...task, failed: (error as Error).message };
	}
};
