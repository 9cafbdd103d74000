import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

import { RUNTIME } from '../../sandbox/n8n/server';

const ROOT = join(__dirname, '../..');
const MINUTE = 60_000;

describe('expressions that are compiled, shared and evaluated by n8n', () => {
	it(
		'mean the same on any item, in both forms of its engine',
		() => {
			const program = ['--import', 'tsx', 'test/properties/compareExpressions.ts', '80'];
			// One form of the engine needs the Node.js of n8n.
			const printed = execFileSync(join(RUNTIME, '.bin/node'), program, {
				cwd: ROOT,
				encoding: 'utf8',
			});
			console.info(printed.trim());
			expect(printed).toMatch(/^legacy: \d{4,} equal, .*\nvm: \d{4,} equal/);
		},
		3 * MINUTE,
	);
});
