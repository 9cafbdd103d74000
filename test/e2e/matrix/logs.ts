import { LOGS_EXAMPLES } from '../../examples';
import { DATA_STREAM, logs, LOGS_NODES } from '../../examples/logs';
import { okta } from '../../examples/okta';
import type { Example, WorkflowNode } from '../../examples/workflow';
import { startElasticsearch, type TestElasticsearch } from '../../../sandbox/elasticsearch/server';
import { startKibana, type TestKibana } from '../../../sandbox/kibana/server';
import type { Execution } from '../../../sandbox/n8n/rest';
import { createCredential, messageOf, startExample, told, withCredential } from './exampleRuns';
import type { Installed } from './installed';
import { connect, ITEMS, node, START, startWith, workflowOf } from './workflow';

const MINUTE = 60_000;
const TYPE = 'elasticsearchApi';

/** The way through logs: n8n's own nodes write to Elasticsearch, Kibana makes entities, and our node updates them. */
export const describeLogs = (installed: Installed): void => {
	describe('the way through logs', () => {
		let elasticsearch: TestElasticsearch;
		let kibana: TestKibana;
		let credentials: object;
		let kibanaCredential: string;

		beforeAll(async () => {
			elasticsearch = await startElasticsearch();
			kibana = await startKibana({ api: 'v2' });
			const { url: baseUrl, username, password } = elasticsearch;
			const name = 'Elasticsearch';
			const data = { baseUrl, username, password, ignoreSSLIssues: false };
			credentials = {
				[TYPE]: { id: await installed.client.createCredential(name, TYPE, data), name },
			};
			kibanaCredential = await createCredential(installed, kibana);
		}, MINUTE);

		beforeEach(() => {
			elasticsearch.clear();
			kibana.clear();
		});

		afterAll(async () => {
			await elasticsearch?.stop();
			await kibana?.stop();
		});

		/** The workflow with everything unpinned but Okta and Slack, and with a wait of a second. */
		const live = (): Example => {
			const { workflow } = logs;
			const changed: Readonly<Record<string, (one: WorkflowNode) => Partial<WorkflowNode>>> = {
				[LOGS_NODES.INDEX]: ({ parameters }) => ({
					credentials,
					parameters: { ...parameters, url: `${elasticsearch.url}/${DATA_STREAM}/_bulk` },
				}),
				[LOGS_NODES.WAIT]: () => ({ parameters: { amount: 1, unit: 'seconds' } }),
			};
			const nodes = workflow.nodes.map((one) => ({ ...one, ...changed[one.name]?.(one) }));
			const pinData = Object.fromEntries(
				Object.entries(workflow.pinData).filter(([name]) => !Object.hasOwn(changed, name)),
			);
			return { ...logs, workflow: { ...workflow, nodes, pinData } };
		};

		const extract = (): number =>
			kibana.extractLogs(elasticsearch.documents(DATA_STREAM), { now: Date.now() + 2 * MINUTE });

		it(
			'waits for the users whom Kibana has not read yet, and tells the team of the others once',
			async () => {
				const { workflow, trigger } = withCredential(kibanaCredential, live(), { dryRun: false });
				const id = await installed.client.start(
					await installed.client.createWorkflow(workflow),
					trigger,
				);
				const running = installed.client.wait(id);
				// The first update comes too early.
				while (kibana.bulkRequests().every(({ status }) => status === 0)) {
					await new Promise((done) => setTimeout(done, 50));
				}
				expect(kibana.entities()).toEqual([]);
				expect(extract()).toBe(4);
				const execution = await running;
				expect(execution.status).toBe('success');
				const ids = kibana.entities('user').map((entity) => entity.id);
				expect(ids.sort()).toEqual([
					'user:jane.doe@example.com@okta',
					'user:kai.ito@example.com@okta',
					'user:mia.lund@example.com@okta',
					'user:omar.haddad@example.com@okta',
				]);
				const written = kibana.entities('user').filter(({ writes }) => writes > 0);
				expect(written.map(({ record }) => record)).toEqual(
					expect.arrayContaining([
						expect.objectContaining({
							asset: { business_unit: 'Finance', criticality: 'high_impact' },
						}),
					]),
				);
				expect(written).toHaveLength(3);
				expect(messageOf(execution)).toMatchObject({
					failed: 1,
					written: 3,
					text: expect.stringMatching(/omar\.haddad@example\.com.*got "severe"/),
				});
				expect(told(execution)).toBe(1);
				expect(elasticsearch.requests.map(({ contentType }) => contentType)).toEqual([
					'application/x-ndjson',
				]);
			},
			2 * MINUTE,
		);

		it(
			'writes nothing as it is imported, and shows what it would write',
			async () => {
				const execution = await startExample(installed, kibanaCredential, logs, {});
				expect(execution.status).toBe('success');
				expect(execution.itemsOf(LOGS_NODES.UPDATE)[0]?.json).toMatchObject({ status: 'dryRun' });
				expect([...kibana.bulkRequests(), ...elasticsearch.requests]).toEqual([]);
			},
			MINUTE,
		);

		it(
			'sets the store to defer what one run cannot read',
			async () => {
				const once = { ...logs, trigger: LOGS_NODES.ONCE };
				const execution = await startExample(installed, kibanaCredential, once, {});
				expect(execution.status).toBe('success');
				expect(execution.itemsOf(LOGS_NODES.DEFER)[0]?.json).toMatchObject({
					status: 'running',
					engines: expect.arrayContaining([
						expect.objectContaining({ maxLogsPerWindowCapBehavior: 'defer' }),
					]),
				});
			},
			MINUTE,
		);

		describe("n8n's own Elasticsearch node", () => {
			const index = async (options: object): Promise<Execution> => {
				const workflow = workflowOf(
					'Elasticsearch',
					[
						...startWith([{ user: { name: 'jane' } }, { user: { name: 'kai' } }]),
						node(
							'Index',
							'elasticsearch',
							1,
							[440, 0],
							{
								resource: 'document',
								operation: 'create',
								indexId: DATA_STREAM,
								dataToSend: 'autoMapInputData',
								inputsToIgnore: '',
								additionalFields: {},
								options,
							},
							{ credentials },
						),
					],
					connect({ [START]: [[ITEMS]], [ITEMS]: [['Index']] }),
				);
				return await installed.client.run(await installed.client.createWorkflow(workflow), START);
			};

			it(
				'indexes into a data stream, one document in a request',
				async () => {
					expect((await index({})).status).toBe('success');
					expect(elasticsearch.requests.map(({ path, status }) => [path, status])).toEqual([
						[`/${DATA_STREAM}/_doc`, 201],
						[`/${DATA_STREAM}/_doc`, 201],
					]);
					expect(elasticsearch.documents(DATA_STREAM)).toHaveLength(2);
				},
				MINUTE,
			);

			it(
				'cannot do so in bulk: it asks to index, and data streams accept only create',
				async () => {
					const execution = await index({ bulkOperation: true });
					expect(execution.status).toBe('error');
					expect(JSON.stringify(execution.runOf('Index')?.error)).toContain(
						'only write ops with an op_type of create are allowed in data streams',
					);
					expect(elasticsearch.documents(DATA_STREAM)).toEqual([]);
				},
				MINUTE,
			);
		});

		it('runs every example that there is, on the users of the other way', () => {
			expect(LOGS_EXAMPLES).toEqual([logs]);
			expect(logs.workflow.pinData[LOGS_NODES.LIST]).toEqual(okta.workflow.pinData.Okta);
		});
	});
};
