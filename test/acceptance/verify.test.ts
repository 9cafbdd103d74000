/** Reading entities back after they were written, on both generations of the API. */
import type { IDataObject } from 'n8n-workflow';

import {
	startKibana,
	type KibanaOptions,
	type ScriptedAnswer,
	type TestKibana,
} from '../../sandbox/kibana/server';
import { runNode, startRun, type EngineResult, type EngineRun } from '../../sandbox/n8n/engine';
import { jsonOf, mapping, nodeOn } from './run';

const running: TestKibana[] = [];

const start = async (options: KibanaOptions): Promise<TestKibana> => {
	const kibana = await startKibana(options);
	running.push(kibana);
	return kibana;
};

afterEach(async () => {
	await Promise.all(running.splice(0).map(async (kibana) => await kibana.stop()));
});

const run = async (
	kibana: TestKibana,
	items: EngineRun['items'],
	parameters: EngineRun['parameters'],
): Promise<EngineResult> =>
	await runNode({ ...nodeOn(kibana), items, parameters, onError: 'continueErrorOutput' });

const statusesOf = ({ outputs }: EngineResult) => jsonOf(outputs[0]).map(({ status }) => status);

const detailsOf = ({ outputs }: EngineResult) =>
	jsonOf(outputs[1]).map(({ details }) => details as IDataObject);

const messagesOf = ({ hints }: EngineResult) => hints.map(({ message }) => message);

const names = (count: number): IDataObject[] =>
	Array.from({ length: count }, (_, index) => ({ name: `host-${index}` }));

/** Hosts with a few values. The time is short unless a test sets it. */
const hosts = (options: IDataObject = {}, values: IDataObject = {}, more = {}) =>
	mapping(
		{ 'host.name': '={{ $json.name }}', 'entity.attributes.managed': true, ...values },
		{ verify: true, verifyTimeout: 1_000, force: true, ...options },
		{ entityType: 'host', ...more },
	);

const NO_TIME = { verifyTimeout: 0 };

const ALL_IS_WELL: ScriptedAnswer = { status: 200, body: '{"ok":true,"errors":[]}' };

const RICH = {
	'host.ip': '10.0.0.1, 2001:DB8::1',
	'host.mac': '00-11-22-33-44-55',
	'entity.name': 'A host',
	'entity.source': 'cmdb',
	'entity.type': 'Server',
	'entity.lifecycle.first_seen': '2026-01-02 03:04:05',
	'entity.risk.calculated_score': 77.3,
	'asset.criticality': 'high_impact',
	'asset.owner': 'jane',
};

describe.each<[string, KibanaOptions]>([
	['v1', { api: 'v1' }],
	['v1, as a live Kibana lists', { api: 'v1', listsLive: true }],
	['v2', { api: 'v2' }],
])('Verify (%s)', (name, options) => {
	const isFirst = name !== 'v2';
	const done = isFirst ? 'stored' : 'created';

	it('is off by default: nothing is read back', async () => {
		const kibana = await start(options);
		const result = await run(kibana, names(2), hosts({ verify: false }));
		expect(statusesOf(result)).toEqual(isFirst ? ['accepted', 'accepted'] : [done, done]);
		expect(kibana.listRequests()).toHaveLength(0);
		expect(messagesOf(result).join()).not.toContain('Read back');
	});

	it('finds existing entities with all their values at once, in one request', async () => {
		const kibana = await start(options);
		const result = await run(kibana, names(3), hosts(NO_TIME, RICH));
		expect(jsonOf(result.outputs[1])).toEqual([]);
		expect(statusesOf(result)).toEqual([done, done, done]);
		expect(kibana.listRequests()).toHaveLength(1);
		expect(messagesOf(result)).toEqual([
			expect.stringMatching(new RegExp(`^Kibana ${done} 3 of 3 entities in \\d requests?$`)),
			'Read back 3 of 3 in 1 request',
		]);
	});

	it('looks up many in pages with short URLs, and finds each', async () => {
		const kibana = await start(options);
		const items = Array.from({ length: 250 }, (_, at) => ({ name: `"${at}"\\ ü`.padEnd(50, 'ü') }));
		const result = await run(kibana, items, hosts({ ...NO_TIME, createConcurrency: 32 }));
		expect(jsonOf(result.outputs[1])).toEqual([]);
		expect(statusesOf(result)).toEqual(items.map(() => done));
		const asked = kibana.listRequests();
		expect(asked.length).toBeGreaterThan(2);
		expect(asked.length).toBeLessThan(40);
		for (const { path } of asked) expect(path.length).toBeLessThan(8_000);
	});

	it('keeps spaces and entity types apart', async () => {
		const kibana = await start(options);
		const items = ['', 'soc'].flatMap((space) =>
			['user', 'host', 'service', 'generic'].map((type) => ({ space, type })),
		);
		const result = await run(
			kibana,
			items,
			mapping(
				{
					'entity.id': '={{ $json.type === "generic" ? "same" : null }}',
					'user.name': '={{ $json.type === "user" ? "same" : null }}',
					'host.name': '={{ $json.type === "host" ? "same" : null }}',
					'service.name': '={{ $json.type === "service" ? "same" : null }}',
					'asset.criticality': '={{ $json.space ? "high_impact" : "low_impact" }}',
				},
				{ verify: true, verifyTimeout: 0, force: true },
				{
					entityType: '={{ $json.type }}',
					space: { __rl: true, mode: 'id', value: '={{ $json.space }}' } as unknown as string,
				},
			),
		);
		expect(jsonOf(result.outputs[1])).toEqual([]);
		expect(statusesOf(result)).toEqual(items.map(() => done));
		const inSpace = kibana.listRequests().filter(({ path }) => path.startsWith('/s/soc/'));
		expect(inSpace).toHaveLength(isFirst ? 4 : 1);
		expect(kibana.listRequests()).toHaveLength(isFirst ? 8 : 2);
	});

	it('counts the records of one entity as stored when the last ones won', async () => {
		const kibana = await start(options);
		const items = [
			{ name: 'a', owner: 'low_impact', type: 'x' },
			{ name: 'b', owner: 'low_impact', type: null },
			{ name: 'a', owner: 'high_impact', type: null },
			{ name: 'a', owner: 'medium_impact', type: null },
		];
		const result = await run(
			kibana,
			items,
			hosts(NO_TIME, {
				'asset.criticality': '={{ $json.owner }}',
				'entity.type': '={{ $json.type }}',
			}),
		);
		expect(jsonOf(result.outputs[1])).toEqual([]);
		expect(result.outputs[0]).toHaveLength(4);
		expect(messagesOf(result).at(-1)).toBe('Read back 4 of 4 in 1 request');
	});

	it('does nothing in a dry run', async () => {
		const kibana = await start(options);
		const result = await run(kibana, names(2), hosts({ dryRun: true }));
		expect(statusesOf(result)).toEqual(['dryRun', 'dryRun']);
		expect(kibana.listRequests()).toHaveLength(0);
	});

	it('looks up nothing when nothing was written', async () => {
		const kibana = await start(options);
		kibana.refuse(() => ({ status: 400, message: 'no' }));
		const result = await run(kibana, names(2), hosts());
		expect(detailsOf(result).map(({ reason }) => reason)).toEqual(['refused', 'refused']);
		expect(kibana.listRequests()).toHaveLength(0);
		expect(messagesOf(result).at(-1)).toBe('Nothing was stored, so nothing was read back');
	});

	it('retries when Kibana is overloaded or a proxy answers in its place', async () => {
		const kibana = await start(options);
		kibana.answerNextOn(
			'list',
			{ status: 503, body: 'Kibana server is not ready yet' },
			{ status: 200, body: '<html>Sign in</html>' },
		);
		const result = await run(kibana, names(2), hosts({ verifyTimeout: 20_000 }));
		expect(statusesOf(result)).toEqual([done, done]);
		expect(kibana.listRequests()).toHaveLength(3);
	});

	it.each<[string, ScriptedAnswer, string]>([
		['a page', { status: 200, body: '<html>' }, 'HTTP 200 came back, but not as Kibana answers'],
		['JSON of another kind', { status: 200, body: '{"records":1}' }, 'HTTP 200 came back'],
		['an error', { status: 503, body: '{"message":"busy"}' }, 'HTTP 503: busy'],
		['nothing', { reset: 'before' }, 'Kibana did not answer to the end (ECONNRESET)'],
	])('does not know when time is up and %s comes back', async (_, script, cause) => {
		const kibana = await start(options);
		kibana.answerNextOn('list', script);
		const result = await run(kibana, names(2), hosts(NO_TIME));
		expect(statusesOf(result)).toEqual([]);
		const verb = isFirst ? 'accepted' : 'created';
		for (const { error, details } of jsonOf(result.outputs[1])) {
			expect(error).toContain(`Kibana ${verb} the entity, but it could not be read back: ${cause}`);
			expect(details).toMatchObject({ reason: 'notVerified', status: 'unknown' });
		}
		expect(kibana.entities('host')).toHaveLength(2);
	});

	it('does not retry when the key may not list, and names the missing privilege', async () => {
		const kibana = await start(options);
		kibana.answerNextOn('list', { status: 403, body: '{"message":"is unauthorized"}' });
		const result = await run(kibana, names(3), hosts({ verifyTimeout: 60_000 }));
		expect(kibana.listRequests()).toHaveLength(1);
		expect(jsonOf(result.outputs[1])[0]).toMatchObject({
			error: expect.stringContaining('could not be read back: HTTP 403: is unauthorized'),
			message: expect.stringContaining('Give the API key or user the Kibana privilege'),
			details: { reason: 'notVerified', status: 'unknown', httpStatus: 403 },
		});
	});

	it('fails no other entity when one cannot be looked up', async () => {
		const kibana = await start(options);
		const refused: ScriptedAnswer = { status: 400, body: '{"message":"Invalid filter"}' };
		kibana.answerNextOn('list', refused, { pass: true }, refused);
		const result = await run(kibana, names(4), hosts(NO_TIME));
		expect(statusesOf(result)).toEqual([done, done, done, done]);
		kibana.answerNextOn('list', refused, refused, refused, { pass: true }, { pass: true });
		const again = await run(kibana, names(4), hosts(NO_TIME));
		expect(detailsOf(again).map(({ entityId }) => entityId)).toEqual([
			isFirst ? 'host-0' : 'host:host-0',
		]);
		expect(again.outputs[0]).toHaveLength(3);
	});

	it('names the field whose value differs, and only for that entity', async () => {
		const kibana = await start(options);
		kibana.answerNextOn('list', {
			edit: ({ body }) => {
				const changed = JSON.stringify(body).replace('"high_impact"', '"low_impact"');
				return { body: JSON.parse(changed) as unknown };
			},
		});
		const parameters = hosts(NO_TIME, { 'asset.criticality': 'high_impact' });
		const result = await run(kibana, names(2), parameters);
		expect(statusesOf(result)).toEqual([done]);
		expect(jsonOf(result.outputs[1])).toMatchObject([
			{
				error: expect.stringMatching(
					/these fields did not have the values sent within 0 seconds: asset\.criticality$/,
				),
				details: { reason: 'notVerified', status: 'unknown', fields: ['asset.criticality'] },
			},
		]);
	});

	it('stops when it is cancelled, during a pause and during a request', async () => {
		for (const script of [{ status: 503 }, { delayMs: 60_000, pass: true as const }]) {
			const kibana = await start(options);
			kibana.answerNextOn('list', script, { status: 503 }, { status: 503 });
			const parameters = hosts({ verifyTimeout: 600_000 });
			const started = startRun({ ...nodeOn(kibana), items: names(3), parameters });
			while (kibana.listRequests().length === 0) await new Promise((go) => setTimeout(go, 5));
			started.cancel();
			const { status } = await started.result;
			expect(status).toBe('canceled');
			expect(kibana.listRequests().length).toBeLessThan(3);
			expect(kibana.entities('host')).toHaveLength(3);
		}
	});

	it('stops the workflow with what is missing, when On Error is Stop', async () => {
		const kibana = await start(options);
		kibana.answerNextOn('list', { status: 503, body: '' });
		const { error } = await runNode({
			...nodeOn(kibana),
			items: names(1),
			parameters: hosts(NO_TIME),
		});
		expect(error?.message).toContain('could not be read back');
	});

	it.each([-1, 3_600_001, 'soon'])('does not start with a timeout of %p', async (verifyTimeout) => {
		const kibana = await start(options);
		const result = await run(kibana, names(1), hosts({ verifyTimeout }));
		expect(jsonOf(result.outputs[1])[0]?.error).toMatch(/^Option verifyTimeout/);
		expect(kibana.bulkRequests()).toHaveLength(0);
	});
});

describe('Verify, where Kibana only queues', () => {
	it('waits for the run of the entity store', async () => {
		const kibana = await start({ api: 'v1', visibleAfterMs: 400 });
		const result = await run(kibana, names(3), hosts({ verifyTimeout: 60_000 }));
		expect(statusesOf(result)).toEqual(['stored', 'stored', 'stored']);
		expect(kibana.listRequests().length).toBeGreaterThan(1);
		expect(kibana.listRequests().length).toBeLessThan(5);
		expect(messagesOf(result)[0]).toBe('Kibana stored 3 of 3 entities in 1 request');
	});

	it('waits for the new values of existing entities', async () => {
		const kibana = await start({ api: 'v1', visibleAfterMs: 60_000 });
		await run(kibana, names(3), hosts({ verify: false }, { 'asset.criticality': 'low_impact' }));
		kibana.runTransform();
		const running = run(
			kibana,
			names(3),
			hosts({ verifyTimeout: 60_000 }, { 'asset.criticality': 'high_impact' }),
		);
		while (kibana.listRequests().length < 2) await new Promise((go) => setTimeout(go, 5));
		kibana.runTransform();
		expect(statusesOf(await running)).toEqual(['stored', 'stored', 'stored']);
	});

	it('fails an entity that never appears, and says what to do', async () => {
		const kibana = await start({ api: 'v1', visibleAfterMs: 3_600_000 });
		const result = await run(kibana, names(2), hosts({ verifyTimeout: 700 }));
		expect(jsonOf(result.outputs[1])).toMatchObject(
			names(2).map(({ name }) => ({
				name,
				error:
					'Kibana accepted the entity, but it was not found in the entity store within 0.7 seconds',
				message: expect.stringContaining('raise "Verify Timeout"'),
				details: {
					entityId: name,
					entityType: 'host',
					reason: 'notVerified',
					status: 'unknown',
				},
			})),
		);
		expect(messagesOf(result).at(-1)).toMatch(/^Read back none of 2 in [3-5] requests$/);
	});

	it('finds the one row of 1,000 that Elasticsearch lost, and no other', async () => {
		const kibana = await start({ api: 'v1' });
		kibana.loseRows(({ record }) => (record.entity as IDataObject).id === 'host-456');
		const result = await run(kibana, names(1_000), hosts(NO_TIME));
		expect(statusesOf(result)).toEqual(Array.from({ length: 999 }, () => 'stored'));
		expect(jsonOf(result.outputs[1])).toMatchObject([
			{
				name: 'host-456',
				error: expect.stringContaining('was not found in the entity store'),
				details: { reason: 'notVerified' },
			},
		]);
		expect(kibana.listRequests().length).toBeLessThan(20);
		expect(messagesOf(result)).toEqual([
			'Kibana stored 999 of 1,000 entities in 1 request',
			expect.stringMatching(/^Read back 999 of 1,000 in \d+ requests$/),
		]);
	});

	it('finds an update that was lost, by the values that did not change', async () => {
		const kibana = await start({ api: 'v1' });
		const withOwner = (criticality: string) =>
			hosts(NO_TIME, { 'asset.criticality': criticality, 'host.ip': '10.0.0.1' });
		await run(kibana, names(3), withOwner('low_impact'));
		kibana.loseRows(({ record }) => (record.entity as IDataObject).id === 'host-1');
		const result = await run(kibana, names(3), withOwner('high_impact'));
		expect(result.outputs[0]).toHaveLength(2);
		expect(jsonOf(result.outputs[1])).toMatchObject([
			{ name: 'host-1', details: { fields: ['asset.criticality'] } },
		]);
	});

	it('does not require values of a list that exceed the length that Kibana keeps', async () => {
		const kibana = await start({ api: 'v1' });
		const ips = (count: number) =>
			Array.from({ length: count }, (_, at) => `10.0.${count}.${at}`).join(', ');
		for (const count of [10, 12]) {
			const result = await run(kibana, names(1), hosts(NO_TIME, { 'host.ip': ips(count) }));
			expect(statusesOf(result)).toEqual(['stored']);
		}
	});

	it('does not fail an item whose values an unanswered record may have overwritten', async () => {
		const kibana = await start({ api: 'v1' });
		kibana.answerNext({ pass: true }, { reset: 'after' });
		const result = await run(
			kibana,
			[
				{ name: 'a', level: 'low_impact' },
				{ name: 'a', level: 'high_impact' },
			],
			hosts({ ...NO_TIME, maxRetries: 0 }, { 'asset.criticality': '={{ $json.level }}' }),
		);
		expect(statusesOf(result)).toEqual(['stored']);
		expect(detailsOf(result)).toMatchObject([{ reason: 'noAnswer', status: 'unknown' }]);
	});
});

describe('Verify, where Kibana writes at once', () => {
	it('fails an update that Kibana reported but did not make', async () => {
		const kibana = await start({ api: 'v2' });
		kibana.seed('host', { host: { name: 'host-0' }, asset: { criticality: 'low_impact' } });
		kibana.answerNext(ALL_IS_WELL);
		const result = await run(
			kibana,
			names(2),
			hosts({ verifyTimeout: 300 }, { 'asset.criticality': 'high_impact' }),
		);
		expect(jsonOf(result.outputs[1])).toMatchObject([
			{
				name: 'host-0',
				error: expect.stringMatching(
					/^Kibana updated the entity, but these fields .* asset\.criticality$/,
				),
				details: {
					fields: ['entity.attributes.managed', 'asset.criticality'],
					status: 'unknown',
				},
			},
			{
				name: 'host-1',
				error: expect.stringMatching(/^Kibana updated the entity, but it was not found/),
				details: { entityId: 'host:host-1' },
			},
		]);
	});

	it('finds entities whose keys Kibana stores with dots', async () => {
		const kibana = await start({ api: 'v2' });
		kibana.answerNextOn('list', {
			edit: ({ body }) => ({
				body: {
					entities: (
						body as { entities: Array<{ host: object; entity: IDataObject }> }
					).entities.map(({ host, entity }) => ({
						host,
						'entity.id': entity.id,
						'entity.EngineMetadata.Type': 'host',
						'entity.attributes.managed': true,
					})),
				},
			}),
		});
		const result = await run(kibana, names(2), hosts(NO_TIME));
		expect(statusesOf(result)).toEqual(['created', 'created']);
	});

	it('keeps the status "updated" and "created" of found entities', async () => {
		const kibana = await start({ api: 'v2' });
		kibana.seed('host', { host: { name: 'host-0' } });
		const result = await run(kibana, names(2), hosts(NO_TIME));
		expect(statusesOf(result)).toEqual(['updated', 'created']);
	});
});
