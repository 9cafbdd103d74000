import { startKibana, type TestKibana } from './server';
import { asking } from './testing';

const BASE = '/api/entity_analytics/watchlists';

let kibana: TestKibana;
const ask = asking(() => kibana);

beforeAll(async () => {
	kibana = await startKibana({ api: 'v2' });
});

afterEach(() => kibana.clear());

afterAll(async () => await kibana.stop());

const create = async (name = 'Vendors', more: object = {}) =>
	await ask('POST', BASE, { name, riskModifier: 1.5, ...more });

describe('watchlists', () => {
	it('are created, read, changed, listed and deleted, in each space', async () => {
		const { status, data } = await create('Vendors', { description: 'High risk' });
		expect([status, data]).toEqual([
			200,
			{
				id: expect.any(String),
				name: 'Vendors',
				description: 'High risk',
				riskModifier: 1.5,
				managed: false,
				entitySourceIds: [],
				entityCount: 0,
				hasManualEntities: false,
				createdAt: expect.any(String),
				updatedAt: expect.any(String),
			},
		]);
		const at = `${BASE}/${data.id}`;
		expect((await ask('GET', at)).data).toEqual(data);
		const changed = await ask('PUT', at, { name: 'Partners', riskModifier: 0 });
		expect(changed.data).toMatchObject({ id: data.id, name: 'Partners', riskModifier: 0 });
		expect((await ask('GET', `${BASE}/list`)).data).toEqual([changed.data]);
		expect((await ask('GET', `/s/soc${BASE}/list`)).data).toEqual([]);
		expect((await ask('DELETE', at)).data).toEqual({ deleted: true });
		expect((await ask('GET', `${BASE}/list`)).data).toEqual([]);
	});

	it.each<[string, object]>([
		['without a name', { name: undefined }],
		['with a name that is too long', { name: 'x'.repeat(257) }],
		['with a modifier above 2', { riskModifier: 2.1 }],
		['with a modifier as text', { riskModifier: '1' }],
	])('are not created %s', async (_, change) => {
		const { status, data } = await create('x', change);
		expect([status, data.message]).toEqual([400, expect.stringMatching(/^\[request body\]: /)]);
	});

	it('that are missing are an error with its own form, and not a 404', async () => {
		for (const [method, path, body] of [
			['GET', ''],
			['PUT', '', { name: 'x', riskModifier: 1 }],
			['DELETE', ''],
			['POST', '/entities/assign', { euids: ['a'] }],
			['POST', '/entities/unassign', { euids: [] }],
		] as const) {
			const { status, data } = await ask(method, `${BASE}/none${path}`, body);
			expect([status, data]).toEqual([500, { message: expect.any(String), status_code: 500 }]);
		}
	});

	it('need both privileges and a Platinum licence', async () => {
		const headers = { authorization: `ApiKey ${kibana.unprivilegedApiKey}` };
		const { status, data } = await ask('GET', `${BASE}/list`, undefined, headers);
		expect([status, data.message]).toEqual([
			403,
			expect.stringMatching(/\[securitySolution,securitySolution-entity-analytics\]$/),
		]);
		kibana.setLicense('basic');
		expect((await ask('GET', `${BASE}/list`)).status).toBe(403);
		kibana.setLicense('platinum');
		expect((await ask('GET', `${BASE}/list`)).status).toBe(200);
	});
});

describe('entities of a watchlist', () => {
	const listsOf = () =>
		kibana
			.documents()
			.map(
				({ entity }) =>
					(entity as { attributes?: { watchlists?: string[] } }).attributes?.watchlists,
			);

	it('are assigned and unassigned, with one result for each EUID', async () => {
		kibana.seed('host', { '@timestamp': '2020-01-01T00:00:00.000Z', host: { name: 'a' } });
		kibana.seed('host', { host: { name: 'b' }, entity: { attributes: { watchlists: ['other'] } } });
		const { id } = (await create()).data;
		const assign = async (...euids: string[]) =>
			(await ask('POST', `${BASE}/${id}/entities/assign`, { euids })).data;
		expect(await assign('host:a', 'host:x', 'host:b', 'host:a')).toEqual({
			successful: 2,
			failed: 0,
			not_found: 1,
			total: 3,
			items: [
				{ euid: 'host:x', status: 'not_found', error: expect.any(String) },
				{ euid: 'host:a', status: 'success' },
				{ euid: 'host:b', status: 'success' },
			],
		});
		expect(listsOf()).toEqual([[id], ['other', id]]);
		expect(String(kibana.documents()[0]?.['@timestamp']) > '2025').toBe(true);
		expect(kibana.history()).toEqual([]);
		expect(await assign('host:a')).toMatchObject({ successful: 1 });
		expect((await ask('GET', `${BASE}/${id}`)).data.entityCount).toBe(2);

		const unassign = async (...euids: string[]) =>
			(await ask('POST', `${BASE}/${id}/entities/unassign`, { euids })).data;
		expect(await unassign('host:a', 'host:x')).toMatchObject({
			successful: 1,
			not_found: 1,
			items: [
				{ euid: 'host:x', status: 'not_found' },
				{ euid: 'host:a', status: 'success' },
			],
		});
		expect(await unassign('host:a')).toMatchObject({ successful: 0, not_found: 1, total: 1 });
		expect(listsOf()).toEqual([[], ['other', id]]);
		expect(await unassign()).toMatchObject({ total: 0, items: [] });
	});

	it('lose the ID of the watchlist when it is deleted', async () => {
		kibana.seed('host', { host: { name: 'a' } });
		const { id } = (await create()).data;
		await ask('POST', `${BASE}/${id}/entities/assign`, { euids: ['host:a'] });
		await ask('DELETE', `${BASE}/${id}`);
		expect(listsOf()).toEqual([[]]);
	});
});
