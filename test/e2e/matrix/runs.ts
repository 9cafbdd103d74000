import { startKibana } from '../../../sandbox/kibana/server';
import {
	APIS,
	createCredential,
	createWorkflow,
	findMistakes,
	summarise,
} from '../../../sandbox/demo/job';
import { NODES } from '../../../sandbox/demo/exampleWorkflow';
import type { Installed } from './installed';
import {
	connect,
	credentialData,
	ITEMS,
	node,
	START,
	startWith,
	workflowOf,
	writeNode,
} from './workflow';

const MINUTE = 60_000;
const WRITE = 'Write';

const until = async (holds: () => boolean): Promise<void> => {
	for (let turns = 0; !holds(); turns += 1) {
		if (turns > 1_200) throw new Error('It never came to that');
		await new Promise((done) => setTimeout(done, 50));
	}
};

/** Whole executions: the demo, a cancelled one, and one of n8n's own nodes beside ours. */
export const describeRuns = (installed: Installed): void => {
	describe('the demo', () => {
		it.each(APIS)(
			'brings 5,000 Okta users into Kibana (%s), the broken ones on the error branch',
			async (api) => {
				const testKibana = await startKibana({ api });
				try {
					const target = { url: testKibana.url, apiKey: testKibana.apiKey, testKibana };
					const credential = await createCredential(installed.client, target);
					const workflowId = await createWorkflow(installed.client, credential.id);
					const execution = await installed.client.run(workflowId, NODES.trigger);
					expect(findMistakes(summarise(execution), testKibana, api)).toEqual([]);
				} finally {
					await testKibana.stop();
				}
			},
			5 * MINUTE,
		);
	});

	describe('cancel', () => {
		it(
			'ends the execution within the request that is in flight, and sends nothing more',
			async () => {
				const kibana = await startKibana({ api: 'v1' });
				try {
					const credentialId = await installed.client.createCredential(
						'Kibana',
						'kibanaEntityStoreApi',
						credentialData(kibana),
					);
					kibana.answerNext({ pass: true }, { hang: 'after' });
					const users = Array.from({ length: 9 }, (_, index) => ({ login: `user-${index}` }));
					const workflow = workflowOf(
						'Cancel',
						[
							...startWith(users),
							writeNode(
								WRITE,
								credentialId,
								{ 'user.name': '={{ $json.login }}' },
								{ force: true, options: { chunkSize: 3, concurrency: 1 } },
							),
						],
						connect({ [START]: [[ITEMS]], [ITEMS]: [[WRITE]] }),
					);
					const workflowId = await installed.client.createWorkflow(workflow);
					const executionId = await installed.client.start(workflowId, START);
					await until(() => kibana.bulkRequests().length === 2);
					const { status } = await installed.client.cancel(executionId);
					expect(status).toBe('canceled');
					await new Promise((done) => setTimeout(done, 500));
					expect(kibana.bulkRequests()).toHaveLength(2);
				} finally {
					await kibana.stop();
				}
			},
			MINUTE,
		);
	});

	describe("n8n's own HTTP Request node", () => {
		it("still reaches Kibana with n8n's own Kibana credential", async () => {
			const kibana = await startKibana({ api: 'v2' });
			try {
				const { url, username, password } = kibana;
				const name = 'Kibana of n8n';
				const data = { url, username, password };
				const id = await installed.client.createCredential(name, 'kibanaApi', data);
				const workflow = workflowOf(
					'HTTP Request',
					[
						node(START, 'manualTrigger', 1, [0, 0], {}),
						node(
							'Ask',
							'httpRequest',
							4.2,
							[220, 0],
							{
								url: `${kibana.url}/api/spaces/space`,
								authentication: 'predefinedCredentialType',
								nodeCredentialType: 'kibanaApi',
								options: {},
							},
							{ credentials: { kibanaApi: { id, name } } },
						),
					],
					connect({ [START]: [['Ask']] }),
				);
				const workflowId = await installed.client.createWorkflow(workflow);
				const execution = await installed.client.run(workflowId, START);
				expect(execution.runOf('Ask')?.error?.message).toBeUndefined();
				expect(execution.status).toBe('success');
				expect(execution.itemsOf('Ask')[0]?.json).toMatchObject({ id: 'default' });
				const basic = Buffer.from(`${username}:${password}`).toString('base64');
				expect(kibana.requests.at(-1)?.headers.authorization).toBe(`Basic ${basic}`);
			} finally {
				await kibana.stop();
			}
		});
	});
};
