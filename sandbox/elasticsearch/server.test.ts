import axios from 'axios';

import { startElasticsearch, type TestElasticsearch } from './server';

const STREAM = 'logs-app.users-default';

let elasticsearch: TestElasticsearch;

beforeAll(async () => {
	elasticsearch = await startElasticsearch();
});

afterEach(() => elasticsearch.clear());

afterAll(async () => await elasticsearch.stop());

const send = async (
	method: string,
	path: string,
	body: object | string,
	headers: Readonly<Record<string, string>> = {},
) => {
	const { username, password, url } = elasticsearch;
	const { status, data } = await axios.request({
		method,
		url: `${url}${path}`,
		data: typeof body === 'string' ? body : JSON.stringify(body),
		auth: { username, password },
		headers: { 'content-type': 'application/json', ...headers },
		validateStatus: () => true,
	});
	return { status, data };
};

const linesOf = (...lines: readonly object[]): string =>
	lines.map((line) => `${JSON.stringify(line)}\n`).join('');

const bulk = async (path: string, ...lines: readonly object[]) =>
	await send('POST', path, linesOf(...lines), { 'content-type': 'application/x-ndjson' });

const ONLY_CREATE = 'only write ops with an op_type of create are allowed in data streams';

describe('the test Elasticsearch', () => {
	it('creates the documents of a bulk request in a data stream', async () => {
		const { status, data } = await bulk(
			`/${STREAM}/_bulk`,
			{ create: { _id: 'a' } },
			{ '@timestamp': '2026-01-01T00:00:00.000Z', user: { name: 'jane' } },
			{ create: {} },
			{ user: { name: 'kai' } },
		);
		expect([status, data.errors]).toEqual([200, false]);
		expect(data.items).toMatchObject([
			{ create: { _id: 'a', result: 'created', status: 201 } },
			{ create: { result: 'created', status: 201 } },
		]);
		expect(elasticsearch.documents(STREAM)).toEqual([
			{ '@timestamp': '2026-01-01T00:00:00.000Z', user: { name: 'jane' } },
			{ '@timestamp': expect.stringMatching(/^20/), user: { name: 'kai' } },
		]);
	});

	it('refuses all but create in a data stream, each document by itself', async () => {
		const { status, data } = await bulk(
			'/_bulk',
			{ index: { _index: STREAM } },
			{ user: { name: 'jane' } },
			{ index: { _index: 'users' } },
			{ user: { name: 'kai' } },
		);
		expect([status, data.errors]).toEqual([200, true]);
		expect(data.items).toMatchObject([
			{
				index: {
					_index: STREAM,
					status: 400,
					error: { type: 'illegal_argument_exception', reason: ONLY_CREATE },
				},
			},
			{ index: { _index: 'users', status: 201 } },
		]);
		const put = await send('PUT', `/${STREAM}/_doc/a`, { user: { name: 'jane' } });
		expect([put.status, put.data.error.reason]).toEqual([400, ONLY_CREATE]);
	});

	it('takes one document without an ID, and one with an ID only as a creation', async () => {
		expect((await send('POST', `/${STREAM}/_doc`, { a: 1 })).status).toBe(201);
		expect((await send('PUT', `/${STREAM}/_create/x`, { a: 2 })).status).toBe(201);
		const again = await send('PUT', `/${STREAM}/_create/x`, { a: 3 });
		expect([again.status, again.data.error.type]).toEqual([
			409,
			'version_conflict_engine_exception',
		]);
		expect(elasticsearch.documents(STREAM)).toMatchObject([{ a: 1 }, { a: 2 }]);
	});

	it('refuses requests without credentials, of other types, and without a newline at the end', async () => {
		const wrong = await axios.post(`${elasticsearch.url}/_bulk`, '{}\n', {
			headers: { 'content-type': 'application/x-ndjson' },
			validateStatus: () => true,
		});
		expect(wrong.status).toBe(401);
		const text = await send('POST', '/_bulk', '{}\n', { 'content-type': 'text/plain' });
		expect(text.status).toBe(406);
		const open = await send('POST', `/${STREAM}/_bulk`, '{"create":{}}\n{}');
		expect([open.status, open.data.error.reason]).toEqual([
			400,
			'The bulk request must be terminated by a newline [\\n]',
		]);
		expect(elasticsearch.requests.map(({ status }) => status)).toEqual([401, 406, 400]);
	});

	it('refuses single documents by a rule', async () => {
		elasticsearch.refuse(({ user }) =>
			(user as { name: string }).name === 'kai'
				? { status: 400, type: 'document_parsing_exception', reason: 'no' }
				: undefined,
		);
		const { data } = await bulk(
			`/${STREAM}/_bulk`,
			{ create: {} },
			{ user: { name: 'jane' } },
			{ create: {} },
			{ user: { name: 'kai' } },
		);
		expect(data.items).toMatchObject([
			{ create: { status: 201 } },
			{ create: { status: 400, error: { type: 'document_parsing_exception', reason: 'no' } } },
		]);
		expect(elasticsearch.documents(STREAM)).toHaveLength(1);
	});
});
