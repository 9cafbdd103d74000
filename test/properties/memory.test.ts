/** What `docs/reliability.md` says of memory. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

import { writeOptions } from '../../nodes/KibanaEntityStore/actions/entity/write/options';
import { startKibana, type TestKibana } from '../../sandbox/kibana/server';

const ITEMS = 100_000;
/** As the documentation states it: the heap that such a run needs, items, engine and outputs included. */
const HEAP_MB = 300;

const TSX = join(__dirname, '../../node_modules/tsx/dist/cli.mjs');

let kibana: TestKibana;

beforeAll(async () => void (kibana = await startKibana({})));

afterAll(async () => await kibana.stop());

const run = async (heapMb: number): Promise<{ code: number | null; output: string }> =>
	await new Promise((resolve) => {
		const child = spawn(
			process.execPath,
			[
				`--max-old-space-size=${heapMb}`,
				TSX,
				join(__dirname, 'memory.ts'),
				...[kibana.url, kibana.apiKey, String(ITEMS)],
			],
			{
				stdio: ['ignore', 'pipe', 'inherit'],
				env: { ...process.env, NODE_OPTIONS: `--max-old-space-size=${heapMb}` },
			},
		);
		let output = '';
		child.stdout.on('data', (text: Buffer) => (output += text.toString()));
		child.once('close', (code) => resolve({ code, output }));
	});

it(`takes ${ITEMS} items in one run within a heap of ${HEAP_MB} MB`, async () => {
	const { code, output } = await run(HEAP_MB);
	expect({ code, outputs: JSON.parse(output || '{}').outputs }).toEqual({
		code: 0,
		outputs: [ITEMS, 0],
	});
	expect(kibana.bulkRequests()).toHaveLength(ITEMS / writeOptions.chunkSize.property.default);
}, 180_000);
