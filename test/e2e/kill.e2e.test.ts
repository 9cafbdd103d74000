import { startKibana, type TestKibana } from '../../sandbox/kibana/server';
import { signUp } from '../../sandbox/n8n/rest';
import { startN8n } from '../../sandbox/n8n/server';

const HOSTS = 20_000;
const CHUNK = 100;
/** These hosts have no name, so nothing can be stored of them. */
const EVERY_BAD = 1_000;
const GOOD = HOSTS - HOSTS / EVERY_BAD;

const NODES = { trigger: 'Run by Hand', hosts: 'Hosts', entityStore: 'Kibana Entity Store' };

const LIST_HOSTS = `
return Array.from({ length: ${HOSTS} }, (_, index) => ({
	json: {
		host: { name: index % ${EVERY_BAD} === 0 ? null : 'host-' + index },
		entity: { attributes: { managed: index % 2 === 0 } },
	},
}));`;

const node = (name: string, type: string, typeVersion: number, parameters: object, more = {}) => ({
	id: name,
	name,
	type,
	typeVersion,
	position: [0, 0],
	parameters,
	...more,
});

const workflow = (credentialId: string) => ({
	name: 'Hosts',
	nodes: [
		node(NODES.trigger, 'n8n-nodes-base.manualTrigger', 1, {}),
		node(NODES.hosts, 'n8n-nodes-base.code', 2, { jsCode: LIST_HOSTS }),
		node(
			NODES.entityStore,
			'n8n-nodes-kibana-entity-store.kibanaEntityStore',
			1,
			{
				resource: 'entity',
				operation: 'upsert',
				entityType: 'host',
				inputMode: 'fields',
				hostFields: {
					mappingMode: 'autoMapInputData',
					value: null,
					matchingColumns: [],
					schema: [],
				},
				options: { chunkSize: CHUNK },
			},
			{
				credentials: { kibanaEntityStoreApi: { id: credentialId, name: 'Kibana' } },
				onError: 'continueErrorOutput',
			},
		),
	],
	connections: {
		[NODES.trigger]: { main: [[{ node: NODES.hosts, type: 'main', index: 0 }]] },
		[NODES.hosts]: { main: [[{ node: NODES.entityStore, type: 'main', index: 0 }]] },
	},
	settings: { executionOrder: 'v1' },
});

/** A fresh n8n with the workflow in it. */
const prepare = async (kibana: TestKibana) => {
	const n8n = await startN8n();
	const client = await signUp(n8n.url, { email: 'owner@example.com', password: 'Entity-Store-1' });
	const credentialId = await client.createCredential('Kibana', 'kibanaEntityStoreApi', {
		baseUrl: kibana.url,
		authentication: 'apiKey',
		apiKey: kibana.apiKey,
		allowUnauthorizedCerts: false,
	});
	const workflowId = await client.createWorkflow(workflow(credentialId));
	return { n8n, run: async () => await client.run(workflowId, NODES.trigger) };
};

const storedHosts = (kibana: TestKibana): number =>
	kibana.entities('host').filter(({ writes }) => writes > 0).length;

describe('an n8n that is killed in the middle of a run', () => {
	it.each(['v1', 'v2'] as const)(
		'loses nothing when the workflow runs again, and tells no secret to the log (%s)',
		async (api) => {
			const kibana = await startKibana({ api });
			try {
				if (api === 'v2') {
					for (let index = 0; index < HOSTS; index += 1) {
						kibana.seed('host', { host: { name: `host-${index}` } });
					}
				}
				const slowly = { delayMs: 40, pass: true } as const;
				kibana.answerNext(...Array.from({ length: HOSTS / CHUNK }, () => slowly));

				const first = await prepare(kibana);
				const cut = first.run().then(
					() => 'ended',
					() => 'cut off',
				);
				while (kibana.bulkRequests().length < 20) {
					await new Promise((resolve) => setTimeout(resolve, 10));
				}
				await first.n8n.kill();
				expect(await cut).toBe('cut off');
				expect(storedHosts(kibana)).toBeGreaterThan(0);
				expect(storedHosts(kibana)).toBeLessThan(GOOD);

				const second = await prepare(kibana);
				// An answer that quotes the request: what it quotes must not scope the log either.
				const quoted = `refused: authorization: ApiKey ${kibana.apiKey}`;
				const body = JSON.stringify({ statusCode: 400, error: 'Bad Request', message: quoted });
				kibana.answerNext({ status: 400, body });
				try {
					const execution = await second.run();
					expect(execution.itemsOf(NODES.entityStore)).toHaveLength(GOOD);
					expect(execution.itemsOf(NODES.entityStore, 1)).toHaveLength(HOSTS - GOOD);
					expect(storedHosts(kibana)).toBe(GOOD);
					const secret = Buffer.from(kibana.apiKey, 'base64').toString().split(':')[1] as string;
					expect(second.n8n.log()).toContain('n8n');
					for (const text of [kibana.apiKey, secret]) {
						expect(second.n8n.log()).not.toContain(text);
					}
				} finally {
					await second.n8n.stop();
				}
			} finally {
				await kibana.stop();
			}
		},
		5 * 60_000,
	);
});
