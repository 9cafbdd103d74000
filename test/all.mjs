/**
 * `npm test`: installs what is missing, then every check there is. Says how long each part took; the last
 * line counts the checks.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
	ensureBuild,
	ensureChromium,
	ensureN8n,
	ensureProject,
	runMain,
	TESTED_N8N,
} from '../sandbox/install.mjs';

const parts = [];

/** Runs a part, and notes how long it took. */
const timed = async (title, part) => {
	const startedAt = Date.now();
	const result = await part();
	parts.push({ title, seconds: (Date.now() - startedAt) / 1000 });
	return result;
};

const run = (title, args, environment = {}) => {
	console.log(`\n── ${title}`);
	const env = { ...process.env, ...environment };
	return spawnSync('npm', ['run', '--silent', ...args], { stdio: 'inherit', env }).status === 0;
};

const check = async (title, script) =>
	await timed(title, () => {
		const passed = run(title, [script]);
		return { passed: passed ? 1 : 0, failed: passed ? 0 : 1 };
	});

const jest = async (title, args, environment = {}, workers = 1) =>
	await timed(title, () => {
		const folder = mkdtempSync(join(tmpdir(), 'jest-totals-'));
		const file = join(folder, 'totals.json');
		const options = [`--maxWorkers=${workers}`, '--json', `--outputFile=${file}`, ...args];
		const passed = run(title, ['test:jest', '--', ...options], environment);
		try {
			const { numPassedTests, numFailedTests, numFailedTestSuites } = JSON.parse(
				readFileSync(file, 'utf8'),
			);
			// A suite that does not even load has no failed tests, and fails all the same.
			const failed = Math.max(numFailedTests, numFailedTestSuites, passed ? 0 : 1);
			return { passed: numPassedTests, failed };
		} catch {
			return { passed: 0, failed: 1 };
		} finally {
			rmSync(folder, { recursive: true, force: true });
		}
	});

const ZOD_4 = [
	'--resolver',
	'<rootDir>/test/zod4.resolver.js',
	'test/unit/kibana',
	'test/acceptance/generations',
];
// One for each core of the smallest machine. A real n8n needs both of them.
const WORKERS = 2;
const FAST = ['--testPathIgnorePatterns', '/test/e2e/', '/test/properties/'];

await runMain(async () => {
	await timed('installing the tools', ensureProject);
	await timed('building', ensureBuild);
	for (const version of TESTED_N8N) {
		await timed(`installing n8n ${version}`, async () => await ensureN8n(version));
	}
	await timed('installing the browser', ensureChromium);
	const results = [
		await check('lint', 'lint'),
		await check('types', 'typecheck'),
		await jest('tests of units, pages and the package', FAST, {}, WORKERS),
		await jest('tests with zod 4', ZOD_4, {}, WORKERS),
		await jest('tests of properties', ['test/properties/'], {}, WORKERS),
		await jest(`tests of the editor and the demo in n8n ${TESTED_N8N[0]}`, ['test/e2e/']),
	];
	for (const version of TESTED_N8N) {
		const matrix = ['--config', 'test/e2e/matrix/jest.config.js'];
		results.push(await jest(`tests in n8n ${version}`, matrix, { N8N_VERSION: version }));
	}
	const sum = (key) => results.reduce((total, result) => total + result[key], 0);
	console.log('');
	for (const { title, seconds } of parts) {
		console.log(`${seconds.toFixed(0).padStart(6)} s  ${title}`);
	}
	console.log(`\n${sum('passed')} passed, ${sum('failed')} failed`);
	return sum('failed') === 0 ? 0 : 1;
});
