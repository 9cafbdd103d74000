import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
	chromium,
	type BrowserContext,
	type Locator,
	type Page,
	type Response,
} from 'playwright-core';

import { startKibana, type KibanaOptions, type TestKibana } from '../../sandbox/kibana/server';
import { signUp, type Login, type N8nClient } from '../../sandbox/n8n/rest';
import { startN8n, type RunningN8n } from '../../sandbox/n8n/server';
import { LOGIN } from './firstHour';

/** Debian's browser; `ensureChromium` in `sandbox/install.mjs` installs it where it is missing. */
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** Keeps the browser to this machine. */
const FLAGS = [
	'--no-sandbox',
	'--disable-gpu',
	'--disable-quic',
	'--no-first-run',
	'--disable-background-networking',
	'--disable-component-update',
	'--disable-sync',
];

const WINDOW = { width: 1280, height: 800 };
/** Less than a test has, so that a failed step says what it waited for. */
const PATIENCE_MS = 30_000;

/** A browser that is signed in to n8n. */
export interface Browser {
	readonly page: Page;
	/** Opens a workflow in the editor. */
	openWorkflow(id: string): Promise<Canvas>;
	/** Closes the messages in the corner. */
	dismissToasts(): Promise<void>;
	/** Saves the open workflow. */
	save(): Promise<void>;
	/** The workflow as n8n has stored it. */
	savedWorkflow(id: string): Promise<SavedWorkflow>;
	close(): Promise<void>;
}

interface SavedWorkflow {
	/** What its nodes keep from one execution to the next. */
	readonly staticData?: object | null;
	readonly nodes: ReadonlyArray<{
		readonly name: string;
		readonly parameters: Record<string, unknown>;
	}>;
}

/** How long the editor may take to take over a change. */
const SETTLES_MS = 2_500;

/** Elements by the names that n8n gives them for its own tests. */
const named = (within: Page | Locator, name: string): Locator =>
	within.locator(`[data-test-id="${name}"]`);

const signIn = async (page: Page, url: string, { email, password }: Login): Promise<void> => {
	await page.goto(`${url}/signin`);
	await page.fill('input[name="emailOrLdapLoginId"]', email);
	await page.fill('input[type=password]', password);
	await named(page, 'form-submit-button').click();
	await page.waitForURL(/\/(home|workflow)/);
};

/** Starts a browser with an empty profile and signs in. */
export const openBrowser = async (url: string, login: Login): Promise<Browser> => {
	const profile = await mkdtemp(join(tmpdir(), 'browser-'));
	const context: BrowserContext = await chromium.launchPersistentContext(profile, {
		executablePath: CHROMIUM,
		headless: true,
		viewport: WINDOW,
		args: FLAGS,
	});
	const close = async () => {
		await context.close();
		await rm(profile, { recursive: true, force: true });
	};
	try {
		context.setDefaultTimeout(PATIENCE_MS);
		const page = context.pages()[0] ?? (await context.newPage());
		await signIn(page, url, login);
		const openWorkflow = async (id: string): Promise<Canvas> => {
			await page.goto(`${url}/workflow/${id}`);
			await named(page, 'canvas-node').first().waitFor();
			return new Canvas(page);
		};
		const dismissToasts = async (): Promise<void> => {
			const toasts = page.locator('.el-notification__closeBtn');
			while ((await toasts.count()) > 0) {
				// One may go by itself before it is clicked.
				await toasts
					.first()
					.click({ timeout: 1_000 })
					.catch(() => undefined);
				await page.waitForTimeout(300);
			}
		};
		const save = async (): Promise<void> => {
			await page.keyboard.press('Control+s');
			await page.waitForTimeout(SETTLES_MS);
		};
		const savedWorkflow = async (id: string): Promise<SavedWorkflow> => {
			const browserId = await page.evaluate<string>('localStorage.getItem("n8n-browserId")');
			const answer = await page.request.get(`${url}/rest/workflows/${id}`, {
				headers: { 'browser-id': browserId },
			});
			return ((await answer.json()) as { data: SavedWorkflow }).data;
		};
		return { page, openWorkflow, dismissToasts, save, savedWorkflow, close };
	} catch (error) {
		await close();
		throw error;
	}
};

/** How nodes name a credential that exists. */
export interface CredentialName {
	readonly id: string;
	readonly name: string;
}

/** A real n8n with a browser that is signed in to it, and test Kibanas. */
export interface Editor<Options extends readonly KibanaOptions[]> {
	readonly kibanas: { readonly [Key in keyof Options]: TestKibana };
	readonly n8n: RunningN8n;
	readonly client: N8nClient;
	readonly browser: Browser;
	/** Creates a credential for one of the Kibanas. */
	credentialFor(kibana: TestKibana): Promise<CredentialName>;
	/** Ends everything that was started. */
	close(): Promise<void>;
}

/**
 * Starts an editor for the tests of a file, which takes up to a few minutes.
 *
 * @param kibanas options of each Kibana to start
 */
export const openEditor = async <const Options extends readonly KibanaOptions[]>(
	...kibanas: Options
): Promise<Editor<Options>> => {
	const endings: Array<() => Promise<void>> = [];
	const keep = <Thing>(thing: Thing, end: (thing: Thing) => Promise<void>): Thing => {
		endings.unshift(async () => await end(thing));
		return thing;
	};
	const close = async (): Promise<void> => {
		for (const end of endings.splice(0)) await end();
	};
	try {
		const running: TestKibana[] = [];
		for (const options of kibanas) {
			running.push(keep(await startKibana(options), async (one) => await one.stop()));
		}
		const n8n = keep(await startN8n(), async (one) => await one.stop());
		const client = await signUp(n8n.url, LOGIN);
		const browser = keep(await openBrowser(n8n.url, LOGIN), async (one) => await one.close());
		const credentialFor = async ({ url, apiKey }: TestKibana): Promise<CredentialName> => {
			const name = 'Kibana';
			const authentication = { authentication: 'apiKey', apiKey };
			const data = { baseUrl: url, ...authentication, allowUnauthorizedCerts: false };
			return { id: await client.createCredential(name, 'kibanaEntityStoreApi', data), name };
		};
		const all = running as unknown as Editor<Options>['kibanas'];
		return { kibanas: all, n8n, client, browser, credentialFor, close };
	} catch (error) {
		await close();
		throw error;
	}
};

/** What n8n answers to a request that an action in the editor leads to. */
const answerTo = async (
	page: Page,
	path: RegExp,
	act: () => Promise<unknown>,
): Promise<Response> => {
	const [answer] = await Promise.all([page.waitForResponse(path), act()]);
	return answer;
};

const MAPPER_FIELDS = /resource-mapper-fields/;
const CREDENTIAL_TEST = /credentials\/test/;
const RUN = /\/workflows\/[^/]+\/run/;

/** Waits until the execution that a request has started is over. */
const hasEnded = async (page: Page, started: Response): Promise<void> => {
	const { data } = (await started.json()) as { data: { executionId: string } };
	const browserId = await page.evaluate<string>('localStorage.getItem("n8n-browserId")');
	const url = new URL(`/rest/executions/${data.executionId}`, page.url()).href;
	const deadline = Date.now() + PATIENCE_MS;
	while (Date.now() < deadline) {
		const answer = await page.request.get(url, { headers: { 'browser-id': browserId } });
		const { data: execution } = (await answer.json()) as { data?: { status?: string } };
		if (execution?.status === 'success' || execution?.status === 'error') return;
		await page.waitForTimeout(200);
	}
	throw new Error(`Execution ${data.executionId} does not end`);
};

/** The sheet on which the nodes of a workflow lie. */
export class Canvas {
	constructor(private readonly page: Page) {}

	private node(name: string): Locator {
		return this.page.locator(`[data-test-id="canvas-node"][data-node-name="${name}"]`);
	}

	/** Opens the list of nodes behind a node, so that what is added there is connected to it. */
	async addAfter(name: string): Promise<NodeSearch> {
		await this.node(name).click();
		await this.page.keyboard.press('n');
		await named(this.page, 'node-creator').waitFor();
		return new NodeSearch(this.page);
	}

	/** Opens the list of nodes in a workflow that nothing starts yet. */
	async addTrigger(): Promise<NodeSearch> {
		await this.page.keyboard.press('n');
		await named(this.page, 'node-creator').waitFor();
		return new NodeSearch(this.page);
	}

	async open(name: string): Promise<NodePanel> {
		await this.node(name).dblclick();
		const panel = new NodePanel(this.page);
		await panel.isOpen();
		return panel;
	}

	/** Opens a node whose fields are not those of its Kibana, and waits until they are. */
	async openWithFreshFields(name: string): Promise<NodePanel> {
		await answerTo(this.page, MAPPER_FIELDS, async () => await this.open(name));
		await this.page.waitForTimeout(500);
		return new NodePanel(this.page);
	}

	/** Starts the whole workflow. What is returned waits until it has ended. */
	async startAll(): Promise<() => Promise<void>> {
		const button = this.page.getByRole('button', { name: 'Execute workflow' }).last();
		const started = await answerTo(this.page, RUN, async () => await button.click());
		return async () => await hasEnded(this.page, started);
	}

	/** Runs the whole workflow and waits until it has ended. */
	async runAll(): Promise<void> {
		const ended = await this.startAll();
		await ended();
		await this.page.waitForTimeout(500);
	}

	/** Makes all nodes visible. */
	async fit(): Promise<void> {
		await named(this.page, 'zoom-to-fit').click();
		await this.page.waitForTimeout(500);
	}
}

/** The list of nodes, where a builder types what the node is to do. */
export class NodeSearch {
	constructor(private readonly page: Page) {}

	/** What is found, best first. */
	async find(words: string): Promise<string[]> {
		await named(this.page, 'node-creator-search-bar').fill(words);
		const found = named(this.page, 'node-creator-item-name');
		await found.first().waitFor();
		// The list follows the typing with a short delay, and keeps the old one until then.
		await this.page.waitForTimeout(600);
		return (await found.allTextContents()).map((name) => name.trim());
	}

	/** Chooses a node that was found; n8n then lists its actions. */
	async actionsOf(node: string): Promise<string[]> {
		await named(this.page, 'node-creator-item-name').getByText(node, { exact: true }).click();
		await named(this.page, 'node-creator-category-item').first().waitFor();
		const actions = named(this.page, 'item-iterator-item');
		await actions.getByText('Create', { exact: false }).first().waitFor();
		// The list slides in over the one that it replaces.
		await this.page.waitForTimeout(500);
		return (await named(this.page, 'node-creator-item-name').allTextContents()).map((name) =>
			name.trim(),
		);
	}

	/** Chooses a node that was found; n8n then lists what can start a workflow. */
	async triggersOf(node: string): Promise<string[]> {
		await named(this.page, 'node-creator-item-name').getByText(node, { exact: true }).click();
		const triggers = named(this.page, 'node-creator-item-name').getByText(/^\s*On /);
		await triggers.first().waitFor();
		await this.page.waitForTimeout(500);
		return (await triggers.allTextContents()).map((name) => name.trim());
	}

	/** Adds the node with one of its actions or triggers, which opens it. */
	async add(action: string): Promise<NodePanel> {
		await named(this.page, 'node-creator-item-name').getByText(action, { exact: true }).click();
		const panel = new NodePanel(this.page);
		await panel.isOpen();
		return panel;
	}
}

/** An open node: its parameters between what comes in and what goes out. */
export class NodePanel {
	constructor(private readonly page: Page) {}

	private get panel(): Locator {
		return named(this.page, 'ndv');
	}

	async isOpen(): Promise<void> {
		await named(this.panel, 'node-parameters').waitFor();
	}

	async close(): Promise<void> {
		await named(this.page, 'ndv-close-button').click();
		await this.panel.waitFor({ state: 'hidden' });
	}

	/** Runs what comes before the node, so that its items show on the left. */
	async fetchInput(): Promise<void> {
		await named(this.panel, 'execute-previous-node').click();
		await named(this.panel, 'ndv-input-panel')
			.getByText(/\d+ items?/)
			.first()
			.waitFor();
	}

	async createCredential(): Promise<CredentialForm> {
		await named(this.panel, 'node-credentials-slot').getByRole('button').first().click();
		return await CredentialForm.opened(this.page);
	}

	async editCredential(): Promise<CredentialForm> {
		// n8n tests a saved credential as soon as its form opens.
		const button = named(this.panel, 'credential-edit-button');
		await answerTo(this.page, CREDENTIAL_TEST, async () => await button.click());
		return await CredentialForm.opened(this.page);
	}

	/** Shows the spaces that Kibana has. */
	async listSpaces(): Promise<string[]> {
		await named(this.panel, 'rlc-input').first().click();
		const spaces = named(this.page, 'rlc-item');
		await spaces.first().waitFor();
		return (await spaces.allTextContents()).map((name) => name.trim());
	}

	/** Shows what "From list" of a resource locator offers. */
	async listOf(parameter: string): Promise<string[]> {
		await named(named(this.panel, `resource-locator-${parameter}`), 'rlc-input')
			.first()
			.click();
		const items = named(this.page, 'rlc-item');
		await items.first().waitFor();
		return (await items.allTextContents()).map((name) => name.trim());
	}

	/** Chooses an entry of the list that is shown. */
	async pick(name: string): Promise<void> {
		await named(this.page, 'rlc-item').getByText(name).first().click();
		await this.settle();
	}

	/** Adds a field to match by its label, and gives it an expression; `name` is that of the parameter. */
	async addMatchField(label: string, name: string, expression: string): Promise<void> {
		await named(this.panel, 'collection-parameter-add').first().click();
		await this.page.getByRole('option', { name: label, exact: true }).click();
		await this.map(name, expression);
		await this.settle();
	}

	async chooseFindBy(name: string): Promise<void> {
		await this.choose('findBy', name);
		await this.settle();
	}

	async pickSpace(name: string): Promise<void> {
		await named(this.page, 'rlc-item').getByText(name, { exact: true }).click();
	}

	private async choose(parameter: string, choice: string): Promise<void> {
		await named(this.panel, `parameter-input-${parameter}`).click();
		await this.page
			.getByRole('option')
			.filter({ has: this.page.getByText(choice, { exact: true }) })
			.click();
	}

	/** Chooses the entity type and waits until its fields are there. */
	async chooseEntityType(name: string): Promise<void> {
		await answerTo(this.page, MAPPER_FIELDS, async () => await this.choose('entityType', name));
		await named(this.panel, 'mapping-fields-container').waitFor();
	}

	/** Chooses an entity type whose mapping is kept: no fields are loaded. */
	async chooseKeptEntityType(name: string): Promise<void> {
		await this.choose('entityType', name);
		await this.settle();
	}

	/** Chooses a source and waits until its mapping is filled. */
	async chooseSource(name: string): Promise<void> {
		await answerTo(this.page, MAPPER_FIELDS, async () => await this.choose('source', name));
		await this.settle();
	}

	/** Chooses a source whose mapping is kept: no fields are loaded. */
	async chooseKeptSource(name: string): Promise<void> {
		await this.choose('source', name);
		await this.settle();
	}

	/** Waits until the editor has taken over what was changed. */
	async settle(): Promise<void> {
		await this.page.waitForTimeout(SETTLES_MS);
	}

	async chooseOperation(name: string): Promise<void> {
		await this.choose('operation', name);
	}

	async mapAutomatically(): Promise<void> {
		await named(this.panel, 'mapping-mode-select').click();
		await this.page.getByRole('option', { name: /Automatically/ }).click();
	}

	async mapByHand(): Promise<void> {
		await named(this.panel, 'mapping-mode-select').click();
		await this.page.getByRole('option', { name: /Manually/ }).click();
		await named(this.panel, 'mapping-fields-container').waitFor();
	}

	/** Labels of the fields that are there to be mapped, in order. */
	async fields(): Promise<string[]> {
		const container = named(this.panel, 'mapping-fields-container');
		await container.waitFor();
		const labels = container.locator('.parameter-item label .n8n-text');
		return (await labels.allTextContents()).map((label) => label.trim()).filter(Boolean);
	}

	private field(path: string): Locator {
		return named(this.panel, `parameter-input-${path}`);
	}

	/** Types into the input of a field; text that begins with `=` becomes an expression, as in the editor. */
	async map(path: string, text: string): Promise<void> {
		const field = this.field(path);
		await field.scrollIntoViewIfNeeded();
		await field.locator('input, textarea').first().click();
		if (text.startsWith('=')) {
			await this.page.keyboard.type('=');
			await this.writeExpression(field, text);
		} else {
			await this.page.keyboard.type(text);
		}
		await this.leaveInput();
	}

	/** The same for a field without a text input, such as a choice: first its switch "Expression". */
	async mapChoice(path: string, expression: string): Promise<void> {
		const field = this.field(path);
		await field.scrollIntoViewIfNeeded();
		await field.hover();
		const switches = named(this.panel, `value[\\"${path}\\"]-parameter-input-options-container`);
		await named(switches, 'radio-button-expression').click();
		await this.writeExpression(field, expression);
		await this.leaveInput();
	}

	private async writeExpression(field: Locator, expression: string): Promise<void> {
		const editor = named(field, 'inline-expression-editor-input').locator('.cm-content');
		await editor.waitFor();
		await editor.fill(expression.slice(1));
	}

	/** Clicks where nothing is, so that the input is taken over. */
	private async leaveInput(): Promise<void> {
		const { x, y } = (await named(this.page, 'output-panel').boundingBox()) as {
			x: number;
			y: number;
		};
		// A menu that is open lets no element be clicked, but closes at a click anywhere.
		await this.page.mouse.click(x + 20, y + 20);
	}

	/** Fields that wait behind the button. */
	async hiddenFields(): Promise<string[]> {
		await named(this.panel, 'add-fields-select').getByRole('button').click();
		const items = this.page.getByRole('menuitem');
		await items.first().waitFor();
		const labels = (await items.allTextContents()).map((label) => label.trim());
		// Escape would close the whole panel.
		await this.leaveInput();
		return labels.filter(Boolean);
	}

	async addField(label: string): Promise<void> {
		await named(this.panel, 'add-fields-select').getByRole('button').click();
		await this.page.getByRole('menuitem', { name: label, exact: true }).click();
	}

	/** Takes over the fields that Kibana has by now. */
	async refreshFields(): Promise<void> {
		const fields = named(this.panel, 'mapping-fields-container');
		await named(fields, 'action-toggle').first().click();
		const refresh = this.page.getByText('Refresh field list').last();
		await answerTo(this.page, MAPPER_FIELDS, async () => await refresh.click());
	}

	/** Adds an option by its label and switches it on; `name` is that of the parameter. */
	async turnOn(option: string, name: string): Promise<void> {
		await named(this.panel, 'collection-parameter-add').click();
		await this.page.getByRole('option', { name: option, exact: true }).click();
		await named(this.panel, `parameter-input-${name}`).locator('.el-switch').click();
	}

	/** Turns on a parameter that is a switch. */
	async switchOn(name: string): Promise<void> {
		await named(this.panel, `parameter-input-${name}`).locator('.el-switch').click();
	}

	/** Settings > On Error. */
	async onError(choice: string): Promise<void> {
		await named(this.panel, 'tab-settings').click();
		await this.choose('onError', choice);
		await this.panel.getByText('Parameters', { exact: true }).first().click();
	}

	/** Runs the workflow up to this node, waits until it has ended, and until the panel shows it. */
	async run(): Promise<void> {
		const button = named(this.panel, 'node-execute-button');
		await hasEnded(this.page, await answerTo(this.page, RUN, async () => await button.click()));
		await button.getByText('Execute step').waitFor();
		await this.page.waitForTimeout(500);
	}

	/** Runs a trigger by hand, waits until it has ended, and until the panel shows it. */
	async fetchTestEvent(): Promise<void> {
		const button = named(this.panel, 'node-execute-button');
		await hasEnded(this.page, await answerTo(this.page, RUN, async () => await button.click()));
		await button.getByText('Fetch Test Event').waitFor();
		await this.page.waitForTimeout(500);
	}

	/** What is chosen of several, by the name of the parameter. */
	async chosen(parameter: string): Promise<string[]> {
		const tags = named(this.panel, `parameter-input-${parameter}`).locator('.el-tag');
		return (await tags.allTextContents()).map((name) => name.trim());
	}

	/** Chooses one more of several. */
	async alsoChoose(parameter: string, choice: string): Promise<void> {
		await this.choose(parameter, choice);
		// The list stays open.
		await this.leaveInput();
	}

	/** The labels of the parameters, in order. */
	async parameters(): Promise<string[]> {
		const labels = named(this.panel, 'node-parameters').locator('label .n8n-text');
		return (await labels.allTextContents()).map((label) => label.trim()).filter(Boolean);
	}

	/** Labels of the filters that there are: the first collection of the trigger. */
	async filters(): Promise<string[]> {
		await named(this.panel, 'collection-parameter-add').first().click();
		const options = this.page.getByRole('option');
		await options.first().waitFor();
		const labels = (await options.allTextContents()).map((label) => label.trim());
		await this.leaveInput();
		return labels.filter(Boolean);
	}

	/** What the panel on the right says. */
	async output(): Promise<string> {
		return await named(this.page, 'output-panel').innerText();
	}

	/** Shows one of the outputs, `Success` or `Error`. */
	async showOutput(branch: 'Success' | 'Error'): Promise<void> {
		await named(this.page, 'output-panel')
			.getByText(new RegExp(`^${branch}`))
			.first()
			.click();
	}

	async showOutputAs(view: 'Table' | 'JSON' | 'Schema'): Promise<void> {
		await named(this.page, 'output-panel').getByText(view, { exact: true }).first().click();
	}

	/** What the red sign beside a field says. */
	async issueOf(path: string): Promise<string> {
		const row = named(this.panel, 'mapping-fields-container')
			.locator('.parameter-item')
			.filter({ has: named(this.page, `parameter-input-${path}`) });
		const sign = row.locator('[class*="parameterIssues"] svg').first();
		await sign.waitFor();
		await sign.hover();
		const tip = this.page.locator('.n8n-tooltip').filter({ hasText: 'Issues' });
		await tip.waitFor();
		return await tip.innerText();
	}

	/** Brings the mapper to the top of the panel. */
	async showMapper(): Promise<void> {
		await named(this.panel, 'mapping-mode-select').evaluate((element) =>
			(element as unknown as { scrollIntoView(to: object): void }).scrollIntoView({
				block: 'start',
			}),
		);
	}

	/** How many inputs there are to a field. */
	async inputsOf(path: string): Promise<number> {
		return await this.field(path).locator('input, textarea').count();
	}
}

/** The form of a credential, with the verdict of its test. */
export class CredentialForm {
	private constructor(private readonly page: Page) {}

	static async opened(page: Page): Promise<CredentialForm> {
		const form = new CredentialForm(page);
		await form.modal.waitFor();
		return form;
	}

	private get modal(): Locator {
		return named(this.page, 'editCredential-modal');
	}

	async enter(baseUrl: string, apiKey: string): Promise<void> {
		await named(this.modal, 'parameter-input-baseUrl').locator('input').fill(baseUrl);
		await named(this.modal, 'parameter-input-apiKey').locator('input').fill(apiKey);
	}

	/** Saves, which makes n8n press the test button, and says what the test said. */
	async test(): Promise<string> {
		const save = named(this.modal, 'credential-save-button');
		const answer = await answerTo(this.page, CREDENTIAL_TEST, async () => await save.click());
		const { data } = (await answer.json()) as { data: { status: string } };
		if (data.status === 'OK') return 'Connection tested successfully';
		const verdict = this.modal.getByText('Couldn’t connect with these settings');
		await verdict.waitFor();
		// The banner of an earlier test stays, with its details, until the new verdict is drawn.
		await this.page.waitForTimeout(500);
		const more = this.modal.getByText('More details');
		if (await more.isVisible()) await more.click();
		return await verdict.locator('xpath=ancestor::*[contains(., "Retry")][2]').innerText();
	}

	/** What stands above the fields of a credential that is good. */
	async successBanner(): Promise<string> {
		const verdict = this.modal.getByText('Connection tested successfully');
		await verdict.waitFor();
		return await verdict.innerText();
	}

	/** n8n closes the form of a new credential by itself, once its test has passed. */
	async closesByItself(): Promise<void> {
		await this.modal.waitFor({ state: 'hidden' });
	}

	async close(): Promise<void> {
		await this.modal.getByRole('button', { name: 'Close' }).click();
		await this.modal.waitFor({ state: 'hidden' });
	}
}
