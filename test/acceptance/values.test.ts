/** What records carry beside the values of the items, and what no value means, on each revision. */
import type { IDataObject } from 'n8n-workflow';

import { startKibana, type KibanaOptions, type TestKibana } from '../../sandbox/kibana/server';
import { runNode, type EngineResult, type EngineRun } from '../../sandbox/n8n/engine';
import { automatic, jsonOf, mapping, nodeOn } from './run';

let kibana: TestKibana;

const run = async (
	items: EngineRun['items'],
	parameters: EngineRun['parameters'],
): Promise<EngineResult> =>
	await runNode({ ...nodeOn(kibana), items, parameters, onError: 'continueErrorOutput' });

const statusesOf = ({ outputs }: EngineResult) => jsonOf(outputs[0]).map(({ status }) => status);

const errorsOf = ({ outputs }: EngineResult) => jsonOf(outputs[1]).map(({ error }) => error);

/** The IDs on Kibana's own list of some types. */
const listedAs = async (types: string): Promise<string[]> => {
	const response = await fetch(
		`${kibana.url}/api/security/entity_store/entities?entity_types=${types}&per_page=100&sort_field=entity.id&sort_order=asc`,
		{ headers: { authorization: `ApiKey ${kibana.apiKey}`, 'elastic-api-version': '2023-10-31' } },
	);
	const { records } = (await response.json()) as {
		records: Array<{ entity: { id: string } }>;
	};
	return records.map(({ entity }) => entity.id);
};

const typeIn = (document: Record<string, unknown> | undefined): unknown =>
	(document?.entity as { EngineMetadata?: { Type?: string } } | undefined)?.EngineMetadata?.Type;

const criticalityIn = (document: Record<string, unknown> | undefined): unknown =>
	(document?.asset as { criticality?: unknown } | undefined)?.criticality;

/** As an earlier client has created it: without the type. */
const seedUntyped = (name: string, more: object = {}): void => {
	kibana.seed('host', {
		host: { name },
		entity: { EngineMetadata: { Type: undefined } },
		...more,
	});
};

const hosts = (values: IDataObject, options: IDataObject = {}, operation = 'upsert') =>
	mapping({ 'host.name': '={{ $json.name }}', ...values }, options, {
		entityType: 'host',
		operation,
	});

const REVISIONS: ReadonlyArray<readonly [string, KibanaOptions]> = [
	['9.4', { api: 'v2', revision: '9.4' }],
	['9.6', { api: 'v2', revision: '9.6' }],
];

describe.each(REVISIONS)('on Kibana %s', (_, options) => {
	beforeAll(async () => {
		kibana = await startKibana(options);
	});

	afterEach(() => kibana.clear());

	afterAll(async () => await kibana.stop());

	it.each([
		['upsert', {}],
		['upsert', { force: true }],
		['create', {}],
	] as const)('%s %j creates entities that the lists by type show', async (operation, given) => {
		const kinds = ['user', 'host', 'service', 'generic'];
		const result = await run(
			kinds.map((kind) => ({
				kind,
				record:
					kind === 'generic' ? { entity: { id: 'bucket' } } : { [kind]: { name: `a-${kind}` } },
			})),
			{
				...automatic(given, { operation, entityType: '={{ $json.kind }}' }),
				inputMode: 'json',
				record: '={{ $json.record }}',
			},
		);
		expect(statusesOf(result)).toEqual(['created', 'created', 'created', 'created']);
		expect(await listedAs('user')).toEqual(['user:a-user@unknown']);
		expect(await listedAs('host')).toEqual(['host:a-host']);
		expect(await listedAs('service,generic')).toEqual(['bucket', 'service:a-service']);
	});

	it('an update with Force gives the type to an entity that lacks it, and one without leaves it', async () => {
		seedUntyped('a');
		seedUntyped('b');
		expect(await listedAs('host')).toEqual([]);
		const managed = { 'entity.attributes.managed': true };
		const free = await run([{ name: 'a' }], hosts(managed));
		expect(statusesOf(free)).toEqual(['updated']);
		expect(await listedAs('host')).toEqual([]);
		const forced = await run([{ name: 'b' }], hosts(managed, { force: true }));
		expect(statusesOf(forced)).toEqual(['updated']);
		expect(await listedAs('host')).toEqual(['host:b']);
	});

	it('Verify fails a created entity whose type is not in the store', async () => {
		const forget = () =>
			kibana.changeInBackground('host:a', { entity: { EngineMetadata: { Type: 'user' } } });
		kibana.answerNextOn('list', { happens: forget, pass: true });
		const result = await run(
			[{ name: 'a' }],
			hosts({ 'entity.attributes.managed': true }, { verify: true, verifyTimeout: 0 }),
		);
		expect(errorsOf(result)).toEqual([expect.stringContaining('entity.EngineMetadata.Type')]);
		kibana.clear();
		const untouched = await run([{ name: 'a' }], hosts({}, { verify: true, verifyTimeout: 0 }));
		expect(statusesOf(untouched)).toEqual(['created']);
	});

	it('a type of another kind of entity is refused, and the own one is taken', async () => {
		const typed = hosts({ 'entity.EngineMetadata.Type': '={{ $json.type }}' }, { force: true });
		const result = await run(
			[
				{ name: 'a', type: 'host' },
				{ name: 'b', type: 'user' },
			],
			typed,
		);
		expect(statusesOf(result)).toEqual(['created']);
		expect(errorsOf(result)).toEqual([
			'entity.EngineMetadata.Type expects one of host, got "user"',
		]);
	});

	it('an item that gives nothing beside its ID is unchanged, and creates what is missing', async () => {
		kibana.seed('host', { host: { name: 'there' }, asset: { owner: 'kai' } });
		const mapped = hosts({ 'asset.owner': '={{ $json.owner }}' }, { force: true });
		const result = await run(
			[
				{ name: 'there', owner: null },
				{ name: 'missing', owner: '' },
				{ name: 'there', owner: 'jane' },
			],
			mapped,
		);
		expect(statusesOf(result)).toEqual(['unchanged', 'created', 'updated']);
		expect(result.hints.map(({ message }) => message)).toEqual([
			'Kibana created 1, updated 1 and left unchanged 1 of 3 entities in 3 requests',
		]);
		const updated = await run([{ name: 'there' }, { name: 'nobody' }], {
			...mapped,
			operation: 'update',
		});
		expect(statusesOf(updated)).toEqual(['unchanged']);
		expect(errorsOf(updated)).toEqual([expect.stringMatching(/^Kibana has no such entity/)]);
	});

	it('a second name is a value, and so is a second value of the name', async () => {
		kibana.seed('host', { host: { id: ['h-1'] } });
		kibana.seed('user', {
			entity: { id: 'user:a@example.com@unknown' },
			user: { email: ['a@example.com'] },
		});
		const two = await run(
			[{ name: 'renamed' }],
			hosts({ 'host.id': 'h-1' }, { force: true }, 'update'),
		);
		expect(statusesOf(two)).toEqual(['updated']);
		const users = (email: string) => mapping({ 'user.email': email }, {}, { operation: 'update' });
		expect(statusesOf(await run([{}], users('a@example.com')))).toEqual(['unchanged']);
		expect(statusesOf(await run([{}], users('a@example.com, b@example.com')))).toEqual(['updated']);
	});

	it('Unassigned takes a criticality away, or says that this Kibana refuses that, item by item', async () => {
		const assigned = { asset: { criticality: 'high_impact' } };
		kibana.seed('host', { host: { name: 'a' }, ...assigned });
		kibana.seed('host', { host: { name: 'b' }, ...assigned });
		kibana.seed('host', { host: { name: 'c' }, ...assigned });
		kibana.seed('host', { host: { name: 'd' }, ...assigned });
		const result = await run(
			[
				{ name: 'a', to: 'unassigned' },
				{ name: 'b', to: 'low_impact' },
				{ name: 'c', to: null },
				{ name: 'd', to: 'unassigned' },
			],
			hosts({ 'asset.criticality': '={{ $json.to }}' }, { force: true, verify: true }),
		);
		const stored = () => kibana.documents().map(criticalityIn);
		if (options.revision === '9.6') {
			expect(statusesOf(result)).toEqual(['updated', 'updated', 'unchanged', 'updated']);
			expect(stored()).toEqual([null, 'low_impact', 'high_impact', null]);
			return;
		}
		expect(statusesOf(result)).toEqual(['updated', 'unchanged']);
		expect(stored()).toEqual(['high_impact', 'low_impact', 'high_impact', 'high_impact']);
		const unassignable = expect.stringMatching(
			/^This Kibana does not unassign the criticality: \[request body\]: asset\.criticality: /,
		);
		expect(errorsOf(result)).toEqual([unassignable, unassignable]);
		expect(jsonOf(result.outputs[1])[0]).toMatchObject({
			message: expect.stringContaining('in Kibana'),
			details: { reason: 'refused', fields: ['asset.criticality'], httpStatus: 400 },
		});
		// The first request is refused for two of its records, which is known from one answer.
		expect(kibana.bulkRequests()).toHaveLength(2);
	});

	it('Unassigned creates an entity without a criticality', async () => {
		const result = await run(
			[{ name: 'a' }],
			hosts({ 'asset.criticality': 'unassigned' }, { force: true, verify: true }, 'create'),
		);
		expect(statusesOf(result)).toEqual(['created']);
		expect(criticalityIn(kibana.documents()[0])).toBeUndefined();
		expect(typeIn(kibana.documents()[0])).toBe('host');
	});

	it('Unassigned needs Force, as every criticality does', async () => {
		const result = await run([{ name: 'a' }], hosts({ 'asset.criticality': 'unassigned' }));
		expect(errorsOf(result)).toEqual(['Protected by Kibana: asset.criticality']);
	});
});

describe('on Kibana 9.3', () => {
	beforeAll(async () => {
		kibana = await startKibana({ api: 'v1' });
	});

	afterEach(() => kibana.clear());

	afterAll(async () => await kibana.stop());

	it('Unassigned is an error of its item, which says where it can be done', async () => {
		const result = await run(
			[
				{ name: 'a', to: 'unassigned' },
				{ name: 'b', to: 'low_impact' },
			],
			hosts({ 'asset.criticality': '={{ $json.to }}' }, { force: true }),
		);
		expect(statusesOf(result)).toEqual(['accepted']);
		expect(errorsOf(result)).toEqual([
			'asset.criticality cannot be unassigned through the Entity Store API of this Kibana: unassign it on the page of the entity in Kibana',
		]);
	});

	it('no type is sent, and an item that gives nothing beside its ID is accepted', async () => {
		const result = await run(
			[{ name: 'a', owner: null }],
			hosts({ 'asset.owner': '={{ $json.owner }}' }, { force: true }),
		);
		expect(statusesOf(result)).toEqual(['accepted']);
		expect(kibana.history().map(({ record }) => record)).toEqual([
			{ entity: { id: 'a' }, host: { name: 'a' } },
		]);
	});
});

describe('an empty value on Kibana 9.4', () => {
	beforeAll(async () => {
		kibana = await startKibana({ api: 'v2', version: '9.4.2' });
	});

	afterEach(() => kibana.clear());

	afterAll(async () => await kibana.stop());

	const rolesOf = () =>
		kibana.entities('user').map(({ record }) => (record.user as IDataObject).roles);

	const NAMED = { 'user.name': '={{ $json.name }}', 'user.roles': '={{ $json.roles }}' };

	it('in a list leaves the field as it is, unless the options say that it clears it', async () => {
		const items = [{ name: 'a', roles: [] }];
		const writeRoles = async (roles: unknown[], options: IDataObject) =>
			await run(
				[{ ...items[0], roles } as IDataObject],
				mapping(NAMED, { force: true, ...options }),
			);
		await writeRoles(['admin'], {});
		await writeRoles([], {});
		expect(rolesOf()).toEqual([['admin']]);
		const result = await writeRoles([], { emptyLists: 'clear' });
		expect(statusesOf(result)).toEqual(['updated']);
		expect(rolesOf()).toEqual([[]]);
	});

	it('in a naming field is counted, where another field gives the ID in its place', async () => {
		const items = ['a@example.com', '', null].map((email, at) => ({ email, name: `user-${at}` }));
		const parameters = mapping({
			'user.email': '={{ $json.email }}',
			'user.name': '={{ $json.name }}',
		});
		const { hints } = await run(items, parameters);
		expect(hints.map(({ message }) => message)).toContain(
			'2 items have an empty user.email, so their entity IDs come from another field. With a value there, they would be other entities',
		);
		const one = await run(items.slice(0, 2), parameters);
		expect(one.hints.map(({ message }) => message)).toContain(
			'1 item has an empty user.email, so its entity ID comes from another field. With a value there, it would be another entity',
		);
		const none = await run(items.slice(0, 1), parameters);
		expect(none.hints.map(({ message }) => message).join()).not.toContain('empty');
	});
});
