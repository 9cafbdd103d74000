/** `npm run bench`: installs what is missing, then measures with the Node.js that n8n asks for. */
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { ensureBuild, ensureN8n, ensureProject, NEWEST_N8N, runMain } from '../sandbox/install.mjs';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');

await runMain(async () => {
	await ensureProject();
	await ensureBuild();
	await ensureN8n();

	const node = join(ROOT, '.runtime', NEWEST_N8N, 'node_modules/.bin/node');
	const main = ['--import', 'tsx', 'bench/main.ts', ...process.argv.slice(2)];
	const child = spawn(node, main, { cwd: ROOT, stdio: 'inherit' });
	// Ctrl-C reaches the benchmark by itself, and it is the benchmark that ends what it started.
	process.on('SIGINT', () => undefined);
	process.on('SIGTERM', () => child.kill('SIGTERM'));
	return await new Promise((resolve) => child.on('close', (code) => resolve(code ?? 1)));
});
