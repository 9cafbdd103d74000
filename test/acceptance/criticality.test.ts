/** The operations of the resource Asset Criticality, on both generations of the API. */
import type { IDataObject } from 'n8n-workflow';

import type { TestKibana } from '../../sandbox/kibana/server';
import { request } from '../../sandbox/kibana/request';
import { withKibana } from '../../sandbox/kibana/testing';
import { errorsOf, runner, watch, type Results } from './resource';

const runOn = runner('criticality');

const BULK_V1 = 'POST /api/asset_criticality/bulk';
const BULK_V2 = 'PUT /api/security/entity_store/entities/bulk?force=true';

const byId = { entityType: 'host', entityId: '={{ $json.id }}' };

const byName = {
	entityType: '={{ $json.type }}',
	identifyBy: 'fields',
	namingFields: {
		userName: '={{ $json.user }}',
		hostName: '={{ $json.host }}',
		serviceName: '={{ $json.service }}',
	},
};

const NAMED = [
	{ type: 'user', user: 'jane' },
	{ type: 'host', host: 'web-01' },
	{ type: 'service', service: 'api' },
];

const seed = (kibana: TestKibana, ...names: string[]): void => {
	for (const name of names) kibana.seed('host', { host: { name } });
};

const levelsIn = (kibana: TestKibana): unknown[] =>
	kibana.documents().map(({ asset }) => (asset as IDataObject | undefined)?.criticality);

describe('Asset Criticality on Kibana 9.2 and 9.3', () => {
	it('is assigned to many entities in one request, and read one by one', async () => {
		await withKibana({ api: 'v1' }, async (kibana) => {
			const { changes, bodies } = watch(kibana);
			const { done, paired } = await runOn(
				kibana,
				'assign',
				{ ...byName, criticality: 'extreme_impact' },
				NAMED,
			);
			expect(done).toEqual(
				['jane', 'web-01', 'api'].map((entityId, index) => ({
					entityId,
					entityType: NAMED[index]?.type,
					criticality: 'extreme_impact',
					status: 'assigned',
				})),
			);
			expect(paired).toEqual([0, 1, 2]);
			expect(changes()).toEqual([BULK_V1]);
			expect(bodies).toEqual([
				{
					records: [
						{ id_field: 'user.name', id_value: 'jane', criticality_level: 'extreme_impact' },
						{ id_field: 'host.name', id_value: 'web-01', criticality_level: 'extreme_impact' },
						{ id_field: 'service.name', id_value: 'api', criticality_level: 'extreme_impact' },
					],
				},
			]);
			const read = await runOn(kibana, 'get', byId, [{ id: 'web-01' }, { id: 'nobody & co' }]);
			expect(read.done.map(({ criticality }) => criticality)).toEqual([
				'extreme_impact',
				'unassigned',
			]);
		});
	});

	it('fails the record that Kibana refuses, and assigns the others', async () => {
		await withKibana({ api: 'v1' }, async (kibana) => {
			kibana.failCriticality(({ id_value: id }) => (id === 'b' ? 'no such index' : undefined));
			const items = ['a', 'b', 'c'].map((id) => ({ id }));
			const result = await runOn(kibana, 'assign', byId, items);
			expect(result.paired).toEqual([0, 2]);
			expect(errorsOf(result)).toMatchObject([
				{ error: 'Kibana refused the entity: no such index', reason: 'refused' },
			]);
		});
	});

	it('lets the last of several levels of one entity count', async () => {
		await withKibana({ api: 'v1' }, async (kibana) => {
			const items = ['low_impact', 'unassigned', 'High Impact'].map((level) => ({
				id: 'a',
				level,
			}));
			const levels = { ...byId, criticality: '={{ $json.level }}' };
			const { done } = await runOn(kibana, 'assign', levels, items);
			expect(done).toHaveLength(3);
			const read = await runOn(kibana, 'get', byId, [{ id: 'a' }]);
			expect(read.done[0]?.criticality).toBe('high_impact');
		});
	});

	it('cuts more than 1,000 records into requests of 1,000', async () => {
		await withKibana({ api: 'v1' }, async (kibana) => {
			const { changes } = watch(kibana);
			const items = Array.from({ length: 1_001 }, (_, index) => ({ id: `host-${index}` }));
			const { done } = await runOn(kibana, 'assign', byId, items);
			expect(done).toHaveLength(1_001);
			expect(changes()).toEqual([BULK_V1, BULK_V1]);
		});
	});

	it('is not "unassigned" where something other than Kibana finds nothing', async () => {
		await withKibana({ api: 'v1' }, async (kibana) => {
			const page = { status: 404, foreign: true, body: '<html>404 Not Found</html>' } as const;
			kibana.answerNextOn('criticality', page);
			const read = await runOn(kibana, 'get', byId, [{ id: 'a' }]);
			expect(read.done).toEqual([]);
			expect(errorsOf(read)).toMatchObject([
				{ error: 'This Kibana has no such route', reason: 'routeMissing' },
			]);
		});
	});

	it('is not waited for again with every item where Kibana is overloaded', async () => {
		await withKibana({ api: 'v1' }, async (kibana) => {
			kibana.setFaults(({ route }) =>
				route === 'criticality' ? { status: 429, body: '{"message":"busy"}' } : undefined,
			);
			const items = Array.from({ length: 10 }, (_, nth) => ({ id: `h${nth}` }));
			const patient = { ...byId, options: { maxRetries: 1 } };
			const { failed } = await runOn(kibana, 'get', patient, items);
			expect(failed.map(({ error }) => error)).toEqual(
				items.map(() => 'Kibana is overloaded: busy'),
			);
			const asked = kibana.requests.filter(({ path }) => path.includes('asset_criticality'));
			expect(asked).toHaveLength(11);
		});
	});

	it('is deleted, and says where there was nothing to delete', async () => {
		await withKibana({ api: 'v1' }, async (kibana) => {
			await runOn(kibana, 'assign', byId, [{ id: 'a' }]);
			const { done } = await runOn(kibana, 'delete', byId, [{ id: 'a' }, { id: 'b' }]);
			expect(done.map(({ criticality, status }) => [criticality, status])).toEqual([
				['unassigned', 'deleted'],
				['unassigned', 'unchanged'],
			]);
		});
	});

	it('is listed page by page, by type and level, without what was taken away', async () => {
		await withKibana({ api: 'v1' }, async (kibana) => {
			const items = Array.from({ length: 1_002 }, (_, index) => ({ id: `host-${index}` }));
			await runOn(kibana, 'assign', byId, items);
			await runOn(kibana, 'assign', { ...byName, criticality: 'low_impact' }, NAMED.slice(0, 1));
			await runOn(kibana, 'assign', { ...byId, criticality: 'unassigned' }, [{ id: 'host-0' }]);
			const all = await runOn(kibana, 'getMany', { returnAll: true });
			expect(all.done).toHaveLength(1_002);
			expect(new Set(all.paired)).toEqual(new Set([0]));
			const some = await runOn(kibana, 'getMany', { limit: 3 });
			expect(some.done).toHaveLength(3);
			const low = { onlyType: 'user', onlyCriticality: 'low_impact' };
			expect((await runOn(kibana, 'getMany', low)).done).toEqual([
				{ entityId: 'jane', entityType: 'user', criticality: 'low_impact' },
			]);
			expect((await runOn(kibana, 'getMany', { ...low, onlyType: 'host' })).done).toEqual([]);
		});
	});
});

/** Assigns levels without the node. */
const assignHosts = async (kibana: TestKibana, from: number, to: number): Promise<void> => {
	for (let start = from; start < to; start += 1_000) {
		const records = Array.from({ length: Math.min(1_000, to - start) }, (_, nth) => ({
			id_field: 'host.name',
			id_value: `host-${start + nth}`,
			criticality_level: 'low_impact',
		}));
		const path = '/api/asset_criticality/bulk';
		await request(kibana, { method: 'POST', path, body: { records } });
	}
};

const idsOf = ({ done }: Results): Set<unknown> => new Set(done.map(({ entityId }) => entityId));

describe('the list of Kibana 9.2 and 9.3', () => {
	it('has no end at 10,000', async () => {
		await withKibana({ api: 'v1' }, async (kibana) => {
			await assignHosts(kibana, 0, 10_500);
			const all = await runOn(kibana, 'getMany', { returnAll: true });
			expect(all.failed).toEqual([]);
			expect(all.done).toHaveLength(10_500);
			expect(idsOf(all).size).toBe(10_500);
		});
	});

	it('passes nothing by while levels are assigned', async () => {
		await withKibana({ api: 'v1' }, async (kibana) => {
			await assignHosts(kibana, 0, 1_500);
			let lists = 0;
			kibana.setFaults(({ path }) => {
				if (path?.includes('/list') !== true) return undefined;
				lists += 1;
				const happens = async () => await assignHosts(kibana, 0, 100);
				return lists === 2 ? { pass: true, happens } : undefined;
			});
			expect(idsOf(await runOn(kibana, 'getMany', { returnAll: true })).size).toBe(1_500);
		});
	});

	it('lists a user and a host of one name, and an ID with quotation marks', async () => {
		await withKibana({ api: 'v1' }, async (kibana) => {
			const items = [
				{ type: 'user', user: 'a "b\\ c"' },
				{ type: 'host', host: 'a "b\\ c"' },
			];
			await assignHosts(kibana, 0, 1_000);
			await runOn(kibana, 'assign', byName, items);
			const all = await runOn(kibana, 'getMany', { returnAll: true });
			expect(all.done).toHaveLength(1_002);
		});
	});
});

describe('Asset Criticality on Kibana 9.4 and later', () => {
	it('is written to the entity itself, and never to the old routes', async () => {
		await withKibana({ api: 'v2' }, async (kibana) => {
			seed(kibana, 'a', 'b');
			const { changes } = watch(kibana);
			const items = [{ id: 'host:a' }, { id: 'host:b' }, { id: 'host:missing' }];
			const result = await runOn(kibana, 'assign', byId, items);
			expect(result.done).toEqual(
				['host:a', 'host:b'].map((entityId) => ({
					entityId,
					entityType: 'host',
					criticality: 'high_impact',
					status: 'assigned',
				})),
			);
			expect(errorsOf(result)).toMatchObject([
				{
					error: expect.stringContaining('Kibana has no such entity'),
					message: 'Only an entity that is in the entity store can have a criticality',
					reason: 'notFound',
				},
			]);
			expect(levelsIn(kibana)).toEqual(['high_impact', 'high_impact']);
			const read = await runOn(kibana, 'get', byId, items);
			expect(read.done.map(({ criticality }) => criticality)).toEqual([
				'high_impact',
				'high_impact',
			]);
			expect(read.failed[0]).toMatchObject({ error: 'Kibana has no such entity' });
			await runOn(kibana, 'getMany');
			await runOn(kibana, 'delete', byId, items);
			expect(new Set(changes())).toEqual(new Set([BULK_V2]));
			expect(kibana.requests.filter(({ path }) => /asset_criticality/.test(path))).toEqual([]);
		});
	});

	it('takes names in place of IDs, and says what is missing', async () => {
		await withKibana({ api: 'v2' }, async (kibana) => {
			kibana.seed('user', { entity: { id: 'user:jane@okta' } });
			kibana.seed('host', { host: { name: 'web-01' } });
			const named = {
				...byName,
				namingFields: { ...byName.namingFields, identityProvider: 'okta' },
			};
			const result = await runOn(kibana, 'assign', named, [...NAMED.slice(0, 2), { type: 'host' }]);
			expect(result.done.map(({ entityId }) => entityId)).toEqual([
				'user:jane@okta',
				'host:web-01',
			]);
			expect(errorsOf(result)).toMatchObject([
				{
					error: 'Nothing names this host',
					message: expect.stringContaining('host.id, host.name or host.hostname'),
				},
			]);
		});
	});

	it('takes the first of several names, as Kibana does', async () => {
		await withKibana({ api: 'v2' }, async (kibana) => {
			const id = 'user:jane@example.com@unknown';
			kibana.seed('user', { entity: { id }, user: { name: 'jane' } });
			const named = {
				entityType: 'user',
				identifyBy: 'fields',
				namingFields: { userEmail: '={{ $json.mails }}' },
			};
			const items = [{ mails: ['jane@example.com', 'j.doe@example.com'] }];
			const { done } = await runOn(kibana, 'assign', named, items);
			expect(done.map(({ entityId }) => entityId)).toEqual([id]);
		});
	});

	it('is listed whole while entities change', async () => {
		await withKibana({ api: 'v2' }, async (kibana) => {
			const count = 1_500;
			for (let index = 0; index < count; index += 1) {
				const asset = { criticality: 'low_impact' };
				kibana.seed('host', { host: { name: `h${index}` }, asset });
			}
			let lists = 0;
			kibana.setFaults(({ route }) => {
				if (route !== 'list') return undefined;
				lists += 1;
				const happens = () => {
					// The oldest are on the second page, and move to the front of the first.
					for (let index = 0; index < 100; index += 1) {
						kibana.changeInBackground(`host:h${index}`, { host: { type: ['server'] } } as never);
					}
				};
				return lists === 2 ? { pass: true, happens } : undefined;
			});
			expect(idsOf(await runOn(kibana, 'getMany', { returnAll: true })).size).toBe(count);
		});
	});

	it('is taken away where Kibana can, in the order of the items', async () => {
		await withKibana({ revision: '9.5' }, async (kibana) => {
			seed(kibana, 'a', 'b');
			const items = [
				{ id: 'host:a', level: 'low_impact' },
				{ id: 'host:b', level: 'low_impact' },
				{ id: 'host:a', level: 'unassigned' },
				{ id: 'host:a', level: 'medium_impact' },
			];
			const levels = { ...byId, criticality: '={{ $json.level }}' };
			expect((await runOn(kibana, 'assign', levels, items)).done).toHaveLength(4);
			expect(levelsIn(kibana)).toEqual(['medium_impact', 'low_impact']);
			const { done } = await runOn(kibana, 'delete', byId, [{ id: 'host:a' }]);
			expect(done).toEqual([
				{ entityId: 'host:a', entityType: 'host', criticality: 'unassigned', status: 'deleted' },
			]);
			expect((await runOn(kibana, 'getMany')).done).toHaveLength(1);
		});
	});

	it('says where Kibana cannot take it away, with few requests, and assigns the others', async () => {
		await withKibana({ revision: '9.4' }, async (kibana) => {
			const names = Array.from({ length: 20 }, (_, index) => `h${index}`);
			seed(kibana, ...names);
			const { changes } = watch(kibana);
			const items = names.map((name, index) => ({
				id: `host:${name}`,
				level: index % 2 ? 'unassigned' : 'low_impact',
			}));
			const levels = { ...byId, criticality: '={{ $json.level }}' };
			const result = await runOn(kibana, 'assign', levels, items);
			expect(result.done).toHaveLength(10);
			const [first] = errorsOf(result);
			expect(first?.error).toContain('This Kibana does not unassign the criticality');
			expect(first?.message).toContain('on the page of the entity in Kibana');
			expect(changes()).toHaveLength(2);
			const [deleted] = errorsOf(await runOn(kibana, 'delete', byId, [{ id: 'host:h0' }]));
			expect(deleted?.error).toContain('This Kibana does not unassign the criticality');
		});
	});

	it('is listed from the entities, page by page, by type and level', async () => {
		await withKibana({ api: 'v2' }, async (kibana) => {
			for (let index = 0; index < 1_002; index += 1) {
				kibana.seed('host', {
					host: { name: `h${index}` },
					asset: { criticality: 'low_impact' },
				});
			}
			kibana.seed('user', {
				entity: { id: 'user:jane@okta', EngineMetadata: { Type: 'user' } },
				asset: { criticality: 'extreme_impact' },
			});
			seed(kibana, 'without');
			const all = await runOn(kibana, 'getMany', { returnAll: true });
			expect(all.done).toHaveLength(1_003);
			const users = await runOn(kibana, 'getMany', { onlyType: 'user' });
			expect(users.done).toEqual([
				{ entityId: 'user:jane@okta', entityType: 'user', criticality: 'extreme_impact' },
			]);
			const high = await runOn(kibana, 'getMany', { onlyCriticality: 'high_impact' });
			expect(high.done).toEqual([]);
		});
	});

	it('refuses to write in the old way, even if the options ask for it', async () => {
		await withKibana({ api: 'both', revision: '9.4' }, async (kibana) => {
			const { changes } = watch(kibana);
			const old = { ...byId, options: { apiGeneration: 'v1' } };
			for (const operation of ['assign', 'delete']) {
				expect(errorsOf(await runOn(kibana, operation, old, [{ id: 'a' }]))).toMatchObject([
					{
						error: 'Kibana 9.4 and later read no criticality that the API generation v1 writes',
						message: expect.stringContaining('Set "API Generation" in the options to Auto'),
						reason: 'invalidSetting',
					},
				]);
			}
			expect(changes()).toEqual([]);
		});
	});

	it('reads what was assigned before an upgrade, if the options ask for it', async () => {
		await withKibana({ api: 'v2' }, async (kibana) => {
			const body = { id_field: 'host.name', id_value: 'web-01', criticality_level: 'high_impact' };
			await request(kibana, { method: 'POST', path: '/api/asset_criticality', body });
			const old = { returnAll: true, options: { apiGeneration: 'v1' } };
			expect((await runOn(kibana, 'getMany', old)).done).toEqual([
				{ entityId: 'web-01', entityType: 'host', criticality: 'high_impact' },
			]);
		});
	});
});

describe.each(['v1', 'v2'] as const)('Asset Criticality on %s', (api) => {
	it('refuses a level and a type that are none, before anything is sent', async () => {
		await withKibana({ api }, async (kibana) => {
			const { changes } = watch(kibana);
			const wrong = { ...byId, criticality: '={{ "severe" }}' };
			expect(errorsOf(await runOn(kibana, 'assign', wrong, [{ id: 'a' }]))).toMatchObject([
				{
					error:
						'The criticality must be one of low_impact, medium_impact, high_impact, extreme_impact, unassigned',
				},
			]);
			const printer = { ...byId, entityType: '={{ "printer" }}' };
			for (const operation of ['assign', 'get', 'delete']) {
				const result = await runOn(kibana, operation, printer, [{ id: 'a' }]);
				expect(errorsOf(result)[0]?.error).toContain('The entity type must be one of');
			}
			const many = { onlyType: '={{ "printer" }}' };
			expect(errorsOf(await runOn(kibana, 'getMany', many))).toMatchObject([
				{ error: 'There is no such entity type' },
			]);
			const severe = { onlyCriticality: '={{ "severe" }}' };
			expect(errorsOf(await runOn(kibana, 'getMany', severe))).toMatchObject([
				{ error: 'There is no such criticality' },
			]);
			for (const limit of [-1, 0, 1.5, 'all']) {
				expect(errorsOf(await runOn(kibana, 'getMany', { limit }))).toMatchObject([
					{ error: 'The limit must be a whole number above 0' },
				]);
			}
			expect(errorsOf(await runOn(kibana, 'get', byId, [{ id: ' ' }]))).toMatchObject([
				{ error: 'The item has no entity ID' },
			]);
			expect(changes()).toEqual([]);
		});
	});

	it('fails the item whose expression fails, and assigns the others in their spaces', async () => {
		await withKibana({ api }, async (kibana) => {
			const id = api === 'v1' ? 'a' : 'host:a';
			kibana.seed('host', { host: { name: 'a' } }, 'soc');
			const inSpaces = {
				...byId,
				entityId: "={{ $json.id ?? $('Nowhere').first().json.id }}",
				space: { mode: 'id', value: '={{ $json.at }}' },
			};
			const items = [{ at: 'soc', id }, { at: 'soc' }];
			const result = await runOn(kibana, 'assign', inSpaces, items);
			expect(result.paired).toEqual([0]);
			expect(errorsOf(result)).toMatchObject([
				{ error: expect.stringContaining('An expression failed'), reason: 'expression' },
			]);
			const read = await runOn(kibana, 'get', inSpaces, items.slice(0, 1));
			expect(read.done[0]?.criticality).toBe('high_impact');
		});
	});

	it('repeats what may pass, and says what does not', async () => {
		await withKibana({ api }, async (kibana) => {
			seed(kibana, 'a');
			const id = api === 'v1' ? 'a' : 'host:a';
			const route = api === 'v1' ? 'criticality' : 'bulk';
			kibana.answerNextOn(route, { status: 429, body: '{}' });
			const patient = { ...byId, options: { maxRetries: 2 } };
			expect((await runOn(kibana, 'assign', patient, [{ id }])).done).toHaveLength(1);
			kibana.answerNextOn(route, { status: 200, body: '<html>' });
			const lost = await runOn(kibana, 'assign', byId, [{ id }]);
			expect(lost.failed[0]).toMatchObject({ details: { status: 'unknown' } });
			kibana.revoke();
			for (const operation of ['get', 'getMany', 'delete']) {
				const denied = await runOn(kibana, operation, byId, [{ id }]);
				expect(denied.failed[0]?.error).toContain('does not accept the credential');
			}
		});
	});
});
