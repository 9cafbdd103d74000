/** The operations of the resource Watchlist. */
import type { IDataObject } from 'n8n-workflow';

import type { TestKibana } from '../../sandbox/kibana/server';
import { withKibana } from '../../sandbox/kibana/testing';
import { callListSearch } from '../../sandbox/n8n/engine';
import { errorsOf, parametersOf, runner, watch } from './resource';
import { nodeOn } from './run';

const runOn = runner('watchlist');

const BASE = '/api/entity_analytics/watchlists';

const byId = (id: unknown) => ({ watchlist: { mode: 'id', value: String(id) } });
const byName = (name: string) => ({ watchlist: { mode: 'name', value: name } });

const entity = { entityId: '={{ $json.id }}' };

const createOne = async (kibana: TestKibana, name = 'Leavers', more: IDataObject = {}) => {
	const { done } = await runOn(kibana, 'create', { name, ...more });
	return done[0] as IDataObject & { id: string };
};

const seed = (kibana: TestKibana, count: number, space?: string) => {
	for (let index = 0; index < count; index += 1) {
		kibana.seed('host', { host: { name: `h${index}` } }, space);
	}
	return Array.from({ length: count }, (_, index) => ({ id: `host:h${index}` }));
};

const marksIn = (kibana: TestKibana, space?: string): string[][] =>
	kibana.documents(space).map(({ entity }) => {
		const { attributes } = (entity ?? {}) as { attributes?: { watchlists?: string[] } };
		return attributes?.watchlists ?? [];
	});

describe('Watchlist', () => {
	it('is created, read, changed, listed and deleted', async () => {
		await withKibana({ api: 'v2' }, async (kibana) => {
			const created = await createOne(kibana, ' Leavers ', { description: 'Left the company' });
			expect(created).toMatchObject({
				name: 'Leavers',
				description: 'Left the company',
				riskModifier: 1.5,
				managed: false,
			});
			const { id } = created;
			const { bodies } = watch(kibana);
			const updateFields = { riskModifier: 2 };
			const updated = await runOn(kibana, 'update', { ...byId(id), updateFields });
			expect(updated.done[0]).toMatchObject({ id, name: 'Leavers', riskModifier: 2 });
			expect(bodies).toEqual([
				{ name: 'Leavers', description: 'Left the company', riskModifier: 2 },
			]);
			const read = await runOn(kibana, 'get', byName('Leavers'));
			expect(read.done[0]).toMatchObject({ id, riskModifier: 2, entityCount: 0 });
			await createOne(kibana, 'Vendors');
			const all = await runOn(kibana, 'getMany', {}, [{}, {}]);
			expect(all.done.map(({ name }) => name)).toEqual([
				...['Leavers', 'Vendors'],
				...['Leavers', 'Vendors'],
			]);
			expect(all.paired).toEqual([0, 0, 1, 1]);
			const gone = await runOn(kibana, 'delete', byName('Vendors'));
			expect(gone.done).toMatchObject([{ deleted: true }]);
			expect((await runOn(kibana, 'getMany')).done).toHaveLength(1);
		});
	});

	it('is changed by what expressions give, which may be a number as text', async () => {
		await withKibana({ api: 'v2' }, async (kibana) => {
			const { id } = await createOne(kibana);
			const updateFields = { riskModifier: '={{ "0.5" }}', name: '={{ " Left " }}' };
			const updated = await runOn(kibana, 'update', { ...byId(id), updateFields });
			expect(updated.failed).toEqual([]);
			expect(updated.done[0]).toMatchObject({ name: 'Left', riskModifier: 0.5 });
			const { bodies } = watch(kibana);
			const before = { id, name: 'Left', riskModifier: 0.5, description: null };
			kibana.answerNextOn('watchlists', { status: 200, body: JSON.stringify(before) });
			await runOn(kibana, 'update', { ...byId(id), updateFields: { riskModifier: 1 } });
			expect(bodies).toEqual([{ name: 'Left', riskModifier: 1, description: '' }]);
		});
	});

	it('is found by name once for all items, and says when a name fits none or several', async () => {
		await withKibana({ api: 'v2' }, async (kibana) => {
			const first = await createOne(kibana, 'Twice');
			const second = await createOne(kibana, 'Twice');
			await createOne(kibana, 'Once');
			kibana.seed('host', { host: { name: 'h0' } });
			const items = ['Once', 'once', 'Twice', 'Once'].map((name) => ({ name, id: 'host:h0' }));
			const before = kibana.requests.length;
			const result = await runOn(
				kibana,
				'assign',
				{ watchlist: { mode: 'name', value: '={{ $json.name }}' }, ...entity },
				items,
			);
			expect(result.paired).toEqual([0, 3]);
			expect(errorsOf(result)).toEqual([
				{
					error: 'There is no watchlist named "once" in this space',
					message: expect.stringContaining('match exactly'),
					reason: 'notFound',
				},
				{
					error: '2 watchlists are named "Twice"',
					message: `Choose one by its ID: ${first.id}, ${second.id}`,
					reason: 'invalidRecord',
				},
			]);
			const paths = kibana.requests.slice(before).map(({ method, path }) => `${method} ${path}`);
			expect(paths.filter((path) => path === `GET ${BASE}/list`)).toHaveLength(3);
			expect(paths.filter((path) => path.endsWith('/assign'))).toHaveLength(1);
		});
	});

	it('is offered in the editor, those of the chosen space, narrowed by what is typed', async () => {
		await withKibana({ api: 'v2' }, async (kibana) => {
			const { id } = await createOne(kibana, 'Leavers');
			await createOne(kibana, 'Admins');
			const space = { space: { mode: 'id', value: 'soc' } };
			await createOne(kibana, 'Of the SOC', space);
			const search = async (filter?: string, more = {}) => {
				const setup = { ...nodeOn(kibana), parameters: parametersOf('watchlist', 'get', more) };
				const { results } = await callListSearch(setup.node, 'searchWatchlists', {
					...setup,
					filter,
				});
				return results;
			};
			expect((await search()).map(({ name }) => name)).toEqual(['Admins', 'Leavers']);
			expect(await search('leav')).toEqual([{ name: 'Leavers', value: id }]);
			expect((await search('', space)).map(({ name }) => name)).toEqual(['Of the SOC']);
			kibana.revoke();
			await expect(search()).rejects.toThrow('does not accept the credential');
		});
	});

	it('takes entities in one request each watchlist and space, and says of each what became of it', async () => {
		await withKibana({ api: 'v2' }, async (kibana) => {
			const one = await createOne(kibana, 'One');
			const space = { mode: 'id', value: 'soc' };
			const two = await createOne(kibana, 'Two', { space });
			const items = [
				...seed(kibana, 2).map((item) => ({ ...item, list: one.id, at: 'default' })),
				...seed(kibana, 1, 'soc').map((item) => ({ ...item, list: two.id, at: 'soc' })),
				{ id: 'host:missing', list: one.id, at: 'default' },
				{ id: 'host:h0', list: one.id, at: 'default' },
			];
			const { changes, bodies } = watch(kibana);
			const parameters = {
				...entity,
				watchlist: { mode: 'id', value: '={{ $json.list }}' },
				space: { mode: 'id', value: '={{ $json.at }}' },
			};
			const result = await runOn(kibana, 'assign', parameters, items);
			expect(result.done).toEqual([
				{ entityId: 'host:h0', watchlistId: one.id, status: 'assigned' },
				{ entityId: 'host:h1', watchlistId: one.id, status: 'assigned' },
				{ entityId: 'host:h0', watchlistId: two.id, status: 'assigned' },
				{ entityId: 'host:h0', watchlistId: one.id, status: 'assigned' },
			]);
			expect(result.paired).toEqual([0, 1, 2, 4]);
			expect(result.failed[0]).toMatchObject({
				error: expect.stringContaining('Kibana has no such entity'),
				message: expect.stringContaining('Only an entity that is in the entity store'),
				details: { reason: 'notFound', entityId: 'host:missing', status: 'failed' },
			});
			expect(changes()).toEqual([
				`POST ${BASE}/${one.id}/entities/assign`,
				`POST /s/soc${BASE}/${two.id}/entities/assign`,
			]);
			expect(bodies).toEqual([
				{ euids: ['host:h0', 'host:h1', 'host:missing'] },
				{ euids: ['host:h0'] },
			]);
			expect(marksIn(kibana)).toEqual([[one.id], [one.id]]);
			expect(marksIn(kibana, 'soc')).toEqual([[two.id]]);
		});
	});

	it('lets entities go, and says which were not on it', async () => {
		await withKibana({ api: 'v2' }, async (kibana) => {
			const { id } = await createOne(kibana);
			const items = seed(kibana, 2);
			await runOn(kibana, 'assign', { ...byId(id), ...entity }, items.slice(0, 1));
			const { done } = await runOn(kibana, 'unassign', { ...byId(id), ...entity }, items);
			expect(done.map(({ status }) => status)).toEqual(['unassigned', 'unchanged']);
			expect(marksIn(kibana)).toEqual([[], []]);
		});
	});

	it('takes fields that name an entity in place of its ID', async () => {
		await withKibana({ api: 'v2' }, async (kibana) => {
			const { id } = await createOne(kibana);
			kibana.seed('user', { entity: { id: 'user:jane@example.com@okta' } });
			const named = {
				...byId(id),
				identifyBy: 'fields',
				entityType: 'user',
				namingFields: { userEmail: '={{ $json.mail }}', identityProvider: 'okta' },
			};
			const result = await runOn(kibana, 'assign', named, [{ mail: 'jane@example.com' }, {}]);
			expect(result.done.map(({ entityId }) => entityId)).toEqual(['user:jane@example.com@okta']);
			expect(errorsOf(result)[0]?.error).toBe('Nothing names this user');
		});
	});

	it('takes more than 1,000 entities in several requests', async () => {
		await withKibana({ api: 'v2' }, async (kibana) => {
			const { id } = await createOne(kibana);
			const items = seed(kibana, 1_001);
			const { changes } = watch(kibana);
			const { done } = await runOn(kibana, 'assign', { ...byId(id), ...entity }, items);
			expect(done).toHaveLength(1_001);
			expect(changes()).toHaveLength(2);
		});
	});

	it.each(['get', 'update', 'delete', 'assign', 'unassign'])(
		'%s says that there is no such watchlist, without asking again',
		async (operation) => {
			await withKibana({ api: 'v2' }, async (kibana) => {
				const from = kibana.requests.length;
				const parameters = {
					...byId('nobody?x=..'),
					...entity,
					updateFields: { name: 'x' },
					options: { maxRetries: 3 },
				};
				const result = await runOn(kibana, operation, parameters, seed(kibana, 2));
				expect(errorsOf(result)).toEqual(
					[0, 1].map(() => ({
						error: expect.stringContaining('Kibana has no such watchlist'),
						message: 'Check the watchlist and the space',
						reason: 'notFound',
					})),
				);
				const asked = kibana.requests.slice(from).filter(({ path }) => path.startsWith(BASE));
				expect(asked.length).toBeLessThanOrEqual(2);
				expect(asked.every(({ path }) => path.includes('nobody%3Fx'))).toBe(true);
			});
		},
	);

	it('refuses what is missing, before anything is sent', async () => {
		await withKibana({ api: 'v2' }, async (kibana) => {
			const { changes } = watch(kibana);
			const refusedBy = async (operation: string, parameters: IDataObject) =>
				errorsOf(await runOn(kibana, operation, parameters, [{ id: '', at: '..' }]))[0]?.error;
			const chosen = (value: string) => ({ watchlist: { mode: 'id', value } });
			expect(await refusedBy('get', chosen('={{ "" }}'))).toBe('Choose a watchlist');
			for (const value of ['={{ $json.at }}', 'a/../list', 'a\\b']) {
				const refused = await refusedBy('get', chosen(value));
				expect(refused).toBe('There is no watchlist with this ID');
			}
			expect(await refusedBy('assign', { ...byId('a'), ...entity })).toBe(
				'The item has no entity ID',
			);
			expect(await refusedBy('create', { name: '={{ " " }}' })).toBe('A watchlist needs a name');
			expect(await refusedBy('update', byId('a'))).toBe('There is nothing to change');
			expect(changes()).toEqual([]);
		});
	});

	it('says that the licence does not include it', async () => {
		await withKibana({ api: 'v2', license: 'basic' }, async (kibana) => {
			for (const operation of ['getMany', 'assign']) {
				const result = await runOn(kibana, operation, { ...byId('a'), ...entity }, [{ id: 'a' }]);
				expect(errorsOf(result)).toEqual([
					{
						error: expect.stringContaining('The licence of this Kibana does not include this'),
						message: expect.stringContaining('Watchlists need Platinum'),
						reason: 'forbidden',
					},
				]);
			}
		});
	});

	it('does not create a second one when the answer to the first is lost', async () => {
		await withKibana({ api: 'v2' }, async (kibana) => {
			kibana.answerNextOn('watchlists', { reset: 'after' });
			const parameters = { name: 'Leavers', options: { maxRetries: 3 } };
			const result = await runOn(kibana, 'create', parameters);
			expect(result.failed[0]).toMatchObject({
				error: expect.stringContaining('so Kibana may or may not have done it'),
				message: expect.stringContaining('Look in Kibana whether it was done'),
				details: { status: 'unknown' },
			});
			expect((await runOn(kibana, 'getMany')).done).toHaveLength(1);
		});
	});

	it('is not called missing where it is the index of the entities that is', async () => {
		await withKibana({ api: 'v2' }, async (kibana) => {
			const message = 'index_not_found_exception: no such index [.entities.v2.latest]';
			const missing = { status: 404, body: JSON.stringify({ message, status_code: 404 }) };
			kibana.setFaults(({ route }) => (route === 'watchlists' ? missing : undefined));
			const items = [{ id: 'x' }, { id: 'y' }, { id: 'z' }];
			const assigned = await runOn(kibana, 'assign', { ...byId('a'), ...entity }, items);
			expect(errorsOf(assigned)).toMatchObject(
				items.map(() => ({ error: `Kibana refused the request: ${message}`, reason: 'refused' })),
			);
			expect(kibana.requests.filter(({ path }) => path.endsWith('/assign'))).toHaveLength(1);
			const read = await runOn(kibana, 'get', byId('a'));
			expect(errorsOf(read)[0]?.error).toBe(`Kibana refused the request: ${message}`);
		});
	});

	it('reads what answers about entities leave out or refuse', async () => {
		await withKibana({ api: 'v2' }, async (kibana) => {
			const parameters = { ...byId('a'), ...entity };
			const items = [{ id: 'x' }, { id: 'y' }, { id: 'z' }];
			const body = JSON.stringify({
				items: [
					{ euid: 'x', status: 'failure', error: 'no privilege' },
					{ euid: 'z', status: 'success' },
				],
			});
			kibana.answerNextOn('watchlists', { status: 200, body });
			const result = await runOn(kibana, 'assign', parameters, items);
			expect(result.paired).toEqual([2]);
			expect(result.failed).toMatchObject([
				{
					error: 'Kibana refused the entity: no privilege',
					details: { reason: 'refused', status: 'failed' },
				},
				{
					error: 'Kibana did not say what became of this entity',
					details: { reason: 'unexpectedAnswer', status: 'unknown' },
				},
			]);
			const nothing = JSON.stringify({ items: [{ euid: 'x', status: 'failure', error: null }] });
			kibana.answerNextOn('watchlists', { status: 200, body: nothing });
			const unsaid = await runOn(kibana, 'assign', parameters, items.slice(0, 1));
			expect(unsaid.failed).toMatchObject([{ error: 'Kibana refused the entity' }]);
			kibana.answerNextOn('watchlists', { status: 200, body: '<html>' });
			const unread = await runOn(kibana, 'assign', parameters, items);
			expect(unread.failed).toHaveLength(3);
			const { id } = await createOne(kibana);
			const patient = { ...byId(id), ...entity, options: { maxRetries: 2 } };
			kibana.answerNextOn('watchlists', { status: 503, body: '' });
			const again = await runOn(kibana, 'assign', patient, seed(kibana, 1));
			expect(again.done).toHaveLength(1);
		});
	});

	it('does not exist before Kibana 9.4, and says so', async () => {
		await withKibana({ api: 'v1' }, async (kibana) => {
			const parameters = { ...byId('a'), ...entity, name: 'x', updateFields: { name: 'x' } };
			const operations = ['assign', 'create', 'delete', 'get', 'getMany', 'unassign', 'update'];
			for (const operation of operations) {
				const result = await runOn(kibana, operation, parameters, [{ id: 'a' }]);
				expect(errorsOf(result)).toEqual([
					{
						error: 'Kibana 9.2 and 9.3 have no watchlists',
						message: 'Kibana 9.4 is the first that has them',
						reason: 'routeMissing',
					},
				]);
			}
			// The same where the options say that it is a later one.
			const chosen = { ...parameters, options: { apiGeneration: 'v2' } };
			for (const operation of ['getMany', 'assign']) {
				const result = await runOn(kibana, operation, chosen, [{ id: 'a' }]);
				expect(errorsOf(result)[0]?.error).toContain('This Kibana has no watchlists');
			}
		});
	});
});
