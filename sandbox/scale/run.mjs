/** `npm run scale`: installs what is missing, then runs a directory through n8n in queue mode. */
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { ensureBuild, ensureN8n, ensureProject, ensureQueueServers, runMain } from '../install.mjs';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');

await runMain(async () => {
	await ensureProject();
	await ensureBuild();
	await ensureN8n();
	await ensureQueueServers();

	const main = ['--import', 'tsx', 'sandbox/scale/main.ts', ...process.argv.slice(2)];
	const child = spawn(process.execPath, main, { cwd: ROOT, stdio: 'inherit' });
	// The terminal sends Ctrl-C to the program too, which then ends its own processes.
	process.on('SIGINT', () => undefined);
	process.on('SIGTERM', () => child.kill('SIGTERM'));
	return await new Promise((resolve) => child.on('close', (code) => resolve(code ?? 1)));
});
