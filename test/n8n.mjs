/**
 * `npm run test:n8n -- <version> …`: what holds on every n8n, on the versions named, or on all that
 * `npm test` runs on. Installs what is missing.
 */
import { spawnSync } from 'node:child_process';

import { ensureBuild, ensureN8n, ensureProject, runMain, TESTED_N8N } from '../sandbox/install.mjs';

await runMain(async () => {
	await ensureProject();
	await ensureBuild();
	const [, , ...named] = process.argv;
	let code = 0;
	for (const version of named.length > 0 ? named : TESTED_N8N) {
		await ensureN8n(version);
		console.log(`\n── n8n ${version}`);
		const { status } = spawnSync(
			'npm',
			[
				'run',
				'--silent',
				'test:jest',
				'--',
				'--config',
				'test/e2e/matrix/jest.config.js',
				'--runInBand',
			],
			{ stdio: 'inherit', env: { ...process.env, N8N_VERSION: version } },
		);
		code = status === 0 ? code : 1;
	}
	return code;
});
