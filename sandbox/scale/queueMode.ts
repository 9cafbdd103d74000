/** A real n8n in queue mode on this machine: Redis, PostgreSQL, one main process and its workers. */
import axios from 'axios';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
	endGroup,
	ENCRYPTION_KEY,
	freePort,
	OFFLINE,
	placePackage,
	RUNTIME,
	startN8n,
	type RunningN8n,
} from '../n8n/server';
import { DATABASE_USER, startPostgres, startRedis, type StartedServer } from './servers';

export interface Worker {
	readonly name: string;
	readonly pid: number;
	log(): string;
	isAlive(): boolean;
	/** Kills the worker and its task runner at once, as a crash does. */
	kill(): Promise<void>;
	stop(): Promise<void>;
}

export interface QueueMode {
	readonly main: RunningN8n;
	readonly redis: StartedServer;
	readonly postgres: StartedServer;
	readonly workers: readonly Worker[];
	stop(): Promise<void>;
}

export interface QueueSettings {
	readonly workers: number;
	/** Executions that a worker runs at the same time. */
	readonly concurrency: number;
}

type Environment = Readonly<Record<string, string>>;

const START_MS = 120_000;

const untilReady = async (
	name: string,
	port: number,
	child: ChildProcess,
	log: () => string,
): Promise<void> => {
	for (const deadline = Date.now() + START_MS; Date.now() < deadline; ) {
		if (child.exitCode !== null) break;
		try {
			await axios.get(`http://127.0.0.1:${port}/healthz/readiness`, { timeout: 2_000 });
			return;
		} catch {
			await new Promise((resolve) => setTimeout(resolve, 250));
		}
	}
	throw new Error(`${name} did not start:\n${log().slice(-4_000)}`);
};

/** Starts a worker with a data folder of its own, and with this package in it. */
const startWorker = async (
	number: number,
	environment: Environment,
	concurrency: number,
): Promise<Worker> => {
	const name = `worker ${number}`;
	const folder = await mkdtemp(join(tmpdir(), 'n8n-worker-'));
	await placePackage(folder);
	const port = await freePort(27_000 + number);
	const env = {
		PATH: process.env.PATH,
		HOME: folder,
		...OFFLINE,
		...environment,
		N8N_ENCRYPTION_KEY: ENCRYPTION_KEY,
		N8N_USER_FOLDER: folder,
		N8N_RUNNERS_BROKER_PORT: String(await freePort(28_000 + number)),
		N8N_WORKER_SERVER_ADDRESS: '127.0.0.1',
		QUEUE_HEALTH_CHECK_ACTIVE: 'true',
		QUEUE_HEALTH_CHECK_PORT: String(port),
	};
	const child = spawn(
		join(RUNTIME, '.bin/node'),
		[join(RUNTIME, 'n8n/bin/n8n'), 'worker', `--concurrency=${concurrency}`],
		{ cwd: folder, detached: true, stdio: ['ignore', 'pipe', 'pipe'], env },
	);
	let log = '';
	const keep = (text: Buffer) => (log += text.toString());
	child.stdout.on('data', keep);
	child.stderr.on('data', keep);
	const remove = async () => await rm(folder, { recursive: true, force: true });
	const stop = async () => {
		await endGroup(child);
		await remove();
	};
	try {
		await untilReady(name, port, child, () => log);
	} catch (error) {
		await stop();
		throw error;
	}
	return {
		name,
		pid: child.pid as number,
		log: () => log,
		isAlive: () => child.exitCode === null && child.signalCode === null,
		kill: async () => {
			const ended = new Promise((resolve) => child.once('close', resolve));
			process.kill(-(child.pid as number), 'SIGKILL');
			await ended;
			await remove();
		},
		stop,
	};
};

/**
 * Starts Redis, PostgreSQL, the main process and the workers, each on free ports of 127.0.0.1.
 *
 * @throws when one of them does not start; those before it are ended
 */
export const startQueueMode = async ({
	workers: count,
	concurrency,
}: QueueSettings): Promise<QueueMode> => {
	const endings: Array<() => Promise<void>> = [];
	const stop = async () => {
		for (const ending of endings.splice(0).reverse()) await ending();
	};
	const kept = <Started extends { stop(): Promise<void> }>(started: Started): Started => {
		endings.push(started.stop);
		return started;
	};
	try {
		const redis = kept(await startRedis());
		const postgres = kept(await startPostgres());
		const environment = {
			EXECUTIONS_MODE: 'queue',
			QUEUE_BULL_REDIS_HOST: '127.0.0.1',
			QUEUE_BULL_REDIS_PORT: String(redis.port),
			DB_TYPE: 'postgresdb',
			DB_POSTGRESDB_HOST: '127.0.0.1',
			DB_POSTGRESDB_PORT: String(postgres.port),
			DB_POSTGRESDB_DATABASE: 'postgres',
			DB_POSTGRESDB_USER: DATABASE_USER,
		};
		const main = kept(await startN8n({ environment }));
		const numbers = Array.from({ length: count }, (_, index) => index + 1);
		const workers = await Promise.all(
			numbers.map(async (number) => kept(await startWorker(number, environment, concurrency))),
		);
		return { main, redis, postgres, workers, stop };
	} catch (error) {
		await stop();
		throw error;
	}
};
