/**
 * `npm run screenshots`: takes the pictures of the documentation in the real editor, with the steps of the
 * tests. `-- trigger`, `first-hour`, `nightly` or `progress` takes only these. It is no part of the tests, since pixels differ from machine to machine.
 */
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';

import { batches, BATCHES_NODES } from '../examples/batches';
import { enrichment } from '../examples/enrichment';
import { mirror } from '../examples/mirror';
import { okta } from '../examples/okta';
import type { Example } from '../examples/workflow';
import { startKibana, type TestKibana } from '../../sandbox/kibana/server';
import { signUp, type N8nClient } from '../../sandbox/n8n/rest';
import { startN8n } from '../../sandbox/n8n/server';
import { openBrowser, type Browser, type CredentialName } from './editor';
import { directoryWorkflow, LOGIN, NODE } from './firstHour';
import { gate, inBatches } from './longRun';
import { nothingStarts, seedUsers, START } from './watching';

/** `-- dark` takes them as they look in the dark theme, to look at only. */
const IS_DARK = process.argv.includes('dark');
const FOLDER = IS_DARK
	? mkdtempSync(join(tmpdir(), 'screenshots-'))
	: join(__dirname, '../../docs/images');

/** The window without the dimmed editor around what is open in it. */
const PANEL = { x: 24, y: 24, width: 1232, height: 752 };
const FORM = { x: 192, y: 80, width: 896, height: 640 };

interface Clip {
	readonly x: number;
	readonly y: number;
	readonly width: number;
	readonly height: number;
}

const photograph = async (page: Page, name: string, clip?: Clip): Promise<void> => {
	// Animations come to rest.
	await page.waitForTimeout(800);
	await page.screenshot({ path: join(FOLDER, `${name}.png`), clip });
	console.log(join(FOLDER, `${name}.png`));
};

const firstHour = async (
	{ page, openWorkflow, dismissToasts }: Browser,
	client: N8nClient,
	kibana: { readonly url: string; readonly apiKey: string },
): Promise<void> => {
	const canvas = await openWorkflow(await client.createWorkflow(directoryWorkflow()));
	const search = await canvas.addAfter('Directory');
	await search.find('upsert user');
	await photograph(page, 'search');
	await search.actionsOf('Kibana Entity Store');
	let panel = await search.add(NODE);

	const form = await panel.createCredential();
	await form.enter(kibana.url, kibana.apiKey);
	await form.test();
	await form.closesByItself();
	const saved = await panel.editCredential();
	await saved.successBanner();
	await dismissToasts();
	await photograph(page, 'credential', FORM);
	await saved.close();

	await panel.close();
	panel = await canvas.openWithFreshFields(NODE);
	await panel.fetchInput();
	await panel.map('user.name', '={{ $json.login }}');
	await panel.map('user.email', '={{ $json.mail }}');
	await panel.map('user.full_name', '={{ $json.name }}');
	await panel.mapChoice('asset.criticality', '={{ $json.impact }}');
	await panel.run();
	await dismissToasts();
	await panel.showMapper();
	await photograph(page, 'stopped', PANEL);

	await panel.switchOn('force');
	await panel.onError('Continue (using error output)');
	await panel.run();
	await dismissToasts();
	await panel.showMapper();
	await photograph(page, 'mapper', PANEL);
	await panel.showOutput('Error');
	await panel.showOutputAs('JSON');
	await photograph(page, 'error-branch', PANEL);
	await panel.close();
};

/** Shows a ready workflow after a run by hand, in a picture of this name. */
const ready = async (
	{ page, openWorkflow, dismissToasts }: Browser,
	client: N8nClient,
	credential: CredentialName,
	{ workflow }: Example,
	name: string,
): Promise<void> => {
	const nodes = workflow.nodes.map((one) =>
		one.type.endsWith('.kibanaEntityStore')
			? { ...one, credentials: { kibanaEntityStoreApi: credential } }
			: one,
	);
	const canvas = await openWorkflow(await client.createWorkflow({ ...workflow, nodes }));
	await canvas.runAll();
	await dismissToasts();
	await canvas.fit();
	await photograph(page, name);
};

/** Shows the counts of the first batch while Kibana works on the second. */
const progress = async (
	{ page, openWorkflow, dismissToasts }: Browser,
	client: N8nClient,
	kibana: TestKibana,
	credential: CredentialName,
): Promise<void> => {
	const second = gate();
	kibana.answerNext({ pass: true }, { happens: second.opened, pass: true });
	const workflow = inBatches(batches, 2, credential);
	const canvas = await openWorkflow(await client.createWorkflow(workflow));
	const ended = await canvas.startAll();
	while (kibana.bulkRequests().length < 2) await page.waitForTimeout(100);
	const panel = await canvas.open(BATCHES_NODES.PROGRESS);
	await page.getByText('Batch 1 of 2').first().waitFor();
	await dismissToasts();
	await photograph(page, 'progress', PANEL);
	second.open();
	await ended();
	await panel.close();
};

const trigger = async ({ page, openWorkflow }: Browser, client: N8nClient): Promise<void> => {
	const canvas = await openWorkflow(await client.createWorkflow(nothingStarts()));
	const search = await canvas.addTrigger();
	await search.find('entity store');
	await search.triggersOf('Kibana Entity Store');
	await photograph(page, 'trigger-events');
	// The credential of the pictures before is chosen by itself.
	const panel = await search.add(START);
	await panel.alsoChoose('events', 'Watchlist Changed');
	await panel.fetchTestEvent();
	await panel.showOutputAs('JSON');
	// The message of success goes by itself.
	await page.waitForTimeout(6_000);
	await photograph(page, 'trigger', PANEL);
	await panel.close();
};

const main = async (): Promise<void> => {
	mkdirSync(FOLDER, { recursive: true });
	const endings: Array<() => Promise<void>> = [];
	try {
		const kibana = await startKibana({ api: 'v2' });
		endings.push(kibana.stop);
		const n8n = await startN8n();
		endings.push(n8n.stop);
		const client = await signUp(n8n.url, LOGIN);
		const browser = await openBrowser(n8n.url, LOGIN);
		endings.push(browser.close);
		if (IS_DARK) await browser.page.emulateMedia({ colorScheme: 'dark' });
		const parts = process.argv.slice(2).filter((one) => one !== 'dark');
		const isWanted = (part: string) => parts.length === 0 || parts.includes(part);
		if (isWanted('first-hour')) await firstHour(browser, client, kibana);
		const { url: baseUrl, apiKey } = kibana;
		const data = { baseUrl, authentication: 'apiKey', apiKey, allowUnauthorizedCerts: false };
		const id = await client.createCredential('Kibana', 'kibanaEntityStoreApi', data);
		const credential = { id, name: 'Kibana' };
		if (isWanted('progress')) {
			kibana.clear();
			await progress(browser, client, kibana, credential);
		}
		if (isWanted('nightly')) {
			kibana.clear();
			await ready(browser, client, credential, okta, 'workflow');
			await ready(browser, client, credential, mirror, 'mirror');
			seedUsers(kibana);
			await ready(browser, client, credential, enrichment, 'enrichment');
		}
		if (isWanted('trigger')) {
			kibana.clear();
			seedUsers(kibana);
			await trigger(browser, client);
		}
	} finally {
		for (const end of endings.reverse()) await end();
	}
};

main().catch((error: Error) => {
	console.error(error.message);
	process.exitCode = 1;
});
