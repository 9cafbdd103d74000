/**
 * Runs the ready workflows for large directories in a real n8n in queue mode: measures whether the workers share
 * the batches, how fast one and two workers are, and what happens when one is killed. It ends with exit code 0
 * only if the store is as expected after every run.
 */
import axios, { isAxiosError } from 'axios';
import { writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual, parseArgs } from 'node:util';

import { startKibana, type TestKibana } from '../kibana/server';
import { signUp, type N8nClient } from '../n8n/rest';
import { NEWEST_N8N } from '../n8n/server';
import { listCode } from './directory';
import {
	limitOf,
	toMarkdown,
	type CpuTime,
	type KillFigures,
	type RunFigures,
	type SharingFigures,
} from './figures';
import { cpuSeconds, watchCores, watchMemory } from './processes';
import { startQueueMode, type QueueMode, type Worker } from './queueMode';
import { startReports, type ReportServer } from './reports';
import {
	batchAsSubWorkflow,
	batchWorkflow,
	createCredentials,
	parentOfSubWorkflow,
	parentWorkflow,
	startedByWebhook,
	type Workflow,
} from './workflows';

const RESULTS = join(__dirname, 'results.md');
const LOGIN = { email: 'owner@example.com', password: 'Entity-Store-1' };
const WORKERS = 2;
/** Every write of this Kibana waits as long: the longest that a refresh of once a second takes. */
const REFRESH_MS = 1_000;
/** Shorter than in the ready workflow: n8n itself is not restarted here. */
const WAIT_SECONDS = 5;
const POLL_MS = 500;
/** When the worker is killed: when so many requests of a run have been sent. */
const KILL_AT = 0.4;
/** The small directory by which ways of handing batches over are compared. */
const SHARED = { users: 2_000, batches: 4 };

interface Arguments {
	readonly users: number;
	readonly batchSize: number;
	readonly concurrency: number;
	readonly isKept: boolean;
}

const numberOf = (name: string, text: string): number => {
	if (!/^[1-9]\d*$/.test(text)) throw new Error(`--${name} is a number`);
	return Number(text);
};

const readArguments = (): Arguments => {
	const { values } = parseArgs({
		options: {
			users: { type: 'string', default: '50000' },
			batch: { type: 'string', default: '5000' },
			concurrency: { type: 'string', default: '3' },
			write: { type: 'boolean', default: false },
		},
	});
	return {
		users: numberOf('users', values.users),
		batchSize: numberOf('batch', values.batch),
		concurrency: numberOf('concurrency', values.concurrency),
		isKept: values.write,
	};
};

const startedAt = performance.now();
const say = (text: string): void => {
	const passed = Math.floor((performance.now() - startedAt) / 1000);
	const clock = `${Math.floor(passed / 60)}:${String(passed % 60).padStart(2, '0')}`;
	console.log(`${clock.padStart(5)}  ${text}`);
};
const count = (value: number): string => value.toLocaleString('en-US');
const pause = async (ms: number): Promise<void> =>
	await new Promise((resolve) => setTimeout(resolve, ms));

/** Everything that one scale run uses. */
interface Stage {
	readonly given: Arguments;
	readonly kibana: TestKibana;
	readonly reports: ReportServer;
	readonly queue: QueueMode;
	readonly client: N8nClient;
	readonly parentId: string;
	readonly batchId: string;
}

const START = 'large-directory-start';

/** Batches that a worker has written to the end, as the node says in its log. */
const writtenBy = ({ log }: Worker): number =>
	log().match(/Kibana Entity Store: [\d,]+ entities: /g)?.length ?? 0;

/** The processor time of each worker when it was last looked at: that of a killed one stays. */
const lastSeen = new Map<number, number>();

const cpuOfWorker = ({ pid }: Worker): number => {
	const seconds = Math.max(cpuSeconds(pid), lastSeen.get(pid) ?? 0);
	lastSeen.set(pid, seconds);
	return seconds;
};

const cpuOf = ({ main, workers, postgres, redis }: QueueMode): CpuTime => {
	const { user, system } = process.cpuUsage();
	return {
		main: cpuSeconds(main.pid()),
		workers: workers.map(cpuOfWorker).reduce((sum, one) => sum + one, 0),
		postgres: cpuSeconds(postgres.pid),
		redis: cpuSeconds(redis.pid),
		kibana: (user + system) / 1e6,
	};
};

const difference = (after: CpuTime, before: CpuTime): CpuTime => ({
	main: after.main - before.main,
	workers: after.workers - before.workers,
	postgres: after.postgres - before.postgres,
	redis: after.redis - before.redis,
	kibana: after.kibana - before.kibana,
});

const REGISTERED_MS = 60_000;

/** Calls a webhook. In queue mode n8n registers it some time after its workflow was published. */
const callWebhook = async ({ main }: QueueMode, path: string): Promise<void> => {
	for (const deadline = Date.now() + REGISTERED_MS; ; await pause(POLL_MS)) {
		try {
			await axios.post(`${main.url}/webhook/${path}`, {});
			return;
		} catch (error) {
			const isUnknown = isAxiosError(error) && error.response?.status === 404;
			if (!isUnknown || Date.now() > deadline) throw error;
		}
	}
};

/** Starts the parent as its schedule does, and returns the ID of its execution. */
const startParent = async ({ client, queue, parentId }: Stage): Promise<string> => {
	const known = new Set((await client.listExecutions(parentId)).map(({ id }) => id));
	await callWebhook(queue, START);
	for (;;) {
		const found = (await client.listExecutions(parentId)).find(({ id }) => !known.has(id));
		if (found) return found.id;
		await pause(POLL_MS);
	}
};

/** Waits for the end of the parent. n8n forgets an execution that succeeds. */
const untilEnded = async ({ client, parentId }: Stage, id: string): Promise<string> => {
	for (;;) {
		const found = (await client.listExecutions(parentId)).find((one) => one.id === id);
		if (found === undefined) return 'success';
		if (found.hasEnded) return found.status;
		await pause(POLL_MS);
	}
};

/** Users that could not be written, as the message says. */
const failedIn = (message = ''): number => Number(/^(\d+) of /.exec(message)?.[1] ?? 0);

/** The generator makes one user twice, and the directory has it once. */
const duplicates = (users: number): number => (users > 4_900 ? 1 : 0);

const NO_MEMORY = { own: 0, runner: 0 };

/** Runs the directory once, and measures. `meanwhile` gets the ID of the parent's execution. */
const runOnce = async (
	stage: Stage,
	name: string,
	meanwhile?: (parentExecution: string) => Promise<void>,
): Promise<RunFigures> => {
	const { queue, kibana, reports } = stage;
	const alive = queue.workers.filter((worker) => worker.isAlive());
	const endWatch = watchMemory([queue.main.pid(), ...queue.workers.map(({ pid }) => pid)]);
	const batches = queue.workers.map(writtenBy);
	const requests = kibana.requests.length;
	const messages = reports.texts.length;
	const before = cpuOf(queue);
	const busySince = watchCores();
	const from = performance.now();

	const execution = await startParent(stage);
	const [status] = await Promise.all([untilEnded(stage, execution), meanwhile?.(execution)]);
	const seconds = (performance.now() - from) / 1000;
	const busy = busySince();
	const [main = NO_MEMORY, ...workers] = endWatch();
	if (status !== 'success') throw new Error(`${name}: the parent ended as ${status}`);
	const [message, ...others] = reports.texts.slice(messages);
	if (others.length > 0) throw new Error(`${name}: more than one message came`);
	const expected = stage.given.users - duplicates(stage.given.users) - failedIn(message);
	const figures: RunFigures = {
		name,
		workers: alive.length,
		seconds,
		stored: kibana.entities('user').length,
		requests: kibana.requests.length - requests,
		batches: queue.workers.map((worker, index) => writtenBy(worker) - (batches[index] ?? 0)),
		cpu: difference(cpuOf(queue), before),
		busy,
		peaks: { main, workers },
		message,
	};
	if (figures.stored !== expected) {
		const found = count(figures.stored);
		throw new Error(`${name}: ${count(expected)} entities should be stored, and ${found} are`);
	}
	const speed = `${count(Math.round(figures.stored / seconds))} a second`;
	say(
		`${name}, ${alive.length} alive: ${seconds.toFixed(1)} s, ${speed}, batches ${figures.batches.join(' + ')}`,
	);
	say(`  limit: ${limitOf(figures, cpus().length)}`);
	return figures;
};

type Stored = ReadonlyMap<string, unknown>;

const storedIn = (kibana: TestKibana): Stored =>
	new Map(kibana.entities('user').map(({ id, record }) => [id, record]));

/** Waits until the requests of a run are sent to a share, and kills a worker that does not run the parent. */
const killOne =
	(stage: Stage, into: (figures: Omit<KillFigures, 'isStoreEqual'>) => void) =>
	async (parentExecution: string): Promise<void> => {
		const { kibana, given, queue, client, batchId } = stage;
		const requests = kibana.requests.length;
		while (kibana.requests.length - requests < given.users * KILL_AT) await pause(50);
		const startedParent = `Worker started execution ${parentExecution} `;
		const victim = queue.workers.find((worker) => !worker.log().includes(startedParent));
		if (victim === undefined) throw new Error('Every worker has run the parent');
		cpuOfWorker(victim);
		await victim.kill();
		const killedAt = performance.now();
		const running = (await client.listExecutions(batchId)).filter(
			({ id, hasEnded }) => !hasEnded && victim.log().includes(`Worker started execution ${id} `),
		);
		say(`${victim.name} is killed, with ${running.length} batches in work`);
		const endedAfter: number[] = [];
		const statuses: string[] = [];
		const open = new Set(running.map(({ id }) => id));
		while (open.size > 0) {
			await pause(POLL_MS);
			for (const { id, status, hasEnded } of await client.listExecutions(batchId)) {
				if (!hasEnded || !open.delete(id)) continue;
				endedAfter.push((performance.now() - killedAt) / 1000);
				statuses.push(status);
				say(`  n8n ended execution ${id} as ${status}`);
			}
		}
		into({ share: KILL_AT, lostBatches: running.length, endedAfter, statuses });
	};

/** Runs a small directory in one way of handing batches over, and counts who has written them. */
const share = async (
	{ queue, client, kibana }: Pick<Stage, 'queue' | 'client' | 'kibana'>,
	way: string,
	parent: Workflow,
): Promise<SharingFigures> => {
	kibana.clear();
	const path = `share-${way.replace(/\W+/g, '-')}`.toLowerCase();
	const id = await client.createWorkflow(startedByWebhook(parent, path));
	await client.publish(id);
	const before = queue.workers.map(writtenBy);
	const written = () => queue.workers.map((one, index) => writtenBy(one) - (before[index] ?? 0));
	const from = performance.now();
	await callWebhook(queue, path);
	while (written().reduce((sum, one) => sum + one, 0) < SHARED.batches) await pause(100);
	const seconds = (performance.now() - from) / 1000;
	const isRunning = async () => (await client.listExecutions(id)).some(({ hasEnded }) => !hasEnded);
	while (await isRunning()) await pause(POLL_MS);
	await client.unpublish(id);
	say(`${way}: batches ${written().join(' + ')} in ${seconds.toFixed(1)} s`);
	return { way, seconds, batches: written() };
};

const scale = async (given: Arguments): Promise<number> => {
	const endings: Array<() => Promise<void>> = [];
	const end = async () => {
		for (const ending of endings.reverse()) await ending();
	};
	let ended: Promise<void> | undefined;
	// After an interrupt the run fails too, and both wait for the same end.
	const endAll = async () => await (ended ??= end());
	const interrupt = (exitCode: number) => void endAll().then(() => process.exit(exitCode));
	process.once('SIGINT', () => interrupt(130));
	process.once('SIGTERM', () => interrupt(143));
	try {
		const kibana = await startKibana({ api: 'v2', refreshDelayMs: REFRESH_MS });
		endings.push(kibana.stop);
		const reports = await startReports();
		endings.push(reports.stop);
		say('starting Redis, PostgreSQL, n8n and two workers …');
		const starting = startQueueMode({ workers: WORKERS, concurrency: given.concurrency });
		endings.push(async () => await (await starting.catch(() => undefined))?.stop());
		const queue = await starting;
		const client = await signUp(queue.main.url, LOGIN);

		const credentials = await createCredentials(client, kibana);
		const batch = batchWorkflow(credentials);
		const batchId = await client.createWorkflow(batch);
		await client.publish(batchId);
		const subId = await client.createWorkflow(batchAsSubWorkflow(batch));
		await client.publish(subId);
		const parentOf = (users: number, batchSize: number): Workflow =>
			parentWorkflow({
				credentials,
				url: `${queue.main.url}/webhook/large-directory-batch`,
				listCode: listCode(users),
				batchSize,
				waitSeconds: WAIT_SECONDS,
				reportUrl: reports.url,
			});
		const parentId = await client.createWorkflow(
			startedByWebhook(parentOf(given.users, given.batchSize), START),
		);
		await client.publish(parentId);
		const stage: Stage = { given, kibana, reports, queue, client, parentId, batchId };

		const small = parentOf(SHARED.users, SHARED.users / SHARED.batches);
		const sharing = [
			await share(stage, 'Execute Sub-workflow, waiting', parentOfSubWorkflow(small, subId, true)),
			await share(
				stage,
				'Execute Sub-workflow, not waiting',
				parentOfSubWorkflow(small, subId, false),
			),
			await share(stage, 'A webhook for each batch', small),
		];

		kibana.clear();
		const runs: RunFigures[] = [];
		runs.push(await runOnce(stage, 'All users are new'));
		const undisturbed = storedIn(kibana);
		runs.push(await runOnce(stage, 'All users are known'));

		kibana.clear();
		const kills: Array<Omit<KillFigures, 'isStoreEqual'>> = [];
		const kill = killOne(stage, (figures) => void kills.push(figures));
		runs.push(await runOnce(stage, 'All users are new, one worker is killed', kill));
		const isStoreEqual = isDeepStrictEqual(storedIn(kibana), undisturbed);
		say(isStoreEqual ? 'the store equals that of the undisturbed run' : 'THE STORE DIFFERS');
		const message = runs.at(-1)?.message ?? 'No message: every user was written.';

		runs.push(await runOnce(stage, 'All users are known'));
		kibana.clear();
		runs.push(await runOnce(stage, 'All users are new'));

		const [killed] = kills;
		if (killed === undefined) throw new Error('No worker was killed');
		const { users, batchSize, concurrency } = given;
		const text = toMarkdown({
			users,
			batchSize,
			concurrency,
			refreshMs: REFRESH_MS,
			cores: cpus().length,
			memoryBytes: totalmem(),
			n8n: NEWEST_N8N,
			sharing,
			runs,
			kill: { ...killed, isStoreEqual },
			message,
		});
		console.log(`\n${text}`);
		if (given.isKept) {
			writeFileSync(RESULTS, text);
			console.log('Written: sandbox/scale/results.md');
		}
		return isStoreEqual ? 0 : 1;
	} finally {
		await endAll();
	}
};

scale(readArguments()).then(
	(code) => process.exit(code),
	(error: Error) => {
		console.error(error.message);
		if (isAxiosError(error)) console.error(error.config?.url, JSON.stringify(error.response?.data));
		process.exit(1);
	},
);
