/** Delete Missing: the mirror of a list, with its guards. */
import type { IDataObject, INodeParameters } from 'n8n-workflow';

import type { TestKibana } from '../../sandbox/kibana/server';
import { request } from '../../sandbox/kibana/request';
import { runNode, type EngineRun } from '../../sandbox/n8n/engine';
import { withBothGenerations } from './kibanas';
import { jsonOf, nodeOn } from './run';

let kibana: TestKibana;
let first: TestKibana;

withBothGenerations((v2, v1) => {
	kibana = v2;
	first = v1;
});

const mirror = (options: IDataObject = {}, more: INodeParameters = {}): INodeParameters => ({
	resource: 'entity',
	operation: 'deleteMissing',
	entityType: 'user',
	findBy: 'fields',
	matchFields: { email: '={{ $json.mail }}' },
	filters: { source: 'okta' },
	options: options as INodeParameters,
	...more,
});

const run = async (items: EngineRun['items'], parameters: INodeParameters, on = kibana) =>
	await runNode({ ...nodeOn(on), items, parameters, onError: 'continueErrorOutput' });

const idOf = (index: number) => `user:user-${index}@example.com@okta`;

/** So many of Okta, and three others that must stay. */
const seed = (count: number) => {
	for (let index = 0; index < count; index += 1) {
		const email = [`user-${index}@example.com`];
		kibana.seed('user', { entity: { id: idOf(index), source: ['okta'] }, user: { email } });
	}
	kibana.seed('user', { entity: { id: 'user:x@ad', source: ['ad'] }, user: { name: 'x' } });
	kibana.seed('user', { entity: { id: 'user:y@unknown' }, user: { name: 'y' } });
	kibana.seed('host', { entity: { id: 'host:h', source: ['okta'] }, host: { name: 'h' } });
};

const mails = (from: number, to: number): IDataObject[] =>
	Array.from({ length: to - from }, (_, index) => ({ mail: `user-${from + index}@example.com` }));

const countIn = (on = kibana) => on.entities().length;

describe('Delete Missing', () => {
	it('deletes what is in scope and not in the input, with one item for each', async () => {
		seed(40);
		const { outputs, hints } = await run(mails(2, 40), mirror());
		expect(
			jsonOf(outputs[0]).sort((one, two) => (String(one.entityId) < String(two.entityId) ? -1 : 1)),
		).toEqual(
			[0, 1].map((index) => ({
				entityId: idOf(index),
				entityType: 'user',
				name: null,
				action: 'delete',
				status: 'deleted',
			})),
		);
		expect(outputs[1]).toEqual([]);
		expect(hints.map(({ message }) => message)).toEqual([
			'Missing from the input and deleted: 2 of 40 entities in scope',
		]);
		expect(countIn()).toBe(38 + 3);
		kibana.refresh();
		const again = await run(mails(2, 40), mirror());
		expect([again.outputs[0], countIn()]).toEqual([[], 41]);
	});

	it('takes entity IDs as well, and KQL for the scope', async () => {
		seed(20);
		const items = Array.from({ length: 19 }, (_, index) => ({ id: idOf(index + 1) }));
		const parameters = mirror(
			{},
			{
				findBy: 'id',
				entityId: { __rl: true, mode: 'id', value: '={{ $json.id }}' },
				filters: { kql: 'entity.source: okta' },
			},
		);
		const { outputs } = await run(items, parameters);
		expect(jsonOf(outputs[0]).map(({ entityId }) => entityId)).toEqual([idOf(0)]);
	});

	it.each([
		['a part', {}, '20 of 40 entities in scope would be deleted: 50 %, more than the 10 % allowed'],
		[
			'a number',
			{ maxPercent: 100, maxCount: 19 },
			'20 of 40 entities in scope would be deleted: more than the 19 allowed',
		],
	])('changes nothing where more than %s is missing', async (_, options, message) => {
		seed(40);
		const { outputs } = await run(mails(20, 40), mirror(options));
		expect(jsonOf(outputs[1])).toMatchObject([{ error: message, details: { reason: 'tooMany' } }]);
		expect(countIn()).toBe(43);
		const allowed = await run(mails(20, 40), mirror({ maxPercent: 50, maxCount: 20 }));
		expect([allowed.outputs[0]?.length, countIn()]).toEqual([20, 23]);
	});

	it('takes an empty input for an error unless allowed, and the guards still hold then', async () => {
		seed(5);
		const refused = await run([{}], mirror({ maxPercent: 100 }));
		expect(jsonOf(refused.outputs[1])).toMatchObject([
			{ error: 'The input is empty, so every entity in scope would be deleted' },
		]);
		const guarded = await run([{}], mirror({ allowEmpty: true }));
		expect(guarded.outputs[1]).toHaveLength(1);
		expect(countIn()).toBe(8);
		await run([{}], mirror({ allowEmpty: true, maxPercent: 100 }));
		expect(countIn()).toBe(3);
	});

	it('changes nothing where an item does not say which entity it is', async () => {
		seed(20);
		const { outputs } = await run([...mails(1, 20), { other: 1 }], mirror());
		expect(jsonOf(outputs[1])).toMatchObject([
			{ error: 'No field to find the entity by has a value, so nothing was changed' },
		]);
		expect(outputs[1]?.[0]?.pairedItem).toEqual({ item: 19 });
		expect(countIn()).toBe(23);
	});

	it.each<[string, INodeParameters]>([
		['no filter', { filters: {} }],
		['a risk score that every score reaches', { filters: { riskScoreFrom: 0 } }],
		['a filter that fits all', { filters: { kql: '*' } }],
		['a filter that fits all by a field', { filters: { kql: ' (entity.id: *) ' } }],
	])('refuses %s as a scope', async (_, more) => {
		seed(3);
		const { outputs } = await run(mails(0, 1), mirror({ maxPercent: 100 }, more));
		expect(jsonOf(outputs[1])).toMatchObject([{ details: { reason: 'invalidSetting' } }]);
		expect(countIn()).toBe(6);
		expect(kibana.listRequests()).toHaveLength(0);
	});

	it.each<[string, INodeParameters, string]>([
		[
			'space',
			{ space: { __rl: true, mode: 'id', value: '={{ $json.at }}' } },
			'The item is of another space than the first one, so nothing was changed',
		],
		[
			'entity type',
			{ entityType: '={{ $json.kind }}', matchFields: { entityName: '={{ $json.mail }}' } },
			'The item is of another entity type than the first one, so nothing was changed',
		],
	])(
		'changes nothing where an item is of another %s, as one is mirrored',
		async (_, more, error) => {
			seed(20);
			const [one, ...others] = mails(0, 20).map((item) => ({
				...item,
				at: 'default',
				kind: 'user',
			}));
			const items = [one, { ...one, at: 'soc', kind: 'host' }, ...others] as IDataObject[];
			const { outputs } = await run(items, mirror({ maxPercent: 100 }, more));
			expect(outputs[0]).toEqual([]);
			expect(outputs[1]?.map(({ json, pairedItem }) => [json.error, pairedItem])).toEqual([
				[error, { item: 1 }],
			]);
			expect(countIn()).toBe(23);
		},
	);

	it('lists in a dry run what it would delete, and says whether a guard would stop it', async () => {
		seed(10);
		const { outputs, hints } = await run(mails(2, 10), mirror({ dryRun: true }));
		expect(jsonOf(outputs[0]).map(({ status }) => status)).toEqual(['dryRun', 'dryRun']);
		expect(hints[0]?.message).toBe(
			'Dry run: 2 of 10 entities in scope would be deleted. A run would stop: 2 of 10 entities in scope would be deleted: 20 %, more than the 10 % allowed',
		);
		expect(countIn()).toBe(13);
	});

	it('marks instead, once, and does not count again what is marked', async () => {
		seed(40);
		const marking = mirror(
			{},
			{ whenMissing: 'mark', mark: '{"entity":{"attributes":{"managed":false}}}' },
		);
		const { outputs } = await run(mails(4, 40), marking);
		expect(jsonOf(outputs[0]).map(({ action, status }) => [action, status])).toEqual(
			Array.from({ length: 4 }, () => ['mark', 'updated']),
		);
		expect(countIn()).toBe(43);
		const next = await run(mails(6, 40), marking);
		expect(
			jsonOf(next.outputs[0])
				.map(({ entityId }) => entityId)
				.sort(),
		).toEqual([idOf(4), idOf(5)]);
	});

	it('says what is wrong with a mark before it reads anything', async () => {
		const marks: Array<[string, string]> = [
			['[]', 'The mark must be a JSON object'],
			['{}', 'The mark writes nothing'],
			['{"asset":{"criticality":"low_impact"}}', 'The mark cannot be written: '],
		];
		for (const [mark, error] of marks) {
			const { outputs } = await run(mails(0, 1), mirror({}, { whenMissing: 'mark', mark }));
			expect(jsonOf(outputs[1])).toMatchObject([{ error: expect.stringContaining(error) }]);
		}
		expect(kibana.listRequests()).toHaveLength(0);
	});

	it('ends the same when it was interrupted and runs again', async () => {
		seed(40);
		const lost = { reset: 'before' as const };
		kibana.answerNextOn('delete', lost, lost, lost, lost);
		const cut = await run(mails(4, 40), mirror({ maxRetries: 0 }));
		expect(cut.outputs[1]).toHaveLength(4);
		await run(mails(4, 40), mirror());
		expect(countIn()).toBe(36 + 3);
	});
});

describe('Delete Missing (first generation)', () => {
	it('deletes by what the list shows', async () => {
		const entities = Array.from({ length: 20 }, (_, index) => ({
			type: 'host',
			record: { entity: { id: `host-${index}` }, asset: { criticality: 'low_impact' } },
		}));
		const path = '/api/entity_store/entities/bulk?force=true';
		await request(first, { method: 'PUT', path, body: { entities } });
		const items = Array.from({ length: 18 }, (_, index) => ({ name: `host-${index}` }));
		const { outputs } = await run(
			items,
			mirror(
				{},
				{
					entityType: 'host',
					matchFields: { hostName: '={{ $json.name }}' },
					filters: { criticality: ['low_impact'] },
				},
			),
			first,
		);
		expect(jsonOf(outputs[0]).map(({ entityId }) => entityId)).toEqual(['host-18', 'host-19']);
		expect(countIn(first)).toBe(18);
	});
});
