import fc from 'fast-check';

import {
	createClient,
	isBelow,
	isSpaceId,
	readBaseUrl,
	type KibanaRequest,
} from '../../../../nodes/KibanaEntityStore/kibana/http/client';

describe('base URL', () => {
	it.each([
		['https://kibana.example.com', 'https://kibana.example.com'],
		['https://kibana.example.com/', 'https://kibana.example.com'],
		[' https://kibana.example/kbn/ ', 'https://kibana.example/kbn'],
		['http://127.0.0.1:5601//', 'http://127.0.0.1:5601'],
		['HTTPS://Kibana.Example:443/kbn', 'https://kibana.example/kbn'],
	])('reads %p', (entered, baseUrl) => {
		expect(readBaseUrl(entered)).toEqual({ baseUrl });
	});

	it.each([
		undefined,
		'',
		'kibana.example.com',
		'ftp://kibana.example.com',
		'https://elastic:changeme@kibana.example.com',
		'https://kibana.example.com/?key=changeme',
		'https://kibana.example.com/#/changeme',
	])('refuses %p without quoting it', (entered) => {
		const read = readBaseUrl(entered) as { problem: string };
		expect(read.problem).toMatch(/^The base URL/);
		expect(read.problem).not.toContain('changeme');
	});
});

describe('space ID', () => {
	it('contains no character that could change the path', () => {
		fc.assert(
			fc.property(fc.string(), (space) => {
				if (isSpaceId(space)) expect(encodeURIComponent(space)).toBe(space);
			}),
		);
		for (const space of ['..', 'a/b', '%2e%2e', 'a@b', 'a\r\nb', 'Ä', 'UP', '']) {
			expect(isSpaceId(space)).toBe(false);
		}
	});
});

describe('client', () => {
	const requestOf = async (baseUrl: string, space?: string, body?: Buffer) => {
		let seen: KibanaRequest | undefined;
		const client = createClient(
			async (request) => {
				seen = request;
				return { kind: 'cancelled' };
			},
			baseUrl,
			space,
		);
		await client('PUT', '/api/x', body);
		return seen;
	};

	it('puts the base path before the space, and no prefix for the default space', async () => {
		const base = 'https://kibana.example/kbn';
		expect((await requestOf(base))?.url).toBe(`${base}/api/x`);
		expect((await requestOf(base, 'default'))?.url).toBe(`${base}/api/x`);
		expect((await requestOf(base, 'soc'))?.url).toBe(`${base}/s/soc/api/x`);
	});

	it('sends the headers that Kibana requires, and a content type with a body', async () => {
		expect((await requestOf('https://k'))?.headers).toEqual({
			'kbn-xsrf': 'n8n',
			'elastic-api-version': '2023-10-31',
		});
		expect((await requestOf('https://k', 'soc', Buffer.from('{}')))?.headers).toMatchObject({
			'content-type': 'application/json',
		});
	});
});

describe('the scope of the credential', () => {
	it.each([
		['https://k.example/kbn/api/status', true],
		['https://k.example/kbn', false],
		['https://k.example/kbn2/api/status', false],
		['https://k.example/other', false],
		['https://k.example.evil.test/kbn/api', false],
		['https://k.example@evil.test/kbn/api', false],
		['http://k.example/kbn/api/status', false],
		['https://k.example/kbn/../other', false],
		['no url', false],
	])('%s: %p', (url, expected) => {
		expect(isBelow(url, 'https://k.example/kbn')).toBe(expected);
	});
});
