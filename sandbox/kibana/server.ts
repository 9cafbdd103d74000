/**
 * A Kibana to test against: a real HTTP server on loopback that answers as the contract page says, on
 * the framework that Kibana itself uses, so that its limits on bodies and content types are the real
 * ones. It is written from the contract alone and shares no code with the node.
 */
import { unauthorized } from '@hapi/boom';
import {
	server as createServer,
	type Request,
	type ResponseToolkit,
	type ServerRoute,
} from '@hapi/hapi';
import { Server as NetServer } from 'node:net';

import type { EntityType } from './definitions';
import {
	API_VERSION,
	checkVersion,
	checkXsrf,
	refuse,
	reply,
	securityException,
	type Answer,
	type VersionRules,
} from './http';
import type { ItemRule, LossRule, RowRule } from './rules';
import { createStore, type EngineState, type StoredEntity, type Write } from './store';
import * as v1 from './v1';
import * as v2 from './v2';
import { expandDottedKeys, isObject, without, type EntityDocument } from './v2/documents';
import { deriveEuid, type DigestAlgorithm } from './v2/euid';
import { createLatestIndex } from './v2/latestIndex';
import { createLifecycle } from './v2/lifecycle';

export type { EntityType, StoredEntity };

export interface KibanaOptions {
	/** 0, the default, takes any free port. */
	readonly port?: number;
	/** Such as `/kbn`: requests without it are not found. */
	readonly basePath?: string;
	/** The generations that are served, `v1` by default; both in the 9.4 development line (§1.1). */
	readonly api?: 'v1' | 'v2' | 'both';
	/** 9.3.2 for `v1` and 9.4.3 otherwise. */
	readonly version?: string;
	readonly flavor?: 'traditional' | 'serverless';
	/** As behind a proxy that keeps credentials from `/api/status` (§1.2). */
	readonly hidesVersion?: boolean;
	/** `server.maxPayload`, 1,048,576 by default (§2.6). */
	readonly maxPayloadBytes?: number;
	readonly spaces?: ReadonlyArray<{ readonly id: string; readonly name: string }>;
	/** Of the first generation. */
	readonly engines?: Partial<Record<EntityType, EngineState>>;
	/** Milliseconds after which the first generation lists what it has accepted; 0 by default (§3.1). */
	readonly visibleAfterMs?: number;
	/** Whether the first generation's list shows entities as a live Kibana's, merged and moved. */
	readonly listsLive?: boolean;
	/** How long writes of the second generation wait for a refresh; 0 by default (§4.1). */
	readonly refreshDelayMs?: number;
	/** Makes the `_id` of a failed row; `md5` in early builds (§4.1). */
	readonly digest?: DigestAlgorithm;
	/** Whether the second generation's store is there in spaces that nobody has touched. */
	readonly installed?: boolean;
	/** Refuses unknown keys around documents and in queries, as 9.5 does (§4.11). */
	readonly strictKeys?: boolean;
	/** Knows `permissions` and `known_redirects` by these later names (§4.5). */
	readonly laterNames?: boolean;
}

export interface RecordedRequest {
	readonly method: string;
	/** As received, with the query. */
	readonly path: string;
	readonly headers: Readonly<Record<string, string>>;
	/** Bytes of the body. */
	readonly bytes: number;
	/**
	 * The rows of a bulk request, as far as it could be read, or the document of a create request. In the
	 * second generation the ID is `entity.id`, or else what can be derived.
	 */
	readonly rows: ReadonlyArray<{ readonly type: string; readonly id: string | undefined }>;
	/** 0 until answered; stays 0 when the connection was cut. */
	readonly status: number;
	/** Milliseconds on the clock of `performance.now()`. */
	readonly startedAt: number;
	readonly endedAt: number;
}

export interface ChangeableAnswer {
	readonly status: number;
	readonly body: unknown;
	readonly headers?: Readonly<Record<string, string>>;
}

/** What a fault may read of the request that it meets. */
export interface FaultyRequest {
	readonly route: ScriptedRoute;
	readonly headers: Readonly<Record<string, unknown>>;
	readonly payload: unknown;
}

/** What one request gets instead of, or around, the normal answer. */
export interface ScriptedAnswer {
	/** What happens to Kibana at this moment, before anything else. */
	readonly happens?: () => void | Promise<void>;
	readonly status?: number;
	readonly headers?: Readonly<Record<string, string>>;
	readonly body?: string | ((request: FaultyRequest) => string);
	/** Does the normal work before it answers otherwise. */
	readonly work?: true;
	/** Comes from something in front of Kibana: without the headers by which Kibana is known. */
	readonly foreign?: true;
	/** Waits before anything else. */
	readonly delayMs?: number;
	/** Cuts the connection before or after the work is done. */
	readonly reset?: 'before' | 'after';
	/** Never answers; the work is done at once, or not at all. */
	readonly hang?: 'before' | 'after';
	/** Cuts the connection in the middle of the answer: of its body, or of its head where there is none. */
	readonly cutMidway?: true;
	/** The normal answer, after `delayMs`. */
	readonly pass?: true;
	/** Does the normal work, and changes the normal answer. */
	readonly edit?: (answer: ChangeableAnswer) => Partial<ChangeableAnswer>;
}

/** `status` is `/api/status`, `entityStoreStatus` that of the entity store in either generation. */
export type ScriptedRoute = 'bulk' | 'create' | 'status' | 'list' | 'entityStoreStatus';

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
	/** Those that create one entity. */
	createRequests(): readonly RecordedRequest[];
	/** Those for lists of entities, of either generation. */
	listRequests(): readonly RecordedRequest[];
	/**
	 * The newest record of each entity of a space, `default` unless told: of the first generation, then
	 * of the second.
	 */
	entities(type?: EntityType, space?: string): StoredEntity[];
	/** Every accepted row or document, oldest first; deletions and seeds are none. */
	history(): readonly Write[];
	/** Of the first generation. */
	setEngine(type: EntityType, state: EngineState): void;
	/**
	 * Puts an entity into the second generation's store as log extraction would, under its `entity.id` or
	 * the EUID that its fields yield. It counts no writes.
	 *
	 * @throws when there is neither
	 */
	seed(type: EntityType, document: EntityDocument, space?: string): void;
	/** Queues answers for the next bulk requests; with an empty queue Kibana answers normally. */
	answerNext(...answers: ScriptedAnswer[]): void;
	/** Queues answers for the next requests to a route. */
	answerNextOn(route: ScriptedRoute, ...answers: ScriptedAnswer[]): void;
	/** Sets, or clears, what is asked for each scriptable request that no queued answer is for. */
	setFaults(source?: (request: FaultyRequest) => ScriptedAnswer | undefined): void;
	/** Is told the client's port of each request that hangs. */
	onHang(listener?: (clientPort: number) => void): void;
	/** From now on nobody is let in with the API key, or with the password. */
	revoke(): void;
	/** From now on the second generation's store is not installed in a space; what it holds stays. */
	uninstall(space?: string): void;
	/** Sets, or clears, the body limit of a proxy in front. */
	limitProxy(bytes?: number): void;
	/** Takes no connection any more, or takes them again, at the same address. */
	goDown(): void;
	comeUp(): Promise<void>;
	/** Sets, or clears, a rule of the test's own by which a row ends the whole request. */
	refuse(rule?: RowRule): void;
	/** Sets, or clears, a rule by which a row of the second generation's bulk update fails alone. */
	failItems(rule?: ItemRule): void;
	/** Works again, without faults, and keeps what it holds; its rules stay. */
	mend(): void;
	/** Sets, or clears, a rule by which a row of the first generation is lost after the 200 (§3.1). */
	loseRows(rule?: LossRule): void;
	/** Lists what the first generation has accepted, however long ago. */
	runTransform(): void;
	/** Forgets requests, records, queued answers, faults and the rules, and works again. */
	clear(): void;
	stop(): Promise<void>;
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

interface RequestState {
	space: string;
	isForeign?: true;
	recorded: Writable<RecordedRequest>;
}

const FIRST = '/api/entity_store';
const SECOND = '/api/security/entity_store';
const BULK_PATH = /\/api\/(?:security\/)?entity_store\/entities\/bulk$/;
const LIST_PATH = /\/api\/(?:entity_store\/entities\/list|security\/entity_store\/entities)$/;
const CREATE_PATH = /\/api\/security\/entity_store\/entities\/[^/]+$/;
const MISSING = '/{missing*}';

/** As nginx answers by itself. */
const TOO_LARGE_PAGE =
	'<html><head><title>413 Request Entity Too Large</title></head><body><hr>nginx</body></html>';

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

type Rows = RecordedRequest['rows'];

const entitiesIn = (body: unknown): readonly EntityDocument[] => {
	const { entities } = (body ?? {}) as { entities?: unknown };
	return Array.isArray(entities) ? entities.map((row) => (isObject(row) ? row : {})) : [];
};

const firstRowsOf = (body: unknown): Rows =>
	entitiesIn(body).map(({ type, record }) => ({
		type: type as string,
		id: (record as { entity?: { id?: string } } | undefined)?.entity?.id,
	}));

const secondRowOf = (type: unknown, doc: unknown): Rows[number] => {
	const { entity } = expandDottedKeys(doc);
	const id = isObject(entity) && entity.id !== '' ? entity.id : undefined;
	return {
		type: type as string,
		id: (id as string | undefined) ?? deriveEuid(type as EntityType, doc),
	};
};

const secondRowsOf = (body: unknown): Rows =>
	entitiesIn(body).map(({ type, doc }) => secondRowOf(type, doc));

const pathOf = ({ path }: RecordedRequest): string => (path.split('?')[0] ?? '').replace(/\/$/, '');

type Work = (request: Request) => Answer | Promise<Answer>;

/**
 * Starts a test Kibana on 127.0.0.1.
 *
 * @throws when the port is taken
 */
export const startKibana = async (options: KibanaOptions = {}): Promise<TestKibana> => {
	const {
		port = 0,
		basePath = '',
		api = 'v1',
		version = api === 'v1' ? '9.3.2' : '9.4.3',
		flavor = 'traditional',
		hidesVersion = false,
		maxPayloadBytes = 1_048_576,
		spaces = [{ id: 'default', name: 'Default' }],
		visibleAfterMs = 0,
		listsLive = false,
		refreshDelayMs = 0,
		digest = 'sha256',
		installed = true,
		strictKeys = false,
		laterNames = false,
	} = options;
	const store = createStore(options.engines, visibleAfterMs);
	const index = createLatestIndex((write) => store.note(write));
	const requests: RequestState['recorded'][] = [];
	const timers = new Set<NodeJS.Timeout>();
	const scripted = new Map<ScriptedRoute, ScriptedAnswer[]>();
	const attempts = new Map<string, number>();
	let rule: RowRule | undefined;
	let itemRule: ItemRule | undefined;
	let faults: ((request: FaultyRequest) => ScriptedAnswer | undefined) | undefined;
	let tellHang: ((clientPort: number) => void) | undefined;
	let isRevoked = false;
	let proxyLimit = Infinity;
	let loses: LossRule | undefined;

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

	// The body has been read by then: an answer before it would cut the connection.
	server.ext('onPostAuth', (request, h) => {
		if (Number(request.headers['content-length'] ?? 0) <= proxyLimit) return h.continue;
		stateOf(request).isForeign = true;
		return reply(h, { status: 413, body: TOO_LARGE_PAGE }).takeover();
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

	server.auth.scheme('kibana', () => ({
		authenticate: (request, h) => {
			const header = request.headers.authorization as string | undefined;
			if (header === undefined) throw unauthorized(null, 'ApiKey');
			const identity = isRevoked
				? { reason: 'the API key has been invalidated' }
				: identify(header);
			if ('reason' in identity) throw unauthorized(securityException(identity.reason));
			return h.authenticated({ credentials: identity });
		},
	}));
	server.auth.strategy('kibana', 'kibana');
	server.auth.default('kibana');

	const secondGeneration: v2.SecondGeneration = {
		index,
		lifecycle: createLifecycle(installed),
		revision: { strictKeys, laterNames },
		digest,
		refreshed: async () => (refreshDelayMs > 0 ? await pause(refreshDelayMs) : undefined),
		rowRule: () => rule,
		itemRule: () => itemRule,
		countAttempts: (space, ids) => {
			const keyOf = (id: string) => `${space} ${id}`;
			const attemptOf = (id: string) => attempts.get(keyOf(id)) ?? 0;
			for (const id of ids) attempts.set(keyOf(id), attemptOf(id) + 1);
			return attemptOf;
		},
	};

	/** The checks between authentication and validation, then the work (§2.3). */
	const entityStoreRoute =
		(privileges: string, version: Omit<VersionRules, 'path'>, work: Work): Work =>
		async (request) => {
			const method = request.method.toUpperCase();
			if (request.auth.credentials.user !== ('privileged' as unknown)) {
				const message = `API [${method} ${request.path}] is unauthorized for user, this action is granted by the Kibana privileges [${privileges}]`;
				return refuse(403, message);
			}
			const refused = checkVersion(request, { ...version, path: request.route.path });
			if (refused) return refused;
			const answer = await work(request);
			return { ...answer, headers: { ...answer.headers, 'elastic-api-version': API_VERSION } };
		};

	const first = (work: Work): Work =>
		entityStoreRoute(
			'securitySolution,securitySolution-entity-analytics',
			{ allowsQuery: false },
			work,
		);

	const second = (route: v2.Route): Work =>
		entityStoreRoute('securitySolution', { allowsQuery: true }, (request) => {
			return route(secondGeneration, {
				space: stateOf(request).space,
				params: request.params,
				query: without(request.query, 'apiVersion'),
				body: request.payload,
			});
		});

	const cut = (request: Request, h: ResponseToolkit) => {
		request.raw.req.socket.destroy();
		return h.abandon;
	};

	const hang = (request: Request, h: ResponseToolkit) => {
		tellHang?.(request.raw.req.socket.remotePort as number);
		return h.abandon;
	};

	/** Promises more than it sends. */
	const cutMidway = (request: Request, h: ResponseToolkit, { status, body, headers }: Answer) => {
		const text = typeof body === 'string' ? body : JSON.stringify(body);
		const { socket } = request.raw.req;
		const given = Object.entries({ ...headers, 'kbn-name': 'test-kibana' });
		const head = `HTTP/1.1 ${status} Cut\r\n${given.map(([name, value]) => `${name}: ${value}\r\n`).join('')}`;
		const start = `${head}content-length: ${Buffer.byteLength(text)}\r\n\r\n`;
		const sent = text === '' ? head : `${start}${text.slice(0, text.length / 2)}`;
		socket.write(sent, () => socket.destroy());
		return h.abandon;
	};

	/** Works as usual unless a test has queued something else, or lets faults come by themselves. */
	const scriptable =
		(route: ScriptedRoute, work: Work, rowsOf?: (request: Request) => Rows) =>
		async (request: Request, h: ResponseToolkit) => {
			if (rowsOf) stateOf(request).recorded.rows = rowsOf(request);
			const asked: FaultyRequest = { route, headers: request.headers, payload: request.payload };
			const script = scripted.get(route)?.shift() ?? faults?.(asked);
			if (script === undefined) return reply(h, await work(request));
			await script.happens?.();
			if (script.delayMs) await pause(script.delayMs);
			if (script.reset === 'before') return cut(request, h);
			if (script.hang === 'before') return hang(request, h);
			const { status: code = 200, body = '', headers } = script;
			let answer: Answer = {
				status: code,
				body: typeof body === 'string' ? body : body(asked),
				headers,
			};
			if (script.pass ?? script.edit ?? script.work ?? script.reset ?? script.hang) {
				const normal = await work(request);
				if (script.pass) answer = normal;
				if (script.edit) answer = { ...normal, ...(script.edit(normal) as Partial<Answer>) };
			}
			if (script.reset) return cut(request, h);
			if (script.hang) return hang(request, h);
			if (script.cutMidway) return cutMidway(request, h, answer);
			if (script.foreign) stateOf(request).isForeign = true;
			return reply(h, answer);
		};

	const plain = (work: Work) => async (request: Request, h: ResponseToolkit) =>
		reply(h, await work(request));

	const firstRoutes: ServerRoute[] = [
		{
			method: 'PUT',
			path: `${FIRST}/entities/bulk`,
			handler: scriptable(
				'bulk',
				first((request) => {
					const { space } = stateOf(request);
					return v1.bulkUpsert(store, space, request.query, request.payload, { rule, loses });
				}),
				({ payload }) => firstRowsOf(payload),
			),
		},
		{
			method: 'GET',
			path: `${FIRST}/status`,
			handler: scriptable(
				'entityStoreStatus',
				first(() => v1.status(store)),
			),
		},
		{
			method: 'GET',
			path: `${FIRST}/entities/list`,
			handler: scriptable(
				'list',
				first((request) => v1.list(store, stateOf(request).space, request.query, listsLive)),
			),
		},
	];

	const secondRoutes: ServerRoute[] = [
		{
			method: 'PUT',
			path: `${SECOND}/entities/bulk`,
			handler: scriptable('bulk', second(v2.bulkUpdate), ({ payload }) => secondRowsOf(payload)),
		},
		{
			method: 'POST',
			path: `${SECOND}/entities/{entityType}`,
			handler: scriptable('create', second(v2.create), ({ params, payload }) => [
				secondRowOf(params.entityType, payload),
			]),
		},
		{
			method: 'PUT',
			path: `${SECOND}/entities/{entityType}`,
			handler: plain(second(v2.updateOne)),
		},
		{ method: 'DELETE', path: `${SECOND}/entities`, handler: plain(second(v2.deleteOne)) },
		{
			method: 'GET',
			path: `${SECOND}/entities`,
			handler: scriptable('list', second(v2.listEntities)),
		},
		{
			method: 'GET',
			path: `${SECOND}/status`,
			handler: scriptable('entityStoreStatus', second(v2.storeStatus)),
		},
		{ method: 'POST', path: `${SECOND}/install`, handler: plain(second(v2.install)) },
		{ method: 'PUT', path: `${SECOND}/start`, handler: plain(second(v2.switchTo('started'))) },
		{ method: 'PUT', path: `${SECOND}/stop`, handler: plain(second(v2.switchTo('stopped'))) },
		{ method: 'POST', path: `${SECOND}/uninstall`, handler: plain(second(v2.uninstall)) },
		{ method: 'PUT', path: SECOND, handler: plain(second(v2.changeSettings)) },
	];

	const status: Work = (request) => {
		const level = { level: 'available' };
		if (!request.auth.isAuthenticated) {
			return { status: 200, body: { status: { overall: level } } };
		}
		return {
			status: 200,
			body: {
				name: 'test-kibana',
				uuid: '5b2de169-2785-441b-ae8c-186a1936b17d',
				version: {
					number: version,
					build_hash: '0'.repeat(40),
					build_number: 1,
					build_snapshot: false,
					build_flavor: flavor,
					build_date: '2026-01-01T00:00:00.000Z',
				},
				status: {
					overall: { ...level, summary: 'All services are available' },
					core: {},
					plugins: {},
				},
				metrics: {},
			},
		};
	};

	server.route([
		...(api === 'v2' ? [] : firstRoutes),
		...(api === 'v1' ? [] : secondRoutes),
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
			options: { auth: hidesVersion ? false : { mode: 'optional' } },
			handler: scriptable('status', status),
		},
		{
			method: '*',
			path: MISSING,
			options: { auth: false },
			handler: (_request, h) => reply(h, refuse(404, 'Not Found')),
		},
	]);

	const queue = (route: ScriptedRoute, answers: readonly ScriptedAnswer[]): void =>
		void scripted.set(route, [...(scripted.get(route) ?? []), ...answers]);

	let isDown = false;
	const listenAgain = async (): Promise<void> => {
		if (!isDown) return;
		isDown = false;
		await new Promise<void>((resolve, reject) => {
			server.listener.once('error', reject);
			server.listener.listen(server.info.port as number, '127.0.0.1', () => {
				server.listener.off('error', reject);
				resolve();
			});
		});
	};

	const mend = (): void => {
		attempts.clear();
		faults = undefined;
		tellHang = undefined;
		isRevoked = false;
		secondGeneration.lifecycle.reset();
		store.startEngines();
	};

	await server.start();
	return {
		url: `${server.info.uri}${basePath}`,
		apiKey: API_KEY,
		unprivilegedApiKey: UNPRIVILEGED_API_KEY,
		username: USERNAME,
		password: PASSWORD,
		requests,
		bulkRequests: () =>
			requests.filter((one) => one.method === 'PUT' && BULK_PATH.test(pathOf(one))),
		createRequests: () =>
			requests.filter((one) => one.method === 'POST' && CREATE_PATH.test(pathOf(one))),
		listRequests: () =>
			requests.filter((one) => one.method === 'GET' && LIST_PATH.test(pathOf(one))),
		entities: (type, space = 'default') => [
			...store.latest(space, type),
			...index
				.list(space)
				.filter((entity) => type === undefined || entity.type === type)
				.map(({ type: kind, id, space: at, record, document, writes }) => ({
					type: kind,
					id,
					space: at,
					record,
					document,
					writes,
				})),
		],
		history: () => store.history(),
		setEngine: (type, state) => store.setEngine(type, state),
		seed: (type, document, space = 'default') => index.seed(type, document, space),
		answerNext: (...answers) => queue('bulk', answers),
		answerNextOn: (route, ...answers) => queue(route, answers),
		setFaults: (source) => void (faults = source),
		onHang: (listener) => void (tellHang = listener),
		revoke: () => void (isRevoked = true),
		uninstall: (space = 'default') => secondGeneration.lifecycle.uninstall(space),
		limitProxy: (bytes = Infinity) => void (proxyLimit = bytes),
		goDown: () => {
			// Not the way of an HTTP server, which would also cut connections that have just been made.
			if (!isDown) NetServer.prototype.close.call(server.listener);
			isDown = true;
		},
		comeUp: listenAgain,
		refuse: (next) => void (rule = next),
		failItems: (next) => void (itemRule = next),
		mend,
		loseRows: (next) => void (loses = next),
		runTransform: () => store.runTransform(),
		clear: () => {
			requests.length = 0;
			scripted.clear();
			rule = undefined;
			itemRule = undefined;
			proxyLimit = Infinity;
			mend();
			loses = undefined;
			store.clear();
			index.clear();
		},
		stop: async () => {
			for (const timer of timers) clearTimeout(timer);
			await listenAgain();
			await server.stop({ timeout: 0 });
		},
	};
};
