import { startKibana, type TestKibana } from '../server';
import { asking } from '../testing';

const BASE = '/api/entity_store';
const BULK = `${BASE}/entities/bulk`;

let kibana: TestKibana;
const ask = asking(() => kibana);

beforeAll(async () => {
	kibana = await startKibana();
});

afterEach(() => kibana.clear());

afterAll(async () => await kibana.stop());

const status = async (space = '') => (await ask('GET', `${space}${BASE}/status`)).data;
const write = async (space = '') =>
	await ask('PUT', `${space}${BULK}`, {
		entities: [{ type: 'user', record: { entity: { id: 'jane' } } }],
	});

describe('engines of v1', () => {
	it('are reported one by one and together', async () => {
		const { count, engines } = (await ask('GET', `${BASE}/engines`)).data;
		expect([count, engines.length]).toEqual([4, 4]);
		const { data } = await ask('GET', `${BASE}/engines/host`);
		expect(data).toMatchObject({ type: 'host', status: 'started', fieldHistoryLength: 10 });
		expect((await ask('GET', `${BASE}/engines/printer`)).status).toBe(400);
		const asked = await ask('GET', `${BASE}/status?include_components=true`);
		expect(asked.data.engines[0].components).toHaveLength(1);
	});

	it('are stopped and started, in one space', async () => {
		const change = async (path: string) => (await ask('POST', `${BASE}/engines/${path}`)).data;
		expect(await change('user/stop')).toEqual({ stopped: true });
		expect((await write()).data.message).toBe("Entity Engine 'user' is not running");
		expect((await write('/s/soc')).status).toBe(200);
		expect(await change('user/start')).toEqual({ started: true });
		expect((await write()).status).toBe(200);
		for (const type of ['user', 'host', 'service', 'generic']) await change(`${type}/stop`);
		expect((await status()).status).toBe('stopped');
	});

	it('are deleted, with their entities on request', async () => {
		await write();
		const remove = async (path: string) => (await ask('DELETE', `${BASE}/engines${path}`)).data;
		expect(await remove('/host')).toEqual({ deleted: true });
		expect((await ask('GET', `${BASE}/engines/host`)).status).toBe(404);
		expect((await ask('POST', `${BASE}/engines/host/start`)).status).toBe(404);
		expect(await remove('?entityTypes=user,host&delete_data=true')).toEqual({
			deleted: ['user'],
			still_running: [],
		});
		expect(kibana.entities()).toEqual([]);
		expect((await status()).engines).toHaveLength(2);
		await remove('');
		expect(await status()).toEqual({ status: 'not_installed', engines: [] });
	});

	it('are enabled again, all or some of them', async () => {
		await ask('DELETE', `${BASE}/engines`);
		const enable = async (body?: object) => (await ask('POST', `${BASE}/enable`, body)).data;
		expect(await enable({ entityTypes: ['user'] })).toMatchObject({
			succeeded: true,
			engines: [{ type: 'user', status: 'started' }],
		});
		const { data } = await ask('POST', `${BASE}/engines/host/init`);
		expect(data).toMatchObject({ type: 'host', status: 'started' });
		expect((await enable()).engines).toHaveLength(2);
		expect((await status()).status).toBe('running');
		expect((await ask('POST', `${BASE}/enable`, { entityTypes: ['x'] })).status).toBe(400);
	});
});
