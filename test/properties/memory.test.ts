/** What `docs/reliability.md` and `docs/reading.md` say of memory. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

import { writeOptions } from '../../nodes/KibanaEntityStore/actions/entity/write/options';
import { startKibana, type TestKibana } from '../../sandbox/kibana/server';

const ITEMS = 100_000;
/** As the documentation states it: the heap that such a run needs, items, engine and outputs included. */
const HEAP_MB = 300;

/** The heap for that many entities of Get Many in their short form. */
const LIST_HEAP_MB = 200;

const TSX = join(__dirname, '../../node_modules/tsx/dist/cli.mjs');

let kibana: TestKibana;
let listed: TestKibana;

beforeAll(async () => {
	kibana = await startKibana({});
	listed = await startKibana({ api: 'v2' });
});

afterAll(async () => {
	await kibana.stop();
	await listed.stop();
});

const run = async (
	on: TestKibana,
	work: 'list' | 'write',
	heapMb: number,
): Promise<{ code: number | null; output: string }> =>
	await new Promise((resolve) => {
		const child = spawn(
			process.execPath,
			[
				`--max-old-space-size=${heapMb}`,
				TSX,
				join(__dirname, 'memory.ts'),
				...[on.url, on.apiKey, work, String(ITEMS)],
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
	const { code, output } = await run(kibana, 'write', HEAP_MB);
	expect({ code, outputs: JSON.parse(output || '{}').outputs }).toEqual({
		code: 0,
		outputs: [ITEMS, 0],
	});
	expect(kibana.bulkRequests()).toHaveLength(ITEMS / writeOptions.chunkSize.property.default);
}, 180_000);

/** A user as far as the short form needs it. */
const userOf = (index: number) => ({
	'@timestamp': '2026-01-02T03:04:05.000Z',
	entity: {
		id: `user:user-${index}@example.com@okta`,
		name: `Jane Doe ${index}`,
		EngineMetadata: { Type: 'user' },
		attributes: { watchlists: ['vip'] },
		lifecycle: {
			first_seen: '2025-01-02T03:04:05.000Z',
			last_seen: '2026-01-02T03:04:05.000Z',
			last_activity: '2026-01-02T03:04:05.000Z',
		},
		risk: { calculated_level: 'High', calculated_score_norm: 81.5 },
	},
	asset: { criticality: 'high_impact' },
});

/** A page of so many users: a store that holds and sorts them all would take minutes. */
const pageOf = (path: string): string => {
	const query = new URL(path, listed.url).searchParams;
	const after = query.get('searchAfter');
	const from = after === null ? 0 : Number((JSON.parse(after) as number[])[1]) + 1;
	const size = Math.min(Number(query.get('size')), ITEMS - from);
	const entities = Array.from({ length: size }, (_, index) => userOf(from + index));
	return JSON.stringify({ entities, ...(size > 0 && { nextSearchAfter: [0, from + size - 1] }) });
};

it(`lists ${ITEMS} entities within a heap of ${LIST_HEAP_MB} MB`, async () => {
	listed.setFaults(({ route, path = '' }) =>
		route === 'list'
			? { headers: { 'content-type': 'application/json' }, body: pageOf(path) }
			: undefined,
	);
	const { code, output } = await run(listed, 'list', LIST_HEAP_MB);
	expect({ code, outputs: JSON.parse(output || '{}').outputs }).toEqual({
		code: 0,
		outputs: [ITEMS, 0],
	});
}, 180_000);
