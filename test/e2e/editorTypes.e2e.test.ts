import { EXAMPLES } from '../examples';
import { fieldsOfSource } from '../../nodes/KibanaEntityStore/sources';
import type { N8nClient } from '../../sandbox/n8n/rest';
import {
	openEditor,
	type Browser,
	type Canvas,
	type CredentialName,
	type NodePanel,
} from './editor';

const MINUTES = 60_000;
const NODE = 'Write';

let client: N8nClient;
let browser: Browser;
let close: (() => Promise<void>) | undefined;
let credential: CredentialName;

beforeAll(async () => {
	const editor = await openEditor({ api: 'v2' });
	({ client, browser, close } = editor);
	credential = await editor.credentialFor(editor.kibanas[0]);
}, 5 * MINUTES);

afterAll(async () => await close?.(), MINUTES);

/** A node without a mapping, behind a node whose items nobody has fetched. */
const emptyWorkflow = () => ({
	name: 'Types',
	nodes: [
		{
			id: '00000000-0000-4000-8000-000000000001',
			name: 'Directory',
			type: 'n8n-nodes-base.manualTrigger',
			typeVersion: 1,
			position: [0, 0],
			parameters: {},
		},
		{
			id: '00000000-0000-4000-8000-000000000002',
			name: NODE,
			type: 'n8n-nodes-kibana-entity-store.kibanaEntityStore',
			typeVersion: 1,
			position: [220, 0],
			parameters: { resource: 'entity', operation: 'upsert' },
			credentials: { kibanaEntityStoreApi: credential },
		},
	],
	connections: { Directory: { main: [[{ node: NODE, type: 'main', index: 0 }]] } },
	settings: { executionOrder: 'v1' },
});

const isOurs = ({ type }: { readonly type: string }): boolean =>
	type.endsWith('.kibanaEntityStore');

/** All examples in one workflow with their connections and sample data, so that the page is loaded once. */
const allInOne = () => {
	const named = EXAMPLES.map(({ file, workflow }) => {
		const rename = (name: string): string => `${name} (${file})`;
		const renamed = <Value>(byName: Readonly<Record<string, Value>>) =>
			Object.entries(byName).map(([name, value]) => [rename(name), value] as const);
		const connections = JSON.parse(
			JSON.stringify(workflow.connections, (key, value) =>
				key === 'node' ? rename(value) : value,
			),
		) as Record<string, object>;
		return {
			nodes: workflow.nodes
				.filter(({ type }) => !type.endsWith('.stickyNote'))
				.map((one) => ({ ...one, name: rename(one.name) })),
			connections: renamed(connections),
			pinData: renamed(workflow.pinData),
		};
	});
	return {
		name: 'All examples',
		nodes: named
			.flatMap(({ nodes }) => nodes)
			.map((one, nth) => ({
				...one,
				id: String(nth),
				// Close together, so that all of them can be seen and clicked.
				position: [(nth % 10) * 180, Math.floor(nth / 10) * 160],
			})),
		connections: Object.fromEntries(named.flatMap(({ connections }) => connections)),
		pinData: Object.fromEntries(named.flatMap(({ pinData }) => pinData)),
		settings: { executionOrder: 'v1' },
	};
};

interface Mapping {
	readonly value: object | null;
}

type Parameters = Record<string, unknown>;

/** The parameters of a node as they are saved. */
const saved = async (workflowId: string, name: string): Promise<Parameters> => {
	const { nodes } = await browser.savedWorkflow(workflowId);
	return nodes.find((node) => node.name === name)?.parameters ?? {};
};

const valuesIn = (parameters: Parameters, mapper: string): object | null =>
	(parameters[mapper] as Mapping | undefined)?.value ?? null;

describe('the source in the editor, with input data', () => {
	it(
		'fills the mapping on a node whose items are there, also after a change of the source and back',
		async () => {
			const workflow = emptyWorkflow();
			const id = await client.createWorkflow({
				...workflow,
				nodes: workflow.nodes.map((one) =>
					one.name === NODE
						? one
						: {
								...one,
								type: 'n8n-nodes-base.code',
								typeVersion: 2,
								parameters: {
									jsCode:
										'return [{ json: { id: "00u1", profile: { login: "jane@example.com" } } }];',
								},
							},
				),
			});
			const canvas = await browser.openWorkflow(id);
			const panel = await canvas.open(NODE);
			await panel.fetchInput();
			await panel.chooseSource('Okta User');
			await panel.chooseSource('Entra ID User');
			await panel.chooseKeptSource('Okta User');
			await browser.save();
			const parameters = await saved(id, NODE);
			expect(valuesIn(parameters, 'userFieldsOfOktaUser')).toEqual(
				fieldsOfSource('oktaUser', 'user'),
			);
			expect(valuesIn(parameters, 'userFieldsOfEntraIdUser')).toEqual(
				fieldsOfSource('entraIdUser', 'user'),
			);
			await panel.close();
		},
		3 * MINUTES,
	);
});

describe('the entity type and the source in the editor, without input data', () => {
	let id: string;
	let canvas: Canvas;
	let panel: NodePanel;

	beforeAll(async () => {
		id = await client.createWorkflow(emptyWorkflow());
		canvas = await browser.openWorkflow(id);
		panel = await canvas.open(NODE);
	}, 2 * MINUTES);

	it(
		'fills the mapping with what the source sends',
		async () => {
			await panel.chooseSource('Okta User');
			await browser.save();
			expect(valuesIn(await saved(id, NODE), 'userFieldsOfOktaUser')).toEqual(
				fieldsOfSource('oktaUser', 'user'),
			);
		},
		2 * MINUTES,
	);

	it(
		'keeps the mapping of one type while another is shown and filled, and shows it again',
		async () => {
			await panel.chooseEntityType('Host');
			await panel.chooseSource('Intune Device');
			await browser.save();
			const host = await saved(id, NODE);
			expect(Object.keys(valuesIn(host, 'hostFieldsOfIntuneDevice') ?? {})).toContain('host.name');
			expect(valuesIn(host, 'userFieldsOfOktaUser')).toEqual(fieldsOfSource('oktaUser', 'user'));

			await panel.chooseKeptEntityType('User');
			await panel.chooseKeptSource('Okta User');
			expect(await panel.fields()).toContain('Email (user.email)');
			await browser.save();
			const user = await saved(id, NODE);
			expect(valuesIn(user, 'userFieldsOfOktaUser')).toEqual(fieldsOfSource('oktaUser', 'user'));
			expect(valuesIn(user, 'hostFieldsOfIntuneDevice')).toEqual(
				valuesIn(host, 'hostFieldsOfIntuneDevice'),
			);
			await panel.close();
		},
		3 * MINUTES,
	);

	it(
		'changes nothing in the examples when each of their nodes is opened and closed',
		async () => {
			const { nodes: all, ...rest } = allInOne();
			const ours = all.filter(isOurs);
			const allId = await client.createWorkflow({
				...rest,
				nodes: all.map((one) =>
					isOurs(one) ? { ...one, credentials: { kibanaEntityStoreApi: credential } } : one,
				),
			});
			const sheet = await browser.openWorkflow(allId);
			expect(ours.length).toBeGreaterThanOrEqual(EXAMPLES.length);
			for (const { name } of ours) {
				// The mapper has done what it does when a node is opened: it has fetched the fields of Kibana.
				const opened = await sheet.openWithFreshFields(name);
				await opened.close();
			}
			await browser.save();
			const { nodes } = await browser.savedWorkflow(allId);
			for (const { name, parameters } of ours) {
				const after = nodes.find((node) => node.name === name)?.parameters ?? {};
				for (const [key, value] of Object.entries(parameters)) {
					// Of a mapper n8n keeps the fields that Kibana has by now, and the values as they were.
					const isMapper = typeof value === 'object' && 'mappingMode' in value;
					if (!isMapper) continue;
					expect([name, valuesIn(after, key)]).toEqual([name, (value as Mapping).value]);
				}
			}
		},
		5 * MINUTES,
	);
});
