/** What is said of items when an answer is lost, refused or repeats itself, on whatever route. */
import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import { startKibana, type TestKibana } from '../../sandbox/kibana/server';
import { callListSearch, runNode, type EngineRun } from '../../sandbox/n8n/engine';
import { jsonOf, mapping, nodeOn } from './run';

let kibana: TestKibana;

beforeAll(async () => {
	kibana = await startKibana({ api: 'v2' });
});

afterEach(() => kibana.clear());

afterAll(async () => await kibana.stop());

const hosts = (options: IDataObject = {}) =>
	mapping({ 'host.name': '={{ $json.name }}' }, options, { entityType: 'host' });

const run = async (options: IDataObject = {}, more: Partial<EngineRun> = {}) =>
	await runNode({
		...nodeOn(kibana),
		items: [{ name: 'a' }, { name: 'b' }],
		parameters: hosts(options),
		onError: 'continueErrorOutput',
		...more,
	});

describe('a lost answer to the question for the version', () => {
	it.each([
		['a reset connection', { reset: 'before' }],
		['a gateway timeout', { status: 504 }],
	] as const)('fails the items as not sent: %s', async (_, answer) => {
		kibana.answerNextOn('status', answer);
		const { outputs } = await run({ maxRetries: 0 });
		expect(outputs[0]).toEqual([]);
		for (const { error, details } of jsonOf(outputs[1])) {
			expect(details).toMatchObject({ status: 'failed' });
			expect(error).toContain('nothing was sent');
			expect(error).not.toContain('may or may not');
		}
		expect(kibana.bulkRequests()).toHaveLength(0);
	});

	it('is asked again within the retry limits', async () => {
		kibana.answerNextOn('status', { reset: 'before' }, { status: 504 });
		const { outputs } = await run();
		expect(jsonOf(outputs[0])).toMatchObject([{ status: 'created' }, { status: 'created' }]);
	});
});

describe('the list of spaces', () => {
	it('takes the ID for the name of a space that has none', async () => {
		kibana.answerNextOn('spaces', { status: 200, body: '[{"id":"soc"}]' });
		const { node, ...setup } = nodeOn(kibana);
		const found = await callListSearch(node, 'searchSpaces', { ...setup, parameters: {} });
		expect(found.results).toEqual([{ name: 'soc', value: 'soc' }]);
	});

	it('is not called a refused entity where it is refused', async () => {
		kibana.answerNextOn('spaces', { status: 400, body: '{"message":"no such thing"}' });
		const { node, ...setup } = nodeOn(kibana);
		const listing = callListSearch(node, 'searchSpaces', { ...setup, parameters: {} });
		await expect(listing).rejects.toThrow('Kibana refused the request: no such thing');
	});
});

describe('a throw in the middle of a run', () => {
	/** Fails where n8n itself is used, which no item can cause. */
	const failing = (when: () => boolean): Partial<EngineRun> => {
		const { node, ...others } = nodeOn(kibana);
		const Node = node as new () => InstanceType<typeof node & (new () => object)>;
		const instance = new Node() as unknown as {
			execute(this: unknown): Promise<INodeExecutionData[][]>;
		};
		const { execute } = instance;
		instance.execute = async function (this: unknown) {
			const context = this as { addExecutionHints: (...hints: unknown[]) => void };
			const { addExecutionHints } = context;
			context.addExecutionHints = (...hints) => {
				if (when()) throw new TypeError('out of order');
				addExecutionHints.apply(context, hints);
			};
			return await execute.call(context);
		};
		return { ...others, node: instance as unknown as EngineRun['node'] };
	};

	it('does not say that the node could not start once requests were sent', async () => {
		const { outputs } = await run(
			{},
			failing(() => kibana.bulkRequests().length > 0),
		);
		expect(outputs[0]).toEqual([]);
		for (const { error, details } of jsonOf(outputs[1])) {
			expect(error).toMatch(/^The node failed after requests were sent.*out of order$/);
			expect(details).toMatchObject({ status: 'unknown' });
		}
	});

	it('says that nothing was started before', async () => {
		const { outputs } = await run({}, { credentials: undefined });
		expect(jsonOf(outputs[1])[0]?.error).toMatch(/^The node could not start: /);
		expect(jsonOf(outputs[1])[0]?.details).toMatchObject({ status: 'failed' });
	});
});

describe('a message of Kibana', () => {
	it('says each issue once', async () => {
		const issue = 'entity.relationships.owns: Invalid input: expected array, received string';
		const keys = 'Unrecognized keys: "a", "b"';
		const message = `[request body]: ${[issue, keys, issue, keys, issue].join(', ')}, and 3 more`;
		kibana.answerNext({ status: 400, body: JSON.stringify({ message }) });
		const { outputs } = await run({ chunkSize: 1, concurrency: 1 });
		const [failed] = jsonOf(outputs[1]);
		expect(failed?.error).toBe(
			`Kibana refused the entity: [request body]: ${issue}, ${keys}, and 3 more`,
		);
	});
});

describe('an error of one entity', () => {
	it('may have null where there is nothing to say', async () => {
		kibana.answerNext({
			edit: ({ body }) => {
				const { errors } = body as { readonly errors: readonly object[] };
				return {
					body: { ok: true, errors: errors.map((one) => ({ ...one, type: null, reason: null })) },
				};
			},
		});
		const { outputs } = await run({}, { parameters: { ...hosts(), operation: 'update' } });
		expect(jsonOf(outputs[1])).toMatchObject([
			{ error: 'Kibana has no such entity', details: { status: 'failed', reason: 'notFound' } },
			{ error: 'Kibana has no such entity', details: { status: 'failed', reason: 'notFound' } },
		]);
	});
});

describe('event.ingested of a generic entity', () => {
	it('is taken by Kibana 9.4 with protected fields written', async () => {
		const fields = { 'entity.id': 'arn:x', 'event.ingested': '2026-01-02T03:04:05Z' };
		const { outputs } = await run(
			{ force: true },
			{ items: [{}], parameters: mapping(fields, { force: true }, { entityType: 'generic' }) },
		);
		expect(jsonOf(outputs[0])).toMatchObject([{ status: 'created' }]);
	});
});
