import { startKibana, type TestKibana } from '../../sandbox/kibana/server';
import { signUp, type N8nClient } from '../../sandbox/n8n/rest';
import { startN8n, type RunningN8n } from '../../sandbox/n8n/server';
import { LOGIN } from './firstHour';

const MINUTE = 60_000;

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

let n8n: RunningN8n;
let client: N8nClient;

beforeAll(async () => {
	n8n = await startN8n();
	client = await signUp(n8n.url, LOGIN);
}, 5 * MINUTE);

afterAll(async () => await n8n?.stop(), MINUTE);

/** Creates the workflow with a credential for this Kibana, and returns its ID. */
const prepare = async (kibana: TestKibana): Promise<string> => {
	const credentialId = await client.createCredential('Kibana', 'kibanaEntityStoreApi', {
		baseUrl: kibana.url,
		authentication: 'apiKey',
		apiKey: kibana.apiKey,
		allowUnauthorizedCerts: false,
	});
	return await client.createWorkflow(workflow(credentialId));
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

				const workflowId = await prepare(kibana);
				await client.start(workflowId, NODES.trigger);
				while (kibana.bulkRequests().length < 20) {
					await new Promise((resolve) => setTimeout(resolve, 10));
				}
				await n8n.kill();
				expect(storedHosts(kibana)).toBeGreaterThan(0);
				expect(storedHosts(kibana)).toBeLessThan(GOOD);

				await n8n.restart();
				const [cutOff, ...more] = await client.listExecutions(workflowId);
				// n8n notices sooner or later that nothing runs any more.
				expect(['running', 'crashed']).toContain(cutOff?.status);
				expect(more).toEqual([]);
				// An answer that quotes the request: what it quotes must not reach the log either.
				const quoted = `refused: authorization: ApiKey ${kibana.apiKey}`;
				const body = JSON.stringify({ statusCode: 400, error: 'Bad Request', message: quoted });
				kibana.answerNext({ status: 400, body });
				const execution = await client.run(workflowId, NODES.trigger);
				expect(execution.itemsOf(NODES.entityStore)).toHaveLength(GOOD);
				expect(execution.itemsOf(NODES.entityStore, 1)).toHaveLength(HOSTS - GOOD);
				expect(storedHosts(kibana)).toBe(GOOD);
				const secret = Buffer.from(kibana.apiKey, 'base64').toString().split(':')[1] as string;
				expect(n8n.log()).toContain('n8n');
				for (const text of [kibana.apiKey, secret]) {
					expect(n8n.log()).not.toContain(text);
				}
			} finally {
				await kibana.stop();
			}
		},
		5 * MINUTE,
	);
});
