/**
 * A Kibana to test against: a real HTTP server on loopback that answers as docs/kibana-api.md says, on the
 * framework that Kibana itself uses, so that its limits on bodies and content types are the real ones. It
 * shares no code with the node.
 */
import { server as createServer, type Server } from '@hapi/hapi';
import { Server as NetServer } from 'node:net';

import { createCriticalities, criticalityRoutes } from './criticality';
import type { EntityType } from './definitions';
import { callOf, serve, type Endpoint } from './endpoint';
import type { TestKibana } from './handle';
import { checkXsrf, reply } from './http';
import { API_KEY, authentication, PASSWORD, UNPRIVILEGED_API_KEY, USERNAME } from './identities';
import { settingsOf, type KibanaOptions, type Settings } from './options';
import { MISSING, platformRoutes } from './platform';
import { isBulk, isCreation, isList, recordOf, stateOf, type RequestState } from './recording';
import type { CriticalityRule, ItemRule, LossRule, RowRule } from './rules';
import { createScripts, type Scripts } from './scripts';
import { createStore, type StoredEntity } from './store';
import { firstRoutes } from './v1';
import { secondRoutes } from './v2';
import type { SecondGeneration } from './v2/generation';
import { createLatestIndex } from './v2/latestIndex';
import { createLifecycle } from './v2/lifecycle';
import { createWatchlists, watchlistRoutes } from './watchlists';

export type { EntityType, KibanaOptions, StoredEntity, TestKibana };
export type { RecordedRequest } from './recording';
export type { ChangeableAnswer, FaultyRequest, ScriptedAnswer, ScriptedRoute } from './scripts';

/** As nginx answers by itself. */
const TOO_LARGE_PAGE =
	'<html><head><title>413 Request Entity Too Large</title></head><body><hr>nginx</body></html>';

interface FrontOptions {
	readonly settings: Settings;
	readonly requests: Array<RequestState['recorded']>;
	isRevoked(): boolean;
	proxyLimit(): number;
}

/** A server with all that comes before and after any route. */
const createFront = ({ settings, requests, isRevoked, proxyLimit }: FrontOptions): Server => {
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

const addRoutes = (
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

/** Waits that end with the server. */
const createPauses = () => {
	const timers = new Set<NodeJS.Timeout>();
	return {
		pause: async (ms: number): Promise<void> =>
			await new Promise((resolve) => {
				const timer = setTimeout(() => {
					timers.delete(timer);
					resolve();
				}, ms);
				timers.add(timer);
			}),
		clear: () => timers.forEach(clearTimeout),
	};
};

/** Counts how often bulk requests have come to writing an entity. */
const createAttempts = () => {
	const attempts = new Map<string, number>();
	return {
		clear: () => attempts.clear(),
		count: (space: string, ids: ReadonlySet<string>) => {
			const attemptOf = (id: string) => attempts.get(`${space} ${id}`) ?? 0;
			for (const id of ids) attempts.set(`${space} ${id}`, attemptOf(id) + 1);
			return attemptOf;
		},
	};
};

/** Lets a server go away and come back at the same address. */
const createSwitch = (server: Server) => {
	let isDown = false;
	return {
		goDown: (): void => {
			// Not the way of an HTTP server, which would also cut connections that have just been made.
			if (!isDown) NetServer.prototype.close.call(server.listener);
			isDown = true;
		},
		comeUp: async (): Promise<void> => {
			if (!isDown) return;
			isDown = false;
			await new Promise<void>((resolve, reject) => {
				server.listener.once('error', reject);
				server.listener.listen(server.info.port as number, '127.0.0.1', () => {
					server.listener.off('error', reject);
					resolve();
				});
			});
		},
	};
};

/** What a test has set, beside scripts. */
interface Controls {
	rowRule?: RowRule;
	itemRule?: ItemRule;
	lossRule?: LossRule;
	criticalityRule?: CriticalityRule;
	proxyLimit: number;
	refreshIntervalMs: number;
	license: Settings['license'];
	isEnabled: boolean;
}

const controlsOf = (settings: Settings): Controls => ({
	proxyLimit: Infinity,
	refreshIntervalMs: settings.refreshIntervalMs,
	license: settings.license,
	isEnabled: settings.featureEnabled,
});

/**
 * Starts a test Kibana on 127.0.0.1.
 *
 * @throws when the port is taken
 */
export const startKibana = async (options: KibanaOptions = {}): Promise<TestKibana> => {
	const settings = settingsOf(options);
	const { api, refreshDelayMs } = settings;
	const requests: Array<RequestState['recorded']> = [];
	const pauses = createPauses();
	const attempts = createAttempts();
	const scripts = createScripts(pauses.pause);
	let controls = controlsOf(settings);
	let isRevoked = false;

	const store = createStore(settings.engines, settings.visibleAfterMs);
	const watchlists = createWatchlists();
	const criticalities = createCriticalities();
	const index = createLatestIndex(
		(write) => store.note(write),
		() => controls.refreshIntervalMs,
	);
	const lifecycle = createLifecycle({ ...settings, drop: (space) => index.drop(space) });

	const second: SecondGeneration = {
		index,
		lifecycle,
		settings,
		disabledRules: new Set(),
		isEnabled: () => controls.isEnabled,
		license: () => controls.license,
		refreshed: async (space) => {
			if (refreshDelayMs > 0) await pauses.pause(refreshDelayMs);
			index.refresh(space);
		},
		rowRule: () => controls.rowRule,
		itemRule: () => controls.itemRule,
		countAttempts: attempts.count,
	};
	const first = {
		store,
		settings,
		rowRule: () => controls.rowRule,
		lossRule: () => controls.lossRule,
	};

	const server = createFront({
		settings,
		requests,
		isRevoked: () => isRevoked,
		proxyLimit: () => controls.proxyLimit,
	});
	addRoutes(server, scripts, [
		...(api === 'v2' ? [] : firstRoutes(first)),
		...(api === 'v1'
			? []
			: [...secondRoutes(second), ...watchlistRoutes({ ...second, watchlists })]),
		...criticalityRoutes({ criticalities, criticalityRule: () => controls.criticalityRule }),
	]);
	server.route(platformRoutes(settings, scripts));
	const { goDown, comeUp } = createSwitch(server);

	const mend = (): void => {
		attempts.clear();
		scripts.mend();
		isRevoked = false;
		lifecycle.reset();
		store.startEngines();
	};

	await server.start();
	return {
		url: `${server.info.uri}${settings.basePath}`,
		apiKey: API_KEY,
		unprivilegedApiKey: UNPRIVILEGED_API_KEY,
		username: USERNAME,
		password: PASSWORD,
		requests,
		bulkRequests: () => requests.filter(isBulk),
		createRequests: () => requests.filter(isCreation),
		listRequests: () => requests.filter(isList),
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
		documents: (space = 'default') => index.list(space).map(({ document }) => document),
		history: () => store.history(),
		setEngine: (type, state, space) => store.setEngine(type, state, space),
		setStoreEngines: (status, types, space = 'default') =>
			lifecycle.setStatus(space, status, types),
		seed: (type, document, space = 'default') => index.seed(type, document, space),
		changeInBackground: (id, document, space = 'default') => {
			const stored = index.find(space, id);
			if (stored === undefined) throw new Error(`There is no entity ${id}`);
			index.change(stored, document, true);
		},
		snapshot: (space = 'default', time = new Date().toISOString()) =>
			lifecycle.configuration(space).historySnapshot.isEnabled ? index.snapshot(space, time) : 0,
		refresh: () => index.refresh(),
		setRefreshInterval: (ms) => void (controls.refreshIntervalMs = ms),
		setLicense: (license) => void (controls.license = license),
		setFeature: (isEnabled) => void (controls.isEnabled = isEnabled),
		answerNext: (...answers) => scripts.queue('bulk', answers),
		answerNextOn: (route, ...answers) => scripts.queue(route, answers),
		setFaults: scripts.setFaults,
		onHang: scripts.onHang,
		revoke: () => void (isRevoked = true),
		uninstall: (space = 'default') => lifecycle.forget(space),
		limitProxy: (bytes = Infinity) => void (controls.proxyLimit = bytes),
		goDown,
		comeUp,
		refuse: (rule) => void (controls.rowRule = rule),
		failItems: (rule) => void (controls.itemRule = rule),
		failCriticality: (rule) => void (controls.criticalityRule = rule),
		mend,
		loseRows: (rule) => void (controls.lossRule = rule),
		runTransform: () => store.runTransform(),
		clear: () => {
			requests.length = 0;
			scripts.clear();
			controls = controlsOf(settings);
			mend();
			store.clear();
			index.clear();
			watchlists.clear();
			criticalities.clear();
			second.disabledRules.clear();
		},
		stop: async () => {
			pauses.clear();
			await comeUp();
			await server.stop({ timeout: 0 });
		},
	};
};
