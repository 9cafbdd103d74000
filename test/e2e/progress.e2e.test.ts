import { batches, BATCHES_NODES } from '../examples/batches';
import { connect } from '../examples/workflow';
import type { TestKibana } from '../../sandbox/kibana/server';
import type { N8nClient } from '../../sandbox/n8n/rest';
import { openEditor, type Browser, type CredentialName } from './editor';
import { inBatches, gate } from './longRun';
import { ITEMS, START, startWith, workflowOf, writeNode } from './matrix/workflow';

const MINUTES = 60_000;
const WRITE = 'Write';
const USERS = Array.from({ length: 4 }, (_, index) => ({ login: `secret-${index}` }));

let kibana: TestKibana;
let client: N8nClient;
let browser: Browser;
let close: (() => Promise<void>) | undefined;
let credential: CredentialName;

beforeAll(async () => {
	const editor = await openEditor({ api: 'v1' });
	({ client, browser, close } = editor);
	[kibana] = editor.kibanas;
	credential = await editor.credentialFor(kibana);
}, 4 * MINUTES);

afterEach(() => kibana.clear());

afterAll(async () => await close?.(), MINUTES);

describe('a long run in the editor', () => {
	it(
		'says how far it is in the console of the browser, and nowhere on the page before its end',
		async () => {
			const lines: string[] = [];
			browser.page.on('console', (message) => {
				if (message.text().includes('Kibana Entity Store')) lines.push(message.text());
			});
			const last = gate();
			kibana.answerNext(
				{ delayMs: 1_100, pass: true },
				{ delayMs: 1_100, pass: true },
				{ pass: true },
				{ happens: last.opened, pass: true },
			);
			const options = { chunkSize: 1, concurrency: 1 };
			const canvas = await browser.openWorkflow(
				await client.createWorkflow(
					workflowOf(
						'Long',
						[
							...startWith(USERS),
							writeNode(
								WRITE,
								credential.id,
								{ 'user.name': '={{ $json.login }}' },
								{ force: true, options },
							),
						],
						connect({ [START]: [[ITEMS]], [ITEMS]: [[WRITE]] }),
					),
				),
			);
			const ended = await canvas.startAll();
			while (lines.length < 2) await browser.page.waitForTimeout(100);
			const panel = await canvas.open(WRITE);
			const before = await panel.output();
			expect(before).not.toMatch(/entities|done|left/);
			expect(before).toMatch(/Executing node/);
			last.open();
			await ended();
			expect(lines[0]).toMatch(
				/\[Node: "Write"\].*1 of 4 entities done, 3 left, [01] a second, 1 request so far/,
			);
			expect(lines[1]).toMatch(/2 of 4 entities done, 2 left/);
			expect(lines.at(-1)).toMatch(/4 entities: 4 accepted/);
			expect(lines.join()).not.toContain('secret-');
			await panel.close();
		},
		2 * MINUTES,
	);

	it(
		'shows the counts of a batch as soon as it is written, in the node behind it',
		async () => {
			const second = gate();
			kibana.answerNext({ pass: true }, { happens: second.opened, pass: true });
			const canvas = await browser.openWorkflow(
				await client.createWorkflow(inBatches(batches, 2, credential)),
			);
			const ended = await canvas.startAll();
			while (kibana.bulkRequests().length < 2) await browser.page.waitForTimeout(100);
			const panel = await canvas.open(BATCHES_NODES.PROGRESS);
			await browser.page.getByText('Batch 1 of 2. 2 entities: 2 accepted').first().waitFor();
			second.open();
			await ended();
			await browser.page
				.getByText(/Batch 2 of 2\. 2 entities: 1 accepted, 1 failed/)
				.first()
				.waitFor();
			await panel.close();
		},
		2 * MINUTES,
	);
});
