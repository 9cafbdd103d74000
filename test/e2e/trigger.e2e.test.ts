import type { TestKibana } from '../../sandbox/kibana/server';
import { openEditor, type Browser, type Canvas, type NodePanel } from './editor';
import { nothingStarts, seedUsers, START } from './watching';

const MINUTES = 60_000;

let kibana: TestKibana;
let browser: Browser;
let close: (() => Promise<void>) | undefined;
let workflowId: string;
let canvas: Canvas;
let panel: NodePanel;

beforeAll(async () => {
	const editor = await openEditor({ api: 'v2' });
	({ browser, close } = editor);
	[kibana] = editor.kibanas;
	seedUsers(kibana);
	workflowId = await editor.client.createWorkflow(nothingStarts());
	canvas = await browser.openWorkflow(workflowId);
}, 4 * MINUTES);

afterAll(async () => await close?.(), MINUTES);

/** Each step stands on the one before. */
describe('the trigger in the editor', () => {
	it(
		'is found beside the node, with one entry for each of its events',
		async () => {
			const search = await canvas.addTrigger();
			expect(await search.find('entity store')).toContain('Kibana Entity Store');
			expect(await search.triggersOf('Kibana Entity Store')).toEqual([
				'On criticality changed',
				'On entity created',
				'On fields changed',
				'On risk level reached',
				'On risk score changed',
				'On watchlist changed',
			]);
			panel = await search.add(START);
			expect(await panel.chosen('events')).toEqual(['Risk Level Reached']);
		},
		MINUTES,
	);

	it(
		'shows the parameters of the events that are chosen, and the filters',
		async () => {
			expect(await panel.parameters()).toEqual(
				expect.arrayContaining(['Events', 'Risk Level', 'Space', 'Entity Types', 'Simplify']),
			);
			expect(await panel.parameters()).not.toContain('Score Changed By');
			await panel.alsoChoose('events', 'Risk Score Changed');
			expect(await panel.parameters()).toContain('Score Changed By');
			expect(await panel.filters()).toEqual([
				'Criticality',
				'KQL',
				'Name Contains',
				'Risk Level From',
				'Risk Score From',
				'Source',
			]);
		},
		MINUTES,
	);

	it(
		'shows up to three recent samples in a test, and keeps nothing of it',
		async () => {
			const form = await panel.createCredential();
			await form.enter(kibana.url, kibana.apiKey);
			expect(await form.test()).toBe('Connection tested successfully');
			await form.closesByItself();
			await panel.fetchTestEvent();
			// n8n draws only the lines of a JSON that are in sight.
			await panel.showOutputAs('Table');
			const output = await panel.output();
			expect(output).toContain('3 items');
			expect(output).toContain('riskLevelReached');
			expect(output).toContain('riskScoreChanged');
			expect(output).toContain('user:mia.lund@example.com@okta');
			await panel.close();
			await browser.save();
			const saved = await browser.savedWorkflow(workflowId);
			expect(saved.nodes.map(({ name }) => name)).toContain('Kibana Entity Store Trigger');
			expect(saved.staticData ?? {}).toEqual({});
		},
		2 * MINUTES,
	);
});
