/** Redis and PostgreSQL of Debian: each on a free port of 127.0.0.1, with a data folder that ends with it. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { endGroup, freePort } from '../n8n/server';

const run = promisify(execFile);

export interface StartedServer {
	readonly port: number;
	readonly pid: number;
	/** Ends the server, and removes its data. */
	stop(): Promise<void>;
}

const isListening = async (port: number): Promise<boolean> =>
	await new Promise((resolve) => {
		const socket = connect({ host: '127.0.0.1', port });
		socket.once('connect', () => {
			socket.destroy();
			resolve(true);
		});
		socket.once('error', () => resolve(false));
	});

const START_MS = 30_000;

const untilListening = async (name: string, port: number, child: ChildProcess): Promise<void> => {
	let log = '';
	for (const stream of [child.stdout, child.stderr]) {
		stream?.on('data', (text: Buffer) => (log = (log + text.toString()).slice(-4_000)));
	}
	for (const deadline = Date.now() + START_MS; Date.now() < deadline; ) {
		if (child.exitCode !== null) break;
		if (await isListening(port)) return;
		await new Promise((resolve) => setTimeout(resolve, 100));
	}
	throw new Error(`${name} did not start:\n${log}`);
};

const started = async (
	name: string,
	port: number,
	child: ChildProcess,
	folder: string,
): Promise<StartedServer> => {
	const stop = async () => {
		await endGroup(child);
		await rm(folder, { recursive: true, force: true });
	};
	try {
		await untilListening(name, port, child);
	} catch (error) {
		await stop();
		throw error;
	}
	return { port, pid: child.pid as number, stop };
};

const STDIO = ['ignore', 'pipe', 'pipe'] as const;

/** Starts a Redis that writes nothing to disk. */
export const startRedis = async (): Promise<StartedServer> => {
	const folder = await mkdtemp(join(tmpdir(), 'redis-'));
	const port = await freePort(26_379);
	const options = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', ''];
	const child = spawn('redis-server', options, { cwd: folder, detached: true, stdio: [...STDIO] });
	return await started('Redis', port, child, folder);
};

const CLUSTERS = '/usr/lib/postgresql';

/** The folder with the programs of the newest PostgreSQL that is installed. */
const programs = (): string => {
	const [newest] = existsSync(CLUSTERS)
		? readdirSync(CLUSTERS).sort((one, other) => Number(other) - Number(one))
		: [];
	if (newest === undefined) throw new Error(`There is no PostgreSQL in ${CLUSTERS}`);
	return join(CLUSTERS, newest, 'bin');
};

/** The user that PostgreSQL runs as: it refuses to run as root. */
const postgresUser = async (): Promise<{ readonly uid?: number; readonly gid?: number }> => {
	if (process.getuid?.() !== 0) return {};
	const idOf = async (flag: string) => Number((await run('id', [flag, 'postgres'])).stdout);
	return { uid: await idOf('-u'), gid: await idOf('-g') };
};

/** The user of the database. Connections from this machine need no password. */
export const DATABASE_USER = 'n8n';

/** Starts a PostgreSQL with an empty cluster. Its database `postgres` belongs to {@link DATABASE_USER}. */
export const startPostgres = async (): Promise<StartedServer> => {
	const folder = await mkdtemp(join(tmpdir(), 'postgres-'));
	const user = await postgresUser();
	if (user.uid !== undefined && user.gid !== undefined) await chown(folder, user.uid, user.gid);
	const port = await freePort(25_432);
	const cluster = ['-D', folder, '-U', DATABASE_USER, '-A', 'trust', '-E', 'UTF8', '--no-locale'];
	const where = { cwd: folder, ...user };
	await run(join(programs(), 'initdb'), [...cluster, '--no-sync'], where);
	const settings = { port, listen_addresses: '127.0.0.1', unix_socket_directories: '' };
	const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
	const child = spawn(join(programs(), 'postgres'), ['-D', folder, ...options], {
		...where,
		detached: true,
		stdio: [...STDIO],
	});
	return await started('PostgreSQL', port, child, folder);
};
