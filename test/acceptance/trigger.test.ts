import type { IDataObject, INodeExecutionData, INodeParameters } from 'n8n-workflow';

import { KibanaEntityStoreApi } from '../../credentials/KibanaEntityStoreApi.credentials';
import { KibanaEntityStoreTrigger } from '../../nodes/KibanaEntityStore/KibanaEntityStoreTrigger.node';
import { startKibana, type TestKibana } from '../../sandbox/kibana/server';
import { publish, test as runByHand } from '../../sandbox/n8n/poll';
import { nodeOn } from './run';

let kibana: TestKibana;

beforeAll(async () => {
	kibana = await startKibana({ api: 'v2' });
});

beforeEach(() => kibana.clear());

afterAll(async () => await kibana.stop());

const ALL = [
	'criticalityChanged',
	'entityCreated',
	'fieldsChanged',
	'riskLevelReached',
	'riskScoreChanged',
	'watchlistChanged',
];

const trigger = (parameters: INodeParameters, on: TestKibana = kibana) => ({
	...nodeOn(on),
	node: KibanaEntityStoreTrigger,
	credentialTypes: [new KibanaEntityStoreApi()],
	parameters: { fields: 'user.roles', options: { maxRetries: 0 }, ...parameters },
});

const seed = (name: string, document: IDataObject = {}) => {
	const { entity, ...more } = document as { entity?: IDataObject };
	kibana.seed('user', {
		entity: { id: `user:${name}@okta`, name, ...entity },
		user: { name },
		...more,
	} as never);
	return `user:${name}@okta`;
};

const change = (id: string, document: IDataObject) =>
	kibana.changeInBackground(id, document as never);

const told = (items?: INodeExecutionData[]) =>
	items?.map(({ json: { event, entityId, before, after } }) => [entityId, event, before, after]);

const remove = async (id: string) => {
	const answer = await fetch(`${kibana.url}/api/security/entity_store/entities/`, {
		method: 'DELETE',
		headers: {
			authorization: `ApiKey ${kibana.apiKey}`,
			'kbn-xsrf': 'test',
			'content-type': 'application/json',
			'elastic-api-version': '2023-10-31',
		},
		body: JSON.stringify({ entityId: id }),
	});
	expect(answer.status).toBe(200);
	kibana.refresh();
};

describe('a published workflow', () => {
	it('takes stock at first, then starts once for each change, with the value before', async () => {
		const jane = seed('jane', { asset: { criticality: 'low_impact' } });
		const workflow = await publish(trigger({ events: ALL }));
		// n8n saves what is kept after the poll with which it starts a workflow.
		expect(workflow.first).toEqual({});
		expect(workflow.saved()).not.toEqual({});
		expect(await workflow.poll()).toEqual({});

		change(jane, { asset: { criticality: 'high_impact' } });
		change(jane, { entity: { risk: { calculated_level: 'Critical', calculated_score_norm: 95 } } });
		change(jane, { entity: { attributes: { watchlists: ['vip'] } } });
		change(jane, { user: { roles: ['admin'] } });
		const joe = seed('joe');
		const { items } = await workflow.poll();
		expect(told(items)).toEqual([
			[jane, 'riskLevelReached', { riskLevel: null }, { riskLevel: 'Critical' }],
			[jane, 'riskScoreChanged', { riskScore: null }, { riskScore: 95 }],
			[jane, 'criticalityChanged', { criticality: 'low_impact' }, { criticality: 'high_impact' }],
			[jane, 'watchlistChanged', { watchlists: null }, { watchlists: ['vip'] }],
			[jane, 'fieldsChanged', { 'user.roles': null }, { 'user.roles': 'admin' }],
			[joe, 'entityCreated', {}, {}],
		]);
		expect(items?.[0]?.json).toMatchObject({
			entityType: 'user',
			entity: {
				entityId: jane,
				name: 'jane',
				riskLevel: 'Critical',
				riskScore: 95,
				criticality: 'high_impact',
				watchlists: ['vip'],
			},
		});
		expect(await workflow.poll()).toEqual({});
	});

	it('hands on whole documents without Simplify', async () => {
		const workflow = await publish(trigger({ events: ['entityCreated'], simplify: false }));
		const id = seed('jane', { user: { name: 'jane', full_name: ['Jane Doe'] } });
		const { items } = await workflow.poll();
		expect(items?.[0]?.json).toMatchObject({
			entityId: id,
			entity: { entity: { id }, user: { full_name: ['Jane Doe'] } },
		});
	});

	it('is not started by the daily snapshot, which stamps one time on all', async () => {
		for (let number = 0; number < 30; number += 1) seed(`user-${number}`);
		const workflow = await publish(trigger({ events: ALL }));
		expect(kibana.snapshot()).toBe(30);
		expect(await workflow.poll()).toEqual({});
		change('user:user-7@okta', { asset: { criticality: 'high_impact' } });
		kibana.snapshot();
		expect(told((await workflow.poll()).items)).toEqual([
			[
				'user:user-7@okta',
				'criticalityChanged',
				{ criticality: null },
				{ criticality: 'high_impact' },
			],
		]);
	});

	it('loses nothing and repeats nothing when n8n restarts', async () => {
		const jane = seed('jane', { entity: { risk: { calculated_level: 'High' } } });
		const workflow = await publish(trigger({ events: ['riskLevelReached', 'entityCreated'] }));
		change(jane, { entity: { risk: { calculated_level: 'Low' } } });
		// To fall below the level is no event, but must not be forgotten.
		expect(await workflow.poll()).toEqual({ items: [] });
		expect(await workflow.restart()).toEqual({});
		change(jane, { entity: { risk: { calculated_level: 'Critical' } } });
		expect(told((await workflow.restart()).items)).toEqual([
			[jane, 'riskLevelReached', { riskLevel: 'Low' }, { riskLevel: 'Critical' }],
		]);
		expect(await workflow.restart()).toEqual({});

		await remove(jane);
		expect(await workflow.poll()).toEqual({ items: [] });
		await workflow.restart();
		seed('jane', { entity: { risk: { calculated_level: 'Critical' } } });
		expect(told((await workflow.poll()).items)?.map(([, event]) => event)).toEqual([
			'entityCreated',
			'riskLevelReached',
		]);
	});

	it('takes stock anew with another filter, space or Kibana', async () => {
		seed('jane');
		const workflow = await publish(trigger({ events: ['entityCreated'] }));
		seed('joe');
		const { parameters } = trigger({
			events: ['entityCreated'],
			filters: { kql: 'entity.name: *' },
		});
		expect(await workflow.restart(parameters)).toEqual({});
		expect(await workflow.restart(parameters)).toEqual({});
		seed('jim');
		expect(told((await workflow.poll()).items)?.map(([id]) => id)).toEqual(['user:jim@okta']);
	});

	it('reports more events than it may in the next polls, in order', async () => {
		const workflow = await publish(
			trigger({ events: ['entityCreated'], options: { maxItems: 2 } }),
		);
		for (const name of ['a', 'b', 'c', 'd', 'e']) seed(name);
		const ids: unknown[][] = [];
		for (let poll = 0; poll < 4; poll += 1) {
			ids.push(told((await workflow.poll()).items)?.map(([id]) => id) ?? []);
		}
		expect(ids).toEqual([
			['user:a@okta', 'user:b@okta'],
			['user:c@okta', 'user:d@okta'],
			['user:e@okta'],
			[],
		]);
	});

	it('can report what exists', async () => {
		seed('jane');
		const workflow = await publish(
			trigger({ events: ['entityCreated'], options: { emitExisting: true } }),
		);
		expect(told(workflow.first.items)).toEqual([['user:jane@okta', 'entityCreated', {}, {}]]);
	});

	it('polls once at a time', async () => {
		const workflow = await publish(trigger({ events: ['entityCreated'] }));
		seed('jane');
		const before = kibana.listRequests().length;
		await Promise.all([workflow.poll(), workflow.poll(), workflow.poll()]);
		expect(workflow.executions().map((items) => items.length)).toEqual([1]);
		const during = kibana.listRequests().length - before;
		expect(await workflow.poll()).toEqual({});
		expect(kibana.listRequests().length - before - during).toBe(during);
	});
});

describe('a poll that fails', () => {
	it('says why, keeps what was kept, and the next one reports all', async () => {
		const workflow = await publish(trigger({ events: ['entityCreated'] }));
		seed('jane');
		const saved = workflow.saved();
		kibana.goDown();
		const { error } = await workflow.poll();
		await kibana.comeUp();
		expect(error?.message).toBe('Kibana could not be reached (ECONNREFUSED)');
		expect(workflow.saved()).toEqual(saved);
		expect(told((await workflow.poll()).items)).toEqual([
			['user:jane@okta', 'entityCreated', {}, {}],
		]);
	});

	it('is one on a space without an entity store: its empty list does not mean that all are gone', async () => {
		seed('jane');
		const workflow = await publish(trigger({ events: ['entityCreated'] }));
		kibana.answerNextOn('list', { status: 200, body: JSON.stringify({ entities: [] }) });
		kibana.answerNextOn('entityStoreStatus', {
			status: 200,
			body: JSON.stringify({ status: 'not_installed', engines: [] }),
		});
		expect((await workflow.poll()).error).toMatchObject({
			message: 'The entity store is not installed in this space',
			description: expect.stringMatching(/Install/),
		});
		expect(await workflow.poll()).toEqual({});
	});

	it('at the start refuses to publish, with what to do', async () => {
		const setup = trigger({ events: ['entityCreated'] });
		await expect(
			publish({
				...setup,
				credentials: {
					kibanaEntityStoreApi: { ...setup.credentials!.kibanaEntityStoreApi, apiKey: 'wrong' },
				},
			}),
		).rejects.toMatchObject({
			message: expect.stringMatching(/credential/),
			description: expect.stringMatching(/Check the API key/),
			httpCode: '401',
		});
	});

	it.each([
		[{ events: [] }, 'Choose at least one event'],
		[{ events: ['other'] }, /^The events must be among/],
		[{ events: ['riskLevelReached'], riskLevel: 'Huge' }, /^The risk level must be one of/],
		[{ events: ['riskScoreChanged'], minPoints: 0 }, /^The risk score changes by a number above 0/],
		[{ events: ['fieldsChanged'], fields: ' , ' }, 'Name at least one field to watch'],
		[{ events: ['entityCreated'], space: { mode: 'id', value: 'No Space' } }, /^A space ID holds/],
		[{ events: ['entityCreated'], options: { maxItems: 0 } }, /^Option maxItems/],
	])('with %j names the setting', async (parameters, message) => {
		await expect(publish(trigger(parameters as INodeParameters))).rejects.toThrow(message);
	});
});

describe('a test in the editor', () => {
	it('shows up to three recent samples, and leaves alone what is kept', async () => {
		for (const name of ['a', 'b', 'c', 'd']) {
			seed(name, { asset: { criticality: 'high_impact' } });
		}
		const kept = { kept: true };
		const { items, staticData } = await runByHand(trigger({ events: ALL }), kept);
		expect(staticData).toEqual(kept);
		expect(told(items)).toEqual([
			['user:d@okta', 'entityCreated', {}, {}],
			['user:d@okta', 'criticalityChanged', { criticality: null }, { criticality: 'high_impact' }],
			['user:c@okta', 'entityCreated', {}, {}],
		]);
	});

	it('shows the form of an event that no entity has', async () => {
		seed('a');
		const { items } = await runByHand(trigger({ events: ['riskLevelReached'] }));
		expect(told(items)).toEqual([
			['user:a@okta', 'riskLevelReached', { riskLevel: null }, { riskLevel: null }],
		]);
	});

	it('says that there is nothing to show', async () => {
		await expect(runByHand(trigger({ events: ALL }))).rejects.toThrow('No entity fits the filters');
	});
});

describe('Kibana 9.2 and 9.3', () => {
	let old: TestKibana;

	beforeAll(async () => {
		old = await startKibana({ api: 'v1' });
	});

	afterAll(async () => await old.stop());

	const write = async (name: string, record: IDataObject) => {
		const answer = await fetch(`${old.url}/api/entity_store/entities/bulk?force=true`, {
			method: 'PUT',
			headers: {
				authorization: `ApiKey ${old.apiKey}`,
				'kbn-xsrf': 'test',
				'content-type': 'application/json',
				'elastic-api-version': '2023-10-31',
			},
			body: JSON.stringify({
				entities: [{ type: 'user', record: { entity: { id: name, ...record } } }],
			}),
		});
		expect(answer.status).toBe(200);
		old.runTransform();
	};

	it('report all events but those of watchlists', async () => {
		await write('jane', {});
		const events = ALL.filter((event) => event !== 'watchlistChanged');
		const workflow = await publish(trigger({ events }, old));
		await write('jane', { risk: { calculated_level: 'Critical', calculated_score_norm: 90 } });
		await write('joe', {});
		expect(told((await workflow.poll()).items)).toEqual([
			['jane', 'riskLevelReached', { riskLevel: null }, { riskLevel: 'Critical' }],
			['jane', 'riskScoreChanged', { riskScore: null }, { riskScore: 90 }],
			['joe', 'entityCreated', {}, {}],
		]);
		expect(await workflow.poll()).toEqual({});
	});

	it('refuse what they do not list', async () => {
		await expect(publish(trigger({ events: ALL }, old))).rejects.toThrow(
			'Kibana 9.2 and 9.3 do not list entity.attributes.watchlists, so it cannot be watched',
		);
		await expect(
			publish(trigger({ events: ['entityCreated'], filters: { kql: 'a: b' } }, old)),
		).rejects.toThrow('list entities without KQL');
	});
});
