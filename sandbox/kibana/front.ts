/** The HTTP server of a test Kibana: what comes before and after any route. */
import { server as createServer, type Server } from '@hapi/hapi';

import { callOf, serve, type Endpoint } from './endpoint';
import { checkXsrf, reply } from './http';
import { authentication } from './identities';
import type { Settings } from './options';
import { MISSING } from './platform';
import { recordOf, stateOf, type RequestState } from './recording';
import type { Scripts } from './scripts';

/** As nginx answers by itself. */
const TOO_LARGE_PAGE =
	'<html><head><title>413 Request Entity Too Large</title></head><body><hr>nginx</body></html>';

export interface FrontOptions {
	readonly settings: Settings;
	readonly requests: Array<RequestState['recorded']>;
	isRevoked(): boolean;
	proxyLimit(): number;
}

/** Creates a server with all that comes before and after any route. */
export const createFront = ({
	settings,
	requests,
	isRevoked,
	proxyLimit,
}: FrontOptions): Server => {
	const { port, basePath, maxPayloadBytes, version, xsrfExemptsKeys } = settings;
	const server = createServer({
		port,
		host: '127.0.0.1',
		routes: { payload: { maxBytes: maxPayloadBytes } },
	});

	server.ext('onRequest', (request, h) => {
		const recorded = recordOf(request);
		requests.push(recorded);
		const state: RequestState = { space: 'default', recorded };
		request.app = state;

		const path = request.url.pathname;
		if (!path.startsWith(`${basePath}/`)) {
			request.setUrl('/no-such-base-path');
			return h.continue;
		}
		const [, space, rest = ''] =
			/^(?:\/s\/([a-z0-9_-]+))?(\/.*)$/.exec(path.slice(basePath.length)) ?? [];
		state.space = space ?? 'default';
		request.setUrl(rest + request.url.search);
		return h.continue;
	});

	// The body has been read by then: an answer before it would cut the connection.
	server.ext('onPostAuth', (request, h) => {
		if (Number(request.headers['content-length'] ?? 0) > proxyLimit()) {
			stateOf(request).isForeign = true;
			return reply(h, { status: 413, body: TOO_LARGE_PAGE }).takeover();
		}
		if (request.route.path === MISSING) return h.continue;
		const refused = checkXsrf(request, { version, exemptsKeys: xsrfExemptsKeys });
		return refused ? reply(h, refused).takeover() : h.continue;
	});

	server.ext('onPreResponse', (request, h) => {
		const { response } = request;
		const isError = 'isBoom' in response;
		// The framework's own words for a request without credentials are not Kibana's.
		if (isError && response.message === 'Missing authentication') {
			response.output.payload.message = 'Unauthorized';
		}
		const headers = isError ? response.output.headers : response.headers;
		if (stateOf(request).isForeign) return h.continue;
		headers['kbn-name'] = 'test-kibana';
		headers['x-content-type-options'] = 'nosniff';
		return h.continue;
	});

	server.events.on('response', (request) => {
		const { recorded } = stateOf(request);
		const { response } = request;
		recorded.endedAt = performance.now();
		// A connection that was cut has a symbol in place of a response.
		if (typeof response === 'object' && 'statusCode' in response) {
			recorded.status = response.statusCode;
		}
	});

	server.auth.scheme('kibana', authentication(isRevoked));
	server.auth.strategy('kibana', 'kibana');
	server.auth.default('kibana');
	return server;
};

/** Adds routes that scripts and faults can change. */
export const addRoutes = (
	server: Server,
	{ scriptable }: Scripts,
	endpoints: readonly Endpoint[],
): void => {
	for (const endpoint of endpoints) {
		const { method, path, name, rowsOf } = endpoint;
		const handler = scriptable(name, serve(endpoint));
		server.route({
			method,
			path,
			handler: async (request, h) => {
				if (rowsOf) stateOf(request).recorded.rows = rowsOf(callOf(request, endpoint));
				return await handler(request, h);
			},
		});
	}
};
