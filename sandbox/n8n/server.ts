import axios from 'axios';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(__dirname, '../..');
/** The modules of the real n8n, with the Node.js that it requires in `.bin`. */
export const RUNTIME = join(ROOT, '.runtime/node_modules');
const PACKAGE = 'n8n-nodes-kibana-entity-store';

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

export interface RunningN8n {
	/** URL without a trailing slash. */
	readonly url: string;
	/** Stops n8n and all its processes, and removes its data. */
	stop(): Promise<void>;
	/** Returns its log so far. */
	log(): string;
	/** Kills n8n at once, and removes its data. */
	kill(): Promise<void>;
}

const isFree = async (port: number): Promise<number | undefined> =>
	await new Promise((resolve) => {
		const probe = createServer();
		probe.once('error', () => resolve(undefined));
		probe.listen(port, '127.0.0.1', () => {
			const { port: found } = probe.address() as { port: number };
			probe.close(() => resolve(found));
		});
	});

/** Returns the requested port, or any free one when it is in use. */
export const freePort = async (wanted: number): Promise<number> =>
	(await isFree(wanted)) ?? ((await isFree(0)) as number);

/** Installs the package where n8n keeps community nodes, as users get it: packed, without sources. */
const installPackage = async (userFolder: string): Promise<void> => {
	const run = promisify(execFile);
	const modules = join(userFolder, '.n8n/nodes/node_modules', PACKAGE);
	await mkdir(modules, { recursive: true });
	const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', userFolder], {
		cwd: ROOT,
	});
	const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
	await run('tar', ['xzf', join(userFolder, filename), '-C', modules, '--strip-components=1']);
};

const LOG_LINES_KEPT = 60;

const waitUntilReady = async (url: string, child: ChildProcess, log: string[]): Promise<void> => {
	const deadline = Date.now() + 120_000;
	while (Date.now() < deadline && child.exitCode === null) {
		try {
			const { status } = await axios.get(`${url}/healthz/readiness`, { timeout: 2_000 });
			if (status === 200) return;
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
 * Starts a real n8n on 127.0.0.1 with an empty user folder and this package installed.
 *
 * @throws when n8n is not installed, and with its last log lines when it is not ready within two minutes
 */
export const startN8n = async (): Promise<RunningN8n> => {
	if (!existsSync(RUNTIME)) {
		throw new Error('n8n is not installed here yet: "npm start" and "npm test" install it');
	}
	const userFolder = await mkdtemp(join(tmpdir(), 'n8n-'));
	await installPackage(userFolder);
	const port = await freePort(5678);
	const url = `http://127.0.0.1:${port}`;
	const log: string[] = [];
	let everything = '';

	const child = spawn(join(RUNTIME, '.bin/node'), [join(RUNTIME, 'n8n/bin/n8n'), 'start'], {
		cwd: userFolder,
		// A separate process group: a Ctrl-C on the terminal goes to the demo, which then stops n8n.
		detached: true,
		stdio: ['ignore', 'pipe', 'pipe'],
		env: {
			PATH: process.env.PATH,
			HOME: userFolder,
			...OFFLINE,
			DB_TYPE: 'sqlite',
			N8N_ENCRYPTION_KEY: 'a-key-for-an-n8n-that-lives-for-one-run',
			N8N_LISTEN_ADDRESS: '127.0.0.1',
			N8N_PORT: String(port),
			N8N_RUNNERS_BROKER_PORT: String(await freePort(5679)),
			N8N_SECURE_COOKIE: 'false',
			N8N_USER_FOLDER: userFolder,
		},
	});
	const keep = (text: Buffer) => {
		everything += text.toString();
		log.push(text.toString());
		log.splice(0, log.length - LOG_LINES_KEPT);
	};
	child.stdout?.on('data', keep);
	child.stderr?.on('data', keep);

	const stop = async () => {
		await endGroup(child);
		await rm(userFolder, { recursive: true, force: true });
	};
	const kill = async () => {
		const ended = new Promise((resolve) => child.once('close', resolve));
		process.kill(-(child.pid as number), 'SIGKILL');
		await ended;
		await rm(userFolder, { recursive: true, force: true });
	};
	try {
		await waitUntilReady(url, child, log);
	} catch (error) {
		await stop();
		throw error;
	}
	return { url, log: () => everything, stop, kill };
};
