import type { KibanaRevision } from '../options';
import { startKibana, type TestKibana } from '../server';
import { asking, outcome, V2, withKibana } from '../testing';
import { digestOf } from './euid';

const ENTITIES = `${V2}/entities`;
const GENERIC = 'An internal server error occurred. Check Kibana server logs for details.';

/** The first and the last revision of the second generation. */
describe.each<KibanaRevision>(['9.4', '9.6'])('the list of Kibana %s', (revision) => {
	let kibana: TestKibana;
	const ask = asking(() => kibana);

	beforeAll(async () => {
		kibana = await startKibana({ revision });
	});

	afterEach(() => kibana.clear());

	afterAll(async () => await kibana.stop());

	const at = (second: number) => `2026-01-01T00:00:0${second}.000Z`;
	const listed = async (query: Record<string, string> | string = {}) =>
		await ask('GET', `${ENTITIES}?${new URLSearchParams(query)}`);
	const idsIn = (entities: ReadonlyArray<{ entity: { id: string } }>) =>
		entities.map(({ entity }) => entity.id);

	beforeEach(() => {
		kibana.seed('host', { '@timestamp': at(1), host: { name: 'a' } });
		kibana.seed('user', { '@timestamp': at(3), entity: { id: 'user:"x" \\y', name: 'X' } });
		kibana.seed('host', { '@timestamp': at(2), host: { name: 'b' } });
		kibana.seed('host', { '@timestamp': at(2), host: { name: 'c' } });
		kibana.seed('host', { '@timestamp': at(9), host: { name: 'elsewhere' } }, 'soc');
	});

	describe('by cursor', () => {
		it('continues from each cursor, newest first', async () => {
			const found: string[][] = [];
			let searchAfter: string | undefined;
			do {
				const { data } = await listed({ size: '3', ...(searchAfter && { searchAfter }) });
				found.push(idsIn(data.entities));
				searchAfter = data.nextSearchAfter && JSON.stringify(data.nextSearchAfter);
				expect(searchAfter !== undefined).toBe(data.entities.length > 0);
			} while (searchAfter !== undefined);
			expect(found).toEqual([['user:"x" \\y', 'host:c', 'host:b'], ['host:a'], []]);
		});

		it('returns ten at a time by default', async () => {
			for (let position = 0; position < 12; position += 1) {
				kibana.seed('host', { host: { name: `h-${position}` } });
			}
			expect((await listed()).data.entities).toHaveLength(10);
		});

		it.each<[string, string[]]>([
			['entity.id:"host:a"', ['host:a']],
			['entity.id:"user:\\"x\\" \\\\y"', ['user:"x" \\y']],
			['entity.id:"host:a" or entity.id:"host:b"', ['host:b', 'host:a']],
			['entity.id:("host:a" or "host:b") AND NOT host.name: a', ['host:b']],
			['entity.EngineMetadata.Type: user', ['user:"x" \\y']],
			['entity.id:"host:elsewhere"', []],
		])('finds %s', async (filter, found) => {
			const { data } = await listed({ filter });
			expect(idsIn(data.entities)).toEqual(found);
			expect('nextSearchAfter' in data).toBe(found.length > 0);
		});

		it('returns the parts of documents that a repeated parameter or a comma list names', async () => {
			for (const query of [
				'source=entity.name&source=entity.none',
				'source=entity.name,entity.none',
				'source=entity.name',
			]) {
				expect((await listed(`size=1&${query}`)).data.entities).toEqual([
					{ entity: { name: 'X' } },
				]);
			}
		});

		it('returns fields in addition to the documents', async () => {
			const { data } = await listed('size=2&fields=entity.name,host.name');
			expect(data.fields).toEqual([{ 'entity.name': ['X'] }, { 'host.name': ['c'] }]);
			expect(data.entities[1].host).toEqual({ name: 'c' });
			expect('fields' in (await listed()).data).toBe(false);
		});

		it('returns all fields of asset', async () => {
			kibana.seed('host', {
				host: { name: 'z' },
				asset: { owner: 'o', criticality: 'low_impact' },
			});
			const { data } = await listed({ filter: 'host.name: z' });
			expect(data.entities[0].asset).toEqual({ owner: 'o', criticality: 'low_impact' });
		});

		it('misses an entity that is written between two pages', async () => {
			const first = await listed({ size: '2' });
			kibana.changeInBackground('host:a', {});
			const searchAfter = JSON.stringify(first.data.nextSearchAfter);
			const { data } = await listed({ size: '10', searchAfter });
			expect(idsIn(data.entities)).toEqual(['host:b']);
		});
	});

	describe('by page', () => {
		it('continues page by page', async () => {
			const { data } = await listed({ page: '2', per_page: '3' });
			expect(data).toEqual({
				records: [expect.objectContaining({ host: { name: 'a' } })],
				total: 4,
				page: 2,
				per_page: 3,
				inspect: expect.any(Object),
			});
			const sorted = await listed({ sort_field: 'host.name', sort_order: 'asc' });
			expect(idsIn(sorted.data.records)).toEqual(['host:a', 'host:b', 'host:c', 'user:"x" \\y']);
			const filterQuery = JSON.stringify({
				bool: { filter: [{ terms: { 'entity.id': ['host:a', 'host:c'] } }] },
			});
			expect(idsIn((await listed({ filterQuery })).data.records)).toEqual(['host:c', 'host:a']);
		});

		it('filters by the type in the engine metadata, which a creation does not set', async () => {
			await ask('POST', `${ENTITIES}/host`, { host: { name: 'untyped' } });
			const entity = { EngineMetadata: { Type: 'host' } };
			await ask('POST', `${ENTITIES}/host`, { host: { name: 'typed' }, entity });
			const { data } = await listed({ entity_types: 'host' });
			expect(idsIn(data.records).sort()).toEqual(['host:a', 'host:b', 'host:c', 'host:typed']);
			const filter = { filter: 'entity.id:"host:untyped"' };
			expect(idsIn((await listed(filter)).data.entities)).toEqual(['host:untyped']);
		});

		it('accepts types as a comma list or as a repeated parameter, and returns all without them', async () => {
			for (const query of ['entity_types=user,generic', 'entity_types=user&entity_types=generic']) {
				const { data } = await listed(query);
				expect(data).toMatchObject({ total: 1, page: 1, per_page: 10 });
			}
			expect((await listed('entity_types=&page=1')).data.total).toBe(4);
			expect((await listed('entity_types=')).data.entities).toHaveLength(4);
		});

		it('returns only the criticality of asset', async () => {
			kibana.seed('host', {
				host: { name: 'z' },
				asset: { owner: 'o', criticality: 'low_impact' },
			});
			kibana.seed('host', { host: { name: 'zz' }, asset: { owner: 'o' } });
			const { data } = await listed({ per_page: '2' });
			expect(data.records.map((one: { asset?: object }) => one.asset)).toEqual([
				undefined,
				{ criticality: 'low_impact' },
			]);
		});

		it('ends after 10,000 results', async () => {
			expect((await listed({ page: '10', per_page: '1000' })).status).toBe(200);
			const beyond = await listed({ page: '11', per_page: '1000' });
			expect(outcome(beyond)).toEqual([500, GENERIC]);
		});
	});

	it.each<[Record<string, string>, RegExp]>([
		[
			{ page: '1', searchAfter: '[1,2]' },
			/^\[request query\]: Cannot combine page\/per_page with searchAfter$/,
		],
		[
			{ per_page: '1', size: '2' },
			/^\[request query\]: Cannot combine page\/per_page with size; use per_page for page mode$/,
		],
		[
			{ filter: 'entity.id:"a"', sort_field: 'x' },
			/^\[request query\]: Cannot combine KQL `filter` with page search parameters \(entity_types, filterQuery, page, per_page, sort_field, sort_order\)$/,
		],
		[{ filter: 'entity.id:(' }, /^Invalid filter: /],
		[{ filter: 'host.risk >' }, /^Invalid filter: /],
		[{ searchAfter: '[1,' }, /^Invalid searchAfter: must be a valid JSON-encoded value$/],
		[{ filterQuery: '{' }, /^Invalid filterQuery/],
		[{ filterQuery: '{"range":{}}' }, /^Invalid filterQuery/],
		[
			{ per_page: '10001' },
			/^\[request query\]: per_page: Too big: expected number to be <=10000$/,
		],
		[{ size: '0' }, /^\[request query\]: size: Too small/],
		[{ entity_types: 'printer' }, /^\[request query\]: entity_types\.0: Invalid option/],
	])('refuses %j', async (query, message) => {
		expect(outcome(await listed(query))).toEqual([400, expect.stringMatching(message)]);
	});

	it('is an error, or empty, when no store is installed', async () => {
		kibana.uninstall();
		kibana.uninstall('empty');
		const { status, data } = await ask('GET', `/s/empty${ENTITIES}`);
		if (revision === '9.4') expect([status, data.message]).toEqual([500, GENERIC]);
		else expect([status, data]).toEqual([200, { entities: [] }]);
		const page = await ask('GET', `/s/empty${ENTITIES}?page=1`);
		expect([page.status, page.data.total]).toEqual(
			revision === '9.4' ? [500, undefined] : [200, 0],
		);
	});

	describe('after a deletion', () => {
		const remove = async (entityId: string) => await ask('DELETE', `${ENTITIES}/`, { entityId });
		const hosts = async () => idsIn((await listed({ filter: 'host.name: *' })).data.entities);

		beforeEach(() => kibana.setRefreshInterval(3_600_000));

		it('shows the entity until a refresh', async () => {
			expect((await remove('host:b')).data).toEqual({ deleted: true });
			expect((await remove('host:b')).status).toBe(404);
			expect(kibana.entities().map(({ id }) => id)).not.toContain('host:b');
			expect(await hosts()).toEqual(['host:c', 'host:b', 'host:a']);
			expect((await listed({ page: '1' })).data.total).toBe(4);
			kibana.refresh();
			expect(await hosts()).toEqual(['host:c', 'host:a']);
		});

		it('does not show it after a write has waited for a refresh', async () => {
			await remove('host:b');
			await ask('POST', `${ENTITIES}/host`, { host: { name: 'd' } });
			expect(await hosts()).toEqual(['host:d', 'host:c', 'host:a']);
		});

		it('does not show it after the interval', async () => {
			kibana.setRefreshInterval(0);
			await remove('host:b');
			expect(await hosts()).toEqual(['host:c', 'host:a']);
		});

		it('shows a new entity with the same ID', async () => {
			await remove('host:b');
			await ask('POST', `${ENTITIES}/host`, { host: { name: 'b' }, tags: ['new'] });
			expect(await hosts()).toEqual(['host:b', 'host:c', 'host:a']);
		});
	});

	it('does not matter when an entity is deleted: only the EUID counts, also without a store', async () => {
		const remove = async (body: object) => await ask('DELETE', `${ENTITIES}/`, body);
		expect((await remove({ entityId: digestOf('host:b') })).status).toBe(404);
		expect(outcome(await remove({}))).toEqual([
			400,
			'[request body]: entityId: Invalid input: expected string, received undefined',
		]);
		kibana.uninstall();
		expect((await remove({ entityId: 'host:a' })).data).toEqual({ deleted: true });
	});
});

it('needs a repeated source in early builds', async () => {
	await withKibana({ api: 'v2', commaLists: false }, async (_, ask) => {
		expect(outcome(await ask('GET', `${ENTITIES}?source=entity.name`))).toEqual([
			400,
			'[request query]: source: Invalid input: expected array, received string',
		]);
		const repeated = await ask('GET', `${ENTITIES}?source=entity.name&source=host.name`);
		expect(repeated.status).toBe(200);
	});
});
