/** Delete: each item its own outcome, on both generations. */
import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { startKibana, type TestKibana } from '../../sandbox/kibana/server';
import { request } from '../../sandbox/kibana/request';
import { runNode, type EngineRun } from '../../sandbox/n8n/engine';
import { withBothGenerations } from './kibanas';
import { jsonOf, nodeOn } from './run';

let kibana: TestKibana;
let first: TestKibana;

withBothGenerations((v2, v1) => {
	kibana = v2;
	first = v1;
});

const byId = (options: IDataObject = {}, more: INodeParameters = {}): INodeParameters => ({
	resource: 'entity',
	operation: 'delete',
	entityType: 'user',
	entityId: { __rl: true, mode: 'id', value: '={{ $json.id }}' },
	options: options as INodeParameters,
	...more,
});

const byEmail = (options: IDataObject = {}): INodeParameters => ({
	resource: 'entity',
	operation: 'delete',
	entityType: 'user',
	findBy: 'fields',
	matchFields: { email: '={{ $json.mail }}' },
	options: options as INodeParameters,
});

const run = async (items: EngineRun['items'], parameters: INodeParameters, on = kibana) =>
	await runNode({ ...nodeOn(on), items, parameters, onError: 'continueErrorOutput' });

const idsIn = (on = kibana) => on.entities().map(({ id }) => id);

const seed = (...names: string[]) => {
	for (const name of names) {
		const entity = { id: `user:${name}@example.com@okta` };
		kibana.seed('user', { entity, user: { email: [`${name}@example.com`] } });
	}
};

const writeV1 = async (on: TestKibana, ...ids: string[]) => {
	const entities = ids.map((id) => ({ type: 'user', record: { entity: { id } } }));
	await request(on, { method: 'PUT', path: '/api/entity_store/entities/bulk', body: { entities } });
};

const JANE = { entityId: 'user:jane@example.com@okta', entityType: 'user' };

describe('Delete', () => {
	it('deletes the entity of each item, and fails the items whose entity is missing', async () => {
		seed('jane', 'bob');
		const { outputs, hints } = await run(
			[{ id: JANE.entityId }, { id: 'user:nobody@okta' }],
			byId(),
		);
		expect(jsonOf(outputs[0])).toEqual([{ ...JANE, status: 'deleted' }]);
		expect(jsonOf(outputs[1])).toMatchObject([
			{
				error: "Kibana has no such entity: Entity ID 'user:nobody@okta' not found",
				details: { status: 'failed', reason: 'notFound', entityId: 'user:nobody@okta' },
			},
		]);
		expect(idsIn()).toEqual(['user:bob@example.com@okta']);
		expect(hints.map(({ message }) => message)).toEqual(['Kibana deleted 1 of 2 entities']);
	});

	it('finds by fields, and deletes nothing where several fit', async () => {
		seed('jane', 'bob');
		kibana.seed('user', {
			entity: { id: 'user:jane@example.com@entra_id' },
			user: { email: ['jane@example.com'] },
		});
		const items = [{ mail: 'jane@example.com' }, { mail: 'bob@example.com' }, { mail: 'x@y.z' }];
		const careful = await run(items, byEmail());
		expect(jsonOf(careful.outputs[0]).map(({ status }) => status)).toEqual(['deleted']);
		expect(jsonOf(careful.outputs[1]).map(({ error }) => error)).toEqual([
			expect.stringContaining('2 entities have these values: '),
			'Kibana has no such entity',
		]);
		expect(idsIn()).toHaveLength(2);
		kibana.refresh();
		const { outputs } = await run(items, byEmail({ several: 'all', notFound: 'success' }));
		expect(outputs[0]?.map(({ json, pairedItem }) => [json.status, pairedItem])).toEqual([
			['deleted', { item: 0 }],
			['deleted', { item: 0 }],
			['notFound', { item: 1 }],
			['notFound', { item: 2 }],
		]);
		expect(idsIn()).toEqual([]);
	});

	it('leaves entities of other types alone that have the same name', async () => {
		kibana.seed('user', { entity: { id: 'user:atlas@okta', name: 'atlas' } });
		kibana.seed('host', { entity: { id: 'host:atlas', name: 'atlas' }, host: { name: 'atlas' } });
		const { outputs } = await run([{}], {
			...byEmail({ several: 'all' }),
			matchFields: { entityName: 'atlas' },
		});
		expect(jsonOf(outputs[0])).toMatchObject([{ entityId: 'user:atlas@okta', status: 'deleted' }]);
		expect(idsIn()).toEqual(['host:atlas']);
	});

	it('takes a missing entity for a success where the option says so', async () => {
		const { outputs } = await run([{ id: JANE.entityId }], byId({ notFound: 'success' }));
		expect(jsonOf(outputs[0])).toEqual([{ ...JANE, status: 'notFound' }]);
	});

	it('deletes an entity of several items once, and each of them has its outcome', async () => {
		seed('jane');
		const { outputs } = await run([{ id: JANE.entityId }, { id: JANE.entityId }], byId());
		expect(jsonOf(outputs[0]).map(({ status }) => status)).toEqual(['deleted', 'deleted']);
	});

	it.each([
		['fails on every request', { status: 500, body: '{"message":"broken"}' }],
		['is overloaded', { status: 429, body: '{"message":"busy"}' }],
	])('gives up a Kibana that %s, and does not wait for it with every entity', async (_, answer) => {
		kibana.setFaults(({ route }) => (route === 'delete' ? answer : undefined));
		const items = Array.from({ length: 60 }, (__, nth) => ({ id: `user:${nth}@okta` }));
		const { outputs } = await run(items, byId({ maxRetries: 0, concurrency: 2 }));
		expect(outputs[1]).toHaveLength(60);
		expect(jsonOf(outputs[1]).at(-1)?.error).toMatch(/^Stopped after 10 requests in a row failed/);
		const deletions = kibana.requests.filter(({ method }) => method === 'DELETE');
		expect(deletions.length).toBeLessThan(15);
	});

	it('still tries another space where it has given up one', async () => {
		kibana.setFaults(({ route, path }) =>
			route === 'delete' && path?.startsWith('/s/a/') ? { status: 500 } : undefined,
		);
		const items = Array.from({ length: 40 }, (_, nth) => ({
			id: `user:${nth}@okta`,
			at: nth < 20 ? 'a' : 'b',
		}));
		for (const { id, at } of items) kibana.seed('user', { entity: { id } }, at);
		const { outputs } = await run(
			items,
			byId({ maxRetries: 0 }, { space: { __rl: true, mode: 'id', value: '={{ $json.at }}' } }),
		);
		expect(outputs[0]).toHaveLength(20);
		expect(outputs[1]).toHaveLength(20);
		expect(kibana.entities('user', 'b')).toEqual([]);
	});

	it.each([
		['cut after the work', { reset: 'after' as const }],
		['lost before the work', { reset: 'before' as const }],
		['that a proxy replaced', { work: true as const, status: 502, foreign: true as const }],
	])('has succeeded when a repeat finds gone what an answer %s told of', async (_, answer) => {
		seed('jane');
		kibana.answerNextOn('delete', answer);
		const { outputs } = await run([{ id: JANE.entityId }], byId({ maxRetries: 2 }));
		expect(jsonOf(outputs[0])).toEqual([{ ...JANE, status: 'deleted' }]);
		expect(idsIn()).toEqual([]);
	});

	it('says unknown where the answer is lost and no repeat settles it', async () => {
		seed('jane');
		kibana.answerNextOn('delete', { reset: 'after' });
		const { outputs } = await run([{ id: JANE.entityId }], byId({ maxRetries: 0 }));
		expect(jsonOf(outputs[1])).toMatchObject([
			{
				error: expect.stringContaining('so the entity may or may not have been deleted'),
				details: { status: 'unknown', reason: 'noAnswer' },
			},
		]);
	});

	it('repeats a conflict and a busy Kibana', async () => {
		seed('jane');
		kibana.answerNextOn(
			'delete',
			{ status: 409, body: JSON.stringify({ statusCode: 409, message: 'conflict' }) },
			{ status: 429 },
		);
		const { outputs } = await run([{ id: JANE.entityId }], byId({ maxRetries: 2 }));
		expect(jsonOf(outputs[0])).toEqual([{ ...JANE, status: 'deleted' }]);
	});
});

describe('Delete (first generation)', () => {
	it('deletes by ID', async () => {
		await writeV1(first, 'jane', 'bob');
		const { outputs } = await run([{ id: 'jane' }, { id: 'nobody' }], byId(), first);
		expect(jsonOf(outputs[0])).toEqual([
			{ entityId: 'jane', entityType: 'user', status: 'deleted' },
		]);
		expect(jsonOf(outputs[1])).toMatchObject([{ details: { reason: 'notFound' } }]);
		expect(idsIn(first)).toEqual(['bob']);
	});

	it('does so on the early revision that takes the ID in the path', async () => {
		const early = await startKibana({ api: 'v1', deletesByPath: true });
		try {
			await writeV1(early, 'jane/x', 'bob');
			const { outputs } = await run([{ id: 'jane/x' }, { id: 'bob' }], byId(), early);
			expect(jsonOf(outputs[0]).map(({ status }) => status)).toEqual(['deleted', 'deleted']);
			expect(idsIn(early)).toEqual([]);
		} finally {
			await early.stop();
		}
	});

	it('says that the store does not run', async () => {
		first.setEngine('user', 'stopped');
		const { outputs } = await run([{ id: 'jane' }], byId(), first);
		expect(jsonOf(outputs[1])).toMatchObject([{ details: { reason: 'notRunning' } }]);
	});
});
