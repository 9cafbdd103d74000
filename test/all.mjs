/** `npm test`: installs what is missing, then every check there is. The last line counts them. */
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
} from '../sandbox/install.mjs';

const run = (title, args) => {
	console.log(`\n── ${title}`);
	return spawnSync('npm', ['run', '--silent', ...args], { stdio: 'inherit' }).status === 0;
};

const runJest = () => {
	const folder = mkdtempSync(join(tmpdir(), 'jest-totals-'));
	const file = join(folder, 'totals.json');
	const passed = run('tests', ['test:jest', '--', '--runInBand', '--json', `--outputFile=${file}`]);
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
};

await runMain(async () => {
	await ensureProject();
	await ensureBuild();
	await ensureN8n();
	await ensureChromium();
	const checks = [run('lint', ['lint']), run('types', ['typecheck'])];
	const tests = runJest();
	const passed = checks.filter(Boolean).length + tests.passed;
	const failed = checks.filter((check) => !check).length + tests.failed;
	console.log(`\n${passed} passed, ${failed} failed`);
	return failed === 0 ? 0 : 1;
});
