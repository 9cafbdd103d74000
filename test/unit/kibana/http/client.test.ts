import fc from 'fast-check';

import {
	addressBelow,
	createClient,
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
	it('holds nothing that could leave its place in the path', () => {
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

	it('sends the headers that Kibana asks for, and a content type with a body', async () => {
		expect((await requestOf('https://k'))?.headers).toEqual({
			'kbn-xsrf': 'n8n',
			'elastic-api-version': '2023-10-31',
		});
		expect((await requestOf('https://k', 'soc', Buffer.from('{}')))?.headers).toMatchObject({
			'content-type': 'application/json',
		});
	});
});

describe('the address of a request', () => {
	const BASE = 'https://k.example/kbn';

	it.each([
		['https://k.example/kbn/api/status', undefined, 'https://k.example/kbn/api/status'],
		['https://k.example/kbn/x/../api?a=..%2fb', '', 'https://k.example/kbn/api?a=..%2fb'],
		['/api/status', BASE, 'https://k.example/kbn/api/status'],
		['api/status', `${BASE}//`, 'https://k.example/kbn/api/status'],
		['https://k.example/kbn/api', 'https://evil.test', 'https://k.example/kbn/api'],
		['@evil.test/', BASE, 'https://k.example/kbn/@evil.test/'],
	])('%s of base %s is %s', (url, givenBase, expected) => {
		expect(addressBelow(BASE, url, givenBase)).toBe(expected);
	});

	it.each([
		['https://k.example/kbn', undefined],
		['https://k.example/kbn2/api/status', undefined],
		['https://k.example/other', undefined],
		['https://k.example.evil.test/kbn/api', undefined],
		['https://k.example@evil.test/kbn/api', undefined],
		['https://jane@k.example/kbn/api', undefined],
		['https://:x@k.example/kbn/api', undefined],
		['http://k.example/kbn/api/status', undefined],
		['https://k.example/kbn/../other', undefined],
		['https://k.example/kbn/%2e./other', undefined],
		['https://k.example/kbn/..%2fother', undefined],
		['@k.example/kbn/api', 'https://evil.test'],
		['//evil.test/kbn/api', BASE],
		['https:k.example/kbn/api', 'https://evil.test'],
		['no url', undefined],
		['', undefined],
	])('%s of base %s is none', (url, givenBase) => {
		expect(addressBelow(BASE, url, givenBase)).toBeUndefined();
	});
});
