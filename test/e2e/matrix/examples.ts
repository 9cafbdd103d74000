import { EXAMPLES, READING_EXAMPLES } from '../../examples';
import { aws } from '../../examples/aws';
import { ALERT, enrichment, ENRICHMENT_NODES } from '../../examples/enrichment';
import { entra } from '../../examples/entra';
import { intune } from '../../examples/intune';
import { CSV, inventory, READ, ROWS } from '../../examples/inventory';
import { mirror, MIRROR_NODES } from '../../examples/mirror';
import { okta } from '../../examples/okta';
import { playbook } from '../../examples/playbook';
import { connect, node, type Example } from '../../examples/workflow';
import { startKibana, type EntityType, type TestKibana } from '../../../sandbox/kibana/server';
import type { Execution } from '../../../sandbox/n8n/rest';
import { createCredential, isOurs, messageOf, startExample, told } from './exampleRuns';
import type { Installed } from './installed';

const MINUTE = 60_000;

/** The ready workflows run as they are imported, on Kibana of both generations. */
export const describeExamples = (installed: Installed): void => {
	describe.each(['v1', 'v2'] as const)('the example workflows with a Kibana of %s', (api) => {
		let kibana: TestKibana;
		let credentialId: string;

		beforeAll(async () => {
			kibana = await startKibana({ api });
			credentialId = await createCredential(installed, kibana);
		}, MINUTE);

		beforeEach(() => kibana.clear());
		afterAll(async () => await kibana.stop());

		const start = async (example: Example, options: object): Promise<Execution> =>
			await startExample(installed, credentialId, example, options);

		const run = async (example: Example): Promise<Execution> => {
			const execution = await start(example, { dryRun: false });
			expect(execution.status).toBe('success');
			return execution;
		};

		it(
			'writes nothing as it is imported, and shows what it would write',
			async () => {
				for (const example of [okta, inventory]) {
					const execution = await start(example, {});
					expect(execution.status).toBe('success');
					const [writer] = example.workflow.nodes.filter(isOurs);
					const [item] = execution.itemsOf(writer?.name ?? '');
					expect(item?.json).toMatchObject({ status: 'dryRun', record: expect.anything() });
				}
				expect(kibana.bulkRequests()).toEqual([]);
			},
			MINUTE,
		);

		it(
			'fails the execution where nothing was written, after the team was told once',
			async () => {
				kibana.refuse(() => ({ status: 400, message: 'no' }));
				const execution = await start(okta, { dryRun: false });
				kibana.refuse();
				expect(execution.status).toBe('error');
				expect(told(execution)).toBe(1);
				expect(messageOf(execution)).toMatchObject({ failed: 4, written: 0 });
			},
			MINUTE,
		);

		/** By the name that people see, since each generation has IDs of its own. */
		const storedByName = (type: EntityType): Record<string, Record<string, unknown>> =>
			Object.fromEntries(
				kibana
					.entities(type)
					.map(({ record }) => [(record.entity as { name?: string }).name ?? '', record]),
			);

		const source = (name: string): unknown => (api === 'v1' ? name : [name]);
		/** What Kibana 9.4 and later keep of the type of what was created. */
		const engine = (type: EntityType): object =>
			api === 'v1' ? {} : { EngineMetadata: { Type: type } };

		it(
			'Okta users',
			async () => {
				const execution = await run(okta);
				const users = storedByName('user');
				expect(Object.keys(users).sort()).toEqual(['Jane Doe', 'Kai Ito', 'Mia Lund']);
				expect(users['Jane Doe']).toEqual({
					entity: {
						id: api === 'v1' ? 'jane.doe@example.com' : 'user:jane.doe@example.com@unknown',
						name: 'Jane Doe',
						source: source('okta'),
						...engine('user'),
						attributes: { managed: true },
						lifecycle: {
							first_seen: '2024-03-04T08:15:30.000Z',
							last_activity: '2026-11-23T16:40:12.000Z',
						},
					},
					asset: { business_unit: 'Finance', criticality: 'high_impact' },
					user: {
						name: 'jane.doe@example.com',
						email: ['jane.doe@example.com'],
						full_name: ['Jane Doe'],
						id: ['00u1a2b3c4D5E6F7G8h7'],
						roles: ['Controller'],
					},
				});
				expect(users['Mia Lund']?.entity).toMatchObject({ attributes: { managed: false } });
				expect(messageOf(execution)).toMatchObject({
					failed: 1,
					written: 3,
					text: expect.stringMatching(
						/omar\.haddad@example\.com.*asset\.criticality expects one of .* got "severe"/,
					),
				});
				expect(told(execution)).toBe(1);
			},
			MINUTE,
		);

		it(
			'Entra ID users',
			async () => {
				const execution = await run(entra);
				const users = storedByName('user');
				expect(Object.keys(users).sort()).toEqual([
					'Adele Vance',
					'Alex Wilber',
					'Lee Gu (Fabrikam)',
				]);
				expect(users['Alex Wilber']?.entity).toMatchObject({
					type: 'Member',
					attributes: { managed: false },
				});
				// A guest without a mailbox is named by what else is known.
				expect(users['Lee Gu (Fabrikam)']?.entity).toMatchObject({
					id:
						api === 'v1'
							? 'lee.gu_fabrikam.com#EXT#@contoso.onmicrosoft.com'
							: 'user:c03e6eaa-b6ab-46d7-905b-73ec7ea1f755@unknown',
				});
				expect(messageOf(execution)).toMatchObject({
					failed: 1,
					text: expect.stringMatching(/admin@contoso\.com.*got "Tier 0"/),
				});
			},
			MINUTE,
		);

		it(
			'Intune devices',
			async () => {
				const execution = await run(intune);
				const hosts = storedByName('host');
				expect(Object.keys(hosts).sort()).toEqual(['FIN-LT-0142', 'Kais-MacBook-Pro']);
				expect(hosts['FIN-LT-0142']).toMatchObject({
					entity: {
						id: api === 'v1' ? 'FIN-LT-0142' : 'host:FIN-LT-0142',
						source: source('intune'),
					},
					host: { name: 'FIN-LT-0142', mac: ['3C-21-9C-0A-1B-2C'], type: ['Windows'] },
					asset: { vendor: 'LENOVO', serial_number: 'PF4XK1AB', owner: 'adelev@contoso.com' },
				});
				expect(messageOf(execution)).toMatchObject({
					failed: 1,
					text: expect.stringMatching(/^F17ABC123XYZ: Nothing names this host. Map /m),
				});
			},
			MINUTE,
		);

		it(
			'AWS resources',
			async () => {
				const execution = await run(aws);
				const resources = storedByName('generic');
				expect(Object.keys(resources).sort()).toEqual([
					'Orders Database',
					'acme-payroll-archive',
					'resize-images',
				]);
				expect(resources['Orders Database']).toEqual({
					entity: {
						id: 'arn:aws:rds:eu-central-1:123456789012:db:orders',
						...engine('generic'),
						name: 'Orders Database',
						type: 'rds',
						source: source('aws'),
					},
					asset: {
						environment: 'production',
						owner: 'shop@example.com',
						business_unit: 'Shop',
						criticality: 'high_impact',
					},
				});
				expect(messageOf(execution)).toMatchObject({
					failed: 1,
					text: expect.stringMatching(/instance\/i-0abc123def4567890: .*got "gold"/),
				});
			},
			MINUTE,
		);

		it(
			'an asset inventory',
			async () => {
				const execution = await run(inventory);
				expect(Object.keys(storedByName('host')).sort()).toEqual(['db-7', 'web-01']);
				expect(storedByName('host')['web-01']).toMatchObject({
					entity: { id: api === 'v1' ? 'web-01' : 'host:web-01' },
					host: { name: 'web-01', ip: ['10.1.0.11', '10.1.0.12'] },
					asset: { id: 'A-1001', criticality: 'high_impact' },
				});
				expect(Object.keys(storedByName('service'))).toEqual(['payments-api']);
				expect(storedByName('generic')['badge-reader-hq']).toMatchObject({
					entity: { id: 'G-77' },
				});
				expect(messageOf(execution)).toMatchObject({
					failed: 1,
					text: expect.stringMatching(/old-nas: entity\.lifecycle\.first_seen expects a date/),
				});
			},
			MINUTE,
		);

		it(
			'the playbook',
			async () => {
				if (api === 'v2') {
					// Jane has appeared in the logs of Okta, Kai has not.
					kibana.seed('user', { entity: { id: 'user:jane.doe@example.com@okta' } });
				}
				const execution = await run(playbook);
				expect(kibana.entities('user').map(({ record }) => record)).toEqual(
					expect.arrayContaining([
						expect.objectContaining({
							entity: expect.objectContaining({
								id: api === 'v1' ? 'jane.doe@example.com' : 'user:jane.doe@example.com@okta',
								attributes: { asset: true },
								lifecycle: { last_activity: '2026-11-24T09:12:44.120Z' },
							}),
							asset: { criticality: 'high_impact' },
						}),
					]),
				);
				expect(kibana.entities('user')).toHaveLength(api === 'v1' ? 2 : 1);
				expect(kibana.entities('host').map(({ record }) => record)).toMatchObject([
					{ host: { name: 'FIN-LT-0142' }, asset: { criticality: 'high_impact' } },
				]);
				const message = messageOf(execution);
				expect(message).toMatchObject({ failed: api === 'v1' ? 1 : 2 });
				expect(message?.text).toMatch(/^0a1b2c3d4e5f\w*: Nothing names this host/m);
				if (api === 'v2') {
					expect(message?.text).toMatch(
						/^user:kai\.ito@example\.com@okta: Kibana does not know this user yet/m,
					);
				}
				expect(told(execution)).toBe(1);
			},
			MINUTE,
		);

		it(
			'the mirror of Okta, and its guard',
			async () => {
				const leaver = {
					entity: { id: 'user:left@example.com@okta', source: ['okta'] },
					user: { email: ['left@example.com'] },
				};
				if (api === 'v2') kibana.seed('user', leaver);
				const stopped = await run(mirror);
				expect(kibana.entities('user')).toHaveLength(api === 'v1' ? 4 : 5);
				expect(stopped.itemsOf(MIRROR_NODES.DELETE)).toEqual([]);
				// The list of the first generation shows no source, so nothing is in scope there.
				expect(told(stopped)).toBe(api === 'v1' ? 0 : 1);
				if (api === 'v1') return;
				expect(messageOf(stopped)).toMatchObject({
					failed: 1,
					text: expect.stringMatching(
						/^Nobody was deleted: 1 of 5 entities in scope would be deleted: 20 %/m,
					),
				});
				const execution = await start(mirror, { dryRun: false, maxPercent: 20 });
				expect(execution.status).toBe('success');
				expect(execution.itemsOf(MIRROR_NODES.DELETE).map(({ json }) => json)).toMatchObject([
					{ entityId: leaver.entity.id, status: 'deleted' },
				]);
				expect(told(execution)).toBe(0);
				expect(kibana.entities('user')).toHaveLength(4);
			},
			MINUTE,
		);

		it(
			'the enrichment of an alert',
			async () => {
				const { email } = ALERT.body.user;
				const answered = async (priority: keyof typeof ENRICHMENT_NODES.ANSWERS) => {
					const execution = await run(enrichment);
					const { ANSWERS } = ENRICHMENT_NODES;
					const names = Object.values(ANSWERS).filter((name) => execution.runOf(name));
					expect(names).toEqual([ANSWERS[priority]]);
				};
				await answered('routine');
				if (api === 'v1') return;
				const user = { email: [email] };
				const id = `user:${email}@okta`;
				kibana.seed('user', { entity: { id }, user, asset: { criticality: 'high_impact' } });
				await answered('soon');
				const risk = { calculated_level: 'Critical', calculated_score_norm: 95 };
				kibana.changeInBackground(id, { entity: { risk } });
				await answered('urgent');
			},
			MINUTE,
		);
	});

	describe('the pinned data', () => {
		it(
			'of the inventory is what n8n reads from the CSV file',
			async () => {
				const workflow = {
					name: 'CSV',
					nodes: [
						node('Start', 'manualTrigger', 1, [0, 0], {}),
						node('File', 'code', 2, [220, 0], {
							jsCode: `return [{ json: { csv: ${JSON.stringify(CSV)} } }];`,
						}),
						node('To File', 'convertToFile', 1.1, [330, 0], {
							operation: 'toText',
							sourceProperty: 'csv',
							options: {},
						}),
						...inventory.workflow.nodes.filter(({ name }) => name === READ),
					],
					connections: connect({ Start: [['File']], File: [['To File']], 'To File': [[READ]] }),
					settings: { executionOrder: 'v1' },
				};
				const execution = await installed.client.run(
					await installed.client.createWorkflow(workflow),
					'Start',
				);
				expect(execution.itemsOf(READ).map(({ json }) => json)).toEqual(ROWS);
			},
			MINUTE,
		);
	});

	it('runs every example that there is', () => {
		expect(EXAMPLES).toEqual([okta, entra, intune, aws, inventory, playbook]);
		expect(READING_EXAMPLES).toEqual([mirror, enrichment]);
	});
};
