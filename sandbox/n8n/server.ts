import axios from 'axios';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { PACKAGE, packPackage } from './package';
import type { PackageRegistry } from './registry';

const ROOT = join(__dirname, '../..');
/** The n8n of the demo, of the benchmark and of the tests in the editor. */
export const NEWEST_N8N = '2.41.1';
/** The modules of an n8n, with a Node.js that it supports in `.bin`. */
export const runtimeOf = (version: string): string =>
	join(ROOT, '.runtime', version, 'node_modules');
export const RUNTIME = runtimeOf(NEWEST_N8N);

/** Settings that keep n8n from sending requests to other machines. */
export const OFFLINE = {
	N8N_AI_ENABLED: 'false',
	N8N_DIAGNOSTICS_ENABLED: 'false',
	N8N_DISABLED_MODULES: 'mcp-registry,insights,instance-ai,agents,chat-hub,mcp',
	N8N_DYNAMIC_BANNERS_ENABLED: 'false',
	N8N_HIRING_BANNER_ENABLED: 'false',
	N8N_LICENSE_AUTO_RENEW_ENABLED: 'false',
	N8N_PERSONALIZATION_ENABLED: 'false',
	N8N_PYTHON_ENABLED: 'false',
	N8N_TEMPLATES_ENABLED: 'false',
	N8N_VERIFIED_PACKAGES_ENABLED: 'false',
	N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
};

/** Modules that send requests or are not needed here. An n8n refuses the names of modules that it does not have. */
const disabledModules = (version: string): string => {
	if (isAtLeast(version, '2.41.0')) return OFFLINE.N8N_DISABLED_MODULES;
	return isAtLeast(version, '1.123.0') ? 'insights,chat-hub,mcp' : 'insights';
};

/** Compares versions such as 1.123.81 number by number. */
export const isAtLeast = (version: string, least: string): boolean => {
	const numbers = (text: string) => text.split('.').map(Number);
	const wanted = numbers(least);
	const [major = 0, minor = 0, patch = 0] = numbers(version);
	const [leastMajor = 0, leastMinor = 0, leastPatch = 0] = wanted;
	if (major !== leastMajor) return major > leastMajor;
	return minor === leastMinor ? patch >= leastPatch : minor > leastMinor;
};

export interface N8nSettings {
	/** The port to listen on, if it is free; by default any, so that several can start at once. */
	readonly port?: number;
	readonly version?: string;
	/**
	 * A registry from which n8n installs community packages. Without one the package is in n8n's folder from the
	 * start.
	 */
	readonly registry?: PackageRegistry;
	readonly environment?: Readonly<Record<string, string>>;
}

export interface RunningN8n {
	readonly version: string;
	/** URL without a trailing slash. */
	readonly url: string;
	/** The process that runs now. */
	pid(): number;
	/** Stops n8n and all its processes, and removes its data. */
	stop(): Promise<void>;
	/** Returns its log so far. */
	log(): string;
	/** Kills n8n and all its processes at once. Its data stays. */
	kill(): Promise<void>;
	/**
	 * Stops n8n unless it was killed, and starts it again at the same URL with the same data.
	 *
	 * @param meanwhile what happens while n8n is down
	 */
	restart(meanwhile?: () => void | Promise<void>): Promise<void>;
}

const isFree = async (port: number): Promise<boolean> =>
	await new Promise((resolve) => {
		const probe = createServer();
		probe.once('error', () => resolve(false));
		probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
	});

/** Ports that no system gives to outgoing connections: one of those may be taken before it is used. */
const [FIRST_PORT, PORTS] = [20_000, 10_000];

const anyPort = (): number => FIRST_PORT + Math.floor(Math.random() * PORTS);

/** Returns the requested port, or any free one when it is in use. */
export const freePort = async (wanted: number): Promise<number> => {
	let port = wanted;
	while (!(await isFree(port))) port = anyPort();
	return port;
};

const run = promisify(execFile);

/** With which all processes of one n8n read its credentials. */
export const ENCRYPTION_KEY = 'a-key-for-an-n8n-that-lives-for-one-run';

/** Installs the package where n8n keeps community nodes, as users get it: packed, without sources. */
export const placePackage = async (userFolder: string): Promise<void> => {
	const modules = join(userFolder, '.n8n/nodes/node_modules', PACKAGE);
	await mkdir(modules, { recursive: true });
	const archive = await packPackage(userFolder);
	await run('tar', ['xzf', archive, '-C', modules, '--strip-components=1']);
};

/**
 * Returns a path for n8n with a program `npm` at its beginning, which calls the real one with the registry of the
 * test: n8n accepts a registry other than the public one only with a licence.
 */
const redirectNpm = async (userFolder: string, registry: PackageRegistry): Promise<string> => {
	const folder = join(userFolder, 'bin');
	await mkdir(folder, { recursive: true });
	const cache = join(userFolder, 'npm-cache');
	const script = `#!/bin/sh
PATH="\${PATH#*:}"
export PATH
exec npm "$@" --registry=${registry.url} --cache=${cache}
`;
	await writeFile(join(folder, 'npm'), script, { mode: 0o755 });
	return `${folder}:${process.env.PATH ?? ''}`;
};

const LOG_LINES_KEPT = 60;

const waitUntilReady = async (url: string, child: ChildProcess, log: string[]): Promise<void> => {
	const deadline = Date.now() + 120_000;
	while (Date.now() < deadline && child.exitCode === null) {
		try {
			// On old versions of n8n the health route answers before the other routes.
			const { data } = await axios.get(`${url}/rest/settings`, { timeout: 2_000 });
			if (data?.data !== undefined) return;
		} catch {
			// Not listening yet.
		}
		await new Promise((resolve) => setTimeout(resolve, 250));
	}
	throw new Error(`n8n did not start. Its last log lines:\n${log.join('')}`);
};

/** Ends the whole process group, n8n and its task runner. It sends SIGTERM first, and then SIGKILL. */
export const endGroup = async (child: ChildProcess): Promise<void> => {
	if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
	const ended = new Promise((resolve) => child.once('close', resolve));
	const signal = (name: NodeJS.Signals) => {
		try {
			process.kill(-(child.pid as number), name);
		} catch {
			// The group has ended already.
		}
	};
	signal('SIGTERM');
	const force = setTimeout(() => signal('SIGKILL'), 15_000);
	await ended;
	clearTimeout(force);
	signal('SIGKILL');
};

/**
 * Starts a real n8n on 127.0.0.1 with an empty user folder and, unless a registry is given, this package
 * installed.
 *
 * @throws when n8n is not installed, and with its last log lines when it is not ready within two minutes
 */
export const startN8n = async (settings: N8nSettings = {}): Promise<RunningN8n> => {
	const { version = NEWEST_N8N, registry, environment = {} } = settings;
	const runtime = runtimeOf(version);
	if (!existsSync(join(runtime, 'n8n'))) {
		throw new Error(
			`n8n ${version} is not installed here yet: "npm start" and "npm test" install it`,
		);
	}
	const userFolder = await mkdtemp(join(tmpdir(), 'n8n-'));
	if (!registry) await placePackage(userFolder);
	const path = registry ? await redirectNpm(userFolder, registry) : process.env.PATH;
	const port = await freePort(settings.port ?? anyPort());
	const url = `http://127.0.0.1:${port}`;
	const log: string[] = [];
	let everything = '';

	const env = {
		PATH: path,
		HOME: userFolder,
		...OFFLINE,
		N8N_DISABLED_MODULES: disabledModules(version),
		DB_TYPE: 'sqlite',
		N8N_ENCRYPTION_KEY: ENCRYPTION_KEY,
		N8N_LISTEN_ADDRESS: '127.0.0.1',
		N8N_PORT: String(port),
		N8N_RUNNERS_BROKER_PORT: String(await freePort(anyPort())),
		N8N_SECURE_COOKIE: 'false',
		N8N_USER_FOLDER: userFolder,
		...environment,
	};
	const keep = (text: Buffer) => {
		everything += text.toString();
		log.push(text.toString());
		log.splice(0, log.length - LOG_LINES_KEPT);
	};
	const launch = (): ChildProcess => {
		const launched = spawn(
			join(runtime, '.bin/node'),
			[join(runtime, 'n8n/bin/n8n'), 'start'],
			// A separate process group: a Ctrl-C on the terminal goes to the demo, which then stops n8n.
			{ cwd: userFolder, detached: true, stdio: ['ignore', 'pipe', 'pipe'], env },
		);
		launched.stdout?.on('data', keep);
		launched.stderr?.on('data', keep);
		return launched;
	};
	let child = launch();

	const stop = async () => {
		await endGroup(child);
		await rm(userFolder, { recursive: true, force: true });
	};
	const kill = async () => {
		const ended = new Promise((resolve) => child.once('close', resolve));
		process.kill(-(child.pid as number), 'SIGKILL');
		await ended;
	};
	const ready = async () => {
		try {
			await waitUntilReady(url, child, log);
		} catch (error) {
			await stop();
			throw error;
		}
	};
	const restart = async (meanwhile?: () => void | Promise<void>) => {
		await endGroup(child);
		await meanwhile?.();
		child = launch();
		await ready();
	};
	await ready();
	const pid = () => child.pid as number;
	return { version, url, pid, log: () => everything, stop, kill, restart };
};
