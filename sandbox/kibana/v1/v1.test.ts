import axios, { type AxiosResponse } from 'axios';
import { gzipSync } from 'node:zlib';

import { request } from '../request';
import { startKibana, type TestKibana } from '../server';

const BULK = '/api/entity_store/entities/bulk';

let kibana: TestKibana;

beforeAll(async () => {
	kibana = await startKibana();
});

afterEach(() => kibana.clear());

afterAll(async () => await kibana.stop());

const put = async (
	body: unknown,
	{
		path = BULK,
		headers = {},
		to = kibana,
	}: { path?: string; headers?: object; to?: TestKibana } = {},
): Promise<AxiosResponse> => await request(to, { method: 'PUT', path, body, headers });

const get = async (path: string, headers: object = {}): Promise<AxiosResponse> =>
	await axios.get(`${kibana.url}${path}`, { headers, validateStatus: () => true });

const user = (record: object) => ({ type: 'user', record });
const rows = (...entities: object[]) => ({ entities });
const id = (value: unknown, more: object = {}) => ({ entity: { id: value, ...more } });

/** Each row of docs/kibana-api.md#v1-messages. */
describe('schema messages', () => {
	const four = (text: string) => [text, text, text, text].join(', ');

	it.each<[string, unknown, string]>([
		['no entities', {}, 'entities: Required'],
		['entities as text', { entities: 'x' }, 'entities: Expected array, received string'],
		[
			'a wrong type',
			rows({ type: 'printer', record: id('a') }),
			"entities.0.type: Invalid enum value. Expected 'user' | 'host' | 'service' | 'generic', received 'printer'",
		],
		['no record', rows({ type: 'user', doc: id('a') }), four('entities.0.record: Required')],
		[
			'no entity',
			rows(user({ user: { name: 'a' } })),
			"entities.0.record.entity: Required, entities.0.record.entity: Required, entities.0.record: Unrecognized key(s) in object: 'user', entities.0.record.entity: Required, entities.0.record: Unrecognized key(s) in object: 'user', and 2 more",
		],
		['no entity ID', rows(user({ entity: {} })), four('entities.0.record.entity.id: Required')],
		[
			'an unknown key at the top',
			rows(user({ ...id('a'), foo: 1 })),
			"entities.0.record: Unrecognized key(s) in object: 'foo'",
		],
		[
			'an unknown key below',
			rows(user(id('a', { attributes: { watchlists: [] } }))),
			"entities.0.record.entity.attributes: Unrecognized key(s) in object: 'watchlists'",
		],
		[
			'user.email as text',
			rows(user({ ...id('a'), user: { name: 'a', email: 'a@b.c' } })),
			"entities.0.record: Unrecognized key(s) in object: 'user'",
		],
		[
			'user without a name',
			rows(user({ ...id('a'), user: { email: ['a@b.c'] } })),
			"entities.0.record: Unrecognized key(s) in object: 'user'",
		],
		[
			'a bad choice',
			rows(user({ ...id('a'), asset: { criticality: 'severe' } })),
			four(
				"entities.0.record.asset.criticality: Invalid enum value. Expected 'low_impact' | 'medium_impact' | 'high_impact' | 'extreme_impact', received 'severe'",
			),
		],
		[
			'a bad date',
			rows(user(id('a', { lifecycle: { first_seen: '2026-01-01T00:00:00+02:00' } }))),
			'entities.0.record.entity.lifecycle.first_seen: Invalid datetime',
		],
		[
			'a dotted key',
			rows(user({ 'entity.id': 'a' })),
			"entities.0.record.entity: Required, entities.0.record: Unrecognized key(s) in object: 'entity.id', entities.0.record.entity: Required, entities.0.record: Unrecognized key(s) in object: 'entity.id', entities.0.record.entity: Required, and 3 more",
		],
		[
			'two bad rows',
			rows(user({ entity: {} }), user(id(7))),
			`${four('entities.0.record.entity.id: Required')}, entities.1.record.entity.id: Expected string, received number, and 3 more`,
		],
	])('say %s as Kibana does', async (_, body, message) => {
		const { status, data } = await put(body);
		expect(status).toBe(400);
		expect(data).toEqual({
			statusCode: 400,
			error: 'Bad Request',
			message: `[request body]: ${message}`,
		});
		expect(kibana.history()).toEqual([]);
	});

	it('accept an empty list of entities, and do nothing', async () => {
		expect((await put(rows())).status).toBe(200);
	});
});

describe('bulk upsert', () => {
	it('answers an accepted request with an empty 200 that names the API version', async () => {
		const { status, data, headers } = await put(rows(user(id('jane'))));
		expect([status, data, headers['content-length']]).toEqual([200, '', '0']);
		expect(headers['elastic-api-version']).toBe('2023-10-31');
		expect(kibana.entities('user').map((one) => one.id)).toEqual(['jane']);
	});

	it('stores normalised keys and replaces the name by the entity ID', async () => {
		await put(
			rows(user({ ...id('jane', { attributes: { mfa_enabled: true } }), user: { name: 'x' } })),
		);
		expect(kibana.entities('user')[0]).toMatchObject({
			record: { entity: { id: 'jane', attributes: { mfa_enabled: true } }, user: { name: 'x' } },
			document: {
				user: { name: 'jane', entity: { id: 'jane', attributes: { Mfa_enabled: true } } },
				'@timestamp': expect.any(String),
			},
		});
	});

	it.each<[string, string, object, string]>([
		[
			'user',
			'',
			{ ...id('a', { name: 'A' }), user: { name: 'a', email: ['x'] } },
			'entity.name, user.email',
		],
		['host', '', { ...id('a'), host: { name: 'a', ip: ['::1'] } }, 'host.ip'],
		['generic', '', { ...id('a'), asset: { criticality: 'low_impact' } }, 'asset.criticality'],
	])('requires force for protected fields of a %s', async (type, _, record, listed) => {
		const { status, data } = await put(rows({ type, record }));
		expect([status, data.message]).toEqual([
			400,
			`The following attributes are not allowed to be updated without forcing it (?force=true): ${listed}`,
		]);
		expect((await put(rows({ type, record }), { path: `${BULK}?force=true` })).status).toBe(200);
	});

	it.each<[string, object, string]>([
		['user', { ...id('a'), host: { name: 'h' } }, 'host.name'],
		['user', { ...id('a'), '@timestamp': '2026-01-01T00:00:00Z' }, '@timestamp'],
		['host', id('a', { relationships: { owns: ['b'] } }), 'entity.relationships.Owns'],
		['service', id('a', { EngineMetadata: { Type: 'x' } }), 'entity.EngineMetadata.Type'],
	])(
		'refuses what the definition of %s does not know, even with force',
		async (type, record, path) => {
			const { status, data } = await put(rows({ type, record }), { path: `${BULK}?force=true` });
			expect([status, data.message]).toEqual([
				400,
				`The following attributes are not allowed to be updated: ${path}`,
			]);
		},
	);

	it('writes nothing when one row of many is refused', async () => {
		const { status } = await put(rows(user(id('a')), user(id('b', { name: 'B' })), user(id('c'))));
		expect(status).toBe(400);
		expect(kibana.entities()).toEqual([]);
	});

	it('checks rows in order: a stopped engine is reported at its first row', async () => {
		kibana.setEngine('service', 'stopped');
		const service = { type: 'service', record: id('s') };
		expect((await put(rows(user(id('a')), service))).data).toEqual({
			statusCode: 503,
			error: 'Service Unavailable',
			message: "Entity Engine 'service' is not running",
		});
		expect((await put(rows(user(id('a', { name: 'A' })), service))).status).toBe(400);
		expect((await put(rows(user(id('a'))))).status).toBe(200);
		kibana.setEngine('service', 'started');
	});

	it('keeps spaces apart', async () => {
		await put(rows(user(id('a'))), { path: `/s/soc${BULK}` });
		await put(rows(user(id('b'))), { path: `/s/default${BULK}` });
		expect(kibana.entities('user', 'soc').map((one) => one.id)).toEqual(['a']);
		expect(kibana.entities('user').map((one) => one.id)).toEqual(['b']);
	});
});

describe('what comes before the route', () => {
	const body = rows(user(id('a')));

	it.each<[string, object, string, number, RegExp]>([
		[
			'no xsrf header',
			{ 'kbn-xsrf': null },
			BULK,
			400,
			/^Request must contain a kbn-xsrf header\.$/,
		],
		['no credentials', { authorization: null }, BULK, 401, /^Unauthorized$/],
		[
			'a wrong key',
			{ authorization: 'ApiKey eDp5' },
			BULK,
			401,
			/^\[security_exception\n\tRoot causes:\n\t\tsecurity_exception: unable to authenticate/,
		],
		[
			'a wrong password',
			{ authorization: 'Basic Ym9iOng=' },
			BULK,
			401,
			/unable to authenticate user \[bob\]/,
		],
		[
			'an unknown route, before all',
			{ 'kbn-xsrf': null, authorization: null },
			'/api/nothing',
			404,
			/^Not Found$/,
		],
		['the second generation', {}, '/api/security/entity_store/entities/bulk', 404, /^Not Found$/],
		[
			'an unknown content type',
			{ 'content-type': 'application/x-tar' },
			BULK,
			415,
			/^Unsupported Media Type$/,
		],
		[
			'text',
			{ 'content-type': 'text/plain' },
			BULK,
			400,
			/^\[request body\]: Expected object, received string$/,
		],
		[
			'an unknown version',
			{ 'elastic-api-version': '2024-01-01' },
			BULK,
			400,
			/^No version "2024-01-01" available for \[put\] \[.*\]\. Available versions are: \[2023-10-31\]$/,
		],
		[
			'no date as version',
			{ 'elastic-api-version': '1' },
			BULK,
			400,
			/^Invalid version\. Received "1"/,
		],
		[
			'a version in the query',
			{},
			`${BULK}?apiVersion=2023-10-31`,
			400,
			/^Use of query parameter "apiVersion" is not allowed/,
		],
		['a wrong force', {}, `${BULK}?force=maybe`, 400, /^\[request query\]: force: /],
	])('tells of %s', async (_, headers, path, status, message) => {
		const answer = await put(JSON.stringify(body), { headers, path });
		expect([answer.status, answer.data.statusCode]).toEqual([status, status]);
		expect(answer.data.message).toMatch(message);
	});

	it('reports broken JSON, and a missing privilege only after it has read the body', async () => {
		const unprivileged = { authorization: `ApiKey ${kibana.unprivilegedApiKey}` };
		expect((await put(Buffer.from('{"entities":'), { headers: unprivileged })).data.message).toBe(
			'Invalid request payload JSON format',
		);
		expect((await put(body, { headers: unprivileged })).status).toBe(403);
	});

	it('refuses bodies above the limit, measured before and after decompression', async () => {
		const message = 'Payload content length greater than maximum allowed: 1048576';
		const large = JSON.stringify(rows(user(id('x'.repeat(1_048_600)))));
		const plain = await put(large);
		expect(plain.data).toEqual({ statusCode: 413, error: 'Request Entity Too Large', message });
		const zipped = await put(gzipSync(large), { headers: { 'content-encoding': 'gzip' } });
		expect(zipped.status).toBe(413);
		const small = gzipSync(JSON.stringify(body));
		expect((await put(small, { headers: { 'content-encoding': 'gzip' } })).status).toBe(200);
	});

	it('exists only below its base path', async () => {
		const below = await startKibana({ basePath: '/kbn' });
		try {
			expect((await put(body, { to: below })).status).toBe(200);
			const beside = await put(body, { to: { ...below, url: below.url.replace('/kbn', '') } });
			expect(beside.status).toBe(404);
		} finally {
			await below.stop();
		}
	});
});

describe('other routes', () => {
	it('report the version only with valid credentials', async () => {
		expect((await get('/api/status')).data).toEqual({
			status: { overall: { level: 'available' } },
		});
		expect((await get('/api/status', { authorization: 'ApiKey eDp5' })).status).toBe(401);
		const known = await get('/api/status', { authorization: `ApiKey ${kibana.apiKey}` });
		expect(known.data.version.number).toBe('9.3.2');
	});

	it('list spaces, engines, and entities by page', async () => {
		const headers = { authorization: `ApiKey ${kibana.apiKey}` };
		expect((await get('/api/spaces/space', headers)).data).toEqual([
			{ id: 'default', name: 'Default', disabledFeatures: [] },
		]);
		expect((await get('/api/spaces/space')).status).toBe(401);
		expect((await get('/api/entity_store/status', headers)).data.status).toBe('running');
		await put(rows(user(id('a')), user(id('b'))));
		const page = await get(
			'/api/entity_store/entities/list?entity_types=user&page=2&per_page=1',
			headers,
		);
		expect(page.data).toMatchObject({
			total: 2,
			page: 2,
			per_page: 1,
			records: [{ user: { name: 'a' } }],
		});
	});
});

describe('the list of entities', () => {
	const list = async (from: TestKibana, query: string) => {
		const path = `/api/entity_store/entities/list?${query}`;
		return await request(from, { method: 'GET', path });
	};
	const filterOf = (query: object) => `filterQuery=${encodeURIComponent(JSON.stringify(query))}`;

	it('shows each entity merged from its rows: the newest values, and all values of lists', async () => {
		const path = `${BULK}?force=true`;
		const write = async (more: object) =>
			await put(rows(user({ ...id('a', { type: 't' }), ...more })), { path });
		await write({ user: { name: 'x', email: ['1'] }, asset: { owner: 'old', model: 'm' } });
		await write({ user: { name: 'x', email: ['2'] }, asset: { owner: 'new' } });
		const { records, total } = (await list(kibana, 'entity_types=user,host')).data;
		expect(total).toBe(1);
		expect(records).toMatchObject([
			{ user: { name: 'a', email: ['2', '1'] }, asset: { owner: 'new', model: 'm' } },
		]);
	});

	it('is filtered by a query, which must be valid', async () => {
		await put(rows(user(id('a')), user(id('b')), { type: 'generic', record: id('a') }));
		const found = await list(
			kibana,
			`entity_types=user&per_page=10000&${filterOf({ terms: { 'user.name': ['a', 'c'] } })}`,
		);
		expect(found.data).toMatchObject({ total: 1, records: [{ user: { name: 'a' } }] });
		const both = await list(kibana, `entity_types=user,generic&${filterOf({ match_all: {} })}`);
		expect(both.data.total).toBe(3);
		for (const bad of ['filterQuery=%7B', filterOf({ magic: {} }), 'per_page=10001']) {
			expect((await list(kibana, `entity_types=user&${bad}`)).status).toBe(400);
		}
	});

	it('shows accepted rows later, or after a run of the transform, and never lost rows', async () => {
		const late = await startKibana({ visibleAfterMs: 3_600_000 });
		try {
			late.loseRows(({ record }) => (record.entity as { id: string }).id === 'lost');
			const answer = await put(rows(user(id('a')), user(id('lost'))), { to: late });
			expect(answer.status).toBe(200);
			expect(late.entities().map((one) => one.id)).toEqual(['a']);
			expect((await list(late, 'entity_types=user')).data.total).toBe(0);
			late.runTransform();
			await put(rows(user(id('b'))), { to: late });
			expect((await list(late, 'entity_types=user')).data.records).toMatchObject([
				{ user: { name: 'a' } },
			]);
			expect(late.listRequests()).toHaveLength(2);
		} finally {
			await late.stop();
		}
	});

	it('shows entities as a live Kibana does, when the option is set', async () => {
		const live = await startKibana({ listsLive: true });
		try {
			const record = {
				...id('a', { name: 'A', attributes: { managed: true }, relationships: { owns: ['b'] } }),
				user: { name: 'x', email: ['a@b.c'] },
				asset: { criticality: 'high_impact', owner: 'x' },
			};
			await put(rows(user(record)), { to: live, path: `${BULK}?force=true` });
			expect((await list(live, 'entity_types=user')).data.records).toEqual([
				{
					'@timestamp': expect.any(String),
					user: { name: 'a', email: ['a@b.c'] },
					entity: {
						id: 'a',
						name: 'a',
						source: expect.any(String),
						attributes: { managed: true },
						relationships: { Owns: ['b'] },
					},
					asset: { criticality: 'high_impact' },
				},
			]);
		} finally {
			await live.stop();
		}
	});
});

describe('scripts of a test', () => {
	it('answer the next bulk requests in order, then Kibana answers normally', async () => {
		kibana.answerNext({ status: 429, headers: { 'retry-after': '1' } }, { pass: true });
		kibana.refuse(({ type }) => (type === 'host' ? { status: 500, message: 'poison' } : undefined));
		expect((await put(rows(user(id('a'))))).headers['retry-after']).toBe('1');
		expect((await put(rows(user(id('a'))))).status).toBe(200);
		expect((await put(rows(user(id('b')), { type: 'host', record: id('h') }))).data.message).toBe(
			'poison',
		);
		expect(kibana.entities().map((one) => one.id)).toEqual(['a']);
		expect(kibana.bulkRequests().map(({ status }) => status)).toEqual([429, 200, 500]);
	});

	it('cut connections before and after the request is processed', async () => {
		kibana.answerNext({ reset: 'before' }, { reset: 'after' });
		await expect(put(rows(user(id('a'))))).rejects.toThrow();
		expect(kibana.entities()).toEqual([]);
		await expect(put(rows(user(id('a'))))).rejects.toThrow();
		expect(kibana.entities()).toHaveLength(1);
	});
});
