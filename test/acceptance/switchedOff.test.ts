/** What is said where the feature of the second generation is switched off: once, and not again and again. */
import type { IDataObject, INodeParameters } from 'n8n-workflow';

import type { KibanaOptions, TestKibana } from '../../sandbox/kibana/server';
import { withKibana } from '../../sandbox/kibana/testing';
import { runNode } from '../../sandbox/n8n/engine';
import { jsonOf, mapping, nodeOn } from './run';

const NAMES = ['a', 'b', 'c', 'd'];

const OPTIONS = { maxRetries: 2, concurrency: 1, createConcurrency: 1 };

const writing = (operation: string): INodeParameters =>
	mapping({ 'host.name': '={{ $json.name }}' }, OPTIONS, { entityType: 'host', operation });

const reading = (operation: string, more: INodeParameters = {}): INodeParameters => ({
	resource: 'entity',
	operation,
	entityType: 'host',
	entityId: { __rl: true, mode: 'id', value: '=host:{{ $json.name }}' },
	options: OPTIONS,
	...more,
});

const run = async (kibana: TestKibana, parameters: INodeParameters) => {
	const from = kibana.requests.length;
	const { outputs } = await runNode({
		...nodeOn(kibana),
		items: NAMES.map((name) => ({ name })),
		parameters,
		onError: 'continueErrorOutput',
	});
	const requests = kibana.requests.slice(from).filter(({ path }) => path !== '/api/status');
	return { done: jsonOf(outputs[0]), failed: jsonOf(outputs[1]), requests };
};

const OFF = {
	error: expect.stringContaining('The entity store is switched off in this Kibana'),
	message: expect.stringContaining('securitySolution:entityStoreEnableV2'),
	details: expect.objectContaining({ status: 'failed', reason: 'notInstalled', httpStatus: 501 }),
};

const withoutFeature = async (
	work: (kibana: TestKibana) => Promise<void>,
	options: KibanaOptions = {},
) => await withKibana({ api: 'v2', featureEnabled: false, ...options }, work);

describe('a Kibana whose entity store is switched off', () => {
	it.each<[string, INodeParameters]>([
		['Create or Update', writing('upsert')],
		['Create', writing('create')],
		['Update', writing('update')],
		['Get', reading('get')],
		['Delete', reading('delete')],
	])('is asked once by %s, and fails every item', async (_, parameters) => {
		await withoutFeature(async (kibana) => {
			const { done, failed, requests } = await run(kibana, parameters);
			expect(done).toEqual([]);
			expect(failed).toEqual(NAMES.map(() => expect.objectContaining(OFF)));
			expect(requests).toHaveLength(1);
		});
	});

	it.each<[string, IDataObject]>([
		['Get Many', { returnAll: true }],
		['Delete Missing', { filters: { source: 'okta' } }],
	])('is asked once by %s', async (name, more) => {
		await withoutFeature(async (kibana) => {
			const operation = name === 'Get Many' ? 'getAll' : 'deleteMissing';
			const { failed, requests } = await run(kibana, reading(operation, more as INodeParameters));
			expect(failed[0]).toMatchObject(OFF);
			expect(requests).toHaveLength(1);
		});
	});

	it('is not taken for one without an entity store where the version does not tell', async () => {
		await withoutFeature(
			async (kibana) => {
				const { failed } = await run(kibana, writing('upsert'));
				expect(failed[0]).toMatchObject(OFF);
			},
			{ flavor: 'serverless' },
		);
	});

	it('is not what a proxy means that does not know a method', async () => {
		await withKibana({ api: 'v2' }, async (kibana) => {
			const body = '<html>501 Not Implemented</html>';
			const proxy = { status: 501, foreign: true, body } as const;
			kibana.answerNextOn('bulk', proxy, proxy, proxy, proxy);
			const { failed } = await run(
				kibana,
				mapping(
					{ 'host.name': 'a' },
					{ maxRetries: 0 },
					{ entityType: 'host', operation: 'update' },
				),
			);
			expect(failed[0]?.error).toContain('Kibana failed on the request (HTTP 501)');
		});
	});
});
