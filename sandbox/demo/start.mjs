/** `npm start`: installs what is missing, then runs the demo with the same arguments. */
import { spawn } from 'node:child_process';

import { ensureBuild, ensureN8n, ensureProject, runMain } from '../install.mjs';

await runMain(async () => {
	await ensureProject();
	await ensureBuild();
	await ensureN8n();

	const demo = ['--import', 'tsx', 'sandbox/demo/demo.ts', ...process.argv.slice(2)];
	const child = spawn(process.execPath, demo, { stdio: 'inherit' });
	// The terminal sends Ctrl-C to the demo too, which then ends its own processes.
	process.on('SIGINT', () => undefined);
	process.on('SIGTERM', () => child.kill('SIGTERM'));
	return await new Promise((resolve) => child.on('close', (code) => resolve(code ?? 1)));
});
