/**
 * What a run costs, counted instead of timed. A change of kind, such as one evaluation for each item where
 * there was none, fails here on any machine.
 */
import { Expression, type IDataObject } from 'n8n-workflow';

import { KibanaEntityStore } from '../../nodes/KibanaEntityStore/KibanaEntityStore.node';
import { startKibana, type TestKibana } from '../../sandbox/kibana/server';
import { runNode, type EngineRun } from '../../sandbox/n8n/engine';
import { automatic, json, mapping, nodeOn } from './run';

let kibana: TestKibana;

beforeAll(async () => {
	kibana = await startKibana({ api: 'v2' });
});

afterEach(() => {
	kibana.clear();
	jest.restoreAllMocks();
});

afterAll(async () => await kibana.stop());

const ITEMS = 1_000;

const hosts = (): IDataObject[] =>
	Array.from({ length: ITEMS }, (_, index) => ({
		host: { name: `host-${index}` },
		entity: { attributes: { managed: true } },
		owner: { mail: `owner-${index}@example.com` },
	}));

const seed = (): void => {
	for (let index = 0; index < ITEMS; index += 1) {
		kibana.seed('host', { host: { name: `host-${index}` } });
	}
};

interface Costs {
	readonly evaluations: number;
	readonly serialisations: number;
	readonly requests: number;
}

const costsOf = async (
	parameters: EngineRun['parameters'],
	more: Partial<EngineRun> = {},
): Promise<Costs> => {
	seed();
	const evaluate = jest.spyOn(Expression.prototype, 'resolveSimpleParameterValue');
	const stringify = jest.spyOn(JSON, 'stringify');
	const { outputs, finished } = await runNode({
		...nodeOn(kibana),
		items: hosts(),
		parameters,
		onError: 'continueErrorOutput',
		...more,
	});
	// The data of evaluations is not stored with the execution.
	const { contextData = {} } = finished.data.executionData ?? {};
	expect(Object.values(contextData).every((one) => Object.keys(one).length === 0)).toBe(true);
	expect(outputs[0]).toHaveLength(ITEMS);
	const isExpression = ([value]: unknown[]) => String(value).startsWith('=');
	const isRecord = ([value]: unknown[]) =>
		typeof value === 'object' && value !== null && 'entity' in value && 'host' in value;
	return {
		evaluations: evaluate.mock.calls.filter(isExpression).length,
		serialisations: stringify.mock.calls.filter(isRecord).length,
		requests: kibana.bulkRequests().length + kibana.createRequests().length,
	};
};

const SIMPLE = {
	'host.name': '={{ $json.host.name }}',
	'entity.attributes.managed': '={{ $json.entity.attributes.managed }}',
	'asset.owner': '=Owner: {{ $json.owner.mail }}',
	'asset.environment': 'production',
};
const OPTIONS = { force: true, chunkSize: 250 };
const OF_HOSTS = { entityType: 'host' };

describe('a run of 1,000 items', () => {
	it('evaluates nothing for simple expressions, serialises each record once, sends 4 requests', async () => {
		expect(await costsOf(mapping(SIMPLE, OPTIONS, OF_HOSTS))).toEqual({
			evaluations: 0,
			serialisations: ITEMS,
			requests: 4,
		});
	});

	const COMPLEX = {
		...SIMPLE,
		'asset.name': '={{ $json.host.name.toUpperCase() }}',
		'asset.business_unit': '={{ $json.owner.mail.split("@")[1] || "none" }}',
	};
	/** One for each expression, to check whether n8n can read it, and one or a few for all items. */
	const A_HANDFUL = 5;

	it('evaluates a few times for expressions that use only the item', async () => {
		const { evaluations } = await costsOf(mapping(COMPLEX, OPTIONS, OF_HOSTS));
		expect(evaluations).toBeLessThanOrEqual(A_HANDFUL);
	});

	it('evaluates a few times also for megabytes of items, and in a node with any name', async () => {
		const note = 'x'.repeat(5_000);
		const { evaluations } = await costsOf(mapping(COMPLEX, OPTIONS, OF_HOSTS), {
			items: hosts().map((host) => ({ ...host, note })),
			node: class extends KibanaEntityStore {
				constructor() {
					super();
					this.description.defaults = { name: `Jane's "store" \\ {1}` };
				}
			},
		});
		expect(evaluations).toBeLessThanOrEqual(A_HANDFUL);
	});

	it.each([
		[
			'an entity type',
			mapping(SIMPLE, OPTIONS, { entityType: '={{ $json.host ? "host" : "user" }}' }),
		],
		['a record', json('={{ { host: { name: $json.host.name.trim() } } }}', OPTIONS, OF_HOSTS)],
		[
			'a record as text',
			json('={"host": {"name": "{{ $json.host.name.trim() }}"}}', OPTIONS, OF_HOSTS),
		],
	])('does so for %s', async (_, parameters) => {
		const { evaluations } = await costsOf(parameters);
		expect(evaluations).toBeLessThanOrEqual(A_HANDFUL);
	});

	it('evaluates once for each item for any number of expressions that use more than the item', async () => {
		const complex = {
			...SIMPLE,
			'asset.name': '={{ $("Start").item.json.host.name }}',
			'asset.business_unit': '={{ $itemIndex % 2 ? "odd" : "even" }}',
		};
		const { evaluations } = await costsOf(mapping(complex, OPTIONS, OF_HOSTS));
		expect(evaluations).toBeLessThanOrEqual(ITEMS + 5);
	});

	it('evaluates nothing for automatic mapping, and for a record as text with paths in it', async () => {
		expect((await costsOf(automatic(OPTIONS, OF_HOSTS))).evaluations).toBe(0);
		const record = '={"host": {"name": "{{ $json.host.name }}"}}';
		expect((await costsOf(json(record, OPTIONS, OF_HOSTS))).evaluations).toBe(0);
	});
});

describe('an error output', () => {
	const { shift } = Array.prototype;

	afterEach(() => {
		Array.prototype.shift = shift;
	});

	it('gets every item once and in order, and n8n moves no long list to sort them out', async () => {
		let longest = 0;
		Array.prototype.shift = function (this: unknown[]) {
			longest = Math.max(longest, this.length);
			return shift.call(this);
		};
		const isBroken = (index: number) => index % 3 === 0;
		const many = Array.from({ length: 12 }, hosts).flat();
		const { outputs } = await runNode({
			...nodeOn(kibana),
			items: many.map((host, index) =>
				isBroken(index) ? { ...host, entity: { attributes: { managed: 'perhaps' } } } : host,
			),
			parameters: mapping(SIMPLE, { ...OPTIONS, dryRun: true }, OF_HOSTS),
			onError: 'continueErrorOutput',
		});
		const indexes = [...many.keys()];
		const expected = [indexes.filter((index) => !isBroken(index)), indexes.filter(isBroken)];
		expect(outputs.map((items) => items.map(({ pairedItem }) => pairedItem))).toEqual(
			expected.map((some) => some.map((item) => ({ item }))),
		);
		expect(longest).toBeLessThan(many.length);
	});
});
