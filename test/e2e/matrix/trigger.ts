import axios from 'axios';
import type { IDataObject } from 'n8n-workflow';

import { request } from '../../../sandbox/kibana/request';
import { startKibana, type TestKibana } from '../../../sandbox/kibana/server';
import type { Execution } from '../../../sandbox/n8n/rest';
import { PACKAGE } from '../../../sandbox/n8n/package';
import { criticalUser, criticalUserPush, NODES, SAMPLES } from '../../examples/trigger';
import type { Example } from '../../examples/workflow';
import type { Installed } from './installed';
import { connect, credentialData, credentialOf, node, workflowOf } from './workflow';

const MINUTE = 60_000;
/** A poll of these few entities takes far less. */
const IN_FLIGHT_MS = 3_000;
const TRIGGER = 'Entity Changed';
const AFTER = 'After';
/** n8n publishes no node without its credential. */
const CALLS_OUT = /\.(jira|slack)$/;
const JANE = 'user:jane.doe@example.com@okta';

/** n8n refuses a schedule of less than a minute, but takes several of a minute each. */
const EVERY_THREE_SECONDS = {
	item: Array.from({ length: 20 }, (_, index) => ({
		mode: 'custom',
		cronExpression: `${3 * index} * * * * *`,
	})),
};

/** Users of one Kibana, by their names, and the workflow that watches them. */
interface Watched {
	readonly kibana: TestKibana;
	readonly workflowId: string;
	readonly idOf: (name: string) => string;
	/** Stores a user with this risk level. */
	readonly set: (name: string, level: string) => Promise<void>;
}

const until = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
	for (let turns = 0; !(await holds()); turns += 1) {
		if (turns > 300) throw new Error('It never came to that');
		await new Promise((done) => setTimeout(done, 200));
	}
};

const triggerNode = (credentialId: string, parameters: object) => ({
	...node(TRIGGER, '', 1, [0, 0], {
		pollTimes: EVERY_THREE_SECONDS,
		events: ['entityCreated', 'riskLevelReached'],
		riskLevel: 'Critical',
		space: { __rl: true, mode: 'list', value: '' },
		options: { maxRetries: 0 },
		...parameters,
	}),
	type: `${PACKAGE}.kibanaEntityStoreTrigger`,
	credentials: credentialOf(credentialId),
});

const contentOf = (credentialId: string, parameters: object = {}) =>
	workflowOf(
		'Watch users',
		[triggerNode(credentialId, parameters), node(AFTER, 'noOp', 1, [220, 0], {})],
		connect({ [TRIGGER]: [[AFTER]] }),
	);

const setOf: Readonly<Record<'v1' | 'v2', (kibana: TestKibana) => Watched['set']>> = {
	v1: (kibana) => async (name, level) => {
		const record = { entity: { id: name, risk: { calculated_level: level } } };
		const answer = await request(kibana, {
			method: 'PUT',
			path: '/api/entity_store/entities/bulk?force=true',
			body: { entities: [{ type: 'user', record }] },
		});
		expect(answer.status).toBe(200);
		kibana.runTransform();
	},
	v2: (kibana) => async (name, level) => {
		const id = `user:${name}@okta`;
		const entity = { id, name, risk: { calculated_level: level } };
		const isKnown = kibana.entities('user').some((one) => one.id === id);
		if (isKnown) kibana.changeInBackground(id, { entity } as never);
		else kibana.seed('user', { entity, user: { name } } as never);
	},
};

/** A published workflow, of which each step stands on the one before. */
export const describeTrigger = (installed: Installed): void => {
	describe('the trigger in a published workflow', () => {
		const apis = ['v1', 'v2'] as const;
		const watched: Watched[] = [];
		const credentials: string[] = [];

		beforeAll(async () => {
			for (const api of apis) {
				const kibana = await startKibana({ api });
				const credentialId = await installed.client.createCredential(
					`Kibana ${api}`,
					'kibanaEntityStoreApi',
					credentialData(kibana),
				);
				credentials.push(credentialId);
				watched.push({
					kibana,
					workflowId: await installed.client.createWorkflow(contentOf(credentialId)),
					idOf: (name) => (api === 'v1' ? name : `user:${name}@okta`),
					set: setOf[api](kibana),
				});
			}
		}, MINUTE);

		afterAll(async () => {
			for (const { kibana, workflowId } of watched) {
				await installed.client.unpublish(workflowId);
				await kibana.stop();
			}
		}, MINUTE);

		/** Each poll asks for the version first. */
		const pollsOf = ({ kibana }: Watched): number =>
			kibana.requests.filter(({ path }) => path.startsWith('/api/status')).length;

		/** Waits until polls that began after this call have ended. */
		const polled = async (one: Watched, polls = 1): Promise<void> => {
			const before = pollsOf(one);
			// A poll begins only once the one before has ended.
			await until(() => pollsOf(one) > before + polls);
		};

		const executionsOf = async ({ workflowId }: Watched): Promise<Execution[]> =>
			await installed.client.executionsOf(workflowId);

		/** What has been handed on so far, execution by execution. */
		const told = async (one: Watched) =>
			(await executionsOf(one))
				.filter(({ status }) => status === 'success')
				.map((execution) =>
					execution
						.itemsOf(AFTER)
						.map(({ json }) => [json.entityId, json.event, (json.after as IDataObject).riskLevel]),
				)
				.filter((items) => items.length > 0);

		/** Does the same with both Kibanas at once. */
		const each = async (work: (one: Watched) => Promise<void>): Promise<void> => {
			await Promise.all(watched.map(work));
		};

		it(
			'takes stock when it is published, and starts nothing',
			async () => {
				await each(async (one) => {
					await one.set('jane', 'Low');
					await one.set('kai', 'Critical');
					await installed.client.publish(one.workflowId);
					await polled(one, 3);
					expect(await executionsOf(one)).toEqual([]);
				});
			},
			2 * MINUTE,
		);

		it(
			'starts one execution for what changed between two polls, and none without a change',
			async () => {
				await each(async (one) => {
					await one.set('jane', 'Critical');
					await polled(one);
					const first = [[one.idOf('jane'), 'riskLevelReached', 'Critical']];
					await until(async () => (await told(one)).length > 0);
					expect(await told(one)).toEqual([first]);
					await polled(one, 2);
					expect(await executionsOf(one)).toHaveLength(1);
				});
			},
			2 * MINUTE,
		);

		it(
			'loses nothing and repeats nothing when n8n is restarted',
			async () => {
				// To fall below the level is no event, but has to be known after the restart.
				await each(async (one) => {
					await one.set('jane', 'Low');
					await polled(one, 2);
				});
				await installed.n8n.restart(async () => {
					await each(async (one) => {
						await one.set('jane', 'Critical');
						await one.set('mia', 'Low');
					});
				});
				await each(async (one) => {
					await polled(one, 2);
					await until(async () => (await told(one)).length > 1);
					const [, afterRestart, ...more] = await told(one);
					expect([...(afterRestart ?? [])].sort()).toEqual([
						[one.idOf('jane'), 'riskLevelReached', 'Critical'],
						[one.idOf('mia'), 'entityCreated', undefined],
					]);
					expect(more).toEqual([]);
				});
			},
			3 * MINUTE,
		);

		it(
			'reports after a failed poll what it missed',
			async () => {
				for (const one of watched) {
					const before = (await executionsOf(one)).length;
					one.kibana.goDown();
					await one.set('zoe', 'Critical').catch(() => undefined);
					await until(async () => (await executionsOf(one)).length > before);
					await one.kibana.comeUp();
					expect((await executionsOf(one))[before]?.status).toBe('error');
					// What the first generation was told while it was down has not arrived.
					await one.set('zoe', 'Critical');
					await until(async () => (await told(one)).length > 2);
					const [, , afterFailure] = await told(one);
					expect(afterFailure).toEqual([
						[one.idOf('zoe'), 'entityCreated', undefined],
						[one.idOf('zoe'), 'riskLevelReached', 'Critical'],
					]);
				}
			},
			3 * MINUTE,
		);

		it(
			'reports what happened while it was not published, once it is again',
			async () => {
				await each(async (one) => {
					await installed.client.unpublish(one.workflowId);
					await one.set('lee', 'Low');
					await installed.client.publish(one.workflowId);
					await until(async () => (await told(one)).length > 3);
					await polled(one, 2);
					expect((await told(one)).slice(3)).toEqual([
						[[one.idOf('lee'), 'entityCreated', undefined]],
					]);
				});
			},
			2 * MINUTE,
		);

		it(
			'takes stock anew with another filter',
			async () => {
				await each(async (one) => {
					const credentialId = credentials[watched.indexOf(one)] as string;
					await installed.client.unpublish(one.workflowId);
					// A poll that had begun by then would still report what comes now.
					await new Promise((resolve) => setTimeout(resolve, IN_FLIGHT_MS));
					await one.set('omar', 'Critical');
					const content = contentOf(credentialId, { entityTypes: ['user'] });
					await installed.client.changeWorkflow(one.workflowId, content);
					await installed.client.publish(one.workflowId);
					await polled(one, 2);
					const before = await told(one);
					expect(before).toHaveLength(4);
					await one.set('ana', 'Low');
					await until(async () => (await told(one)).length > 4);
					expect((await told(one)).slice(4)).toEqual([
						[[one.idOf('ana'), 'entityCreated', undefined]],
					]);
				});
			},
			2 * MINUTE,
		);
	});

	describe('the example workflows of the trigger, published', () => {
		const SECRET = { name: 'X-Entity-Secret', value: 'only-kibana-knows' };
		let kibana: TestKibana;
		let credentialId: string;

		beforeAll(async () => {
			kibana = await startKibana({ api: 'v2' });
			const data = credentialData(kibana);
			credentialId = await installed.client.createCredential(
				'Kibana',
				'kibanaEntityStoreApi',
				data,
			);
			await request(kibana, {
				method: 'POST',
				path: '/api/entity_analytics/watchlists',
				body: { name: 'Critical Users', riskModifier: 1.5 },
			});
			kibana.seed('user', {
				entity: { id: JANE, name: 'jane.doe', risk: { calculated_level: 'Moderate' } },
			} as never);
		}, MINUTE);

		afterAll(async () => await kibana.stop());

		/** Publishes an example, with nodes that do nothing in place of Jira and Slack. */
		const publish = async ({ workflow }: Example, parameters: object, credentials: object) => {
			const nodes = workflow.nodes.map((one) => {
				if (one.type.startsWith(PACKAGE)) {
					const isTrigger = one.name === NODES.TRIGGER;
					return {
						...one,
						parameters: { ...one.parameters, ...(isTrigger && parameters) },
						credentials: credentialOf(credentialId),
					};
				}
				if (CALLS_OUT.test(one.type)) return node(one.name, 'noOp', 1, one.position, {});
				return one.name === NODES.HOOK ? { ...one, credentials } : one;
			});
			const id = await installed.client.createWorkflow({ ...workflow, nodes });
			await installed.client.publish(id);
			return id;
		};

		const endOf = async (workflowId: string): Promise<Execution> => {
			const executions = async () => await installed.client.executionsOf(workflowId);
			await until(async () => (await executions()).length > 0);
			await installed.client.unpublish(workflowId);
			const all = await executions();
			expect(all.map(({ status }) => status)).toEqual(['success']);
			return all[0] as Execution;
		};

		it(
			'opens a ticket for a user that turns critical, and puts the user on the watchlist',
			async () => {
				const before = kibana.listRequests().length;
				const id = await publish(criticalUser, { pollTimes: EVERY_THREE_SECONDS }, {});
				await until(() => kibana.listRequests().length > before + 1);
				const risk = { calculated_level: 'Critical', calculated_score_norm: 93.1 };
				kibana.changeInBackground(JANE, { entity: { risk } } as never);
				const execution = await endOf(id);
				expect(execution.itemsOf(NODES.ON).map(({ json }) => json)).toMatchObject([
					{ entityId: JANE, status: 'assigned' },
				]);
				expect(execution.itemsOf(NODES.TICKET).map(({ json }) => json)).toMatchObject([
					SAMPLES.TURNED_CRITICAL[0],
				]);
			},
			2 * MINUTE,
		);

		it(
			'takes the call of a workflow of Kibana, with the secret only',
			async () => {
				const secret = await installed.client.createCredential('Secret', 'httpHeaderAuth', SECRET);
				const id = await publish(
					criticalUserPush,
					{},
					{ httpHeaderAuth: { id: secret, name: 'Secret' } },
				);
				// A template of Kibana makes texts of numbers.
				const body = { ...SAMPLES.SCORE, score: '93.1', previousScore: '64.2' };
				const call = async (headers: object) =>
					(
						await axios.post(`${installed.n8n.url}/webhook/entity-risk`, body, {
							headers: { ...headers },
							validateStatus: () => true,
						})
					).status;
				await until(async () => (await call({})) !== 404);
				expect(await call({})).toBe(403);
				expect(await call({ [SECRET.name]: SECRET.value })).toBe(200);
				const execution = await endOf(id);
				expect(execution.itemsOf(NODES.ON).map(({ json }) => json)).toMatchObject([
					{ entityId: JANE, status: expect.stringMatching(/ssigned/) },
				]);
				expect(execution.itemsOf(NODES.TICKET)).toHaveLength(1);
			},
			2 * MINUTE,
		);
	});
};
