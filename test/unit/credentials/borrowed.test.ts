/** Other nodes may use the credential, as the HTTP Request node does: it reaches its own Kibana alone. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import {
	NodeConnectionTypes,
	type IDataObject,
	type IHttpRequestOptions,
	type INodeType,
	type IRequestOptions,
} from 'n8n-workflow';

import { KibanaEntityStoreApi } from '../../../credentials/KibanaEntityStoreApi.credentials';
import { runNode } from '../../../sandbox/n8n/engine';

const API_KEY = Buffer.from('VuaCfGcBCdbkQm-e5aOx:ui2lp2axTNmsyakw9tvNnw').toString('base64');

type Helper = 'httpRequestWithAuthentication' | 'requestWithAuthentication';

type Options = Partial<IHttpRequestOptions & IRequestOptions> & Record<string, unknown>;

/** A node that sends one request with the credential. */
const borrower = (helper: Helper, options: Options): INodeType => ({
	description: {
		displayName: 'Borrower',
		name: 'borrower',
		group: ['transform'],
		version: 1,
		description: '',
		defaults: { name: 'Borrower' },
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		properties: [],
		credentials: [{ name: 'kibanaEntityStoreApi', required: true }],
	},
	async execute() {
		const full = { ignoreHttpStatusErrors: true, returnFullResponse: true };
		const legacy = { simple: false, resolveWithFullResponse: true };
		const shape = helper === 'requestWithAuthentication' ? legacy : full;
		const answer = (await this.helpers[helper].call(this, 'kibanaEntityStoreApi', {
			method: 'GET',
			...shape,
			...options,
		} as never)) as { statusCode: number };
		return [[{ json: { status: answer.statusCode }, pairedItem: { item: 0 } }]];
	},
});

interface Listener {
	readonly url: string;
	readonly port: number;
	readonly requests: Array<{ readonly path: string; readonly headers: IncomingHttpHeaders }>;
	readonly server: Server;
}

const listen = async (answer: () => { status: number; location?: string }): Promise<Listener> => {
	const requests: Listener['requests'] = [];
	const server = createServer((request, response) => {
		requests.push({ path: String(request.url), headers: request.headers });
		const { status, location } = answer();
		response.writeHead(status, { ...(location !== undefined && { location }) });
		response.end('{}');
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as AddressInfo;
	return { url: `http://127.0.0.1:${port}`, port, requests, server };
};

let kibana: Listener;
let elsewhere: Listener;
let redirect: number | undefined;

beforeAll(async () => {
	elsewhere = await listen(() => ({ status: 200 }));
	kibana = await listen(() =>
		redirect === undefined
			? { status: 200 }
			: { status: redirect, location: `${elsewhere.url}/kbn/api` },
	);
});

beforeEach(() => {
	redirect = undefined;
	kibana.requests.length = 0;
	elsewhere.requests.length = 0;
});

afterAll(async () => {
	for (const { server } of [kibana, elsewhere]) {
		server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));
	}
});

const send = async (helper: Helper, options: Options, credential: IDataObject = {}) =>
	await runNode({
		node: borrower(helper, options),
		items: [{}],
		parameters: {},
		credentialTypes: [new KibanaEntityStoreApi()],
		credentials: {
			kibanaEntityStoreApi: {
				baseUrl: `${kibana.url}/kbn/`,
				authentication: 'apiKey',
				apiKey: API_KEY,
				allowUnauthorizedCerts: false,
				...(credential as Record<string, string>),
			},
		},
	});

const BOTH = ['httpRequestWithAuthentication', 'requestWithAuthentication'] as const;

const own: ReadonlyArray<[Helper, string, () => Options]> = [
	...BOTH.flatMap(
		(helper): Array<[Helper, string, () => Options]> => [
			[helper, 'a URL', () => ({ url: `${kibana.url}/kbn/api/status?x=1` })],
			[
				helper,
				'a base and a path',
				() => ({ baseURL: `${kibana.url}/kbn`, url: '/api/status?x=1' }),
			],
			[
				helper,
				'a base with a slash',
				() => ({ baseURL: `${kibana.url}/kbn/`, url: 'api/status?x=1' }),
			],
			[helper, 'a query apart', () => ({ url: `${kibana.url}/kbn/api/status`, qs: { x: 1 } })],
		],
	),
	['requestWithAuthentication', 'a URI', () => ({ uri: `${kibana.url}/kbn/api/status?x=1` })],
];

describe('the credential in another node', () => {
	it.each(own)('%s is sent to its own Kibana, given as %s', async (helper, _, options) => {
		const { error, outputs } = await send(helper, options());
		expect(error).toBeUndefined();
		expect(outputs[0]?.[0]?.json).toEqual({ status: 200 });
		expect(kibana.requests).toMatchObject([
			{ path: '/kbn/api/status?x=1', headers: { authorization: `ApiKey ${API_KEY}` } },
		]);
	});

	const authority = (): string => `127.0.0.1:${kibana.port}`;

	/** Ways to name one address and reach another. */
	const foreign: ReadonlyArray<[string, () => Options]> = [
		['another host', () => ({ url: `${elsewhere.url}/kbn/api` })],
		['another path', () => ({ url: `${kibana.url}/other` })],
		['a path that begins alike', () => ({ url: `${kibana.url}/kbnx/api` })],
		['steps upwards', () => ({ url: `${kibana.url}/kbn/../other` })],
		['encoded steps upwards', () => ({ url: `${kibana.url}/kbn/..%2fother` })],
		['more encoded steps upwards', () => ({ url: `${kibana.url}/kbn/x%2F%2e%2E%2fother` })],
		[
			'a host of its own behind the @ of a path',
			() => ({ baseURL: elsewhere.url, url: `@${authority()}/kbn/api` }),
		],
		[
			'a base that ends in an @',
			() => ({ baseURL: `http://${authority()}@`, url: `127.0.0.1:${elsewhere.port}/kbn/api` }),
		],
		['a base that is ignored', () => ({ baseURL: kibana.url, url: `${elsewhere.url}/kbn/api` })],
		[
			'a base that is ignored for two slashes',
			() => ({ baseURL: `${kibana.url}/kbn`, url: `//127.0.0.1:${elsewhere.port}/kbn/api` }),
		],
		[
			'a scheme without slashes',
			() => ({ baseURL: elsewhere.url, url: `http:${authority()}/kbn/api` }),
		],
		['a user', () => ({ url: `http://jane@${authority()}/kbn/api` })],
		['a user and a password', () => ({ url: `http://jane:x@${authority()}/kbn/api` })],
		[
			'backslashes',
			() => ({ url: `http:\\\\127.0.0.1:${elsewhere.port}\\@${authority()}/kbn/api` }),
		],
		['nothing', () => ({ url: '' })],
		[
			'a proxy',
			() => ({
				url: `${kibana.url}/kbn/api`,
				proxy: { host: '127.0.0.1', port: elsewhere.port, protocol: 'http' },
			}),
		],
		[
			'a base of the other host and a URI of its own',
			() => ({ baseURL: elsewhere.url, uri: `@${authority()}/kbn/api` }),
		],
		['two addresses', () => ({ url: `${elsewhere.url}/kbn/api`, uri: `${kibana.url}/kbn/api` })],
		['two addresses, turned', () => ({ uri: `${elsewhere.url}/x`, url: `${kibana.url}/kbn/api` })],
	];

	it.each(
		BOTH.flatMap((helper) => foreign.map(([name, options]) => [helper, name, options] as const)),
	)('%s refuses %s', async (helper, _, options) => {
		const { error } = await send(helper, options());
		expect(error?.message).toMatch(/only sent to its own base URL|through the proxy/);
		expect([...kibana.requests, ...elsewhere.requests]).toEqual([]);
	});

	it.each(BOTH)('%s cannot be led elsewhere by options of its connection', async (helper) => {
		const { error } = await send(helper, {
			url: `${kibana.url}/kbn/api`,
			headers: { Host: 'elsewhere.example', Authorization: 'ApiKey other' },
			agentOptions: { host: '127.0.0.1', port: elsewhere.port },
		});
		expect(error).toBeUndefined();
		expect(elsewhere.requests).toEqual([]);
		expect(kibana.requests).toMatchObject([
			{ headers: { host: authority(), authorization: `ApiKey ${API_KEY}` } },
		]);
	});

	const follow: Options = {
		disableFollowRedirect: false,
		followRedirect: true,
		followAllRedirects: true,
		maxRedirects: 5,
		sendCredentialsOnCrossOriginRedirect: true,
	};

	it.each(
		BOTH.flatMap((helper) =>
			(['GET', 'POST', 'PUT'] as const).flatMap((method) =>
				[301, 302, 303, 307, 308].map((status) => [helper, method, status] as const),
			),
		),
	)('%s %s follows no redirect of status %i', async (helper, method, status) => {
		redirect = status;
		const url = `${kibana.url}/kbn/api`;
		const { error, outputs } = await send(helper, { url, method, ...follow });
		expect(error).toBeUndefined();
		expect(outputs[0]?.[0]?.json).toEqual({ status });
		expect(elsewhere.requests).toEqual([]);
	});
});
