/** The ready workflow that brings a directory in through logs, node after node. */
import axios from 'axios';
import type { IDataObject } from 'n8n-workflow';

import { startElasticsearch, type TestElasticsearch } from '../../sandbox/elasticsearch/server';
import { startKibana, type TestKibana } from '../../sandbox/kibana/server';
import { DATA_STREAM, logs, LOGS_NODES } from '../examples/logs';
import { runOf } from './exampleNodes';

let elasticsearch: TestElasticsearch;
let kibana: TestKibana;

beforeAll(async () => {
	elasticsearch = await startElasticsearch();
	kibana = await startKibana({ api: 'v2' });
});

afterEach(() => {
	elasticsearch.clear();
	kibana.clear();
});

afterAll(async () => {
	await elasticsearch?.stop();
	await kibana?.stop();
});

const user = (name: string): IDataObject => ({
	id: `00u-${name}`,
	status: 'ACTIVE',
	profile: {
		login: `${name}@example.com`,
		email: `${name}@example.com`,
		displayName: name.toUpperCase(),
		title: 'Analyst',
		department: 'Finance',
		assetCriticality: 'high_impact',
	},
});

interface CodeInput {
	readonly items: readonly object[];
	readonly users?: readonly object[];
	readonly runIndex?: number;
}

/** Runs the code of a node as n8n does, with what it can reach there. */
const codeOf = (name: string, { items, users = [], runIndex = 0 }: CodeInput): IDataObject[] => {
	const found = logs.workflow.nodes.find((one) => one.name === name);
	const { jsCode } = found?.parameters as { jsCode: string };
	const run = new Function('$input', '$', '$execution', '$runIndex', jsCode) as (
		...given: unknown[]
	) => Array<{ json: IDataObject }>;
	const all = (given: readonly object[]) => ({ all: () => given.map((json) => ({ json })) });
	return run(all(items), () => all(users), { id: '7' }, runIndex).map(({ json }) => json);
};

const index = async (users: readonly IDataObject[]): Promise<IDataObject> => {
	const [{ body } = {}] = codeOf(LOGS_NODES.DOCUMENTS, { items: users });
	const { url, username, password } = elasticsearch;
	const { data } = await axios.post(`${url}/${DATA_STREAM}/_bulk`, body, {
		headers: { 'content-type': 'application/x-ndjson' },
		auth: { username, password },
	});
	return data;
};

/** Log extraction two minutes from now, when the delay is over. */
const extract = (minutes = 2): number =>
	kibana.extractLogs(elasticsearch.documents(DATA_STREAM), { now: Date.now() + minutes * 60_000 });

const update = async (users: readonly IDataObject[]) =>
	await runOf(kibana, logs, LOGS_NODES.UPDATE, users);

const reasonsOf = (failed: readonly IDataObject[]) =>
	failed.map(({ details }) => (details as IDataObject).reason);

describe('the way through logs', () => {
	it('has users made by Kibana, with the ID of their provider, and adds the other fields', async () => {
		const users = [user('jane'), user('kai')];
		expect((await index(users)).errors).toBe(false);
		expect(extract()).toBe(2);
		const [updated, failed] = await update(users);
		expect(failed).toEqual([]);
		expect(updated.map(({ entityId, status }) => [entityId, status])).toEqual([
			['user:jane@example.com@okta', 'updated'],
			['user:kai@example.com@okta', 'updated'],
		]);
		expect(kibana.createRequests()).toEqual([]);
		expect(kibana.documents()[0]).toMatchObject({
			entity: {
				name: 'jane@example.com',
				source: ['okta'],
				EngineMetadata: { Type: 'user' },
				attributes: { managed: true },
			},
			asset: { business_unit: 'Finance', criticality: 'high_impact' },
			user: {
				name: 'jane@example.com',
				email: ['jane@example.com'],
				full_name: ['JANE'],
				id: ['00u-jane'],
				roles: ['Analyst'],
			},
		});
	});

	it('tries again those whom Kibana has not read yet, all failed ones together, ten times at most', async () => {
		const users = [user('jane'), { ...user('kai'), profile: { email: 'kai@example.com' } }];
		const wrong = { ...user('mia'), profile: { email: 'mia@example.com', assetCriticality: 'x' } };
		await index([...users, wrong]);
		const [none, failed] = await update([...users, wrong]);
		expect(none).toEqual([]);
		expect(reasonsOf(failed).sort()).toEqual(['invalidRecord', 'notFound', 'notFound']);

		const round = (runIndex: number) => codeOf(LOGS_NODES.MISSING, { items: failed, runIndex });
		expect(round(0).map(({ isOver }) => isOver)).toEqual([false, false, false]);
		expect(round(8).map(({ isOver }) => isOver)).toEqual([false, false, false]);
		expect(round(9).map(({ isOver }) => isOver)).toEqual([true, true, true]);

		extract();
		const [updated, still] = await update(round(0));
		expect(updated.map(({ status }) => status)).toEqual(['updated', 'updated']);
		expect(reasonsOf(still)).toEqual(['invalidRecord']);
		const last = codeOf(LOGS_NODES.MISSING, { items: still, runIndex: 1 });
		expect(last).toMatchObject([{ isOver: true, error: still[0]?.error }]);
	});

	it('never gets what Kibana has dropped, unless the store defers it', async () => {
		const run = async (name: string, items?: readonly IDataObject[], more?: IDataObject) =>
			await runOf(kibana, logs, name, items, more as never);
		await run(LOGS_NODES.DEFER, [{}], {
			logExtraction: { maxLogsPerWindow: 2, maxLogsPerWindowCapBehavior: 'drop' },
		});
		const dropped = ['a', 'b', 'c'].map(user);
		await index(dropped);
		expect([extract(2), extract(3)]).toEqual([2, 0]);
		expect(reasonsOf((await update(dropped))[1])).toEqual(['notFound']);

		elasticsearch.clear();
		kibana.clear();
		await run(LOGS_NODES.DEFER, [{}], { logExtraction: { maxLogsPerWindow: 2 } });
		// The node as it is in the workflow.
		const [settings, failed] = await run(LOGS_NODES.DEFER);
		expect([settings.map(({ status }) => status), failed]).toEqual([['running'], []]);
		await index(dropped);
		expect([extract(2), extract(3)]).toEqual([2, 1]);
		expect((await update(dropped))[1]).toEqual([]);
	});

	it('stores a document once, however often its request is repeated', async () => {
		const users = [user('jane'), user('kai')];
		const first = await index(users);
		const again = await index(users);
		expect(again.errors).toBe(true);
		expect(elasticsearch.documents(DATA_STREAM)).toHaveLength(2);
		for (const answer of [first, again]) {
			expect(codeOf(LOGS_NODES.INDEXED_USERS, { items: [answer], users })).toEqual(users);
		}
	});

	it('names the users whose documents Elasticsearch refuses, and why', async () => {
		const users = [user('jane'), user('kai')];
		elasticsearch.refuse((document) =>
			JSON.stringify(document).includes('kai')
				? { status: 400, type: 'document_parsing_exception', reason: 'failed to parse field' }
				: undefined,
		);
		const answer = await index(users);
		extract();
		const read = codeOf(LOGS_NODES.INDEXED_USERS, { items: [answer], users });
		const [updated, failed] = await update(read);
		expect(updated).toHaveLength(1);
		expect(codeOf(LOGS_NODES.MISSING, { items: failed })).toMatchObject([
			{
				error: 'Elasticsearch has refused the document: failed to parse field',
				isOver: true,
				details: { entityId: 'user:kai@example.com@okta' },
			},
		]);
	});

	it('fails where Elasticsearch has refused all documents', async () => {
		const users = [user('jane')];
		elasticsearch.refuse(() => ({
			status: 403,
			type: 'security_exception',
			reason: 'not allowed',
		}));
		const answer = await index(users);
		expect(() => codeOf(LOGS_NODES.INDEXED_USERS, { items: [answer], users })).toThrow(
			'Elasticsearch has refused all documents: not allowed',
		);
	});

	it('sends documents with the time of their own batch', () => {
		const [{ body } = {}] = codeOf(LOGS_NODES.DOCUMENTS, { items: [user('jane')] });
		const [action, document] = String(body)
			.trimEnd()
			.split('\n')
			.map((line) => JSON.parse(line));
		expect(action).toEqual({ create: { _id: '7-00u-jane' } });
		expect(document).toEqual({
			'@timestamp': expect.any(String),
			event: { kind: 'asset', module: 'okta' },
			user: {
				id: '00u-jane',
				name: 'jane@example.com',
				email: 'jane@example.com',
				full_name: 'JANE',
			},
		});
		expect(Math.abs(Date.parse(document['@timestamp']) - Date.now())).toBeLessThan(60_000);
	});
});
