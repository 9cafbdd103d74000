import type { TestKibana } from '../../sandbox/kibana/server';
import type { N8nClient } from '../../sandbox/n8n/rest';
import type { RunningN8n } from '../../sandbox/n8n/server';
import { openEditor, type Browser, type Canvas, type NodePanel } from './editor';
import { directoryWorkflow, NODE } from './firstHour';

const SPACES = [
	{ id: 'default', name: 'Default' },
	{ id: 'soc', name: 'Security Operations' },
];
const NOBODY = 'http://127.0.0.1:1';
const MINUTES = 60_000;

let v1: TestKibana;
let v2: TestKibana;
let n8n: RunningN8n;
let client: N8nClient;
let browser: Browser;
let close: (() => Promise<void>) | undefined;

beforeAll(async () => {
	const editor = await openEditor({ api: 'v1', spaces: SPACES }, { api: 'v2', spaces: SPACES });
	({ n8n, client, browser, close } = editor);
	[v1, v2] = editor.kibanas;
}, 4 * MINUTES);

afterAll(async () => await close?.(), MINUTES);

let canvas: Canvas;
let panel: NodePanel;

/** Each step stands on the one before, as in a builder's first hour. */
describe('the first hour in the editor, with Kibana 9.4', () => {
	beforeAll(async () => {
		canvas = await browser.openWorkflow(await client.createWorkflow(directoryWorkflow()));
	}, MINUTES);

	it(
		'finds the node by what a user would type, and lists its actions',
		async () => {
			const search = await canvas.addAfter('Directory');
			for (const words of ['entity', 'asset inventory', 'upsert user']) {
				expect((await search.find(words))[0]).toBe('Kibana Entity Store');
			}
			// n8n's own "Kibana" is an HTTP Request node with a credential of its own.
			expect((await search.find('kibana')).slice(0, 2)).toContain('Kibana Entity Store');
			expect(await search.actionsOf('Kibana Entity Store')).toEqual(
				expect.arrayContaining([
					'Create an entity',
					'Create or update an entity',
					'Update an entity',
				]),
			);
			panel = await search.add(NODE);
		},
		MINUTES,
	);

	it(
		'shows ten fields or fewer at once, no ID among them, and what differs between versions',
		async () => {
			const fields = await panel.fields();
			expect(fields.slice(0, 3)).toEqual([
				'User Name (user.name)',
				'Email – protected (user.email)',
				'Full Name – protected (user.full_name)',
			]);
			expect(fields.length).toBeLessThanOrEqual(10);
			const hidden = await panel.hiddenFields();
			expect(hidden[0]).toBe('Entity ID (entity.id)');
			expect(hidden).toContain('Tags – Kibana 9.4 and later – protected (tags)');
			expect(hidden).toContain('Privileged – Kibana 9.2 and 9.3 (entity.attributes.privileged)');
		},
		MINUTES,
	);

	it(
		'tests the credential: wrong key, wrong URL, nobody there, and the right one',
		async () => {
			const form = await panel.createCredential();
			await form.enter(v2.url, 'nobody:knows-this-key');
			expect(await form.test()).toContain('Kibana does not accept this credential');
			await form.enter(n8n.url, v2.apiKey);
			expect(await form.test()).toContain('not as Kibana does');
			await form.enter(NOBODY, v2.apiKey);
			expect(await form.test()).toContain('ECONNREFUSED');
			await form.enter(v2.url, v2.apiKey);
			expect(await form.test()).toBe('Connection tested successfully');
			await form.closesByItself();
			const saved = await panel.editCredential();
			expect(await saved.successBanner()).toContain('Connection tested successfully');
			await saved.close();
		},
		MINUTES,
	);

	it(
		'offers just the fields of this Kibana when the node is opened again',
		async () => {
			await panel.close();
			panel = await canvas.openWithFreshFields(NODE);
			const hidden = await panel.hiddenFields();
			expect(hidden).toContain('Tags – protected (tags)');
			expect(hidden.filter((label) => /Kibana 9\.(2 and 9\.3|4 and later)/.test(label))).toEqual(
				[],
			);
			expect(hidden.filter((label) => label.startsWith('Privileged'))).toEqual([]);
		},
		MINUTES,
	);

	it(
		'lists the spaces of Kibana',
		async () => {
			expect(await panel.listSpaces()).toEqual(['Default', 'Security Operations']);
			await panel.pickSpace('Security Operations');
		},
		MINUTES,
	);

	it(
		'changes the fields with the entity type',
		async () => {
			await panel.chooseEntityType('Host');
			expect((await panel.fields()).slice(0, 3)).toEqual([
				'Host Name (host.name)',
				'Hostname (host.hostname)',
				'IP Address – protected (host.ip)',
			]);
			await panel.chooseEntityType('Generic');
			expect((await panel.fields())[0]).toBe('Entity ID (entity.id)');
		},
		MINUTES,
	);

	it(
		'marks a missing entity ID where it is to be entered',
		async () => {
			expect(await panel.issueOf('entity.id')).toContain('Field "entity.id" is required');
		},
		MINUTES,
	);

	it(
		'takes expressions, a choice, a hidden field and an option',
		async () => {
			await panel.chooseKeptEntityType('User');
			await panel.fetchInput();
			await panel.map('user.name', '={{ $json.login }}');
			await panel.map('user.email', '={{ $json.mail }}');
			await panel.map('user.full_name', '={{ $json.name }}');
			await panel.mapChoice('asset.criticality', '={{ $json.impact }}');
			await panel.addField('Business Unit – protected (asset.business_unit)');
			await panel.map('asset.business_unit', '={{ $json.team }}');
			expect(await panel.fields()).toContain('Business Unit – protected (asset.business_unit)');
		},
		MINUTES,
	);

	it(
		'stops with one error that says which items failed and what to do',
		async () => {
			await panel.run();
			const output = await panel.output();
			expect(output).toMatch(/3 of 3 entities failed: Protected by Kibana.*\(1 of \d causes\)/);
			expect(output).toContain('Protected by Kibana: user.full_name');
			expect(output).toContain('Turn on "Write Protected Fields"');
			expect(v2.entities('user', 'soc')).toEqual([]);
		},
		MINUTES,
	);

	it(
		'sends good items on and bad ones to the error branch, each with its reason',
		async () => {
			await panel.switchOn('force');
			await panel.onError('Continue (using error output)');
			await panel.run();
			const success = await panel.output();
			expect(success).toContain('Kibana created 2 of 3 entities in 3 requests');
			expect(success).toContain('Success Branch (2 items)');
			expect(success).toContain('Error Branch (1 item)');
			await panel.showOutput('Error');
			const failed = await panel.output();
			expect(failed).toContain('kai.ito@example.com');
			expect(failed).toContain('asset.criticality expects one of low_impact');
			expect(failed).toMatch(/reason:\s*invalidRecord/);
		},
		MINUTES,
	);

	it('has stored what was mapped, in the space that was picked', () => {
		// New entities are created several at a time, so their order is none.
		const stored = v2.entities('user', 'soc').sort((one, other) => one.id.localeCompare(other.id));
		expect(stored.map(({ record }) => record)).toEqual([
			{
				entity: {
					EngineMetadata: { Type: 'user' },
					id: 'user:jane.doe@example.com@unknown',
					name: 'user:jane.doe@example.com@unknown',
				},
				user: { name: 'jane.doe', email: ['jane.doe@example.com'], full_name: ['Jane Doe'] },
				asset: { business_unit: 'Finance', criticality: 'high_impact' },
			},
			{
				entity: {
					EngineMetadata: { Type: 'user' },
					id: 'user:mia.lund@example.com@unknown',
					name: 'user:mia.lund@example.com@unknown',
				},
				user: { name: 'mia.lund', email: ['mia.lund@example.com'], full_name: ['Mia Lund'] },
				asset: { business_unit: 'Engineering', criticality: 'low_impact' },
			},
		]);
	});

	it(
		'keeps the fields of the input beside the result, under the key that failed items have it',
		async () => {
			await panel.turnOn('Include Input Fields', 'includeInputFields');
			await panel.run();
			await panel.showOutput('Success');
			const written = await panel.output();
			expect(written).toContain('mia.lund@example.com');
			expect(written).toMatch(/status:\s*updated/);
			expect(written).toContain('details');
		},
		MINUTES,
	);

	it(
		'maps automatically, and says in a hint what it left out',
		async () => {
			v2.clear();
			const id = await client.createWorkflow(directoryWorkflow('ecs'));
			canvas = await browser.openWorkflow(id);
			const search = await canvas.addAfter('Directory');
			await search.find('kibana');
			await search.actionsOf('Kibana Entity Store');
			panel = await search.add(NODE);
			await panel.mapAutomatically();
			await panel.switchOn('force');
			await panel.run();
			const output = await panel.output();
			expect(output).toContain('Ignored: not entity fields: shoeSize');
			expect(output).toContain('Kibana created 1 of 1 entity');
			expect(v2.entities('user').map(({ id: found }) => found)).toEqual([
				'user:jane.doe@example.com@unknown',
			]);
		},
		2 * MINUTES,
	);
});

describe('with Kibana 9.3', () => {
	it(
		'keeps the fields in sight when Kibana turns out to be another version',
		async () => {
			const before = await panel.mapByHand().then(async () => await panel.fields());
			const form = await panel.editCredential();
			await form.enter(v1.url, v1.apiKey);
			expect(await form.test()).toBe('Connection tested successfully');
			await form.close();
			await panel.close();
			panel = await canvas.openWithFreshFields(NODE);
			expect(await panel.fields()).toEqual(before);
			const hidden = await panel.hiddenFields();
			expect(hidden).toContain('Privileged (entity.attributes.privileged)');
			expect(hidden).not.toContain('Tags – protected (tags)');
		},
		MINUTES,
	);

	it(
		'says of what it sends that Kibana has only queued it',
		async () => {
			await panel.mapAutomatically();
			await panel.run();
			const output = await panel.output();
			expect(output).toContain('Kibana accepted 1 of 1 entity in 1 request');
			expect(output).toContain('usually more than a minute later');
			expect(v1.entities('user').map(({ id }) => id)).toEqual(['jane.doe']);
		},
		MINUTES,
	);
});

describe('with no Kibana there', () => {
	it(
		'shows the fields of all versions below a line that says why, and no input beside it',
		async () => {
			const form = await panel.editCredential();
			await form.enter(NOBODY, v1.apiKey);
			expect(await form.test()).toContain('ECONNREFUSED');
			await form.close();
			await panel.mapByHand();
			expect((await panel.fields())[0]).toBe(
				'Kibana does not answer: fields of all versions shown',
			);
			expect(await panel.inputsOf('notice')).toBe(0);
			expect(await panel.hiddenFields()).toContain('Tags – Kibana 9.4 and later (tags)');
		},
		MINUTES,
	);

	it(
		'shows the line until the node is opened again with a credential that works',
		async () => {
			const form = await panel.editCredential();
			await form.enter(v1.url, v1.apiKey);
			expect(await form.test()).toBe('Connection tested successfully');
			await form.close();
			expect((await panel.fields())[0]).toMatch(/^Kibana does not answer/);
			await panel.close();
			panel = await canvas.openWithFreshFields(NODE);
			expect((await panel.fields())[0]).toBe('User Name (user.name)');
			expect(await panel.hiddenFields()).not.toContain('Tags – Kibana 9.4 and later (tags)');
		},
		MINUTES,
	);
});
