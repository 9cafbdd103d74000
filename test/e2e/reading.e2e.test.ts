import type { TestKibana } from '../../sandbox/kibana/server';
import type { N8nClient } from '../../sandbox/n8n/rest';
import { openEditor, type Browser, type NodePanel } from './editor';
import { directoryWorkflow } from './firstHour';
import { seedUsers } from './watching';

const MINUTES = 60_000;

let kibana: TestKibana;
let client: N8nClient;
let browser: Browser;
let close: (() => Promise<void>) | undefined;
let panel: NodePanel;

beforeAll(async () => {
	const editor = await openEditor({ api: 'v2' });
	({ client, browser, close } = editor);
	[kibana] = editor.kibanas;
	seedUsers(kibana);
}, 4 * MINUTES);

afterAll(async () => await close?.(), MINUTES);

/** Adds the node with one of its actions behind the directory, and gives it a credential. */
const add = async (action: string): Promise<NodePanel> => {
	const canvas = await browser.openWorkflow(await client.createWorkflow(directoryWorkflow()));
	const search = await canvas.addAfter('Directory');
	await search.find('entity store');
	await search.actionsOf('Kibana Entity Store');
	return await search.add(action);
};

/** Each step stands on the one before. */
describe('reading in the editor', () => {
	it(
		'offers the entities of Kibana in a list, and gets the one that is chosen',
		async () => {
			panel = await add('Get an entity');
			const form = await panel.createCredential();
			await form.enter(kibana.url, kibana.apiKey);
			expect(await form.test()).toBe('Connection tested successfully');
			await form.closesByItself();
			const listed = await panel.listOf('entityId');
			expect(listed).toHaveLength(3);
			expect(listed.join()).toContain('mia.lund');
			await panel.pick('mia.lund');
			await panel.run();
			const output = await panel.output();
			expect(output).toContain('user:mia.lund@example.com@okta');
			expect(output).toContain('Critical');
		},
		2 * MINUTES,
	);

	it(
		'finds the entities of the items by their fields',
		async () => {
			await panel.chooseFindBy('Fields');
			await panel.addMatchField('Email (user.email)', 'email', '={{ $json.mail }}');
			await panel.run();
			const output = await panel.output();
			for (const name of ['jane.doe', 'kai.ito', 'mia.lund']) {
				expect(output).toContain(`user:${name}@example.com@okta`);
			}
			await panel.close();
		},
		2 * MINUTES,
	);

	it(
		'lists many without any more settings',
		async () => {
			panel = await add('Get many entities');
			await panel.run();
			expect(await panel.output()).toContain('user:jane.doe@example.com@okta');
			await panel.close();
		},
		2 * MINUTES,
	);
});
