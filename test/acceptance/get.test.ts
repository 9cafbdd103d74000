/** Get: from items to entities, on both generations. */
import type { IDataObject, INodeParameters } from 'n8n-workflow';

import type { TestKibana } from '../../sandbox/kibana/server';
import { request } from '../../sandbox/kibana/request';
import {
	callListSearch,
	runNode,
	type EngineResult,
	type EngineRun,
} from '../../sandbox/n8n/engine';
import { withBothGenerations } from './kibanas';
import { jsonOf, nodeOn } from './run';

let kibana: TestKibana;
let first: TestKibana;

withBothGenerations((v2, v1) => {
	kibana = v2;
	first = v1;
});

const byId = (
	id: string,
	options: IDataObject = {},
	more: INodeParameters = {},
): INodeParameters => ({
	resource: 'entity',
	operation: 'get',
	entityType: 'user',
	findBy: 'id',
	entityId: { __rl: true, mode: 'id', value: id },
	options: options as INodeParameters,
	...more,
});

const byFields = (
	matchFields: IDataObject,
	options: IDataObject = {},
	more: INodeParameters = {},
): INodeParameters => ({
	resource: 'entity',
	operation: 'get',
	entityType: 'user',
	findBy: 'fields',
	matchFields: matchFields as INodeParameters,
	options: options as INodeParameters,
	...more,
});

const run = async (
	items: EngineRun['items'],
	parameters: INodeParameters,
	{ on = kibana, onError = 'continueErrorOutput' as EngineRun['onError'] } = {},
): Promise<EngineResult> => await runNode({ ...nodeOn(on), items, parameters, onError });

const JANE = {
	entity: {
		id: 'user:jane@example.com@okta',
		name: 'Jane Doe',
		risk: { calculated_level: 'High', calculated_score_norm: 81.5 },
		attributes: { watchlists: ['vip'] },
		lifecycle: {
			first_seen: '2026-01-02T03:04:05.000Z',
			last_seen: '2026-02-02T03:04:05.000Z',
		},
	},
	user: { email: ['jane@example.com'], name: 'jane', domain: ['corp'] },
	asset: { criticality: 'high_impact', owner: 'finance' },
};

const OF_JANE = {
	entityId: 'user:jane@example.com@okta',
	entityType: 'user',
	name: 'Jane Doe',
	riskLevel: 'High',
	riskScore: 81.5,
	criticality: 'high_impact',
	watchlists: ['vip'],
	firstSeen: '2026-01-02T03:04:05.000Z',
	lastSeen: '2026-02-02T03:04:05.000Z',
};

const writeV1 = async (type: string, record: object) => {
	const path = '/api/entity_store/entities/bulk?force=true';
	const body = { entities: [{ type, record }] };
	const { status } = await request(first, { method: 'PUT', path, body });
	expect(status).toBe(200);
};

describe('Get by ID', () => {
	it('returns the short form of the entity of each item', async () => {
		kibana.seed('user', JANE);
		const { outputs } = await run([{ id: OF_JANE.entityId }], byId('={{ $json.id }}'));
		expect(jsonOf(outputs[0])).toEqual([OF_JANE]);
		expect(outputs[0]?.[0]?.pairedItem).toEqual({ item: 0 });
	});

	it('says null where Kibana knows nothing', async () => {
		kibana.seed('host', { host: { name: 'web-01' } });
		const { outputs } = await run([{}], byId('host:web-01', {}, { entityType: 'host' }));
		expect(jsonOf(outputs[0])).toEqual([
			{
				entityId: 'host:web-01',
				entityType: 'host',
				name: null,
				riskLevel: null,
				riskScore: null,
				criticality: null,
				watchlists: [],
				firstSeen: null,
				lastSeen: null,
			},
		]);
	});

	it('returns the stored document where Simplify is off', async () => {
		kibana.seed('user', JANE);
		const { outputs } = await run([{}], byId(OF_JANE.entityId, {}, { simplify: false }));
		expect(jsonOf(outputs[0])).toMatchObject([JANE]);
	});

	it('returns what the first generation lists, in the same short form', async () => {
		await writeV1('user', {
			entity: { id: 'jane', risk: { calculated_level: 'Low', calculated_score_norm: 12 } },
			user: { name: 'jane', email: ['jane@example.com'] },
			asset: { criticality: 'low_impact' },
		});
		const short = {
			entityId: 'jane',
			entityType: 'user',
			riskLevel: 'Low',
			riskScore: 12,
			criticality: 'low_impact',
		};
		const found = await run([{}], byId('jane'), { on: first });
		expect(jsonOf(found.outputs[0])).toMatchObject([short]);
		const byMail = await run([{}], byFields({ email: 'jane@example.com' }), { on: first });
		expect(jsonOf(byMail.outputs[0])).toMatchObject([short]);
	});

	it('fails the item alone whose entity is missing, whose ID is missing, or whose expression fails', async () => {
		kibana.seed('user', JANE);
		const { outputs } = await run(
			[{ id: OF_JANE.entityId }, { id: 'user:nobody@unknown' }, {}, { id: 7 }],
			byId('={{ $json.id === 7 ? $("Nowhere").item.json.id : $json.id }}'),
		);
		expect(jsonOf(outputs[0])).toHaveLength(1);
		expect(jsonOf(outputs[1]).map(({ error, details }) => [error, details])).toEqual([
			[
				'Kibana has no such entity',
				expect.objectContaining({ entityId: 'user:nobody@unknown', reason: 'notFound' }),
			],
			['The item has no entity ID', expect.objectContaining({ reason: 'invalidRecord' })],
			[expect.stringContaining('An expression failed: '), expect.anything()],
		]);
	});

	it('stops the workflow with the cause where On Error says so', async () => {
		const { error } = await run([{}, {}], byId('user:nobody@unknown'), {
			onError: 'stopWorkflow',
		});
		expect(error?.message).toBe('Kibana has no such entity');
	});

	it('passes the item on with found: false where the option says so', async () => {
		const { outputs } = await run(
			[{ id: 'user:nobody@unknown', alert: 5 }],
			byId('={{ $json.id }}', { notFound: 'pass' }),
		);
		expect(jsonOf(outputs[0])).toEqual([{ id: 'user:nobody@unknown', alert: 5, found: false }]);
	});

	it('puts the entity into the item under the key given', async () => {
		kibana.seed('user', JANE);
		const { outputs } = await run(
			[{ id: OF_JANE.entityId, alert: 5 }],
			byId('={{ $json.id }}', { putInto: 'who' }),
		);
		expect(jsonOf(outputs[0])).toEqual([{ id: OF_JANE.entityId, alert: 5, who: OF_JANE }]);
	});
});

describe('Get by fields', () => {
	it('finds a person in every identity provider', async () => {
		kibana.seed('user', JANE);
		kibana.seed('user', {
			entity: { id: 'user:jane@example.com@entra_id' },
			user: { email: ['other@example.com', 'jane@example.com'] },
		});
		kibana.seed('user', { entity: { id: 'user:bob@okta' }, user: { name: 'bob' } });
		const { outputs } = await run([{}], byFields({ email: 'jane@example.com' }));
		expect(jsonOf(outputs[0]).map(({ entityId }) => entityId)).toEqual([
			'user:jane@example.com@entra_id',
			'user:jane@example.com@okta',
		]);
	});

	it('returns only entities of the type, of which others may have the same name', async () => {
		kibana.seed('user', { entity: { id: 'user:atlas@okta', name: 'atlas' } });
		kibana.seed('host', { entity: { id: 'host:atlas', name: 'atlas' }, host: { name: 'atlas' } });
		kibana.seed('generic', { entity: { id: 'arn:atlas', name: 'atlas' } });
		for (const [entityType, id] of [
			['user', 'user:atlas@okta'],
			['host', 'host:atlas'],
			['generic', 'arn:atlas'],
		] as const) {
			const { outputs } = await run([{}], byFields({ entityName: 'atlas' }, {}, { entityType }));
			expect(jsonOf(outputs[0]).map(({ entityId }) => entityId)).toEqual([id]);
		}
	});

	it('wants all the values given, and leaves out those that an item lacks', async () => {
		kibana.seed('user', JANE);
		kibana.seed('user', {
			entity: { id: 'user:jane@lab@unknown' },
			user: { name: 'jane', domain: ['lab'] },
		});
		const { outputs } = await run(
			[{ name: 'jane', domain: 'corp' }, { name: 'jane' }],
			byFields({ userName: '={{ $json.name }}', userDomain: '={{ $json.domain }}' }),
		);
		expect(outputs[0]?.map(({ json, pairedItem }) => [json.entityId, pairedItem])).toEqual([
			['user:jane@example.com@okta', { item: 0 }],
			['user:jane@lab@unknown', { item: 1 }],
			['user:jane@example.com@okta', { item: 1 }],
		]);
	});

	it('finds by the ID that follows from the fields what is stored without them', async () => {
		kibana.seed('host', { entity: { id: 'host:web-01' } });
		kibana.seed('user', { entity: { id: 'user:jane@h-1@local' } });
		const host = await run([{}], byFields({ hostName: 'web-01' }, {}, { entityType: 'host' }));
		expect(jsonOf(host.outputs[0])).toMatchObject([{ entityId: 'host:web-01' }]);
		const local = await run([{}], byFields({ userName: 'jane', hostId: 'h-1' }));
		expect(jsonOf(local.outputs[0])).toMatchObject([{ entityId: 'user:jane@h-1@local' }]);
	});

	it('returns the one with the highest risk where the option says so', async () => {
		kibana.seed('user', JANE);
		kibana.seed('user', {
			entity: { id: 'user:jane@example.com@unknown' },
			user: { email: ['jane@example.com'] },
		});
		const { outputs } = await run(
			[{}],
			byFields({ email: 'jane@example.com' }, { several: 'highestRisk' }),
		);
		expect(jsonOf(outputs[0])).toEqual([OF_JANE]);
	});

	it('returns the resolved target in place of its aliases', async () => {
		const relationships = { resolution: { resolved_to: OF_JANE.entityId } };
		kibana.seed('user', { ...JANE, user: { email: ['jane.doe@example.com'] } });
		for (const source of ['unknown', 'entra_id']) {
			const id = `user:jane@example.com@${source}`;
			kibana.seed('user', { entity: { id, relationships }, user: { email: ['jane@example.com'] } });
		}
		const { outputs } = await run(
			[{}],
			byFields({ email: 'jane@example.com' }, { several: 'target' }),
		);
		expect(jsonOf(outputs[0])).toEqual([OF_JANE]);
	});

	it('finds the same on the first generation, where the name is the ID', async () => {
		await writeV1('user', { entity: { id: 'jane' } });
		await writeV1('host', { entity: { id: 'web-01' }, host: { name: 'x', ip: ['10.0.0.5'] } });
		const user = await run([{}], byFields({ userName: 'jane' }), { on: first });
		expect(jsonOf(user.outputs[0])).toMatchObject([{ entityId: 'jane' }]);
		const host = await run([{}], byFields({ hostIp: '10.0.0.5' }, {}, { entityType: 'host' }), {
			on: first,
		});
		expect(jsonOf(host.outputs[0])).toMatchObject([{ entityId: 'web-01', entityType: 'host' }]);
	});

	it('fails an item without any value', async () => {
		const { outputs } = await run([{}], byFields({ email: '={{ $json.mail }}' }));
		expect(jsonOf(outputs[1])).toMatchObject([
			{ error: 'No field to find the entity by has a value', details: { reason: 'invalidRecord' } },
		]);
	});
});

describe('the requests of Get', () => {
	const count = 10_000;

	it.each([
		['by ID', byId('={{ $json.id }}'), 250],
		['by email', byFields({ email: '={{ $json.mail }}' }), 250],
	])(
		'are shared: %s, 10,000 items take hundreds',
		async (_, parameters, most) => {
			const items = Array.from({ length: count }, (_item, index) => ({
				id: `user:user-${index}@example.com@okta`,
				mail: `user-${index}@example.com`,
			}));
			for (const { id, mail } of items.slice(0, 50)) {
				kibana.seed('user', { entity: { id }, user: { email: [mail] } });
			}
			const { outputs } = await run(items, parameters);
			expect(outputs[0]).toHaveLength(50);
			expect(outputs[1]).toHaveLength(count - 50);
			expect(kibana.listRequests().length).toBeLessThanOrEqual(most);
		},
		60_000,
	);

	it('ask once for what many items ask for', async () => {
		kibana.seed('user', JANE);
		const items = Array.from({ length: 1_000 }, () => ({ mail: 'jane@example.com' }));
		const { outputs } = await run(items, byFields({ email: '={{ $json.mail }}' }));
		expect(outputs[0]).toHaveLength(1_000);
		expect(kibana.listRequests()).toHaveLength(1);
	});

	it('halt in the space that the key may not read, and go on in the others', async () => {
		const readable = ['soc', 'hr', 'lab', 'it'];
		for (const at of readable) kibana.seed('user', JANE, at);
		kibana.setFaults(({ route, path }) =>
			route === 'list' && path?.startsWith('/s/secret/')
				? { status: 403, body: '{"message":"not here"}' }
				: undefined,
		);
		const space = { __rl: true, mode: 'id', value: '={{ $json.at }}' };
		const items = ['secret', ...readable, 'secret'].map((at) => ({ at }));
		const { outputs } = await run(items, byId(JANE.entity.id, { maxRetries: 0 }, { space }));
		const paired = (of = outputs[0]) => of?.map(({ pairedItem }) => pairedItem);
		expect(paired()).toEqual([1, 2, 3, 4].map((item) => ({ item })));
		expect(paired(outputs[1])).toEqual([{ item: 0 }, { item: 5 }]);
		expect(new Set(jsonOf(outputs[1]).map(({ error }) => error))).toEqual(
			new Set(['The credential lacks the privilege for this: not here']),
		);
	});

	it('are repeated after a temporary failure, and halt where no request can succeed', async () => {
		kibana.seed('user', JANE);
		kibana.answerNextOn('list', { status: 503 }, { status: 200, body: '<html>', foreign: true });
		const parameters = byId(OF_JANE.entityId, { maxRetries: 3 });
		expect(jsonOf((await run([{}], parameters)).outputs[0])).toEqual([OF_JANE]);
		const denied = await run([{}], parameters, {
			on: { ...kibana, apiKey: kibana.unprivilegedApiKey },
		});
		expect(jsonOf(denied.outputs[1])).toMatchObject([{ details: { reason: 'forbidden' } }]);
	});
});

describe('the list of entities in the editor', () => {
	const search = async (on: TestKibana, filter?: string) => {
		const { node, ...setup } = nodeOn(on);
		const { results } = await callListSearch(node, 'searchEntities', {
			...setup,
			parameters: byId(''),
			...(filter !== undefined && { filter }),
		});
		return results;
	};

	it('names entities and finds them by a part of their name or ID, in any case', async () => {
		kibana.seed('user', JANE);
		kibana.seed('user', { entity: { id: 'user:bob@okta' }, user: { name: 'bob' } });
		const jane = { name: 'Jane Doe (user:jane@example.com@okta)', value: OF_JANE.entityId };
		expect(await search(kibana)).toEqual([{ name: 'user:bob@okta', value: 'user:bob@okta' }, jane]);
		expect(await search(kibana, 'jane d')).toEqual([jane]);
		expect(await search(kibana, 'JANE@')).toEqual([jane]);
		expect(await search(kibana, 'nobody')).toEqual([]);
	});

	it('does so on the first generation', async () => {
		await writeV1('user', { entity: { id: 'jane' } });
		await writeV1('host', { entity: { id: 'janes-laptop' } });
		expect(await search(first, 'JAN')).toEqual([{ name: 'jane', value: 'jane' }]);
	});
});
