/** Get Many: lists on both generations, also of stores that change meanwhile. */
import fc from 'fast-check';
import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { generationNamed } from '../../nodes/KibanaEntityStore/kibana/detect';
import type {
	AskForList,
	Generation,
	ListQuery,
} from '../../nodes/KibanaEntityStore/kibana/generation';
import { PAGE_SIZE } from '../../nodes/KibanaEntityStore/kibana/lookUp';
import type { EntityType, TestKibana } from '../../sandbox/kibana/server';
import { request } from '../../sandbox/kibana/request';
import { runNode, type EngineResult, type EngineRun } from '../../sandbox/n8n/engine';
import { withBothGenerations } from './kibanas';
import { jsonOf, nodeOn } from './run';

let kibana: TestKibana;
let first: TestKibana;

withBothGenerations((v2, v1) => {
	kibana = v2;
	first = v1;
});

const getMany = (more: INodeParameters = {}, options: IDataObject = {}): INodeParameters => ({
	resource: 'entity',
	operation: 'getAll',
	returnAll: true,
	options: options as INodeParameters,
	...more,
});

const run = async (
	parameters: INodeParameters,
	{ on = kibana, items = [{}] as EngineRun['items'] } = {},
): Promise<EngineResult> =>
	await runNode({ ...nodeOn(on), items, parameters, onError: 'continueErrorOutput' });

const idsOf = ({ outputs }: EngineResult) => jsonOf(outputs[0]).map(({ entityId }) => entityId);

const writeV1 = async (entities: ReadonlyArray<{ type: string; record: object }>) => {
	const path = '/api/entity_store/entities/bulk?force=true';
	const { status } = await request(first, { method: 'PUT', path, body: { entities } });
	expect(status).toBe(200);
};

const risk = (calculated_level: string, calculated_score_norm: number) => ({
	calculated_level,
	calculated_score_norm,
});

const seedSome = () => {
	kibana.seed('user', {
		entity: { id: 'user:jane@okta', name: 'Jane', source: ['okta'], risk: risk('High', 80) },
		asset: { criticality: 'high_impact' },
		user: { roles: ['admin'] },
	});
	kibana.seed('user', {
		entity: { id: 'user:bob@okta', name: 'Bob', source: ['okta'], risk: risk('Critical', 95) },
	});
	kibana.seed('host', {
		entity: { id: 'host:web-01', name: 'web-01', source: ['edr'], risk: risk('Low', 10) },
		asset: { criticality: 'extreme_impact' },
	});
	kibana.seed('service', { service: { name: 'api' } });
};

const HIGH = ['user:bob@okta', 'user:jane@okta'];
const ALL_SCORED = ['host:web-01', ...HIGH];

describe('Get Many', () => {
	it('lists all entities in their short form, newest first', async () => {
		seedSome();
		const result = await run(getMany());
		expect(idsOf(result)).toEqual([
			'service:api',
			'host:web-01',
			'user:bob@okta',
			'user:jane@okta',
		]);
		expect(jsonOf(result.outputs[0])[3]).toMatchObject({
			name: 'Jane',
			riskLevel: 'High',
			criticality: 'high_impact',
		});
		expect(result.outputs[0]?.every(({ pairedItem }) => pairedItem !== undefined)).toBe(true);
	});

	it.each<[string, INodeParameters, string[]]>([
		['entity type', { entityTypes: ['user'] }, ['user:bob@okta', 'user:jane@okta']],
		['risk level', { filters: { riskLevelFrom: 'High' } }, ['user:bob@okta', 'user:jane@okta']],
		['risk score', { filters: { riskScoreFrom: 80.5 } }, ['user:bob@okta']],
		['a risk score of 0', { filters: { riskScoreFrom: 0 } }, ALL_SCORED],
		['risk level and score', { filters: { riskLevelFrom: 'High', riskScoreFrom: 10 } }, HIGH],
		['criticality', { filters: { criticality: ['extreme_impact'] } }, ['host:web-01']],
		['source', { filters: { source: 'edr' } }, ['host:web-01']],
		['name', { filters: { nameContains: 'JAN' } }, ['user:jane@okta']],
		[
			'KQL',
			{ filters: { kql: 'user.roles: "admin" or service.name: api' } },
			['service:api', 'user:jane@okta'],
		],
		[
			'several of them together',
			{ entityTypes: ['user'], filters: { riskLevelFrom: 'High', kql: 'not user.roles: *' } },
			['user:bob@okta'],
		],
	])('filters by %s', async (_, parameters, expected) => {
		seedSome();
		expect(idsOf(await run(getMany(parameters)))).toEqual(expected);
	});

	it('finds entities that a client created without their type', async () => {
		const path = '/api/security/entity_store/entities/host';
		await request(kibana, { method: 'POST', path, body: { host: { name: 'made' } } });
		seedSome();
		expect(idsOf(await run(getMany({ entityTypes: ['host'] })))).toEqual([
			'host:web-01',
			'host:made',
		]);
	});

	it('returns as many as the limit says, in one small request', async () => {
		seedSome();
		expect(idsOf(await run(getMany({ returnAll: false, limit: 2 })))).toHaveLength(2);
		expect(kibana.listRequests()).toHaveLength(1);
		expect(kibana.listRequests()[0]?.path).toContain('size=2&');
	});

	it('sorts by any field, by the meaning of levels, with what has no value last', async () => {
		seedSome();
		const byScore = getMany({}, { sortBy: 'entity.risk.calculated_score_norm' });
		const sorted = ['user:bob@okta', 'user:jane@okta', 'host:web-01', 'service:api'];
		expect(idsOf(await run(byScore))).toEqual(sorted);
		expect(idsOf(await run({ ...byScore, returnAll: false, limit: 1 }))).toEqual(['user:bob@okta']);
		const byLevel = getMany({}, { sortBy: 'entity.risk.calculated_level', sortDirection: 'asc' });
		expect(idsOf(await run(byLevel))).toEqual([
			'host:web-01',
			'user:jane@okta',
			'user:bob@okta',
			'service:api',
		]);
	});

	it('returns stored documents where Simplify is off, and only the fields wanted', async () => {
		seedSome();
		const parameters = { entityTypes: ['user'], filters: { source: 'okta' }, simplify: false };
		const whole = await run(getMany(parameters));
		expect(jsonOf(whole.outputs[0])[1]).toMatchObject({
			user: { roles: ['admin'] },
			asset: { criticality: 'high_impact' },
		});
		const some = await run(getMany(parameters, { fields: 'user.roles, entity.name' }));
		expect(jsonOf(some.outputs[0])[1]).toMatchObject({
			entity: { id: 'user:jane@okta', name: 'Jane' },
			user: { roles: ['admin'] },
		});
		expect(jsonOf(some.outputs[0])[1]).not.toHaveProperty('asset');
	});

	it('refuses a criticality that is none, in place of an empty list', async () => {
		seedSome();
		const severe = getMany({ filters: { criticality: '={{ "high" }}' as never } });
		expect(jsonOf((await run(severe)).outputs[1])).toMatchObject([
			{
				error:
					'The criticality must be one of low_impact, medium_impact, high_impact, extreme_impact',
			},
		]);
	});

	it('leaves out documents without an ID, which are no entities', async () => {
		seedSome();
		const edit = ({ body }: { readonly body: unknown }) => {
			const { entities } = body as { readonly entities: readonly unknown[] };
			const others = [null, {}, { user: { name: 'x' } }, { entity: { id: null } }];
			return { body: { ...(body as object), entities: [...others, ...entities] } };
		};
		kibana.answerNextOn('list', { edit });
		const { outputs } = await run(getMany());
		expect(jsonOf(outputs[0]).map(({ entityId }) => entityId)).toHaveLength(4);
		expect(jsonOf(outputs[0]).map(({ entityId }) => entityId)).not.toContain('undefined');
	});

	it('answers items that ask for the same with one list, and each with its own', async () => {
		seedSome();
		const { outputs } = await run(getMany({ entityTypes: '={{ [$json.type] }}' as never }), {
			items: [{ type: 'host' }, { type: 'user' }, { type: 'host' }, { type: 'printer' }],
		});
		expect(outputs[0]?.map(({ json, pairedItem }) => [json.entityId, pairedItem])).toEqual([
			['host:web-01', { item: 0 }],
			['user:bob@okta', { item: 1 }],
			['user:jane@okta', { item: 1 }],
			['host:web-01', { item: 2 }],
		]);
		expect(jsonOf(outputs[1])).toMatchObject([
			{ error: 'The entity types must be among generic, host, service, user' },
		]);
		expect(kibana.listRequests()).toHaveLength(2);
	});

	it.each([-1, 101, 'high'])('refuses %j as a risk score', async (riskScoreFrom) => {
		const { outputs } = await run(getMany({ filters: { riskScoreFrom } }));
		expect(jsonOf(outputs[1])).toMatchObject([
			{ error: 'The risk score must be a number from 0 to 100' },
		]);
		expect(kibana.listRequests()).toHaveLength(0);
	});

	it('says what Kibana says of a wrong filter', async () => {
		const { outputs } = await run(getMany({ filters: { kql: 'user.name:(' } }));
		expect(jsonOf(outputs[1])).toMatchObject([
			{ error: expect.stringContaining('Invalid filter: '), details: { reason: 'refused' } },
		]);
	});
});

describe('Get Many (first generation)', () => {
	it('lists and filters by what the list shows', async () => {
		await writeV1([
			{ type: 'user', record: { entity: { id: 'jane', risk: risk('High', 80) } } },
			{ type: 'user', record: { entity: { id: 'bob' } } },
			{ type: 'host', record: { entity: { id: 'web' }, asset: { criticality: 'low_impact' } } },
		]);
		expect(idsOf(await run(getMany(), { on: first }))).toEqual(['web', 'bob', 'jane']);
		const high = getMany({ filters: { riskLevelFrom: 'Moderate' } });
		expect(idsOf(await run(high, { on: first }))).toEqual(['jane']);
		const scored = getMany({ filters: { riskScoreFrom: 80 } });
		expect(idsOf(await run(scored, { on: first }))).toEqual(['jane']);
		expect(idsOf(await run(getMany({ filters: { riskScoreFrom: 80.1 } }), { on: first }))).toEqual(
			[],
		);
		const low = getMany({ filters: { criticality: ['low_impact'], nameContains: 'EB' } });
		expect(idsOf(await run(low, { on: first }))).toEqual(['web']);
	});

	it('returns only the fields wanted, whatever the list shows besides', async () => {
		await writeV1([
			{ type: 'user', record: { entity: { id: 'jane', risk: risk('High', 80) } } },
			{
				type: 'user',
				record: {
					entity: { id: 'bob' },
					user: { name: 'bob', roles: ['admin'], domain: ['corp'] },
				},
			},
		]);
		const wanted = getMany({ simplify: false }, { fields: 'user.roles, entity.risk' });
		const { outputs } = await run(wanted, { on: first });
		expect(jsonOf(outputs[0])).toEqual([
			{
				'@timestamp': expect.any(String),
				entity: { id: 'bob' },
				user: { roles: ['admin'] },
			},
			{
				'@timestamp': expect.any(String),
				entity: { id: 'jane', risk: risk('High', 80) },
			},
		]);
	});

	it('says that it cannot list by KQL', async () => {
		const { outputs } = await run(getMany({ filters: { kql: 'user.name: jane' } }), { on: first });
		expect(jsonOf(outputs[1])).toMatchObject([
			{ error: 'Kibana 9.2 and 9.3 list entities without KQL' },
		]);
	});

	it('goes beyond the 10,000 that pages reach', async () => {
		const count = 10_500;
		for (let from = 0; from < count; from += 3_500) {
			await writeV1(
				Array.from({ length: 3_500 }, (_, index) => ({
					type: 'user',
					record: { entity: { id: `user-${from + index}` } },
				})),
			);
		}
		const found = idsOf(await run(getMany({ entityTypes: ['user'] }), { on: first }));
		expect(new Set(found).size).toBe(count);
		expect(found).toHaveLength(count);
	}, 120_000);
});

/** What happens to the store between two requests of a list. */
type Change =
	| { readonly kind: 'snapshot' }
	| { readonly kind: 'touch' | 'remove' | 'add'; readonly which: number };

const anyChange: fc.Arbitrary<Change> = fc.oneof(
	fc.constant<Change>({ kind: 'snapshot' }),
	fc.record({
		kind: fc.constantFrom('touch' as const, 'touch' as const, 'remove' as const, 'add' as const),
		which: fc.nat(2 * PAGE_SIZE),
	}),
);

describe('a store that changes while it is listed', () => {
	const generation = generationNamed('v2') as Generation;
	const all: ListQuery = {
		types: [],
		kql: '',
		riskLevels: [],
		criticalities: [],
		sources: [],
		nameContains: '',
		paths: [],
	};
	const COUNT = 2 * PAGE_SIZE + 17;
	const idOf = (which: number) => `user:${which % COUNT}@okta`;

	it('is listed without skipping any entity that exists throughout, whoever writes meanwhile', async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.array(fc.array(anyChange, { maxLength: 4 }), { maxLength: 8 }),
				async (changes) => {
					kibana.clear();
					const kept = new Set<string>();
					for (let which = 0; which < COUNT; which += 1) {
						kept.add(idOf(which));
						// Older than anything that happens meanwhile, and some of one time.
						const time = new Date(1_790_000_000_000 + Math.floor(which / 3) * 1_000).toISOString();
						kibana.seed('user', { '@timestamp': time, entity: { id: idOf(which) } });
					}
					const apply = async (change: Change) => {
						if (change.kind === 'snapshot') return void kibana.snapshot();
						const id = change.kind === 'add' ? `user:new-${change.which}@okta` : idOf(change.which);
						if (change.kind === 'add') kibana.seed('user' as EntityType, { entity: { id } });
						else if (!kept.has(id)) return;
						else if (change.kind === 'touch') kibana.changeInBackground(id, { tags: ['x'] });
						else {
							kept.delete(id);
							const path = '/api/security/entity_store/entities/';
							await request(kibana, { method: 'DELETE', path, body: { entityId: id } });
						}
					};
					const pending = [...changes];
					const ask: AskForList = async (path) => {
						const { data } = await request(kibana, { method: 'GET', path });
						for (const change of pending.shift() ?? []) await apply(change);
						return { body: data };
					};
					const found = new Set<string>();
					for await (const page of generation.paging.pages(all, ask)) {
						if ('failure' in page) throw new Error(page.failure.message);
						for (const { id } of page.entities) found.add(id);
					}
					expect([...kept].filter((id) => !found.has(id))).toEqual([]);
				},
			),
			{ numRuns: 15 },
		);
	}, 180_000);

	it('fails, and does not pass for whole, where others never stop writing all of it', async () => {
		for (let which = 0; which <= PAGE_SIZE; which += 1) {
			kibana.seed('user', { entity: { id: idOf(which) } });
		}
		kibana.setFaults(({ route }) =>
			route === 'list' ? { happens: () => void kibana.snapshot(), pass: true } : undefined,
		);
		const { outputs } = await run(getMany());
		expect(outputs[0]).toEqual([]);
		expect(jsonOf(outputs[1])).toMatchObject([
			{
				error: 'Others kept writing entities faster than Kibana listed them',
				details: { status: 'failed', reason: 'overloaded' },
			},
		]);
		expect(kibana.listRequests().length).toBeLessThan(50);
	}, 60_000);

	it('comes out of the node with each entity once, in its newest state', async () => {
		for (let which = 0; which < COUNT; which += 1) {
			kibana.seed('user', {
				'@timestamp': '2026-01-01T00:00:00.000Z',
				entity: { id: idOf(which) },
			});
		}
		const happens = () => {
			kibana.snapshot();
			for (let which = 0; which < COUNT; which += 7) {
				kibana.changeInBackground(idOf(which), { entity: { name: 'changed' } });
			}
		};
		kibana.answerNextOn('list', { pass: true }, { happens, pass: true });
		const { outputs } = await run(getMany());
		const found = jsonOf(outputs[0]);
		expect(found).toHaveLength(COUNT);
		expect(new Set(found.map(({ entityId }) => entityId)).size).toBe(COUNT);
		const changed = found.filter(({ name }) => name === 'changed');
		expect(changed).toHaveLength(Math.ceil(COUNT / 7));
	}, 60_000);
});
