import type { KibanaRevision } from '../options';
import { startKibana, type TestKibana } from '../server';
import { asking, outcome, V2 } from '../testing';

const BASE = `${V2}/resolution`;

/** The first and the last revision of the second generation. */
describe.each<KibanaRevision>(['9.4', '9.6'])('resolution of Kibana %s', (revision) => {
	let kibana: TestKibana;
	const ask = asking(() => kibana);
	const isLater = revision === '9.6';
	const typed = isLater ? { entity_type: 'user' } : {};

	beforeAll(async () => {
		kibana = await startKibana({ revision });
	});

	beforeEach(() => {
		for (const id of ['a', 'b', 'c', 'd']) kibana.seed('user', { entity: { id } });
		kibana.seed('host', { host: { name: 'h' } });
	});

	afterEach(() => kibana.clear());

	afterAll(async () => await kibana.stop());

	const link = async (target: unknown, ...entities: string[]) =>
		await ask('POST', `${BASE}/link`, { target_id: target, entity_ids: entities });
	const unlink = async (...entities: string[]) =>
		await ask('POST', `${BASE}/unlink`, { entity_ids: entities });
	const group = async (id: string) => (await ask('GET', `${BASE}/group?entity_id=${id}`)).data;
	const idsIn = (documents: Array<{ entity: { id: string } }>) =>
		documents.map(({ entity }) => entity.id);

	it('links each entity to a target once, also when it is repeated', async () => {
		expect((await link('a', 'b', 'c', 'b')).data).toEqual({
			linked: ['b', 'c'],
			skipped: [],
			target_id: 'a',
			...typed,
		});
		expect((await link('a', 'c', 'd')).data).toMatchObject({ linked: ['d'], skipped: ['c'] });
		expect(kibana.documents().find((one) => idsIn([one as never])[0] === 'b')).toMatchObject({
			entity: { relationships: { resolution: { resolved_to: 'a' } } },
		});
		expect(kibana.history()).toEqual([]);
	});

	it('shows the group of a target, of an alias, and of an entity without links', async () => {
		await link('a', 'b', 'c');
		for (const id of ['a', 'b']) {
			const { target, aliases, group_size: size, ...rest } = await group(id);
			expect([idsIn([target]), idsIn(aliases).sort(), size]).toEqual([['a'], ['b', 'c'], 3]);
			expect(rest).toEqual(typed);
		}
		expect(await group('d')).toMatchObject({ aliases: [], group_size: 1 });
	});

	it('unlinks linked entities, and skips the rest', async () => {
		await link('a', 'b', 'c');
		expect((await unlink('b', 'd')).data).toEqual({
			unlinked: ['b'],
			skipped: ['d'],
			...typed,
		});
		expect(idsIn((await group('a')).aliases)).toEqual(['c']);
		expect((await group('b')).group_size).toBe(1);
		expect((await link('d', 'b')).data.linked).toEqual(['b']);
	});

	it.each<[string, () => ReturnType<typeof link>, number, string]>([
		['itself', async () => await link('a', 'b', 'a'), 400, "Cannot link entity 'a' to itself."],
		[
			'what is missing',
			async () => await link('a', 'x', 'b', 'y'),
			isLater ? 400 : 404,
			'Entities not found: [x, y]',
		],
		[
			'another type',
			async () => await link('a', 'host:h'),
			400,
			'All entities must be of the same type. Found types: [user, host]',
		],
		[
			'to an alias',
			async () => await link('b', 'd'),
			400,
			"Entity 'b' is already resolved to 'a'. Unlink it first before linking to a new target.",
		],
		[
			'an alias of another target',
			async () => await link('d', 'b'),
			400,
			"Entity 'b' is already resolved to 'a'. Unlink it first before linking to a new target.",
		],
		[
			'a target with aliases of its own',
			async () => await link('d', 'a'),
			400,
			"Entity 'a' has aliases [b, c]. Unlink them first before linking this entity as an alias.",
		],
	])('does not link %s, nor anything beside it', async (_, attempt, status, message) => {
		await link('a', 'b', 'c');
		expect(outcome(await attempt())).toEqual([status, message]);
		expect((await group('a')).group_size).toBe(3);
		expect((await group('d')).group_size).toBe(1);
	});

	it('does not check a type that a creation did not send', async () => {
		await ask('POST', `${V2}/entities/host`, { host: { name: 'untyped' } });
		expect((await link('a', 'host:untyped')).data.linked).toEqual(['host:untyped']);
	});

	it('reports which entities are missing', async () => {
		expect(outcome(await unlink('a', 'x'))).toEqual([
			isLater ? 400 : 404,
			'Entities not found: [x]',
		]);
		const missing = await ask('GET', `${BASE}/group?entity_id=x`);
		expect(outcome(missing)).toEqual([404, 'Entities not found: [x]']);
	});

	it('accepts from 1 to 1,000 entities', async () => {
		const many = Array.from({ length: 1_001 }, (_, position) => `x${position}`);
		for (const answer of [await link('a'), await link('a', ...many), await unlink()]) {
			expect(outcome(answer)).toEqual([400, expect.stringMatching(/entity_ids: Too/)]);
		}
		expect((await link(undefined, 'a')).status).toBe(400);
	});

	it('requires an Enterprise licence, after validation', async () => {
		kibana.setLicense('platinum');
		const refused = [403, 'Entity Resolution requires an Enterprise license'];
		expect(outcome(await link('a', 'b'))).toEqual(refused);
		expect(outcome(await unlink('b'))).toEqual(refused);
		expect((await group('a')).message).toBe(refused[1]);
		expect((await link('a')).status).toBe(400);
	});

	it('has rules that can be switched off, in later revisions', async () => {
		const rules = async () => (await ask('GET', `${BASE}/rules`)).data;
		if (!isLater) return expect((await rules()).message).toBe('Not Found');
		const enabled = async () =>
			(await rules()).rules.map(({ id, enabled: isOn }: { id: string; enabled: boolean }) => [
				id,
				isOn,
			]);
		const disabled = await ask('PUT', `${BASE}/rules/email_exact_match/disable`);
		expect(disabled.data).toEqual({ id: 'email_exact_match', enabled: false });
		expect(await enabled()).toEqual([
			['email_exact_match', false],
			['related_user_bridge', true],
		]);
		await ask('PUT', `${BASE}/rules/email_exact_match/enable`);
		expect((await enabled())[0]).toEqual(['email_exact_match', true]);
		expect((await ask('PUT', `${BASE}/rules/none/enable`)).status).toBe(404);
	});
});
