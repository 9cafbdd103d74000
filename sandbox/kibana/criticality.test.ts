import { startKibana, type KibanaOptions, type TestKibana } from './server';
import { asking, outcome } from './testing';

const BASE = '/api/asset_criticality';

/** Both generations have these routes. In the second one nothing reads what they write. */
describe.each<KibanaOptions['revision']>(['9.3', '9.4'])('asset criticality of %s', (revision) => {
	let kibana: TestKibana;
	const ask = asking(() => kibana);

	beforeAll(async () => {
		kibana = await startKibana({ revision });
	});

	afterEach(() => kibana.clear());

	afterAll(async () => await kibana.stop());

	const record = (id_value: string, criticality_level = 'high_impact', id_field = 'host.name') => ({
		id_field,
		id_value,
		criticality_level,
	});
	const at = (id_value: string) => `${BASE}?id_field=host.name&id_value=${id_value}`;

	it('is assigned, read, overwritten and deleted, in each space', async () => {
		const { status, data } = await ask('POST', BASE, { ...record('a'), refresh: 'wait_for' });
		const stored = {
			...record('a'),
			'@timestamp': expect.any(String),
			asset: { criticality: 'high_impact' },
			host: { name: 'a', asset: { criticality: 'high_impact' } },
		};
		expect([status, data]).toEqual([200, stored]);
		expect((await ask('GET', at('a'))).data).toEqual(stored);
		expect((await ask('GET', `/s/soc${at('a')}`)).status).toBe(404);
		await ask('POST', BASE, record('a', 'low_impact'));
		expect((await ask('GET', at('a'))).data.criticality_level).toBe('low_impact');
		expect((await ask('DELETE', `${at('a')}&refresh=wait_for`)).data).toMatchObject({
			deleted: true,
			record: { criticality_level: 'low_impact' },
		});
		expect((await ask('DELETE', at('a'))).data).toEqual({ deleted: false });
		expect(outcome(await ask('GET', at('a')))).toEqual([404, 'Not Found']);
		expect(kibana.entities()).toEqual([]);
	});

	it('identifies an entity by one of four fields', async () => {
		const generic = record('thing', 'high_impact', 'entity.id');
		expect((await ask('POST', BASE, generic)).data.entity).toMatchObject({ id: 'thing' });
		const { status, data } = await ask('POST', BASE, record('a', 'high_impact', 'host.ip'));
		expect([status, data.message]).toEqual([400, expect.stringMatching(/^\[request body\]: id_f/)]);
		expect((await ask('POST', BASE, record('a', 'unassigned'))).status).toBe(400);
	});

	it('accepts many records, and reports the failed ones by position', async () => {
		kibana.failCriticality(({ id_value }) => (id_value === 'bad' ? 'mapping' : undefined));
		const records = [record('a'), record('bad'), record('a'), record('b', 'unassigned')];
		const { status, data } = await ask('POST', `${BASE}/bulk`, { records });
		expect([status, data]).toEqual([
			200,
			{
				errors: [
					{ message: 'mapping', index: 1 },
					{ message: 'Duplicated entity', index: 2 },
				],
				stats: { successful: 2, failed: 2, total: 4 },
			},
		]);
		expect((await ask('GET', at('b'))).data.criticality_level).toBe('unassigned');
	});

	it('accepts from 1 to 1,000 records at once, or refuses all', async () => {
		const many = Array.from({ length: 1_001 }, (_, position) => record(`h${position}`));
		const sent = async (records: object[]) =>
			(await ask('POST', `${BASE}/bulk`, { records })).status;
		expect([await sent([]), await sent(many), await sent(many.slice(1))]).toEqual([400, 400, 200]);
		expect(await sent([record('a'), record('b', 'severe')])).toBe(400);
		expect((await ask('GET', at('a'))).status).toBe(404);
	});

	it('is listed by page, filtered and sorted', async () => {
		const records = [record('b'), record('a', 'low_impact'), record('c')];
		await ask('POST', `${BASE}/bulk`, { records });
		const list = async (query: string) => (await ask('GET', `${BASE}/list?${query}`)).data;
		const kuery = encodeURIComponent('criticality_level: high_impact');
		const sorted = await list(`kuery=${kuery}&sort_field=id_value&sort_direction=desc&per_page=1`);
		expect(sorted).toMatchObject({
			records: [{ id_value: 'c' }],
			total: 2,
			page: 1,
			per_page: 1,
		});
		expect((await ask('GET', `${BASE}/list?per_page=1001`)).status).toBe(400);
		expect((await ask('GET', `${BASE}/list?kuery=a:(`)).status).toBe(400);
		expect((await ask('GET', `${BASE}/list?page=10&per_page=1000`)).status).toBe(200);
		expect((await ask('GET', `${BASE}/list?page=11&per_page=1000`)).status).toBe(400);
	});
});
