/**
 * A Kibana to test against: a real HTTP server on loopback that answers as the contract page says, on
 * the framework that Kibana itself uses, so that its limits on bodies and content types are the real
 * ones. It is written from the contract alone and shares no code with the node.
 */
import { unauthorized } from '@hapi/boom';
import { server as createServer, type Request, type ResponseToolkit } from '@hapi/hapi';

import type { EntityType } from './definitions';
import { API_VERSION, checkVersion, checkXsrf, refuse, reply, securityException } from './http';
import { createStore, type EngineState, type StoredEntity } from './store';
import { bulkUpsert, list, status, type RowRule } from './v1';

export type { EntityType, StoredEntity };

export interface KibanaOptions {
	/** 0, the default, takes any free port. */
	readonly port?: number;
	/** Such as `/kbn`: requests without it are not found. */
	readonly basePath?: string;
	readonly version?: string;
	/** `server.maxPayload`, 1,048,576 by default (§2.6). */
	readonly maxPayloadBytes?: number;
	readonly spaces?: ReadonlyArray<{ readonly id: string; readonly name: string }>;
	readonly engines?: Partial<Record<EntityType, EngineState>>;
}

export interface RecordedRequest {
	readonly method: string;
	/** As received, with the query. */
	readonly path: string;
	readonly headers: Readonly<Record<string, string>>;
	/** Bytes of the body. */
	readonly bytes: number;
	/** The rows of a bulk request, as far as it could be read. */
	readonly rows: ReadonlyArray<{ readonly type: string; readonly id: string | undefined }>;
	/** 0 until answered; stays 0 when the connection was cut. */
	readonly status: number;
	/** Milliseconds on the clock of `performance.now()`. */
	readonly startedAt: number;
	readonly endedAt: number;
}

/** What one bulk request gets instead of, or around, the normal answer. */
export interface ScriptedAnswer {
	readonly status?: number;
	readonly headers?: Readonly<Record<string, string>>;
	readonly body?: string;
	/** Waits before anything else. */
	readonly delayMs?: number;
	/** Cuts the connection before or after the work is done. */
	readonly reset?: 'before' | 'after';
	/** The normal answer, after `delayMs`. */
	readonly pass?: true;
}

export interface TestKibana {
	/** With the base path. */
	readonly url: string;
	/** The encoded form that Kibana shows. */
	readonly apiKey: string;
	/** Of a valid identity that may do nothing with the entity store. */
	readonly unprivilegedApiKey: string;
	readonly username: string;
	readonly password: string;
	/** All requests, in order of arrival. */
	readonly requests: readonly RecordedRequest[];
	bulkRequests(): readonly RecordedRequest[];
	/** The newest record of each entity of a space, `default` unless told. */
	entities(type?: EntityType, space?: string): StoredEntity[];
	/** Every accepted row, oldest first. */
	history(): ReadonlyArray<Pick<StoredEntity, 'type' | 'id' | 'space' | 'record'>>;
	setEngine(type: EntityType, state: EngineState): void;
	/** Queues answers for the next bulk requests; with an empty queue Kibana answers normally. */
	answerNext(...answers: ScriptedAnswer[]): void;
	/** Sets, or clears, a rule of the test's own by which a row ends the whole request. */
	refuse(rule?: RowRule): void;
	/** Forgets requests, records, queued answers and the rule. */
	clear(): void;
	stop(): Promise<void>;
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

interface RequestState {
	space: string;
	recorded: Writable<RecordedRequest>;
}

const BULK = '/api/entity_store/entities/bulk';
const MISSING = '/{missing*}';

const encode = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

const API_KEY = encode('VuaCfGcBCdbkQm-e5aOx:ui2lp2axTNmsyakw9tvNnw');
const UNPRIVILEGED_API_KEY = encode('WvbDgHdCDeclRn-f6bPy:vj3mq3byUONtzblx0uwOow');
const USERNAME = 'elastic';
const PASSWORD = 'changeme-or-else';

/** Who asks, from the `Authorization` header (§2.4). */
const identify = (header: string): { user: string } | { reason: string } => {
	const [scheme = '', value = ''] = header.split(/ +/);
	if (/^apikey$/i.test(scheme)) {
		if (value === API_KEY) return { user: 'privileged' };
		if (value === UNPRIVILEGED_API_KEY) return { user: 'unprivileged' };
		return {
			reason:
				'unable to authenticate with provided credentials and anonymous access is not allowed for this request',
		};
	}
	const [name = ''] = Buffer.from(value, 'base64').toString('utf8').split(':');
	if (/^basic$/i.test(scheme) && value === encode(`${USERNAME}:${PASSWORD}`)) {
		return { user: 'privileged' };
	}
	return {
		reason: `unable to authenticate user [${name}] for REST request [/_security/_authenticate]`,
	};
};

const rowsOf = (body: unknown): RecordedRequest['rows'] => {
	const { entities } = (body ?? {}) as { entities?: unknown };
	if (!Array.isArray(entities)) return [];
	return entities.map((row) => ({ type: row?.type, id: row?.record?.entity?.id }));
};

/**
 * Starts a test Kibana on 127.0.0.1.
 *
 * @throws when the port is taken
 */
export const startKibana = async (options: KibanaOptions = {}): Promise<TestKibana> => {
	const {
		port = 0,
		basePath = '',
		version = '9.3.2',
		maxPayloadBytes = 1_048_576,
		spaces = [{ id: 'default', name: 'Default' }],
	} = options;
	const store = createStore(options.engines);
	const requests: RequestState['recorded'][] = [];
	const timers = new Set<NodeJS.Timeout>();
	let scripted: ScriptedAnswer[] = [];
	let rule: RowRule | undefined;

	const server = createServer({
		port,
		host: '127.0.0.1',
		router: { stripTrailingSlash: true },
		routes: { payload: { maxBytes: maxPayloadBytes } },
	});
	const stateOf = (request: Request): RequestState => request.app as RequestState;

	const pause = async (ms: number): Promise<void> =>
		await new Promise((resolve) => {
			const timer = setTimeout(() => {
				timers.delete(timer);
				resolve();
			}, ms);
			timers.add(timer);
		});

	server.ext('onRequest', (request, h) => {
		const recorded: RequestState['recorded'] = {
			method: request.method.toUpperCase(),
			path: request.url.pathname + request.url.search,
			headers: request.headers as Record<string, string>,
			bytes: Number(request.headers['content-length'] ?? 0),
			rows: [],
			status: 0,
			startedAt: performance.now(),
			endedAt: Infinity,
		};
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
		request.setUrl(rest + request.url.search, true);
		return h.continue;
	});

	server.ext('onPreAuth', (request, h) => {
		const refused = request.route.path === MISSING ? undefined : checkXsrf(request);
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

	server.auth.scheme('kibana', () => ({
		authenticate: (request, h) => {
			const header = request.headers.authorization as string | undefined;
			if (header === undefined) throw unauthorized(null, 'ApiKey');
			const identity = identify(header);
			if ('reason' in identity) throw unauthorized(securityException(identity.reason));
			return h.authenticated({ credentials: identity });
		},
	}));
	server.auth.strategy('kibana', 'kibana');
	server.auth.default('kibana');

	/** The checks between authentication and validation, then the work (§2.3). */
	const entityStoreRoute =
		(work: (request: Request) => ReturnType<typeof status>) =>
		(request: Request, h: ResponseToolkit) => {
			const method = request.method.toUpperCase();
			if (request.auth.credentials.user !== ('privileged' as unknown)) {
				const message = `API [${method} ${request.path}] is unauthorized for user, this action is granted by the Kibana privileges [securitySolution,securitySolution-entity-analytics]`;
				return reply(h, refuse(403, message));
			}
			const refused = checkVersion(request.method, request.path, request);
			if (refused) return reply(h, refused);
			return reply(h, work(request)).header('elastic-api-version', API_VERSION);
		};

	const bulk = entityStoreRoute((request) =>
		bulkUpsert(store, stateOf(request).space, request.query, request.payload, rule),
	);

	const cut = (request: Request, h: ResponseToolkit) => {
		request.raw.req.socket.destroy();
		return h.abandon;
	};

	server.route([
		{
			method: 'PUT',
			path: BULK,
			handler: async (request, h) => {
				stateOf(request).recorded.rows = rowsOf(request.payload);
				const script = scripted.shift();
				if (script === undefined) return bulk(request, h);
				if (script.delayMs) await pause(script.delayMs);
				if (script.reset === 'before') return cut(request, h);
				if (script.pass) return bulk(request, h);
				if (script.reset === 'after') {
					bulk(request, h);
					return cut(request, h);
				}
				const { status: code = 200, body = '', headers } = script;
				return reply(h, { status: code, body, headers });
			},
		},
		{
			method: 'GET',
			path: '/api/entity_store/status',
			handler: entityStoreRoute(() => status(store)),
		},
		{
			method: 'GET',
			path: '/api/entity_store/entities/list',
			handler: entityStoreRoute((request) => list(store, stateOf(request).space, request.query)),
		},
		{
			method: 'GET',
			path: '/api/spaces/space',
			handler: (request, h) =>
				request.auth.credentials.user === ('privileged' as unknown)
					? reply(h, {
							status: 200,
							body: spaces.map((space) => ({ ...space, disabledFeatures: [] })),
						})
					: reply(h, refuse(403, 'Forbidden')),
		},
		{
			method: 'GET',
			path: '/api/status',
			options: { auth: { mode: 'optional' } },
			handler: (request, h) => {
				const level = { level: 'available' };
				if (!request.auth.isAuthenticated) return { status: { overall: level } };
				return reply(h, {
					status: 200,
					body: {
						name: 'test-kibana',
						uuid: '5b2de169-2785-441b-ae8c-186a1936b17d',
						version: {
							number: version,
							build_hash: '0'.repeat(40),
							build_number: 1,
							build_snapshot: false,
							build_flavor: 'traditional',
							build_date: '2026-01-01T00:00:00.000Z',
						},
						status: {
							overall: { ...level, summary: 'All services are available' },
							core: {},
							plugins: {},
						},
						metrics: {},
					},
				});
			},
		},
		{
			method: '*',
			path: MISSING,
			options: { auth: false },
			handler: (_request, h) => reply(h, refuse(404, 'Not Found')),
		},
	]);

	await server.start();
	return {
		url: `${server.info.uri}${basePath}`,
		apiKey: API_KEY,
		unprivilegedApiKey: UNPRIVILEGED_API_KEY,
		username: USERNAME,
		password: PASSWORD,
		requests,
		bulkRequests: () => requests.filter(({ path }) => path.split('?')[0]?.endsWith(BULK)),
		entities: (type, space = 'default') => store.latest(space, type),
		history: () => store.history(),
		setEngine: (type, state) => store.setEngine(type, state),
		answerNext: (...answers) => void scripted.push(...answers),
		refuse: (next) => void (rule = next),
		clear: () => {
			requests.length = 0;
			scripted = [];
			rule = undefined;
			store.clear();
		},
		stop: async () => {
			for (const timer of timers) clearTimeout(timer);
			await server.stop({ timeout: 0 });
		},
	};
};
