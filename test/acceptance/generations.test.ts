/** The node on the second generation of the API, and the detection of the generation. */
import fc from 'fast-check';
import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import {
	startKibana,
	type KibanaOptions,
	type ScriptedAnswer,
	type TestKibana,
} from '../../sandbox/kibana/server';
import { digestOf } from '../../sandbox/kibana/v2/euid';
import { runNode, startRun, type EngineResult, type EngineRun } from '../../sandbox/n8n/engine';
import { automatic, json, jsonOf, mapping, nodeOn } from './run';

let kibana: TestKibana;
const others: TestKibana[] = [];

const startOther = async (options: KibanaOptions): Promise<TestKibana> => {
	const other = await startKibana(options);
	others.push(other);
	return other;
};

beforeAll(async () => {
	kibana = await startKibana({ api: 'v2' });
});

afterEach(async () => {
	kibana.clear();
	await Promise.all(others.splice(0).map(async (other) => await other.stop()));
});

afterAll(async () => await kibana.stop());

const run = async (
	items: EngineRun['items'],
	parameters: EngineRun['parameters'],
	{
		onError = 'continueErrorOutput',
		on = kibana,
	}: { onError?: EngineRun['onError']; on?: TestKibana } = {},
): Promise<EngineResult> => await runNode({ ...nodeOn(on), items, parameters, onError });

const statusesOf = (items: INodeExecutionData[] | undefined) =>
	jsonOf(items).map(({ status }) => status);

const names = (count: number): IDataObject[] =>
	Array.from({ length: count }, (_, index) => ({ name: `host-${index}` }));

const hosts = (options: IDataObject = {}, operation = 'upsert') =>
	mapping({ 'host.name': '={{ $json.name }}', 'entity.attributes.managed': true }, options, {
		entityType: 'host',
		operation,
	});

const MANAGED = { entity: { attributes: { managed: true } } };

const seedHosts = (count: number, on = kibana): void => {
	for (let index = 0; index < count; index += 1) {
		on.seed('host', { ...MANAGED, host: { name: `host-${index}` } });
	}
};

const reasonsOf = (items: INodeExecutionData[] | undefined) =>
	jsonOf(items).map(({ details }) => (details as IDataObject).reason);

describe('Create or Update (second generation)', () => {
	it('updates what exists, creates what is missing, and names both as Kibana does', async () => {
		kibana.seed('user', {
			entity: { id: 'user:jane@example.com@unknown', attributes: { managed: false } },
			user: { email: ['jane@example.com'], roles: ['old'] },
		});
		const { outputs, hints } = await run(
			[{ mail: 'jane@example.com' }, { mail: 'bob@example.com' }],
			mapping(
				{
					'user.email': '={{ $json.mail }}',
					'entity.attributes.managed': true,
					'entity.source': 'okta',
					labels: '={{ {"team": "soc"} }}',
				},
				{ force: true },
			),
		);
		expect(jsonOf(outputs[0])).toEqual([
			{ entityId: 'user:jane@example.com@unknown', entityType: 'user', status: 'updated' },
			{ entityId: 'user:bob@example.com@unknown', entityType: 'user', status: 'created' },
		]);
		expect(kibana.entities('user').map(({ record }) => record)).toEqual([
			{
				entity: {
					id: 'user:jane@example.com@unknown',
					EngineMetadata: { Type: 'user' },
					attributes: { managed: true },
					source: ['okta'],
				},
				user: { email: ['jane@example.com'], roles: ['old'] },
				labels: { team: 'soc' },
			},
			{
				entity: {
					id: 'user:bob@example.com@unknown',
					EngineMetadata: { Type: 'user' },
					name: 'user:bob@example.com@unknown',
					attributes: { managed: true },
					source: ['okta'],
				},
				user: { email: ['bob@example.com'] },
				labels: { team: 'soc' },
			},
		]);
		expect(hints.map(({ message }) => message)).toEqual([
			'Kibana created 1 and updated 1 of 2 entities in 2 requests',
		]);
	});

	it('accepts the same mapping on both generations, each with its own IDs', async () => {
		const first = await startOther({ api: 'v1' });
		const mapped = mapping(
			{
				'user.name': '={{ $json.login }}',
				'host.name': '={{ $json.host }}',
				'service.name': '={{ $json.service }}',
				'entity.id': '={{ $json.arn }}',
				'entity.source': 'inventory',
			},
			{ force: true },
			{ entityType: '={{ $json.type }}' },
		);
		const items = [
			{ type: 'user', login: 'alice' },
			{ type: 'host', host: 'web-01' },
			{ type: 'service', service: 'api' },
			{ type: 'generic', arn: 'arn:aws:s3:::bucket' },
		];
		const idsOn = async (on: TestKibana) => {
			const { outputs } = await run(items, mapped, { on });
			const stored = on.entities().map(({ id }) => id);
			const reported = jsonOf(outputs[0]).map(({ entityId }) => entityId);
			expect([...stored].sort()).toEqual([...reported].sort());
			return reported;
		};
		expect(await idsOn(first)).toEqual(['alice', 'web-01', 'api', 'arn:aws:s3:::bucket']);
		expect(await idsOn(kibana)).toEqual([
			'user:alice@unknown',
			'host:web-01',
			'service:api',
			'arn:aws:s3:::bucket',
		]);
	});

	it('creates several at a time, and no more than Create Concurrency allows', async () => {
		const slow = await startOther({ api: 'v2', refreshDelayMs: 30 });
		const { outputs } = await run(names(40), hosts({ createConcurrency: 5 }), { on: slow });
		expect(statusesOf(outputs[0])).toEqual(names(40).map(() => 'created'));
		const created = slow.createRequests();
		expect(created).toHaveLength(40);
		const inFlightAt = (moment: number) =>
			created.filter(({ startedAt, endedAt }) => startedAt <= moment && moment < endedAt).length;
		expect(Math.max(...created.map(({ startedAt }) => inFlightAt(startedAt)))).toBe(5);
	});

	it('writes the records of one entity in item order, also while it is being created', async () => {
		const { outputs } = await run(
			[
				{ name: 'a', owner: 'first' },
				{ name: 'b', owner: 'x' },
				{ name: 'a', owner: 'second' },
				{ name: 'a', owner: 'third' },
			],
			mapping(
				{ 'host.name': '={{ $json.name }}', 'asset.owner': '={{ $json.owner }}' },
				{ force: true, concurrency: 10, createConcurrency: 10 },
				{ entityType: 'host' },
			),
		);
		expect(statusesOf(outputs[0])).toEqual(['created', 'created', 'updated', 'updated']);
		expect(kibana.entities('host').map(({ record }) => record.asset)).toEqual([
			{ owner: 'third' },
			{ owner: 'x' },
		]);
	});

	it('does not bypass Kibana’s protection by creating: the item names the switch', async () => {
		const { outputs } = await run(
			[{ name: 'a' }],
			mapping(
				{ 'host.name': '={{ $json.name }}', 'host.ip': '10.0.0.1' },
				{},
				{ entityType: 'host' },
			),
		);
		expect(jsonOf(outputs[1])[0]).toMatchObject({
			error: 'Protected by Kibana: host.ip',
			message: expect.stringContaining('Turn on "Write Protected Fields"'),
		});
		expect(kibana.bulkRequests()).toHaveLength(0);
		expect(kibana.createRequests()).toHaveLength(0);
	});

	it('reaches users that Kibana found in logs, by ID alone, and cannot create them', async () => {
		kibana.seed('user', {
			entity: { id: 'user:alice@example.com@okta' },
			user: { email: ['alice@example.com'] },
		});
		const { outputs } = await run(
			[{ mail: 'alice@example.com' }, { mail: 'new@example.com' }],
			mapping(
				{ 'user.email': '={{ $json.mail }}', 'entity.attributes.watchlists': 'vip' },
				{ identityProvider: 'okta' },
			),
		);
		expect(jsonOf(outputs[0])).toEqual([
			{ entityId: 'user:alice@example.com@okta', entityType: 'user', status: 'updated' },
		]);
		expect(jsonOf(outputs[1])[0]).toMatchObject({
			error: expect.stringContaining('users of an identity provider cannot be created'),
			details: {
				entityId: 'user:new@example.com@okta',
				reason: 'notCreatable',
			},
		});
		expect(kibana.createRequests()).toHaveLength(0);
		expect(kibana.entities('user')).toMatchObject([
			{ record: { entity: { attributes: { watchlists: ['vip'] } } } },
		]);
	});

	it.each([
		['custom', { customIdentityProvider: 'ping_one' }, 'user:alice@example.com@ping_one'],
		['entra_id', {}, 'user:alice@example.com@entra_id'],
		['active_directory', {}, 'user:alice@example.com@active_directory'],
		['microsoft_365', {}, 'user:alice@example.com@microsoft_365'],
	])('knows the identity provider %s', async (identityProvider, more, id) => {
		kibana.seed('user', { entity: { id } });
		const { outputs } = await run(
			[{}],
			mapping({ 'user.email': 'alice@example.com' }, { identityProvider, ...more }),
		);
		expect(jsonOf(outputs[0])).toMatchObject([{ entityId: id, status: 'unchanged' }]);
	});

	it('identifies local accounts by name and host, and never sends the host', async () => {
		kibana.seed('user', { entity: { id: 'user:alice@h-1@local' } });
		const mapped = { 'user.name': 'alice', 'host.id': 'h-1' };
		const { outputs } = await run([{}], mapping(mapped, { identityProvider: 'local' }));
		expect(jsonOf(outputs[0])).toMatchObject([{ entityId: 'user:alice@h-1@local' }]);
		const without = await run([{}], mapping(mapped));
		expect(jsonOf(without.outputs[1])[0]?.error).toMatch(/^host\.id only names local accounts/);
	});

	it('says what to map when the ID and the names contradict each other', async () => {
		const { outputs } = await run(
			[{}],
			mapping({ 'entity.id': 'user:jane@example.com@okta', 'user.email': 'jane@example.com' }),
		);
		expect(jsonOf(outputs[1])[0]).toMatchObject({
			error:
				'entity.id does not agree with user.email, for which this Kibana has the ID "user:jane@example.com@unknown"',
			message: expect.stringContaining('leave user.email, user.id and user.name out'),
			details: { reason: 'invalidRecord', fields: ['entity.id'] },
		});
	});

	it('says what to map when an entity cannot be created from its ID alone', async () => {
		const { outputs } = await run(
			[{}],
			mapping({ 'entity.id': 'web-01' }, {}, { entityType: 'host' }),
		);
		expect(jsonOf(outputs[1])[0]).toMatchObject({
			message: 'Map one of host.id, host.name, host.hostname, and leave Entity ID out',
			details: { reason: 'notCreatable' },
		});
	});

	it('names the field that this Kibana does not know, and drops no field without a hint', async () => {
		const manual = await run(
			[{}],
			mapping({ 'user.name': 'alice', 'entity.attributes.privileged': true }),
		);
		expect(jsonOf(manual.outputs[1])[0]).toMatchObject({
			error: expect.stringMatching(/^entity\.attributes\.privileged is not known to this Kibana/),
			details: { fields: ['entity.attributes.privileged'] },
		});
		const { hints } = await run(
			[{ user: { name: 'alice' }, 'entity.attributes.privileged': true, note: 'x' }],
			automatic(),
		);
		expect(hints.map(({ message }) => message).slice(0, 2)).toEqual([
			'Ignored: not entity fields: note',
			'Ignored: known only to other versions of Kibana: entity.attributes.privileged',
		]);
	});

	it('shows the document in a dry run', async () => {
		const { outputs } = await run([{ name: 'a' }], hosts({ dryRun: true }));
		expect(jsonOf(outputs[0])).toEqual([
			{
				entityId: 'host:a',
				entityType: 'host',
				status: 'dryRun',
				chunk: 1,
				record: { entity: { id: 'host:a', attributes: { managed: true } }, host: { name: 'a' } },
			},
		]);
		expect(kibana.requests.map(({ method }) => method)).toEqual(['GET']);
	});
});

describe('Create and Update', () => {
	it('Update never creates: a missing entity is an error of its item', async () => {
		seedHosts(1);
		const { outputs } = await run(names(2), hosts({}, 'update'));
		expect(statusesOf(outputs[0])).toEqual(['updated']);
		expect(jsonOf(outputs[1])[0]).toMatchObject({
			name: 'host-1',
			error: expect.stringMatching(/^Kibana has no such entity: document_missing_exception/),
			details: { reason: 'notFound', httpStatus: 404, entityId: 'host:host-1' },
		});
		expect(kibana.createRequests()).toHaveLength(0);
	});

	it('Create never updates: an existing entity is an error of its item', async () => {
		seedHosts(1);
		const { outputs } = await run(names(2), hosts({}, 'create'));
		expect(statusesOf(outputs[0])).toEqual(['created']);
		expect(jsonOf(outputs[1])[0]).toMatchObject({
			name: 'host-0',
			details: {
				reason: 'alreadyExists',
				httpStatus: 409,
				serverMessage: "Entity ID 'host:host-0' already exists",
			},
		});
		expect(kibana.bulkRequests()).toHaveLength(0);
	});

	it('Create does not report its own entity as existing when an answer was lost', async () => {
		kibana.answerNextOn('create', { reset: 'after' });
		const { outputs } = await run(names(1), hosts({}, 'create'));
		expect(jsonOf(outputs[1])[0]).toMatchObject({
			error: expect.stringMatching(/exists already.*An earlier answer was lost/),
			details: { status: 'unknown' },
		});
	});

	it.each(['create', 'update'])('%s is not possible on the first generation', async (operation) => {
		const first = await startOther({ api: 'v1' });
		const { outputs } = await run(names(2), hosts({}, operation), { on: first });
		expect(reasonsOf(outputs[1])).toEqual(['invalidSetting', 'invalidSetting']);
		expect(jsonOf(outputs[1])[0]?.message).toMatch(/^Choose the operation "Create or Update"/);
		expect(first.bulkRequests()).toHaveLength(0);
	});
});

describe('the answer to a bulk update', () => {
	it('fails only what Elasticsearch refused, with its reason', async () => {
		seedHosts(3);
		const { outputs } = await run(
			[
				{ name: 'host-0', ip: '10.0.0.1' },
				{ name: 'host-1', ip: 'nonsense' },
				{ name: 'host-2', ip: '::1' },
			],
			mapping(
				{ 'host.name': '={{ $json.name }}', 'host.ip': '={{ $json.ip }}' },
				{ force: true },
				{ entityType: 'host' },
			),
		);
		expect(statusesOf(outputs[0])).toEqual(['updated', 'updated']);
		expect(jsonOf(outputs[1])).toMatchObject([
			{
				name: 'host-1',
				error: expect.stringMatching(
					/^Elasticsearch refused the entity: document_parsing_exception/,
				),
				details: { reason: 'refused', httpStatus: 400, entityId: 'host:host-1' },
			},
		]);
		expect(kibana.bulkRequests()).toHaveLength(1);
	});

	it.each([409, 429, 503])('retries only the record that met %d', async (status) => {
		seedHosts(3);
		kibana.failItems(({ id, attempt }) =>
			id === 'host:host-1' && attempt < 3 ? { status, type: 'some_exception' } : undefined,
		);
		const { outputs } = await run(names(3), hosts());
		expect(statusesOf(outputs[0])).toEqual(['updated', 'updated', 'updated']);
		expect(kibana.bulkRequests().map(({ rows }) => rows.map(({ id }) => id))).toEqual([
			['host:host-0', 'host:host-1', 'host:host-2'],
			['host:host-1'],
			['host:host-1'],
		]);
	});

	it('reads the MD5 digests of early builds', async () => {
		const early = await startOther({ api: 'v2', digest: 'md5' });
		seedHosts(2, early);
		early.failItems(({ id }) => (id === 'host:host-1' ? { status: 400 } : undefined));
		const { outputs } = await run(names(3), hosts(), { on: early });
		expect(statusesOf(outputs[0])).toEqual(['updated', 'created']);
		expect(jsonOf(outputs[1])).toMatchObject([{ name: 'host-1', details: { httpStatus: 400 } }]);
	});

	type Errors = Array<Record<string, unknown>>;
	const withErrors = (change: (errors: Errors) => unknown): ScriptedAnswer => ({
		edit: ({ body }) => {
			const { errors } = body as { errors: Errors };
			return { body: { ok: true, errors: change(errors) } };
		},
	});
	const missing = (name: string, status = 404) => ({
		_id: digestOf(`host:${name}`, 'sha256'),
		status,
		type: 'document_missing_exception',
	});

	it.each<[string, ScriptedAnswer]>([
		['an error of an entity that was not sent', withErrors((errors) => [...errors, missing('x')])],
		['one error twice', withErrors(() => [missing('host-1', 400), missing('host-1', 400)])],
		['more errors than records', withErrors(() => names(9).map((_, at) => missing(`${at}`)))],
		['an error that is a success', withErrors(() => [missing('host-0', 200)])],
		['a digest of another kind', withErrors(() => [{ _id: 'host-1', status: 400 }])],
	])('is not believed with %s: the records are asked about again', async (_, answer) => {
		seedHosts(4);
		kibana.answerNext(answer);
		const { outputs } = await run(names(4), hosts());
		expect(statusesOf(outputs[0])).toEqual(['updated', 'updated', 'updated', 'updated']);
		expect(kibana.bulkRequests().map(({ rows }) => rows.length)).toEqual([4, 2, 2]);
	});

	it.each<[string, ScriptedAnswer]>([
		['no list of errors', { status: 200, body: '{"ok":true}' }],
		['a page', { status: 200, body: '<html>Sign in</html>' }],
		['nothing', { status: 200, body: '' }],
		['errors that are no objects', withErrors(() => ['no'])],
		['an error without a status', withErrors(() => [{ _id: 'x' }])],
		['success in another status', { status: 202, body: '{"ok":true,"errors":[]}' }],
	])(
		'is not a success with %s: the request is repeated as after a lost answer',
		async (_, answer) => {
			seedHosts(2);
			kibana.answerNext(answer, answer);
			const repeated = await run(names(2), hosts());
			expect(statusesOf(repeated.outputs[0])).toEqual(['updated', 'updated']);
			expect(kibana.bulkRequests()).toHaveLength(3);

			kibana.answerNext(answer);
			const { outputs } = await run(names(2), hosts({ maxRetries: 0 }));
			expect(outputs[0]).toHaveLength(0);
			expect(jsonOf(outputs[1])).toMatchObject(
				names(2).map(() => ({ details: { status: 'unknown', reason: 'unexpectedAnswer' } })),
			);
		},
	);

	it('finds the rejected row of a request when the answer does not name it', async () => {
		seedHosts(60);
		kibana.refuse(({ record }) =>
			(record.host as IDataObject).name === 'host-33'
				? { status: 400, message: 'Could not derive EUID from document or find it in entity.id' }
				: undefined,
		);
		const { outputs } = await run(names(60), hosts());
		expect(outputs[0]).toHaveLength(59);
		expect(jsonOf(outputs[1])).toMatchObject([
			{
				name: 'host-33',
				message: expect.stringMatching(/^Kibana names the entity by other fields/),
			},
		]);
		expect(kibana.bulkRequests().length).toBeLessThanOrEqual(1 + 2 * Math.ceil(Math.log2(60)));
	});
});

describe('creation', () => {
	it('updates what another client has created in the meantime', async () => {
		kibana.answerNextOn('create', {
			edit: () => ({
				status: 409,
				body: {
					statusCode: 409,
					error: 'Conflict',
					message: "Entity ID 'host:host-0' already exists",
				},
			}),
		});
		const { outputs } = await run(names(2), hosts({ createConcurrency: 1 }));
		expect(statusesOf(outputs[0])).toEqual(['updated', 'created']);
		expect(kibana.entities('host')).toHaveLength(2);
	});

	it.each<[string, ScriptedAnswer]>([
		['500 right after the installation', { status: 500, body: '{"message":"initialising"}' }],
		['429', { status: 429 }],
		['a reset before the work', { reset: 'before' }],
		['a reset after the work', { reset: 'after' }],
	])('waits out %s', async (_, answer) => {
		kibana.answerNextOn('create', answer);
		const { outputs } = await run(names(3), hosts());
		expect(outputs[0]).toHaveLength(3);
		expect(kibana.entities('host')).toHaveLength(3);
	});

	it('fails a refused entity alone', async () => {
		kibana.refuse(({ record }) =>
			(record.host as IDataObject).name === 'host-1'
				? { status: 400, message: 'not this one' }
				: undefined,
		);
		const { outputs } = await run(names(3), hosts({}, 'create'));
		expect(statusesOf(outputs[0])).toEqual(['created', 'created']);
		expect(jsonOf(outputs[1])).toMatchObject([{ name: 'host-1' }]);
	});

	it('is not a success with any other answer', async () => {
		kibana.answerNextOn('create', { status: 200, body: '{"ok":false}' }, { status: 201 });
		const { outputs } = await run(names(2), hosts({ maxRetries: 0 }, 'create'));
		expect(reasonsOf(outputs[1])).toEqual(['unexpectedAnswer', 'unexpectedAnswer']);
	});
});

describe('a Kibana whose store is not installed', () => {
	it('gets one request, and every item says where to install it', async () => {
		const bare = await startOther({ api: 'v2', installed: false });
		const { outputs } = await run(names(30), hosts({ chunkSize: 10, concurrency: 1 }), {
			on: bare,
		});
		expect(reasonsOf(outputs[1])).toEqual(names(30).map(() => 'notInstalled'));
		expect(jsonOf(outputs[1])[0]?.message).toMatch(/^Install the entity store in Kibana/);
		expect(bare.bulkRequests()).toHaveLength(1);
	});
});

describe('the generation', () => {
	const SERVERLESS = { flavor: 'serverless' as const, version: '9.0.0' };
	it.each<[string, KibanaOptions, 'accepted' | 'created', number]>([
		['9.3', { api: 'v1', version: '9.3.0' }, 'accepted', 1],
		['9.4', { api: 'v2', version: '9.4.0' }, 'created', 1],
		['9.10', { api: 'v2', version: '9.10.1' }, 'created', 1],
		['10.0', { api: 'v2', version: '10.0.0' }, 'created', 1],
		['the 9.4 development line, which serves both', { api: 'both' }, 'created', 1],
		['Serverless before the change', { api: 'v1', ...SERVERLESS }, 'accepted', 3],
		['Serverless after the change', { api: 'v2', ...SERVERLESS }, 'created', 2],
		['one that hides its version', { api: 'v2', hidesVersion: true }, 'created', 2],
		['an older one that hides its version', { api: 'v1', hidesVersion: true }, 'accepted', 3],
		[
			'9.5, which refuses unknown keys',
			{ api: 'v2', version: '9.5.0', strictKeys: true },
			'created',
			1,
		],
	])('is found out once per execution: %s', async (_, options, status, questions) => {
		const other = await startOther(options);
		const { outputs } = await run(names(20), hosts({ chunkSize: 2 }), { on: other });
		expect(statusesOf(outputs[0])).toEqual(names(20).map(() => status));
		expect(other.requests.filter(({ method }) => method === 'GET')).toHaveLength(questions);
	});

	it('is detected from a 403 too: the route exists', async () => {
		const hidden = await startOther({ api: 'v2', hidesVersion: true });
		const { outputs } = await runNode({
			...nodeOn(hidden, { apiKey: hidden.unprivilegedApiKey }),
			items: names(1),
			parameters: hosts(),
			onError: 'continueErrorOutput',
		});
		expect(reasonsOf(outputs[1])).toEqual(['forbidden']);
		expect(hidden.bulkRequests()).toHaveLength(1);
	});

	it('can be set in the options, and is then not detected', async () => {
		const both = await startOther({ api: 'both' });
		const { outputs } = await run(names(1), hosts({ apiGeneration: 'v1' }), { on: both });
		expect(statusesOf(outputs[0])).toEqual(['accepted']);
		expect(both.requests).toHaveLength(1);
	});

	it.each([
		['v1', 'v2', kibanaOf('v2')],
		['v2', 'v1', kibanaOf('v1')],
	])(
		'reports that %s was tried and %s found when the setting is wrong',
		async (apiGeneration, found, options) => {
			const other = await startOther(options);
			const { outputs } = await run(names(30), hosts({ apiGeneration, chunkSize: 10 }), {
				on: other,
			});
			expect(reasonsOf(outputs[1])).toEqual(names(30).map(() => 'routeMissing'));
			expect(jsonOf(outputs[1])[0]?.message).toMatch(
				new RegExp(
					`^${apiGeneration} \\(Kibana .*\\) was tried, because "API Generation" in the options says so. This Kibana has the routes of ${found} `,
				),
			);
		},
	);

	it('is reported as missing when neither exists', async () => {
		const old = await startOther({ api: 'v1', version: '8.17.4' });
		old.answerNext({
			status: 404,
			body: '{"statusCode":404,"error":"Not Found","message":"Not Found"}',
		});
		const { outputs } = await run(names(1), hosts(), { on: old });
		expect(jsonOf(outputs[1])[0]).toMatchObject({
			message: expect.stringMatching(
				/because Kibana reports version 8\.17\.4, and its status route/,
			),
			details: { reason: 'routeMissing' },
		});
	});

	it('is requested again while Kibana starts', async () => {
		const starting = { status: 503, body: 'Kibana server is not ready yet' };
		kibana.answerNextOn('status', starting, { status: 502, body: '<html>' });
		const { outputs } = await run(names(1), hosts());
		expect(statusesOf(outputs[0])).toEqual(['created']);
	});

	it('fails every item with the cause when it cannot be detected', async () => {
		kibana.answerNextOn('status', { status: 503 }, { status: 503 });
		const { outputs } = await run(names(2), hosts({ maxRetries: 1 }));
		expect(reasonsOf(outputs[1])).toEqual(['overloaded', 'overloaded']);
	});

	it('ends its detection at once when the execution is cancelled during a pause', async () => {
		kibana.answerNextOn('status', { status: 503, headers: { 'retry-after': '50' } });
		const started = startRun({ ...nodeOn(kibana), items: names(1), parameters: hosts() });
		while (kibana.requests.length === 0) await new Promise((done) => setTimeout(done, 5));
		started.cancel();
		expect((await started.result).status).toBe('canceled');
		expect(kibana.bulkRequests()).toHaveLength(0);
	});
});

function kibanaOf(api: 'v1' | 'v2'): KibanaOptions {
	return { api };
}

describe('for any items and any faults of single records', () => {
	it('every item has its outcome, and the store matches', async () => {
		const anyItem = fc.record({
			name: fc.oneof(
				fc.constantFrom('a', 'b', 'c', ''),
				fc.string({ unit: 'binary', minLength: 1, maxLength: 6 }),
			),
			type: fc.constantFrom('user', 'host', 'service', 'generic'),
			managed: fc.constantFrom(true, false, 'maybe', null),
		});
		const anyFault = fc.constantFrom(undefined, undefined, undefined, 400, 404, 429, 500);
		await fc.assert(
			fc.asyncProperty(
				fc.array(anyItem, { minLength: 1, maxLength: 20 }),
				fc.dictionary(fc.constantFrom('a', 'b', 'c'), anyFault),
				fc.subarray(['a', 'b', 'c']),
				fc.integer({ min: 1, max: 7 }),
				async (items, faults, seeded, chunkSize) => {
					kibana.clear();
					for (const name of seeded) kibana.seed('host', { host: { name } });
					kibana.failItems(({ id, attempt }) => {
						const status = faults[id.replace(/^host:/, '')];
						if (status === undefined) return undefined;
						// Temporary faults end; a refusal stays.
						return status === 400 || attempt === 1 ? { status } : undefined;
					});
					const named = (type: string) => `={{ $json.type === "${type}" ? $json.name : "" }}`;
					const { outputs } = await run(
						items,
						mapping(
							{
								'user.name': named('user'),
								'host.name': named('host'),
								'service.name': named('service'),
								'entity.id': named('generic'),
								'entity.attributes.managed': '={{ $json.managed }}',
							},
							{ chunkSize, concurrency: 3, maxRetries: 3 },
							{ entityType: '={{ $json.type }}' },
						),
						{ onError: 'continueRegularOutput' },
					);
					expect(outputs[0]).toHaveLength(items.length);
					const last = new Map<string, boolean | null>();
					for (const [index, { name, type, managed }] of items.entries()) {
						const output = outputs[0]?.[index];
						expect(output?.pairedItem).toEqual({ item: index });
						const stored = ['created', 'updated'].includes(String(output?.json.status));
						if (name === '' || managed === 'maybe') expect(stored).toBe(false);
						if (!stored) continue;
						const euid = String(output?.json.entityId);
						expect(euid).toBe(
							{
								user: `user:${name}@unknown`,
								host: `host:${name}`,
								service: `service:${name}`,
								generic: name,
							}[type],
						);
						if (managed !== null) last.set(euid, managed as boolean);
						else if (!last.has(euid)) last.set(euid, null);
					}
					const documents = new Map(kibana.entities().map(({ id, record }) => [id, record]));
					for (const [euid, managed] of last) {
						const entity = documents.get(euid)?.entity as IDataObject;
						const attributes = entity.attributes as IDataObject | undefined;
						expect(attributes?.managed ?? null).toBe(managed);
					}
				},
			),
			{ numRuns: 30 },
		);
	}, 120_000);

	it('accepts documents as JSON, nested or dotted', async () => {
		for (const document of [
			'={{ {"host.name": $json.name, "entity.attributes.managed": "yes"} }}',
			'={{ { host: { name: $json.name }, entity: { attributes: { managed: true } } } }}',
		]) {
			kibana.clear();
			await run([{ name: 'a' }], json(document, {}, { entityType: 'host' }));
			expect(kibana.entities('host')[0]?.record).toMatchObject({
				entity: { id: 'host:a', attributes: { managed: true } },
			});
		}
	});
});
