/**
 * Installs everything that the project, the demo and the tests need, and nothing twice. It has no dependencies,
 * because it runs before they are installed. Everything is installed inside this folder.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
	cpSync,
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
/** The folder of the real n8n versions, one folder each. It is outside the folders that the tools read. */
const RUNTIMES = join(ROOT, '.runtime');

/** The n8n of the demo, of the benchmark, and of the tests in the editor. */
export const NEWEST_N8N = '2.41.1';
/** Every n8n that `npm test` runs the package on. */
export const TESTED_N8N = [NEWEST_N8N, '2.0.3', '1.123.81'];
/** Every n8n with a list of packages: the tested versions, and older ones that can be requested by name. */
export const KNOWN_N8N = readdirSync(join(ROOT, 'sandbox/n8n/runtimes'));

const LEAST_NODE = 20;
if (Number(process.versions.node.split('.')[0]) < LEAST_NODE) {
	console.error(`Node.js ${LEAST_NODE} or newer is needed, this is ${process.versions.node}.`);
	process.exit(1);
}

const PROGRESS_EVERY_MS = 10_000;

class StepFailed extends Error {}

/** Runs a command without output, reports every ten seconds that it still runs, and shows its log if it fails. */
const step = async (title, command, args, options = {}) => {
	const startedAt = Date.now();
	const seconds = () => `${Math.round((Date.now() - startedAt) / 1000)} s`;
	console.log(`• ${title} …`);
	const progress = setInterval(
		() => console.log(`  still at it: ${title} (${seconds()})`),
		PROGRESS_EVERY_MS,
	);
	const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], ...options });
	const log = [];
	child.stdout.on('data', (text) => log.push(text));
	child.stderr.on('data', (text) => log.push(text));
	const code = await new Promise((resolve) => {
		child.on('error', () => resolve(127));
		child.on('close', resolve);
	});
	clearInterval(progress);
	if (code !== 0)
		throw new StepFailed(
			`${title}: exit code ${code}\n${Buffer.concat(log.map((part) => Buffer.from(part)))}`,
		);
	console.log(`  done in ${seconds()}`);
};

const hashOf = (...files) => {
	const hash = createHash('sha256');
	for (const file of files) hash.update(readFileSync(file));
	return hash.digest('hex');
};

/** Runs `install` unless it already ran for the same files. */
const once = async (stamp, hash, install) => {
	if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return;
	await install();
	writeFileSync(stamp, hash);
};

// Install scripts are off: only two packages need theirs, and these run by name below.
const QUIETLY = ['--ignore-scripts', '--no-audit', '--no-fund'];
const WITH_SCRIPTS = ['--ignore-scripts=false'];

/** The project's own development tools. */
export const ensureProject = async () => {
	const modules = join(ROOT, 'node_modules');
	await once(join(modules, '.installed'), hashOf(join(ROOT, 'package-lock.json')), async () => {
		await step('installing the tools of the project', 'npm', ['ci', ...QUIETLY]);
	});
};

const isRoot = () => process.getuid?.() === 0;

const installWithApt = async (title, packages) => {
	const environment = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
	await step('updating the package lists', 'apt-get', ['update'], environment);
	const install = ['install', '-y', '--no-install-recommends', ...packages];
	await step(title, 'apt-get', install, environment);
};

const SQLITE = 'node_modules/sqlite3/build/Release/node_sqlite3.node';

const buildSqlite = async (cwd) =>
	await step(
		'building the database driver of n8n',
		'npm',
		['rebuild', 'sqlite3', ...WITH_SCRIPTS],
		{
			cwd,
		},
	);

/** Provides the database driver of an n8n. It is compiled once, and every Node.js and n8n can load it. */
const provideSqlite = async (version, runtime) => {
	if (version !== NEWEST_N8N) {
		await ensureN8n(NEWEST_N8N);
		mkdirSync(dirname(join(runtime, SQLITE)), { recursive: true });
		cpSync(join(RUNTIMES, NEWEST_N8N, SQLITE), join(runtime, SQLITE));
		return;
	}
	try {
		await buildSqlite(runtime);
	} catch (error) {
		// Without a prebuilt driver it is compiled, and a minimal machine has no compiler.
		if (!isRoot() || !existsSync('/usr/bin/apt-get')) throw error;
		await installWithApt('installing a compiler', ['python3', 'make', 'g++']);
		await buildSqlite(runtime);
	}
};

/**
 * Installs a real n8n in `.runtime/<version>`, with a Node.js that it supports.
 *
 * @param version one of `KNOWN_N8N`
 */
export const ensureN8n = async (version = NEWEST_N8N) => {
	if (!KNOWN_N8N.includes(version)) {
		throw new StepFailed(`n8n ${version} is none of ${KNOWN_N8N.join(', ')}`);
	}
	const wanted = join(ROOT, 'sandbox/n8n/runtimes', version);
	const runtime = join(RUNTIMES, version);
	const files = ['package.json', 'package-lock.json'];
	const hash = hashOf(...files.map((file) => join(wanted, file)));
	mkdirSync(runtime, { recursive: true });
	await once(join(runtime, '.installed'), hash, async () => {
		for (const file of files) cpSync(join(wanted, file), join(runtime, file));
		// Not "ci": registries differ in the optional packages of other platforms. Old versions of n8n have peer
		// dependencies that are no longer compatible, and npm would search for hours.
		const install = [
			'install',
			...QUIETLY,
			...(version === NEWEST_N8N ? [] : ['--legacy-peer-deps']),
		];
		await step(`installing n8n ${version} (2,000 packages, some minutes)`, 'npm', install, {
			cwd: runtime,
		});
		await step(`fetching Node.js for n8n ${version}`, 'npm', ['rebuild', 'node', ...WITH_SCRIPTS], {
			cwd: runtime,
		});
		await provideSqlite(version, runtime);
	});
};

const newestIn = (folder) =>
	Math.max(
		...readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
			.filter((entry) => entry.isFile())
			.map((entry) => statSync(join(entry.parentPath ?? entry.path, entry.name)).mtimeMs),
	);

/** Where Debian and Ubuntu install the browser. `CHROMIUM` sets another path. */
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** Installs the browser in which the tests use the editor. */
export const ensureChromium = async () => {
	if (existsSync(CHROMIUM)) return;
	if (!isRoot() || !existsSync('/usr/bin/apt-get')) {
		throw new StepFailed(
			`The tests of the editor need Chromium. Install it, or set CHROMIUM to the path of one: there is none at ${CHROMIUM}.`,
		);
	}
	await installWithApt('installing a browser', ['chromium']);
};

/** Says to Debian not to start the servers that it installs. */
const POLICY = '/usr/sbin/policy-rc.d';

/** Installs Redis and PostgreSQL, which the queue mode of n8n needs, without starting them. */
export const ensureQueueServers = async () => {
	const missing = [
		...(existsSync('/usr/bin/redis-server') ? [] : ['redis-server']),
		...(existsSync('/usr/lib/postgresql') ? [] : ['postgresql']),
	];
	if (missing.length === 0) return;
	if (!isRoot() || !existsSync('/usr/bin/apt-get')) {
		throw new StepFailed(`The queue mode of n8n needs ${missing.join(' and ')}. Install it first.`);
	}
	const hasPolicy = existsSync(POLICY);
	if (!hasPolicy) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
	try {
		await installWithApt(`installing ${missing.join(' and ')}`, missing);
	} finally {
		if (!hasPolicy) rmSync(POLICY);
	}
};

/** Builds the package in `dist/`, only when a source is newer. */
export const ensureBuild = async () => {
	const stamp = join(ROOT, 'node_modules/.built');
	const sources = Math.max(
		...['nodes', 'credentials', 'icons'].map(newestIn),
		...['package.json', 'tsconfig.json', 'gulpfile.js'].map(
			(file) => statSync(join(ROOT, file)).mtimeMs,
		),
	);
	const isBuilt = existsSync(join(ROOT, 'dist/nodes')) && existsSync(stamp);
	if (isBuilt && statSync(stamp).mtimeMs > sources) return;
	await step('building the package', 'npm', ['run', 'build']);
	writeFileSync(stamp, '');
};

/** Runs `main`. A failed step ends the process with its log instead of a stack trace. */
export const runMain = async (main) => {
	try {
		process.exitCode = await main();
	} catch (error) {
		if (!(error instanceof StepFailed)) throw error;
		console.error(error.message);
		process.exitCode = 1;
	}
};
