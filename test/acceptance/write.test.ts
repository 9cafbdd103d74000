import fc from 'fast-check';
import type { IDataObject } from 'n8n-workflow';

import { startKibana, type KibanaOptions, type TestKibana } from '../../sandbox/kibana/server';
import { runNode, startRun, type EngineResult, type EngineRun } from '../../sandbox/n8n/engine';
import { automatic, json, jsonOf, mapping, nodeOn } from './run';

let kibana: TestKibana;
/** Additional Kibanas of a test, stopped even when it fails. */
const others: TestKibana[] = [];

const startOther = async (options?: KibanaOptions): Promise<TestKibana> => {
	const other = await startKibana(options);
	others.push(other);
	return other;
};

beforeAll(async () => {
	kibana = await startKibana({
		spaces: [
			{ id: 'default', name: 'Default' },
			{ id: 'soc', name: 'SOC Team' },
		],
	});
});

afterEach(async () => {
	kibana.clear();
	await Promise.all(others.splice(0).map(async (other) => await other.stop()));
});

afterAll(async () => await kibana.stop());

const run = async (
	items: EngineRun['items'],
	parameters: EngineRun['parameters'],
	onError?: EngineRun['onError'],
): Promise<EngineResult> => await runNode({ ...nodeOn(kibana), items, parameters, onError });

const ids = (count: number): IDataObject[] =>
	Array.from({ length: count }, (_, index) => ({ id: `user-${index}` }));

const BY_ID = mapping({ 'entity.id': '={{ $json.id }}' });

/** Short delays for tests in which an attempt fails: Kibana asks for no delay, and only the jitter remains. */
const withOptions = (options: IDataObject) => mapping({ 'entity.id': '={{ $json.id }}' }, options);

describe('Create or Update', () => {
	it('sends what the user mapped and returns the entity of each item', async () => {
		const { outputs, error, hints } = await run(
			[
				{ login: 'jane', mail: 'jane@example.com, j@example.com', admin: 'yes', seen: 1767323045 },
				{ login: 'bob', mail: '', admin: null, seen: '' },
			],
			mapping(
				{
					'entity.id': '={{ $json.login }}',
					'user.email': '={{ $json.mail }}',
					'entity.attributes.privileged': '={{ $json.admin }}',
					'entity.lifecycle.first_seen': '={{ $json.seen }}',
					'asset.criticality': 'high_impact',
				},
				{ force: true },
			),
		);
		expect(error).toBeUndefined();
		expect(outputs[0]).toEqual([
			{
				json: { entityId: 'jane', entityType: 'user', status: 'accepted' },
				pairedItem: { item: 0 },
			},
			{
				json: { entityId: 'bob', entityType: 'user', status: 'accepted' },
				pairedItem: { item: 1 },
			},
		]);
		expect(kibana.entities('user').map(({ record }) => record)).toEqual([
			{
				entity: {
					id: 'jane',
					attributes: { privileged: true },
					lifecycle: { first_seen: '2026-01-02T03:04:05.000Z' },
				},
				user: { name: 'jane', email: ['jane@example.com', 'j@example.com'] },
				asset: { criticality: 'high_impact' },
			},
			{ entity: { id: 'bob' }, asset: { criticality: 'high_impact' } },
		]);
		expect(hints.map(({ message }) => message)).toEqual([
			expect.stringMatching(/^Kibana accepted 2 of 2 entities in 1 request\. .*more than a minute/),
		]);
	});

	it('maps automatically from nested and dotted keys, and names each ignored key once', async () => {
		const { outputs, hints } = await run(
			[
				{ 'entity.id': 'a', user: { email: 'a@example.com' }, id: 1, status: 'ACTIVE' },
				{ entity: { id: 'b' }, 'user.email': ['b@example.com'], id: 2 },
			],
			automatic({ force: true }),
		);
		expect(jsonOf(outputs[0]).map(({ status }) => status)).toEqual(['accepted', 'accepted']);
		expect(kibana.entities('user').map(({ record }) => record)).toEqual([
			{ entity: { id: 'a' }, user: { name: 'a', email: ['a@example.com'] } },
			{ entity: { id: 'b' }, user: { name: 'b', email: ['b@example.com'] } },
		]);
		expect(hints[0]?.message).toBe(
			'Ignored: not entity fields: id (did you mean user.id?), status',
		);
	});

	it('accepts whole records as JSON text or as an object', async () => {
		for (const record of [
			'={{ JSON.stringify({ "entity.id": $json.id, entity: { attributes: { managed: "yes" } } }) }}',
			'={{ { entity: { id: $json.id, attributes: { managed: 1 } } } }}',
			'={"entity": {"id": "{{ $json.id }}", "attributes": {"managed": true}}}',
		]) {
			kibana.clear();
			const { outputs } = await run([{ id: 'a' }], json(record));
			expect(jsonOf(outputs[0])).toEqual([
				{ entityId: 'a', entityType: 'user', status: 'accepted' },
			]);
			expect(kibana.entities('user')[0]?.record).toEqual({
				entity: { id: 'a', attributes: { managed: true } },
			});
		}
	});

	it.each([
		['={{ "no json" }}', 'The record is not valid JSON: see line 1, column 1'],
		['={"entity": {\n  "id": "a",\n}}', 'The record is not valid JSON: see line 3, column 1'],
		['={{ [1] }}', 'The record must be a JSON object, got a list'],
		['={{ { "entity.id": "a", nope: 1 } }}', 'nope is not a field of a user entity'],
	])('refuses the JSON record %s', async (record, message) => {
		const { outputs } = await run([{ id: 'a' }], json(record), 'continueErrorOutput');
		expect(jsonOf(outputs[1])[0]).toMatchObject({ error: message });
		expect(kibana.bulkRequests()).toHaveLength(0);
	});

	it('lets an expression give each item its own type, and sends types in one request', async () => {
		const { outputs } = await run(
			[
				{ type: 'user', id: 'a' },
				{ type: 'host', id: 'a' },
				{ type: 'printer', id: 'b' },
				{ type: 'service', id: 'c' },
				{ type: 'generic', id: 'arn:aws:s3:::bucket' },
			],
			mapping({ 'entity.id': '={{ $json.id }}' }, {}, { entityType: '={{ $json.type }}' }),
			'continueRegularOutput',
		);
		expect(jsonOf(outputs[0]).map((item) => item.entityType ?? item.error)).toEqual([
			'user',
			'host',
			'The entity type must be one of generic, host, service, user',
			'service',
			'generic',
		]);
		expect(kibana.bulkRequests().map(({ rows }) => rows)).toEqual([
			[
				{ type: 'user', id: 'a' },
				{ type: 'host', id: 'a' },
				{ type: 'service', id: 'c' },
				{ type: 'generic', id: 'arn:aws:s3:::bucket' },
			],
		]);
	});

	it('writes to the space that is chosen, item by item if an expression says so', async () => {
		const space = (value: string) => ({ __rl: true, mode: 'id', value });
		await run([{ id: 'a' }], { ...BY_ID, space: space('soc') });
		expect(kibana.entities('user', 'soc').map(({ id }) => id)).toEqual(['a']);
		kibana.clear();

		const { outputs } = await run(
			[
				{ id: 'a', team: 'soc' },
				{ id: 'b', team: '' },
				{ id: 'c', team: '../../x' },
				{ id: 'd', team: 'soc' },
			],
			{ ...BY_ID, space: space('={{ $json.team }}') },
			'continueErrorOutput',
		);
		expect(kibana.entities('user', 'soc').map(({ id }) => id)).toEqual(['a', 'd']);
		expect(kibana.entities('user').map(({ id }) => id)).toEqual(['b']);
		expect(jsonOf(outputs[1])[0]?.error).toMatch(/^A space ID holds only/);
	});

	it('writes to the default space, by name or without', async () => {
		const items = ['', 'default', ''].map((team, name) => ({ id: 'a', team, name: `${name}` }));
		await run(
			items,
			mapping(
				{ 'entity.id': '={{ $json.id }}', 'entity.name': '={{ $json.name }}' },
				{ force: true },
				{ space: { __rl: true, mode: 'id', value: '={{ $json.team }}' } },
			),
		);
		expect(kibana.history().map(({ record }) => (record.entity as IDataObject).name)).toEqual([
			...['0', '1', '2'],
		]);
	});

	it('finds Kibana at a base path, with or without a trailing slash, by key or by password', async () => {
		const below = await startOther({ basePath: '/kbn' });
		for (const credential of [
			{ baseUrl: `${below.url}/` },
			{ apiKey: `ApiKey ${below.apiKey}` },
			{ apiKey: Buffer.from(below.apiKey, 'base64').toString() },
			{ authentication: 'basic', username: below.username, password: below.password },
		]) {
			const { outputs } = await runNode({
				...nodeOn(below, credential),
				items: [{ id: 'a' }],
				parameters: BY_ID,
			});
			expect(jsonOf(outputs[0])[0]?.status).toBe('accepted');
		}
		expect(below.bulkRequests()[0]?.path).toBe('/kbn/api/entity_store/entities/bulk');
	});

	it('keeps requests within the limits on count and bytes of the whole body', async () => {
		const items = Array.from({ length: 40 }, (_, index) => ({
			id: `${'ü'.repeat(index * 10)}${index}`,
		}));
		await run(items, withOptions({ chunkSize: 7, maxChunkBytes: 2_000 }));
		expect(kibana.entities('user')).toHaveLength(40);
		for (const { bytes, rows } of kibana.bulkRequests()) {
			expect(bytes).toBeLessThanOrEqual(2_000);
			expect(rows.length).toBeLessThanOrEqual(7);
		}
	});

	it('fails an item that is too large alone, and sends the others', async () => {
		const { outputs } = await run(
			[{ id: 'a' }, { id: 'x'.repeat(3_000) }, { id: 'b' }],
			withOptions({ maxChunkBytes: 1_000 }),
			'continueErrorOutput',
		);
		expect(jsonOf(outputs[0]).map(({ entityId }) => entityId)).toEqual(['a', 'b']);
		expect(jsonOf(outputs[1])[0]).toMatchObject({ details: { reason: 'tooLarge' } });
	});

	it('writes the records of one entity in item order, never in one request and never at the same time', async () => {
		const items = ['first', 'other', 'second', 'third'].map((name) => ({
			id: name === 'other' ? 'b' : 'a',
			name,
		}));
		await run(
			items,
			mapping(
				{ 'entity.id': '={{ $json.id }}', 'entity.name': '={{ $json.name }}' },
				{ force: true, concurrency: 10 },
			),
		);
		const written = kibana.history().filter(({ id }) => id === 'a');
		expect(written.map(({ record }) => (record.entity as IDataObject).name)).toEqual([
			'first',
			'second',
			'third',
		]);
		const requests = kibana.bulkRequests().filter(({ rows }) => rows.some(({ id }) => id === 'a'));
		expect(requests).toHaveLength(3);
		for (const [position, request] of requests.slice(1).entries()) {
			expect(request.startedAt).toBeGreaterThanOrEqual(requests[position]?.endedAt ?? Infinity);
		}
	});

	it('writes nothing in a dry run, and shows each record with the number of its chunk', async () => {
		const dryRun = async (options: IDataObject) =>
			await run(
				[{ id: 'a' }, { id: 'b' }, { id: '' }, { id: 'c' }],
				withOptions({ dryRun: true, chunkSize: 2, ...options }),
				'continueErrorOutput',
			);
		await dryRun({});
		expect(kibana.requests.map(({ method, path }) => [method, path])).toEqual([
			['GET', '/api/status'],
		]);
		kibana.clear();

		// When the generation is set, no Kibana is needed.
		const { outputs, hints } = await dryRun({ apiGeneration: 'v1' });
		expect(hints.map(({ message }) => message)).toEqual([
			'Dry run: 3 of 4 records would go in 2 requests. Nothing was sent',
		]);
		expect(jsonOf(outputs[0])).toEqual(
			[
				['a', 1],
				['b', 1],
				['c', 2],
			].map(([id, chunk]) => ({
				entityId: id,
				entityType: 'user',
				status: 'dryRun',
				chunk,
				record: { entity: { id } },
			})),
		);
		expect(jsonOf(outputs[1])[0]?.error).toBe('Nothing names this user');
		expect(kibana.requests).toHaveLength(0);
	});
});

describe('a failure stays with its item', () => {
	const refused = (body: object): { status: number; body: string } => ({
		status: 400,
		body: JSON.stringify({ statusCode: 400, error: 'Bad Request', ...body }),
	});

	it('when Kibana names the row: that item fails, and the rest is sent again without it', async () => {
		const message = '[request body]: entities.1.record.entity.id: Kibana knows better';
		kibana.answerNext(refused({ message }));
		const { outputs } = await run(ids(4), BY_ID, 'continueErrorOutput');
		expect(jsonOf(outputs[0]).map(({ entityId }) => entityId)).toEqual([
			'user-0',
			'user-2',
			'user-3',
		]);
		expect(jsonOf(outputs[1])).toEqual([
			{
				id: 'user-1',
				error: `Kibana refused the entity: ${message}`,
				details: {
					status: 'failed',
					entityId: 'user-1',
					entityType: 'user',
					reason: 'refused',
					httpStatus: 400,
					serverMessage: message,
				},
			},
		]);
		expect(kibana.bulkRequests()).toHaveLength(2);
	});

	it('when a type refuses a field that another type accepts: only that type fails', async () => {
		const { outputs } = await run(
			[
				{ type: 'user', id: 'u' },
				{ type: 'host', id: 'h1' },
				{ type: 'host', id: 'h2' },
			],
			mapping(
				{ 'entity.id': '={{ $json.id }}', 'entity.relationships.owns': 'x' },
				{},
				{ entityType: '={{ $json.type }}' },
			),
			'continueErrorOutput',
		);
		expect(jsonOf(outputs[0]).map(({ entityId }) => entityId)).toEqual(['u']);
		expect(jsonOf(outputs[1]).map(({ id }) => id)).toEqual(['h1', 'h2']);
		expect(jsonOf(outputs[1])[0]).toMatchObject({
			details: { reason: 'invalidRecord', fields: ['entity.relationships.owns'] },
		});
		expect(kibana.bulkRequests().length).toBeLessThanOrEqual(3);
	});

	it.each([
		[400, 'Something about this row'],
		[500, 'An internal server error occurred. Check Kibana server logs for details.'],
	])('when Kibana answers %d and names nobody: it is found alone', async (status, message) => {
		kibana.refuse(({ record }) =>
			(record.entity as IDataObject).id === 'user-77' ? { status, message } : undefined,
		);
		const { outputs } = await run(ids(200), withOptions({ maxRetries: 0 }), 'continueErrorOutput');
		expect(outputs[0]).toHaveLength(199);
		expect(jsonOf(outputs[1])).toMatchObject([
			{ id: 'user-77', details: { httpStatus: status, serverMessage: message } },
		]);
		expect(kibana.entities('user')).toHaveLength(199);
		expect(kibana.bulkRequests().length).toBeLessThanOrEqual(1 + 2 * Math.ceil(Math.log2(200)));
	});

	it('when the limit of this Kibana is below the default: the chunk is split until it fits', async () => {
		const small = await startOther({ maxPayloadBytes: 3_000 });
		const { outputs } = await runNode({
			...nodeOn(small),
			items: [...ids(200), { id: 'x'.repeat(4_000) }],
			parameters: BY_ID,
			onError: 'continueErrorOutput',
		});
		expect(outputs[0]).toHaveLength(200);
		expect(small.entities('user')).toHaveLength(200);
		expect(jsonOf(outputs[1])).toMatchObject([
			{ details: { reason: 'tooLarge', httpStatus: 413 } },
		]);
	});

	it('when an expression fails for it', async () => {
		const { outputs } = await run(
			[{ id: 'a' }, { id: 5 }, { id: 'c' }],
			mapping({ 'entity.id': '={{ $json.id.toString().toInt().isEmpty ? 1 : $json.id }}' }),
			'continueErrorOutput',
		);
		expect(outputs[0]?.length).toBe(1);
		expect(jsonOf(outputs[1])[0]).toMatchObject({ details: { reason: 'expression' } });
	});

	it('for any items, any poison and any order of types: one output each, paired, and the store matches', async () => {
		const anyItem = fc.record({
			id: fc.oneof(
				fc.constantFrom('a', 'b', 'c', ''),
				fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }),
			),
			type: fc.constantFrom('user', 'host', 'service', 'generic', 'nonsense'),
			managed: fc.constantFrom(true, false, 'yes', 'maybe', null),
			poison: fc.boolean(),
		});
		await fc.assert(
			fc.asyncProperty(
				fc.array(anyItem, { minLength: 1, maxLength: 25 }),
				fc.integer({ min: 1, max: 9 }),
				async (items, chunkSize) => {
					kibana.clear();
					const poisonOf = new Map<string, boolean>();
					for (const { id, type, poison } of items) poisonOf.set(`${type} ${id}`, poison);
					kibana.refuse(({ type, record }) =>
						poisonOf.get(`${type} ${String((record.entity as IDataObject).id)}`)
							? { status: 400, message: 'anonymous' }
							: undefined,
					);
					const { outputs } = await run(
						items,
						mapping(
							{
								'entity.id': '={{ $json.id }}',
								'entity.attributes.managed': '={{ $json.managed }}',
							},
							{ chunkSize, concurrency: 3 },
							{ entityType: '={{ $json.type }}' },
						),
						'continueRegularOutput',
					);
					expect(outputs[0]).toHaveLength(items.length);
					for (const [index, { id, type, managed }] of items.entries()) {
						const isGood =
							id !== '' &&
							type !== 'nonsense' &&
							managed !== 'maybe' &&
							poisonOf.get(`${type} ${id}`) !== true;
						const output = outputs[0]?.[index];
						expect(output?.pairedItem).toEqual({ item: index });
						expect(output?.json.status ?? 'failed').toBe(isGood ? 'accepted' : 'failed');
					}
					const stored = new Map<string, unknown>();
					for (const { id, type, managed } of items) {
						if (id === '' || type === 'nonsense' || managed === 'maybe') continue;
						if (poisonOf.get(`${type} ${id}`)) continue;
						stored.set(`${type} ${id}`, {
							entity: {
								id,
								...(managed !== null && { attributes: { managed: managed === 'yes' || managed } }),
							},
						});
					}
					const found = kibana.entities().map((one) => [`${one.type} ${one.id}`, one.record]);
					expect(new Map(found as Array<[string, unknown]>)).toEqual(stored);
				},
			),
			{ numRuns: 40 },
		);
	});
});

describe('a failure of all items', () => {
	const eachFailsWith = async (
		kibanaUnderTest: Pick<TestKibana, 'url' | 'apiKey'>,
		credential: IDataObject,
		parameters = withOptions({ chunkSize: 10, concurrency: 1, maxRetries: 0 }),
	) => {
		const { outputs } = await runNode({
			...nodeOn(kibanaUnderTest, credential),
			items: ids(30),
			parameters,
			onError: 'continueErrorOutput',
		});
		expect(outputs[0]).toHaveLength(0);
		expect(outputs[1]).toHaveLength(30);
		return jsonOf(outputs[1]).map(({ details }) => (details as IDataObject).reason);
	};
	const all = (reason: string) => Array.from({ length: 30 }, () => reason);

	it('is not retried: wrong key, missing privilege, missing route', async () => {
		expect(await eachFailsWith(kibana, { apiKey: 'wrong:key-of-nobody' })).toEqual(
			all('unauthorized'),
		);
		expect(await eachFailsWith(kibana, { apiKey: kibana.unprivilegedApiKey })).toEqual(
			all('forbidden'),
		);
		expect(await eachFailsWith(kibana, { baseUrl: `${kibana.url}/wrong` })).toEqual(
			all('routeMissing'),
		);
		// Two that detect the generation and one that writes, and three that find no API.
		expect(kibana.requests.map(({ method, status }) => `${method} ${status}`)).toEqual([
			...['GET 401', 'GET 200', 'PUT 403'],
			...['GET 404', 'GET 404', 'GET 404'],
		]);
	});

	it('ends the run after one request: the store is not running', async () => {
		kibana.setEngine('user', 'stopped');
		const parameters = withOptions({ chunkSize: 10, concurrency: 1 });
		expect(await eachFailsWith(kibana, {}, parameters)).toEqual(all('notRunning'));
		expect(kibana.bulkRequests()).toHaveLength(1);
		kibana.setEngine('user', 'started');
	});

	it('does not stop the types whose engine runs', async () => {
		kibana.setEngine('service', 'stopped');
		const { outputs } = await run(
			[
				{ id: 'a', type: 'user' },
				{ id: 'b', type: 'service' },
				{ id: 'c', type: 'host' },
			],
			mapping({ 'entity.id': '={{ $json.id }}' }, {}, { entityType: '={{ $json.type }}' }),
			'continueErrorOutput',
		);
		kibana.setEngine('service', 'started');
		expect(jsonOf(outputs[0]).map(({ entityId }) => entityId)).toEqual(['a', 'c']);
		expect(jsonOf(outputs[1])).toMatchObject([
			{ id: 'b', error: expect.stringContaining("Entity Engine 'service' is not running") },
		]);
	});

	it('is reported without a request: invalid base URL and key', async () => {
		expect(await eachFailsWith(kibana, { baseUrl: 'kibana' })).toEqual(all('invalidSetting'));
		expect(await eachFailsWith(kibana, { apiKey: '' })).toEqual(all('invalidSetting'));
		expect(kibana.requests).toHaveLength(0);
	});

	it('is reported for a host without a server', async () => {
		const gone = await startKibana();
		await gone.stop();
		expect(await eachFailsWith(gone, {})).toEqual(all('unreachable'));
	});

	it('is reported for an answer that does not come from Kibana', async () => {
		const page = { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>Hi</html>' };
		kibana.answerNext(page, page, page);
		expect(await eachFailsWith(kibana, {})).toEqual(all('unexpectedAnswer'));
	});

	it('follows no redirect with the credential', async () => {
		const elsewhere = await startOther();
		kibana.answerNext({ status: 302, headers: { location: `${elsewhere.url}/` } });
		expect(await eachFailsWith(kibana, {})).toEqual(all('routeMissing'));
		expect(elsewhere.requests).toHaveLength(0);
	});
});

describe('a temporary failure', () => {
	it.each([
		['429', { status: 429, body: '{"statusCode":429,"message":"Server is overloaded"}' }],
		['502 as a page', { status: 502, body: '<html>Bad Gateway</html>' }],
		['503 while it starts', { status: 503, body: 'Kibana server is not ready yet' }],
		['504', { status: 504 }],
		['a reset before the work', { reset: 'before' as const }],
		['a reset after the work', { reset: 'after' as const }],
	])('is waited out: %s', async (_, fault) => {
		kibana.answerNext(fault);
		const { outputs } = await run(ids(3), BY_ID, 'continueErrorOutput');
		expect(jsonOf(outputs[0]).map(({ status }) => status)).toEqual(all3('accepted'));
		expect(kibana.bulkRequests()).toHaveLength(2);
		expect(kibana.entities('user')).toHaveLength(3);
	});

	const all3 = (status: string) => [status, status, status];

	it('is retried: an answer after the timeout', async () => {
		kibana.answerNext({ delayMs: 60_000, pass: true });
		const { outputs } = await run(ids(1), withOptions({ timeout: 1_000 }), 'continueErrorOutput');
		expect(jsonOf(outputs[0])).toMatchObject([{ status: 'accepted' }]);
		expect(kibana.bulkRequests().length).toBeGreaterThan(1);
	});

	it('fails its chunk when the attempts are used up, and no other chunk', async () => {
		const busy = { status: 503, body: 'Kibana server is not ready yet' };
		kibana.answerNext(busy, busy);
		const { outputs } = await run(
			ids(9),
			withOptions({ maxRetries: 1, chunkSize: 3, concurrency: 1 }),
			'continueErrorOutput',
		);
		expect(jsonOf(outputs[1]).map(({ id }) => id)).toEqual(['user-0', 'user-1', 'user-2']);
		expect(jsonOf(outputs[1])[0]).toMatchObject({
			details: { reason: 'overloaded', httpStatus: 503 },
		});
		expect(outputs[0]).toHaveLength(6);
	});

	it('fails at once when Kibana asks for a longer delay than the maximum', async () => {
		kibana.answerNext({ status: 429, headers: { 'retry-after': '86400' } });
		const { outputs } = await run(ids(1), BY_ID, 'continueErrorOutput');
		expect(outputs[1]).toHaveLength(1);
		expect(kibana.bulkRequests()).toHaveLength(1);
	});

	it('ends when the execution is cancelled while a request is in flight', async () => {
		kibana.answerNext({ delayMs: 60_000, pass: true });
		const started = startRun({
			...nodeOn(kibana),
			items: ids(30),
			parameters: withOptions({ chunkSize: 10, concurrency: 1 }),
		});
		while (kibana.bulkRequests().length === 0) await new Promise((done) => setTimeout(done, 5));
		started.cancel();
		const { status } = await started.result;
		expect(status).toBe('canceled');
		expect(kibana.bulkRequests()).toHaveLength(1);
	});

	it('ends soon after the execution is cancelled, also during a pause', async () => {
		kibana.answerNext({ status: 429, headers: { 'retry-after': '50' } });
		const started = startRun({ ...nodeOn(kibana), items: ids(3), parameters: BY_ID });
		while (kibana.bulkRequests().length === 0) await new Promise((done) => setTimeout(done, 5));
		started.cancel();
		const { status } = await started.result;
		expect(status).toBe('canceled');
		expect(kibana.bulkRequests()).toHaveLength(1);
	});
});

describe('On Error', () => {
	const BROKEN = [{ id: 'a' }, { id: '' }, { id: '<b>' }, { id: '', name: 'kept' }];

	const LINK =
		'https://github.com/n8n-nodes-kibana-entity-store/n8n-nodes-kibana-entity-store/blob/main/docs/errors.md';

	it('Stop: attempts everything, then throws one error with the most frequent cause in its headline', async () => {
		kibana.refuse(({ record }) =>
			(record.entity as IDataObject).id === '<b>' ? { status: 400, message: 'no' } : undefined,
		);
		const { error, outputs } = await run(BROKEN, BY_ID);
		expect(error).toMatchObject({
			message: '3 of 4 entities failed, 1 was written: Nothing names this user (1 of 2 causes)',
			description: [
				'Items 1, 3: Nothing names this user<br>Map user.name, or Entity ID (entity.id)',
				'Item 2 (&lt;b&gt;): Kibana refused the entity: no',
				`More information: <a href="${LINK}#invalidrecord" target="_blank">invalidRecord</a>, <a href="${LINK}#refused" target="_blank">refused</a>`,
			].join('<br><br>'),
		});
		// n8n would put "[item 1]" behind the message.
		expect((error as unknown as { context: object }).context).not.toHaveProperty('itemIndex', 1);
		expect(outputs[0]).toEqual([]);
		expect(kibana.entities('user').map(({ id }) => id)).toEqual(['a']);
	});

	it('Stop: names five items of a cause and ten causes, counts from 1, and is not rewritten by n8n', async () => {
		const items = [...ids(1_200)].map((item, index) => (index < 1_100 ? { id: '' } : item));
		const { error } = await run(items, BY_ID);
		expect(error?.message).toBe(
			'1,100 of 1,200 entities failed, 100 were written: Nothing names this user',
		);
		expect(error?.description).toMatch(
			/^Items 0, 1, 2, 3, 4 and 1,095 more: Nothing names this user/,
		);
		expect(error?.description?.split('<br><br>')).toHaveLength(2);

		const levels = [...Array(12).keys()].map((index) => ({ id: `e-${index}`, level: `l${index}` }));
		const bad = json('={{ { "entity.id": $json.id, [$json.level]: 1 } }}');
		const many = await run(levels, bad);
		expect(many.error?.message).toMatch(
			/^12 of 12 entities failed: l0 is not a field of a user entity \(1 of 12 causes\)$/,
		);
		const paragraphs = many.error?.description?.split('<br><br>');
		expect(paragraphs).toHaveLength(12);
		expect(paragraphs?.at(-2)).toBe('… and 2 more');

		const named = await run(
			[{ id: 'ENOENT-host' }],
			mapping({ 'entity.id': '={{ $json.id }}', 'entity.name': 'x' }),
		);
		expect(named.error?.message).toMatch(/^Protected by Kibana: entity\.name$/);
		expect(named.error?.description).toContain('ENOENT-host');
	});

	it('Stop: a cause that is common to all items is the headline, in the words of the node', async () => {
		const stopped = async (setup: object) => {
			const { error } = await runNode({
				...nodeOn(kibana, setup as IDataObject),
				items: ids(3),
				parameters: BY_ID,
			});
			return error;
		};
		const refused = await stopped({ apiKey: 'bm9ib2R5Om5vdGhpbmc=' });
		expect(refused?.message).toBe('Kibana does not accept the credential');
		expect(refused?.description).toMatch(/^Items 0, 1, 2: Kibana does not accept/);
		const silent = await stopped({ baseUrl: 'http://127.0.0.1:1' });
		// The code of a network error in a message makes n8n replace it.
		expect(silent?.message).toBe('Kibana could not be reached (ECONNREFUSED)');
	});

	it('Stop: groups by the words of the node, and quotes three of what Kibana says of single entities', async () => {
		kibana.refuse(({ record }) => ({
			status: 400,
			message: `no ${(record.entity as IDataObject).id as string}`,
		}));
		const { error } = await run(ids(5), BY_ID);
		kibana.refuse();
		expect(error?.message).toBe('Kibana refused the entity');
		const [cause = '', link] = error?.description?.split('<br><br>') ?? [];
		expect(cause.split('<br>')).toEqual([
			expect.stringMatching(/^Items 0 \(.+\), .*: Kibana refused the entity$/),
			expect.stringMatching(/^no /),
			expect.stringMatching(/^no /),
			expect.stringMatching(/^no /),
			'… and 2 more',
		]);
		expect(link).toContain('#refused');
	});

	it('Stop: wrong values of one field are one cause, with the first as an example', async () => {
		const levels = ['severe', 'worse', 'high_impact'].map((level) => ({ level, id: level }));
		const { error } = await run(
			levels,
			mapping(
				{ 'entity.id': '={{ $json.id }}', 'asset.criticality': '={{ $json.level }}' },
				{ force: true },
			),
		);
		expect(error?.message).toBe(
			'2 of 3 entities failed, 1 was written: asset.criticality expects one of low_impact, medium_impact, high_impact, extreme_impact, got for example "severe"',
		);
	});

	it('Stop: names the keys that automatic mapping has ignored, where an item fails for want of an ID', async () => {
		const { error } = await run([{ shoeSize: 43, user: { mail: 'a@example.com' } }], automatic());
		expect(error?.message).toBe('Nothing names this user');
		expect(error?.description).toContain(
			'Map user.name, or Entity ID (entity.id). Ignored: not entity fields: user.mail (did you mean user.email?), shoeSize',
		);
	});

	it('Stop: names the item where one alone failed', async () => {
		const { error } = await run([{ id: 'a' }, { id: '' }], BY_ID);
		expect(error).toMatchObject({
			message: '1 of 2 entities failed, 1 was written: Nothing names this user',
			context: { itemIndex: 1 },
		});
	});

	it('Continue: one item for each input item, in order, on the one output', async () => {
		const { outputs, error } = await run(BROKEN, BY_ID, 'continueRegularOutput');
		expect(error).toBeUndefined();
		expect(outputs[0]?.map((item) => item.json.error ?? item.json.entityId)).toEqual([
			'a',
			'Nothing names this user',
			'<b>',
			'Nothing names this user',
		]);
		expect(outputs[0]?.map(({ pairedItem }) => pairedItem)).toEqual(
			BROKEN.map((_, item) => ({ item })),
		);
	});

	it('Error output: failures go there with the fields of their item and the details', async () => {
		const { outputs } = await run(BROKEN, BY_ID, 'continueErrorOutput');
		expect(jsonOf(outputs[0]).map(({ entityId }) => entityId)).toEqual(['a', '<b>']);
		expect(outputs[1]?.[1]).toMatchObject({
			json: {
				id: '',
				name: 'kept',
				error: 'Nothing names this user',
				details: { status: 'failed', entityType: 'user', reason: 'invalidRecord' },
			},
			pairedItem: { item: 3 },
		});
	});

	it('names the switch when a protected field is mapped without it', async () => {
		const { outputs } = await run(
			[{ id: 'a' }],
			mapping({ 'entity.id': '={{ $json.id }}', 'user.email': 'a@b.c', 'entity.name': 'A' }),
			'continueErrorOutput',
		);
		expect(jsonOf(outputs[1])[0]).toMatchObject({
			error: 'Protected by Kibana: user.email, entity.name',
			message: expect.stringContaining('Turn on "Write Protected Fields"'),
			details: { reason: 'protectedFields', fields: ['user.email', 'entity.name'] },
		});
		expect(kibana.bulkRequests()).toHaveLength(0);
	});

	it.each(['continueRegularOutput', 'continueErrorOutput'] as const)(
		'never reports items as stored when the settings are wrong (%s)',
		async (onError) => {
			const { outputs } = await run(ids(3), withOptions({ chunkSize: 0 }), onError);
			const failed = outputs[onError === 'continueErrorOutput' ? 1 : 0];
			expect(failed).toHaveLength(3);
			expect(jsonOf(failed)[0]?.error).toMatch(/^Option chunkSize/);
		},
	);
});

describe('secrets', () => {
	it('never appear in outputs and errors, even when an answer quotes the request', async () => {
		const secret = Buffer.from(kibana.apiKey, 'base64').toString().split(':')[1] as string;
		const quoting = {
			status: 400,
			body: JSON.stringify({ message: `bad header ApiKey ${kibana.apiKey}, key ${secret}` }),
		};
		for (const onError of ['stopWorkflow', 'continueErrorOutput'] as const) {
			kibana.answerNext(quoting);
			const { finished } = await run(ids(1), BY_ID, onError);
			const everything = JSON.stringify(finished);
			expect(everything).toContain('[hidden]');
			expect(everything).not.toContain(kibana.apiKey);
			expect(everything).not.toContain(secret);
		}
	});
});
