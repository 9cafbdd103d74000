import type { KibanaOptions } from '../options';
import { asking, outcome, withKibana } from '../testing';

const BASE = '/api/entity_store/entities';

type Ask = ReturnType<typeof asking>;

const listed = async (ask: Ask) =>
	(await ask('GET', `${BASE}/list?entity_types=user`)).data.records.map(
		({ user }: { user: { name: string } }) => user.name,
	);
const jane = { entity: { id: 'jane', attributes: { privileged: true } } };

/** The transform does not run by itself. */
const late: KibanaOptions = { visibleAfterMs: 3_600_000 };

describe('single upsert of v1', () => {
	it('answers with an empty 200, and records the normalised document', async () => {
		await withKibana({}, async (kibana, ask) => {
			const { status, data } = await ask('PUT', `${BASE}/user`, jane);
			expect([status, data]).toEqual([200, '']);
			expect(kibana.entities('user')[0]?.document).toMatchObject({
				user: { name: 'jane', entity: { attributes: { Privileged: true } } },
			});
			expect(kibana.history()).toHaveLength(1);
		});
	});

	it('shows a known entity changed at once', async () => {
		await withKibana({ ...late, revision: '9.2' }, async (kibana, ask) => {
			await ask('PUT', `${BASE}/bulk`, { entities: [{ type: 'user', record: jane }] });
			kibana.runTransform();
			const named = { entity: { id: 'jane', name: 'Jane' } };
			await ask('PUT', `${BASE}/user?force=true`, named);
			const { data } = await ask('GET', `${BASE}/list?entity_types=user`);
			expect(data.records).toMatchObject([{ user: { entity: { name: 'Jane' } } }]);
		});
	});

	it.each<[KibanaOptions['revision'], string[]]>([
		['9.3', ['jane']],
		['9.2', []],
	])('of %s lists a new entity at once as %j', async (revision, expected) => {
		await withKibana({ ...late, revision }, async (kibana, ask) => {
			await ask('PUT', `${BASE}/user`, jane);
			expect(await listed(ask)).toEqual(expected);
			kibana.runTransform();
			expect(await listed(ask)).toEqual(['jane']);
		});
	});

	it.each<[string, string, object, number, RegExp]>([
		[
			'an ID alone',
			'user',
			{ entity: { id: 'a' } },
			400,
			/^The request doesn't contain any update$/,
		],
		[
			'a protected field',
			'user',
			{ entity: { id: 'a', name: 'A' } },
			400,
			/without forcing it \(\?force=true\): entity\.name$/,
		],
		['a missing ID', 'user', { entity: {} }, 400, /^\[request body\]: entity\.id: Required/],
		['a wrong type', 'printer', jane, 400, /^\[request params\]: entityType: Invalid enum/],
		['a stopped engine', 'host', jane, 503, /^Entity Engine 'host' is not running$/],
	])('refuses %s', async (_, type, body, status, message) => {
		await withKibana({ engines: { host: 'stopped' } }, async (kibana, ask) => {
			expect(outcome(await ask('PUT', `${BASE}/${type}`, body))).toEqual([
				status,
				expect.stringMatching(message),
			]);
			expect(kibana.history()).toEqual([]);
		});
	});
});

describe('deletion of v1', () => {
	it('reads the ID from the body', async () => {
		await withKibana({}, async (kibana, ask) => {
			await ask('PUT', `${BASE}/user`, jane);
			const remove = async (body: object) => await ask('DELETE', `${BASE}/user`, body);
			expect((await remove({ id: 'jane' })).data).toEqual({ deleted: true });
			expect(kibana.entities()).toEqual([]);
			expect(outcome(await remove({ id: 'jane' }))).toEqual([
				404,
				"Entity of type 'user' with ID 'jane' not found",
			]);
			expect(outcome(await remove({ id: ' ' }))).toEqual([400, 'The entity ID cannot be blank']);
			expect((await remove({})).status).toBe(400);
			kibana.setEngine('user', 'stopped');
			expect((await remove({ id: 'jane' })).status).toBe(503);
		});
	});

	it('reads the ID from the path in an early revision', async () => {
		await withKibana({ deletesByPath: true }, async (kibana, ask) => {
			await ask('PUT', `${BASE}/user`, jane);
			expect((await ask('DELETE', `${BASE}/user`, { id: 'jane' })).status).toBe(404);
			expect((await ask('DELETE', `${BASE}/user/jane`)).data).toEqual({ deleted: true });
			expect(kibana.entities()).toEqual([]);
		});
	});
});

describe('engines that do not accept writes', () => {
	it('refuse every write', async () => {
		await withKibana({ hasCrudCapability: false }, async (_, ask) => {
			const message =
				'Capability crud-api not enabled on this cluster. Please restart entity store ';
			const entities = [{ type: 'user', record: jane }];
			expect(outcome(await ask('PUT', `${BASE}/bulk`, { entities }))).toEqual([503, message]);
			expect(outcome(await ask('PUT', `${BASE}/user`, jane))).toEqual([503, message]);
		});
	});
});

describe('a criticality of null in v1', () => {
	it.each([true, false])('is valid in the last revision: %s', async (nullCriticality) => {
		await withKibana({ nullCriticality }, async (kibana, ask) => {
			const record = { entity: { id: 'jane' }, asset: { criticality: null } };
			const entities = [{ type: 'user', record }];
			const { status } = await ask('PUT', `${BASE}/bulk?force=true`, { entities });
			expect(status).toBe(nullCriticality ? 200 : 400);
			expect(kibana.history()).toHaveLength(nullCriticality ? 1 : 0);
		});
	});
});

describe('the list of v1', () => {
	it('accepts types as a repeated parameter, and a field to sort by', async () => {
		await withKibana({}, async (_, ask) => {
			for (const id of ['b', 'a', 'c']) {
				await ask('PUT', `${BASE}/user`, { entity: { id, attributes: { asset: true } } });
			}
			const query = 'entity_types=user&entity_types=host&sort_field=user.name&sort_order=asc';
			const { data } = await ask('GET', `${BASE}/list?${query}`);
			const names = data.records.map(({ user }: { user: { name: string } }) => user.name);
			expect(names).toEqual(['a', 'b', 'c']);
			expect((await ask('GET', `${BASE}/list`)).data.message).toBe(
				'[request query]: entity_types: Required',
			);
		});
	});
});
