/** What is kept of a run, and what it costs at most, whatever items and Kibana do. */
import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import { startKibana, type TestKibana } from '../../sandbox/kibana/server';
import { runNode, type EngineResult, type EngineRun } from '../../sandbox/n8n/engine';
import { jsonOf, mapping, nodeOn } from './run';

let kibana: TestKibana;

beforeAll(async () => {
	kibana = await startKibana({ api: 'v2' });
});

afterEach(() => kibana.clear());

afterAll(async () => await kibana.stop());

const run = async (
	items: EngineRun['items'],
	parameters: EngineRun['parameters'],
	onError: EngineRun['onError'] = 'continueErrorOutput',
): Promise<EngineResult> => await runNode({ ...nodeOn(kibana), items, parameters, onError });

const hosts = (options: IDataObject = {}, values: IDataObject = {}) =>
	mapping(
		{ 'host.name': '={{ $json.name }}', 'entity.attributes.managed': true, ...values },
		{ chunkSize: 10, ...options },
		{ entityType: 'host' },
	);

const named = (count: number): INodeExecutionData[] =>
	Array.from({ length: count }, (_, index) => ({ json: { name: `host-${index}` } }));

const UNSHOWABLE = {
	toString: () => {
		throw null;
	},
};

describe('whatever an item throws', () => {
	it.each<[string, unknown]>([
		['null', null],
		['an object that throws when it is shown', UNSHOWABLE],
		['an object without a prototype', Object.create(null)],
	])('%s: the others keep what became of them', async (_, thrown) => {
		for (let index = 0; index < 30; index += 1) {
			kibana.seed('host', { host: { name: `host-${index}` } });
		}
		const items = named(30);
		Object.defineProperty(items[15]?.json, 'name', {
			// n8n itself copies what it sees.
			enumerable: false,
			get: () => {
				throw thrown;
			},
		});
		const { outputs } = await run(() => items, hosts());
		expect(jsonOf(outputs[0]).filter(({ status }) => status === 'updated')).toHaveLength(29);
		expect(jsonOf(outputs[1])).toEqual([
			expect.objectContaining({
				error: expect.stringMatching(/failed|cannot be read/),
				details: expect.objectContaining({ status: 'failed' }),
			}),
		]);
	});
});

describe('a Kibana that fails on every write', () => {
	it('costs 2,000 items a bounded number of requests, and the rest says why', async () => {
		kibana.setFaults(({ route }) =>
			route === 'bulk' || route === 'create'
				? { status: 500, body: '{"statusCode":500,"error":"x","message":"An internal error"}' }
				: undefined,
		);
		const { outputs, hints } = await run(named(2_000), hosts({ chunkSize: 1_000, maxRetries: 0 }));
		const errors = jsonOf(outputs[1]);
		expect(errors).toHaveLength(2_000);
		expect(kibana.requests.length).toBeLessThanOrEqual(60);
		expect(errors.at(-1)).toEqual({
			error: expect.stringMatching(
				/^Stopped after 10 requests in a row failed permanently: Kibana failed on the request \(HTTP 500\): An internal error$/,
			),
			message: 'Run the failed items again later',
			details: expect.objectContaining({ reason: 'overloaded', httpStatus: 500, status: 'failed' }),
			name: 'host-1999',
		});
		expect(hints.map(({ message }) => message)).toEqual([
			expect.stringMatching(/^Kibana stored none of 2,000 entities in \d+ requests$/),
		]);
	});

	it('does not keep another space from being written', async () => {
		kibana.setFaults(({ payload }) =>
			JSON.stringify(payload ?? null).includes('broken') ? { status: 500, body: '{}' } : undefined,
		);
		const items = [...named(100), ...named(100)].map(({ json }, index) => ({
			json: {
				name: index < 100 ? `broken-${index}` : json.name,
				at: index < 100 ? 'a' : 'b',
			},
		}));
		const { outputs } = await run(items, {
			...hosts({ maxRetries: 0 }),
			space: { __rl: true, mode: 'id', value: '={{ $json.at }}' },
		});
		expect(jsonOf(outputs[0])).toHaveLength(100);
		expect(jsonOf(outputs[1])).toHaveLength(100);
	});
});

describe('texts from outside', () => {
	const LONG = 'x'.repeat(1_000_000);

	it('do not swell error items: fields, messages, IDs', async () => {
		const listed = Array.from({ length: 50_000 }, (_, nth) => `entity.attributes.a${nth}`);
		const message = `The following attributes are not allowed to be updated: [${listed.join(', ')}, ${LONG}]`;
		kibana.setFaults(({ route }) =>
			route === 'bulk'
				? { status: 400, body: JSON.stringify({ statusCode: 400, error: 'x', message }) }
				: undefined,
		);
		const { outputs } = await run(named(10), hosts());
		const sizes = outputs[1]?.map(({ json }) => JSON.stringify(json).length) ?? [];
		expect(sizes).toHaveLength(10);
		expect(Math.max(...sizes)).toBeLessThan(10_000);
	});

	it.each(['continueErrorOutput', 'stopWorkflow'] as const)(
		'do not swell errors by a long ID (%s)',
		async (onError) => {
			const record = mapping(
				{ 'entity.id': '={{ $json.id }}', 'host.ip': 'x', 'asset.criticality': 'severe' },
				{ force: true },
				{ entityType: 'host' },
			);
			const { outputs, error } = await run(
				Array.from({ length: 20 }, (_, nth) => ({ id: `${nth} ${LONG.slice(0, 200_000)}` })),
				record,
				onError,
			);
			const told = outputs[1]?.map(({ json }) => JSON.stringify({ ...json, id: '' })) ?? [];
			expect(told).toHaveLength(onError === 'stopWorkflow' ? 0 : 20);
			for (const one of told) expect(one.length).toBeLessThan(10_000);
			if (onError === 'stopWorkflow') expect(error?.description?.length).toBeLessThan(40_000);
		},
	);
});
