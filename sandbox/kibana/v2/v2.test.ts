import type { AxiosResponse } from 'axios';

import { request } from '../request';
import { REVISIONS, type KibanaRevision } from '../options';
import { startKibana, type KibanaOptions, type TestKibana } from '../server';
import { digestOf } from './euid';

const BASE = '/api/security/entity_store';
const ENTITIES = `${BASE}/entities`;
const BULK = `${ENTITIES}/bulk`;
const CREATE = `${ENTITIES}/host`;

/** The first and the last revision of the second generation. */
describe.each<KibanaRevision>(['9.4', '9.6'])('Kibana %s', (revision) => {
	let kibana: TestKibana;

	beforeAll(async () => {
		kibana = await startKibana({ revision });
	});

	afterEach(() => kibana.clear());

	afterAll(async () => await kibana.stop());

	interface Parts {
		readonly path?: string;
		readonly headers?: object;
		readonly to?: TestKibana;
	}

	const put = async (body: unknown, { path = BULK, headers, to = kibana }: Parts = {}) =>
		await request(to, { method: 'PUT', path, body, headers });

	const post = async (path: string, body?: unknown, to = kibana) =>
		await request(to, { method: 'POST', path, body });

	const get = async (path: string, headers: object = {}, to = kibana) =>
		await request(to, { method: 'GET', path, headers });

	/** Another Kibana for one test. */
	const withKibana = async (
		options: KibanaOptions,
		work: (other: TestKibana) => Promise<void>,
	): Promise<void> => {
		const other = await startKibana({ api: 'v2', revision, ...options });
		try {
			await work(other);
		} finally {
			await other.stop();
		}
	};

	const rows = (...entities: unknown[]) => ({ entities });
	const host = (name: unknown, more: object = {}, entity: object = {}) => ({
		type: 'host',
		doc: { host: { name, ...more }, entity },
	});
	const user = (entity: object, more: object = {}) => ({ type: 'user', doc: { entity, ...more } });
	const ids = (of = kibana) => of.entities().map(({ id }) => id);
	const seedHosts = (...names: string[]) => {
		for (const name of names) kibana.seed('host', { host: { name } });
	};

	const outcome = ({ status, data }: AxiosResponse): [number, unknown] => [status, data.message];

	const GENERIC = 'An internal server error occurred. Check Kibana server logs for details.';
	const FORCE_MESSAGE =
		'[request query]: Invalid option: expected one of "true"|"false", Invalid input: expected boolean, received string';
	const TYPE_OPTIONS = 'Invalid option: expected one of "user"|"host"|"service"|"generic"';

	/** Each row of docs/kibana-api.md#v2-messages. */
	describe('schema messages', () => {
		const four = (text: string) => [text, text, text, text].join(', ');

		it.each<[string, unknown, string]>([
			['no entities', {}, 'entities: Invalid input: expected array, received undefined'],
			[
				'entities as an object',
				{ entities: {} },
				'entities: Invalid input: expected array, received object',
			],
			['a bare list', [host('a')], 'Invalid input: expected object, received array'],
			['no body', undefined, 'Invalid input: expected object, received null'],
			['a wrong type', rows({ type: 'x', doc: {} }), `entities.0.type: ${TYPE_OPTIONS}`],
			['no type', rows({ doc: {} }), `entities.0.type: ${TYPE_OPTIONS}`],
			[
				'an unknown key at the top',
				rows({ type: 'host', doc: { foo: 1 } }),
				four('Unrecognized key: "foo"'),
			],
			[
				'an unknown key below',
				rows(user({ attributes: { nope: 1 } })),
				four('entity.attributes: Unrecognized key: "nope"'),
			],
			[
				'host.ip as text',
				rows(host('a', { ip: '::1' })),
				'Unrecognized key: "host", host.ip: Invalid input: expected array, received string, Unrecognized key: "host", Unrecognized key: "host"',
			],
			[
				'user.email as text',
				rows(user({ id: 'a' }, { user: { email: 'a@b.c' } })),
				'user.email: Invalid input: expected array, received string, Unrecognized key: "user", Unrecognized key: "user", Unrecognized key: "user"',
			],
			[
				'host.name as a list',
				rows(host(['a'])),
				'Unrecognized key: "host", host.name: Invalid input: expected string, received array, Unrecognized key: "host", Unrecognized key: "host"',
			],
			[
				'a number as ID',
				rows(user({ id: 7 })),
				four('entity.id: Invalid input: expected string, received number'),
			],
			[
				'a bad choice',
				rows(user({ id: 'a' }, { asset: { criticality: 'severe' } })),
				four(
					'asset.criticality: Invalid option: expected one of "low_impact"|"medium_impact"|"high_impact"|"extreme_impact"',
				),
			],
			[
				'an offset in place of Z',
				rows(user({ id: 'a', lifecycle: { last_activity: '2026-01-01T00:00:00+02:00' } })),
				four('entity.lifecycle.last_activity: Invalid ISO datetime'),
			],
			[
				'a number out of range',
				rows(user({ id: 'a', risk: { calculated_score_norm: 101 } })),
				four('entity.risk.calculated_score_norm: Too big: expected number to be <=100'),
			],
			[
				'a document as text',
				rows({ type: 'host', doc: 'abc' }),
				four('Unrecognized keys: "0", "1", "2"'),
			],
			[
				'several at once',
				rows(host(['a'], { ip: '::1', nope: 1 }, { id: 7 })),
				'entity.id: Invalid input: expected string, received number, Unrecognized key: "host", entity.id: Invalid input: expected string, received number, host.ip: Invalid input: expected array, received string, host.name: Invalid input: expected string, received array, and 5 more',
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

		it.each<[string, object]>([
			['no document', { type: 'host' }],
			['null', { type: 'host', doc: null }],
			['an empty document', { type: 'host', doc: {} }],
		])('mislead about %s, which passes the schema', async (_, row) => {
			expect(outcome(await put(rows(row)))).toEqual([
				400,
				'Could not derive EUID from document or find it in entity.id',
			]);
		});

		it('are misleading for the key of the first generation when it is dropped', async () => {
			const { data } = await put(rows({ type: 'host', record: { host: { name: 'a' } } }));
			expect(data.message).toBe(
				REVISIONS[revision].strictKeys
					? '[request body]: entities.0: Unrecognized key: "record"'
					: 'Could not derive EUID from document or find it in entity.id',
			);
		});
	});

	describe('bulk update', () => {
		it('merges a document into the stored one, and sets its timestamp', async () => {
			kibana.seed('host', {
				'@timestamp': '2020-01-01T00:00:00.000Z',
				host: { name: 'a', ip: ['10.0.0.1', '10.0.0.2'] },
				entity: { attributes: { managed: true, watchlists: ['x', 'y'] } },
			});
			const { status, data, headers } = await put(
				rows(host('a', {}, { attributes: { asset: false, watchlists: ['z'] } })),
			);
			expect([status, data]).toEqual([200, { ok: true, errors: [] }]);
			expect(headers['elastic-api-version']).toBe('2023-10-31');
			const record = {
				host: { name: 'a', ip: ['10.0.0.1', '10.0.0.2'] },
				entity: {
					id: 'host:a',
					EngineMetadata: { Type: 'host' },
					attributes: { managed: true, asset: false, watchlists: ['z'] },
				},
			};
			const [entity] = kibana.entities('host');
			expect(entity).toEqual({
				type: 'host',
				id: 'host:a',
				space: 'default',
				record,
				document: { ...record, '@timestamp': expect.any(String) },
				writes: 1,
			});
			expect(String(entity?.document['@timestamp']) > '2025').toBe(true);
		});

		it('creates nothing, even with force', async () => {
			const { status, data } = await put(rows(host('web-01')), { path: `${BULK}?force=true` });
			const _id = '5d9121c686dde5832139eb947ee6b4638763ac4aa06cfb0c3cdae244a427b1d5';
			expect([status, data]).toEqual([
				200,
				{
					ok: true,
					errors: [
						{
							_id,
							status: 404,
							type: 'document_missing_exception',
							reason: `[${_id}]: document missing`,
						},
					],
				},
			]);
			expect(ids()).toEqual([]);
		});

		it('writes the valid rows of a request, and reports the others in order, one entry for each row', async () => {
			seedHosts('a', 'b');
			const force = { path: `${BULK}?force=true` };
			const { data } = await put(
				rows(host('x'), host('a'), host('b', { ip: ['::1', 'nowhere'] }), host('x')),
				force,
			);
			const [x, b] = [digestOf('host:x'), digestOf('host:b')];
			expect(data.errors).toEqual([
				expect.objectContaining({ _id: x, status: 404 }),
				{
					_id: b,
					status: 400,
					type: 'document_parsing_exception',
					reason: expect.stringMatching(
						`^\\[1:2\\] failed to parse field \\[host\\.ip\\] of type \\[ip\\] in document with id '${b}'`,
					),
				},
				expect.objectContaining({ _id: x, status: 404 }),
			]);
			expect(kibana.entities().map(({ writes }) => writes)).toEqual([1, 0]);
		});

		it('applies the rows of one entity in order', async () => {
			kibana.seed('user', { entity: { id: 'user:a@okta' } });
			const watch = (...watchlists: string[]) =>
				user({ id: 'user:a@okta', attributes: { watchlists } });
			await put(
				rows(watch('x'), user({ id: 'user:a@okta', attributes: { asset: true } }), watch('y')),
			);
			expect(kibana.entities('user')[0]).toMatchObject({
				record: { entity: { attributes: { watchlists: ['y'], asset: true } } },
				writes: 3,
			});
			expect(kibana.history()).toHaveLength(3);
		});

		it('names failed rows by MD5 in early builds', async () => {
			await withKibana({ digest: 'md5' }, async (early) => {
				const { data } = await put(rows(host('web-01')), { to: early });
				expect(data.errors[0]._id).toBe('603a215d57aab8ac67671284b5ad7d71');
			});
		});

		it.each<[string, object, string]>([
			[
				'no identity',
				{ type: 'user', doc: { user: { name: 'a' } } },
				'Could not derive EUID from document or find it in entity.id',
			],
			[
				'a mismatch',
				host('a', {}, { id: 'host:zzz' }),
				'Supplied ID host:zzz does not match generated EUID host:a',
			],
			[
				'an unknown leaf',
				{ type: 'host', doc: { host: { name: 'a' }, labels: { env: 'p' }, tags: ['t'] } },
				'The following attributes are not allowed to be updated: [labels.env, tags]',
			],
			[
				'a protected leaf',
				{ type: 'host', doc: { host: { name: 'a', ip: ['::1'] }, asset: { owner: 'o' } } },
				'The following attributes are not allowed to be updated without forcing it (?force=true): host.ip, asset.owner',
			],
		])('writes nothing when one row of many has %s', async (_, bad, message) => {
			seedHosts('a', 'b', 'c');
			expect(outcome(await put(rows(host('b'), bad, host('c'))))).toEqual([400, message]);
			expect(kibana.history()).toEqual([]);
		});

		it('checks rows in order', async () => {
			const { data } = await put(
				rows({ type: 'host', doc: { tags: [], entity: { id: 'a' } } }, user({})),
			);
			expect(data.message).toBe('The following attributes are not allowed to be updated: [tags]');
		});

		it('accepts everything that the schema accepts, with force', async () => {
			seedHosts('a');
			const forced = { type: 'host', doc: { host: { name: 'a', ip: ['::1'] }, tags: ['t'] } };
			expect((await put(rows(forced), { path: `${BULK}?force=true` })).data.errors).toEqual([]);
			expect(kibana.entities()[0]?.record).toMatchObject({ host: { ip: ['::1'] }, tags: ['t'] });
		});

		it('fails without rows and with a wrong force', async () => {
			expect(outcome(await put(rows()))).toEqual([500, GENERIC]);
			const wrong = await put(rows(host('a')), { path: `${BULK}?force=maybe` });
			expect(outcome(wrong)).toEqual([400, FORCE_MESSAGE]);
			expect((await put(rows(host('a')), { path: `${BULK}?force=false` })).status).toBe(200);
		});

		it('expands dotted keys', async () => {
			seedHosts('a');
			const dotted = { 'host.name': 'a', 'entity.attributes.asset': true };
			expect((await put(rows({ type: 'host', doc: dotted }))).status).toBe(200);
			expect(kibana.entities()[0]?.record).toMatchObject({
				entity: { attributes: { asset: true } },
			});
		});

		it('keeps spaces apart', async () => {
			kibana.seed('host', { host: { name: 'a' } }, 'soc');
			expect((await put(rows(host('a')), { path: `/s/soc${BULK}` })).data.errors).toEqual([]);
			expect((await put(rows(host('a')))).data.errors).toHaveLength(1);
			expect(kibana.entities('host', 'soc').map(({ writes }) => writes)).toEqual([1]);
			expect(ids()).toEqual([]);
		});

		it('is recorded with the IDs in use, as far as they are known', async () => {
			await put(
				rows(host('a'), user({ id: 'u' }), { type: 'user', doc: { user: { name: 'a' } } }, 7),
			);
			expect(kibana.bulkRequests()[0]?.rows).toEqual([
				{ type: 'host', id: 'host:a' },
				{ type: 'user', id: 'u' },
				{ type: 'user', id: undefined },
				{ type: undefined, id: undefined },
			]);
		});
	});

	describe('what comes before the route', () => {
		it('requires one privilege only', async () => {
			const headers = { authorization: `ApiKey ${kibana.unprivilegedApiKey}` };
			expect(outcome(await put(rows(), { headers }))).toEqual([
				403,
				'API [PUT /api/security/entity_store/entities/bulk] is unauthorized for user, this action is granted by the Kibana privileges [securitySolution]',
			]);
		});

		it.each<[string, string, object, number, string | undefined]>([
			['in the query', `${BULK}?apiVersion=2023-10-31`, {}, 200, undefined],
			[
				'unknown, in the query',
				`${BULK}?apiVersion=2024-01-01`,
				{},
				400,
				'No version "2024-01-01" available for [put] [/api/security/entity_store/entities/bulk]. Available versions are: [2023-10-31]',
			],
			[
				'that is no date',
				BULK,
				{ 'elastic-api-version': '1' },
				400,
				'Invalid version. Received "1", expected a valid date string formatted as YYYY-MM-DD.',
			],
		])('takes a version %s', async (_, path, headers, status, message) => {
			expect(outcome(await put(rows(host('a')), { path, headers }))).toEqual([status, message]);
		});

		it('validates parameters before queries before bodies', async () => {
			const bad = async (path: string) => (await put({ foo: 1 }, { path })).data.message;
			expect(await bad(`${ENTITIES}/printer?force=x`)).toBe(
				`[request params]: entityType: ${TYPE_OPTIONS}`,
			);
			expect(await bad(`${CREATE}?force=x`)).toBe(FORCE_MESSAGE);
			expect(await bad(CREATE)).toMatch(/^\[request body\]: Unrecognized key: "foo"/);
		});

		it('serves either generation, or both', async () => {
			const first = '/api/entity_store/entities/bulk';
			const notFound = { statusCode: 404, error: 'Not Found', message: 'Not Found' };
			expect((await put(rows(), { path: first })).data).toEqual(notFound);
			await withKibana({ api: 'v1', revision: '9.3' }, async (old) => {
				expect((await put(rows(), { to: old })).data).toEqual(notFound);
				expect((await get(`${BASE}/status`, {}, old)).data).toEqual(notFound);
			});
			await withKibana({ api: 'both' }, async (both) => {
				both.seed('host', { host: { name: 'a' } });
				await put(rows({ type: 'user', record: { entity: { id: 'jane' } } }), {
					path: first,
					to: both,
				});
				await put(rows(host('a')), { to: both });
				expect(both.entities().map(({ type, id }) => [type, id])).toEqual([
					['user', 'jane'],
					['host', 'host:a'],
				]);
				expect(both.history().map(({ id }) => id)).toEqual(['jane', 'host:a']);
				expect(both.bulkRequests().map(({ status }) => status)).toEqual([200, 200]);
				expect((await get('/api/status', {}, both)).data.version.number).toMatch(revision);
			});
		});
	});

	describe('create', () => {
		it('stores one document with its EUID as name, with any fields', async () => {
			const { status, data } = await post(CREATE, {
				host: { name: 'a', ip: ['::1'] },
				tags: ['t'],
			});
			expect([status, data]).toEqual([200, { ok: true }]);
			const record = {
				host: { name: 'a', ip: ['::1'] },
				tags: ['t'],
				entity: { id: 'host:a', name: 'host:a' },
			};
			expect(kibana.entities()).toEqual([
				{
					type: 'host',
					id: 'host:a',
					space: 'default',
					record,
					document: { ...record, '@timestamp': expect.any(String) },
					writes: 1,
				},
			]);
			expect(kibana.history()).toEqual([{ type: 'host', id: 'host:a', space: 'default', record }]);
			expect(kibana.createRequests().map(({ rows: sent, status: code }) => [sent, code])).toEqual([
				[[{ type: 'host', id: 'host:a' }], 200],
			]);
		});

		it.each<[string, string, object, number, string]>([
			[
				'an ID alone',
				'host',
				{ entity: { id: 'host:a' } },
				400,
				'Could not derive EUID from document',
			],
			[
				'a user without an ID',
				'user',
				{ user: { name: 'a' } },
				400,
				'Could not derive EUID from document',
			],
			[
				'a mismatch',
				'host',
				{ host: { name: 'a' }, entity: { id: 'b' } },
				400,
				'Supplied ID b does not match generated EUID host:a',
			],
			['a wrong type', 'printer', {}, 400, `[request params]: entityType: ${TYPE_OPTIONS}`],
			['a type like a route', 'bulk', {}, 400, `[request params]: entityType: ${TYPE_OPTIONS}`],
			[
				'what is there',
				'host',
				{ host: { name: 'there' } },
				409,
				"Entity ID 'host:there' already exists",
			],
			[
				'what is there under another type',
				'generic',
				{ entity: { id: 'host:there' } },
				409,
				"Entity ID 'host:there' already exists",
			],
			['what no index takes', 'host', { host: { name: 'a', ip: ['nowhere'] } }, 500, GENERIC],
		])('refuses %s', async (_, type, body, status, message) => {
			seedHosts('there');
			expect(outcome(await post(`${ENTITIES}/${type}`, body))).toEqual([status, message]);
			expect(kibana.history()).toEqual([]);
		});

		it('creates an entity that bulk update can then change', async () => {
			const jane = { entity: { id: 'user:jane@unknown' }, user: { name: 'jane' } };
			expect((await post(`${ENTITIES}/user`, jane)).status).toBe(200);
			expect((await post(`${ENTITIES}/generic`, { entity: { id: 'thing' } })).status).toBe(200);
			const { data } = await put(
				rows(user(jane.entity), { type: 'generic', doc: { 'entity.id': 'thing' } }),
			);
			expect(data.errors).toEqual([]);
			expect(kibana.entities().map(({ type, writes }) => [type, writes])).toEqual([
				['user', 2],
				['generic', 2],
			]);
		});
	});

	describe('update of one', () => {
		it('checks as bulk does, and whether the entity exists', async () => {
			const one = async (doc: unknown, query = '') =>
				await put(doc, { path: `${ENTITIES}/host${query}` });
			expect(outcome(await one({}))).toEqual([
				400,
				'Could not derive EUID from document or find it in entity.id',
			]);
			expect(outcome(await one({ host: { name: 'a' } }))).toEqual([
				404,
				"Entity ID 'host:a' not found",
			]);
			seedHosts('a');
			const doc = { host: { name: 'a', ip: ['::1'] } };
			expect(outcome(await one(doc))).toEqual([
				400,
				'The following attributes are not allowed to be updated without forcing it (?force=true): host.ip',
			]);
			const { status, data } = await one(doc, '?force=true');
			expect([status, data]).toEqual([200, { ok: true }]);
			expect(kibana.entities()[0]?.record).toMatchObject(doc);
			expect(outcome(await one({ host: { name: 'a', ip: ['nowhere'] } }, '?force=true'))).toEqual([
				500,
				GENERIC,
			]);
		});
	});

	describe('the version', () => {
		it('of Serverless has a build flavor', async () => {
			await withKibana({ flavor: 'serverless', version: '9.5.1' }, async (serverless) => {
				const { version } = (await get('/api/status', {}, serverless)).data;
				expect(version).toMatchObject({ number: '9.5.1', build_flavor: 'serverless' });
			});
			expect((await get('/api/status')).data.version).toMatchObject({
				number: `${revision}.${revision === '9.4' ? 3 : 0}`,
				build_flavor: 'traditional',
			});
		});

		it('is hidden by some proxies', async () => {
			await withKibana({ hidesVersion: true }, async (hidden) => {
				expect((await get('/api/status', {}, hidden)).data).toEqual({
					status: { overall: { level: 'available' } },
				});
				expect((await put(rows(host('a')), { to: hidden })).status).toBe(200);
			});
		});
	});

	describe('unknown keys around documents', () => {
		const extra = { type: 'host', doc: { host: { name: 'a' } }, n: 1 };

		it('are dropped at first', async () => {
			await withKibana({ strictKeys: false }, async (lenient) => {
				lenient.seed('host', { host: { name: 'a' } });
				const path = `${BULK}?x=1`;
				const { data } = await put({ ...rows(extra), more: 1 }, { path, to: lenient });
				expect(data).toEqual({ ok: true, errors: [] });
			});
		});

		it('are refused later', async () => {
			await withKibana({ strictKeys: true }, async (strict) => {
				const refused = async (body: unknown, path = BULK) =>
					outcome(await put(body, { path, to: strict }));
				expect(await refused(rows(extra))).toEqual([
					400,
					'[request body]: entities.0: Unrecognized key: "n"',
				]);
				expect(await refused({ ...rows(host('a')), foo: 1 })).toEqual([
					400,
					'[request body]: Unrecognized key: "foo"',
				]);
				expect(await refused(rows(host('a')), `${BULK}?x=1`)).toEqual([
					400,
					'[request query]: Unrecognized key: "x"',
				]);
				expect(
					(
						await put(rows(host('a')), {
							path: `${BULK}?force=true&apiVersion=2023-10-31`,
							to: strict,
						})
					).status,
				).toBe(200);
				expect(
					outcome(await post(`${CREATE}?force=true`, { host: { name: 'a' } }, strict)),
				).toEqual([400, '[request query]: Unrecognized key: "force"']);
				expect((await get(`${ENTITIES}?foo=1`, {}, strict)).status).toBe(400);
				expect((await get(`${BASE}/status?foo=1`, {}, strict)).status).toBe(400);
			});
		});
	});

	describe('the wait for a refresh', () => {
		it('delays an answer, but no other request', async () => {
			const delay = 1_500;
			await withKibana({ refreshDelayMs: delay }, async (slow) => {
				slow.seed('host', { host: { name: 'a' } });
				const answered: string[] = [];
				const note = (name: string) => () => void answered.push(name);
				const startedAt = performance.now();
				const writes = [
					put(rows(host('a'), host('x')), { to: slow }).then(note('bulk')),
					post(CREATE, { host: { name: 'b' } }, slow).then(note('create')),
					put({ host: { name: 'a' } }, { path: CREATE, to: slow }).then(note('update')),
				];
				await get(`${BASE}/status`, {}, slow).then(note('status'));
				await put(rows(host('x')), { to: slow }).then(note('nothing written'));
				await put({}, { to: slow }).then(note('refused'));
				await request(slow, {
					method: 'DELETE',
					path: `${ENTITIES}/`,
					body: { entityId: 'host:a' },
				}).then(note('delete'));
				expect(answered).toEqual(['status', 'nothing written', 'refused', 'delete']);
				await Promise.all(writes);
				expect(performance.now() - startedAt).toBeGreaterThan(delay - 100);
				expect(answered).toHaveLength(7);
			});
		});

		it('ends with Kibana', async () => {
			const slow = await startKibana({ api: 'v2', refreshDelayMs: 600_000 });
			const pending = post(CREATE, { host: { name: 'a' } }, slow).catch(() => 'cut');
			while (slow.entities().length === 0) await get('/api/status', {}, slow);
			await slow.stop();
			expect(await pending).toBe('cut');
		});
	});

	describe('scripts of a test', () => {
		it('answer on the chosen route', async () => {
			kibana.answerNext({ status: 429, headers: { 'retry-after': '1' } });
			kibana.answerNextOn('create', { status: 500, body: 'no' }, { reset: 'after' });
			kibana.answerNextOn('status', { status: 503, body: 'Kibana server is not ready yet' });
			kibana.answerNextOn('entityStoreStatus', { status: 502 });
			kibana.answerNextOn('list', { status: 504 });
			expect((await get('/api/status')).data).toBe('Kibana server is not ready yet');
			expect((await get(`${BASE}/status`)).status).toBe(502);
			expect((await get(ENTITIES)).status).toBe(504);
			expect((await put(rows(host('a')))).headers['retry-after']).toBe('1');
			expect((await post(CREATE, { host: { name: 'a' } })).status).toBe(500);
			expect(ids()).toEqual([]);
			await expect(post(CREATE, { host: { name: 'a' } })).rejects.toThrow();
			expect((await post(CREATE, { host: { name: 'a' } })).status).toBe(409);
			expect(kibana.createRequests().map(({ status }) => status)).toEqual([500, 0, 409]);
			for (const path of ['/api/status', `${BASE}/status`, ENTITIES]) {
				expect((await get(path)).status).toBe(200);
			}
		});

		it('change the normal answer after the request is processed', async () => {
			seedHosts('a');
			const errors = [{ _id: 'nobody', status: 429 }];
			kibana.answerNext(
				{ edit: ({ body }) => ({ body: { ...(body as object), errors } }) },
				{
					edit: ({ status }) => ({
						status: status + 1,
						body: '{"ok":tr',
						headers: { 'x-odd': '1' },
					}),
				},
			);
			expect((await put(rows(host('a')))).data).toEqual({ ok: true, errors });
			const odd = await put(rows(host('a')));
			expect([odd.status, odd.data, odd.headers['x-odd']]).toEqual([201, '{"ok":tr', '1']);
			expect(kibana.entities()[0]?.writes).toBe(2);
		});

		it('let single rows fail, by type, entity and attempt', async () => {
			seedHosts('a', 'b');
			const conflict = {
				status: 409,
				type: 'version_conflict_engine_exception',
				reason: 'conflict',
			};
			const seen: unknown[] = [];
			kibana.failItems((item) => {
				seen.push(item);
				if (item.id === 'host:a' && item.attempt === 1) return conflict;
				return item.id === 'host:b' && item.attempt < 3 ? { status: 503 } : undefined;
			});
			const attempt = async () => (await put(rows(host('a'), host('b')))).data.errors;
			const [a, b] = [digestOf('host:a'), digestOf('host:b')];
			expect(await attempt()).toEqual([
				{ _id: a, ...conflict },
				{ _id: b, status: 503 },
			]);
			expect(kibana.history()).toEqual([]);
			expect(await attempt()).toEqual([{ _id: b, status: 503 }]);
			expect(await attempt()).toEqual([]);
			expect(seen[0]).toEqual({
				type: 'host',
				id: 'host:a',
				doc: { host: { name: 'a' }, entity: { id: 'host:a' } },
				attempt: 1,
			});
			kibana.clear();
			seedHosts('b');
			expect((await put(rows(host('b')))).data.errors).toEqual([]);
		});

		it('let a row fail the whole request, in bulk and on creation', async () => {
			seedHosts('a');
			kibana.refuse(({ type, record }) =>
				type === 'host' && 'tags' in record ? { status: 500, message: 'poison' } : undefined,
			);
			const poison = { type: 'host', doc: { host: { name: 'p' }, tags: ['t'] } };
			const forced = { path: `${BULK}?force=true` };
			expect(outcome(await put(rows(host('a'), poison), forced))).toEqual([500, 'poison']);
			expect(outcome(await post(CREATE, poison.doc))).toEqual([500, 'poison']);
			expect(kibana.history()).toEqual([]);
		});

		it('seed entities as log extraction would', () => {
			kibana.seed('user', {
				user: { email: ['alice@example.com'] },
				event: { kind: 'asset', module: 'okta' },
			});
			kibana.seed('host', { 'host.name': 'a', entity: { id: '' } });
			kibana.seed('generic', { entity: { id: 'thing' } });
			expect(kibana.entities().map(({ type, id, writes }) => [type, id, writes])).toEqual([
				['user', 'user:alice@example.com@okta', 0],
				['host', 'host:a', 0],
				['generic', 'thing', 0],
			]);
			expect(kibana.entities('generic').map(({ id }) => id)).toEqual(['thing']);
			expect(kibana.history()).toEqual([]);
			expect(() => kibana.seed('user', { user: { name: 'a' } })).toThrow();
		});
	});
});
