/**
 * A test Kibana: a real HTTP server on loopback that answers as docs/kibana-api.md describes. It uses the same
 * framework as Kibana, so its limits on bodies and content types are the real ones. It shares no code with the
 * node.
 */
import type { Server } from '@hapi/hapi';
import { Server as NetServer } from 'node:net';

import { createCriticalities, criticalityRoutes } from './criticality';
import type { EntityType } from './definitions';
import { addRoutes, createFront } from './front';
import type { TestKibana } from './handle';
import { API_KEY, PASSWORD, UNPRIVILEGED_API_KEY, USERNAME } from './identities';
import { createModel } from './model';
import { settingsOf, type KibanaOptions, type Settings } from './options';
import { platformRoutes } from './platform';
import { isBulk, isCreation, isList, type RequestState } from './recording';
import type { CriticalityRule, ItemRule, LossRule, RowRule } from './rules';
import { createScripts } from './scripts';
import { createStore, type StoredEntity } from './store';
import { firstRoutes } from './v1';
import { secondRoutes } from './v2';
import { createLogExtractor } from './v2/extraction';
import type { SecondGeneration } from './v2/generation';
import { createLatestIndex } from './v2/latestIndex';
import { createLifecycle } from './v2/lifecycle';
import { createWatchlists, watchlistRoutes } from './watchlists';

export type { EntityType, KibanaOptions, StoredEntity, TestKibana };
export type { RecordedRequest } from './recording';
export type { ChangeableAnswer, FaultyRequest, ScriptedAnswer, ScriptedRoute } from './scripts';

/** Pauses that end with the server. */
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

/** Counts how often bulk requests have tried to write an entity. */
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

/** Stops a server and starts it again at the same address. */
const createSwitch = (server: Server) => {
	let isDown = false;
	return {
		goDown: (): void => {
			// Not the method of the HTTP server, which would also cut new connections.
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

/** The settings of a test, except scripts. */
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
	const model = createModel(settings, pauses.pause);
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
	const extractor = createLogExtractor(index, lifecycle);

	const second: SecondGeneration = {
		index,
		lifecycle,
		settings,
		disabledRules: new Set(),
		isEnabled: () => controls.isEnabled,
		license: () => controls.license,
		refreshed: async (space) => {
			if (refreshDelayMs > 0) await pauses.pause(refreshDelayMs);
			await model.refreshed();
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
	model.addTo(server);
	addRoutes(server, scripts, [
		...(api === 'v2' ? [] : firstRoutes(first)),
		...(api === 'v1'
			? []
			: [...secondRoutes(second), ...watchlistRoutes({ ...second, watchlists })]),
		...criticalityRoutes({ criticalities, criticalityRule: () => controls.criticalityRule }),
	]);
	server.route(platformRoutes(settings, scripts));
	const { goDown, comeUp } = createSwitch(server);

	const recover = (): void => {
		attempts.clear();
		scripts.recover();
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
		extractLogs: (logs, { space = 'default', now = Date.now() } = {}) =>
			extractor.run(logs, space, now),
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
		recover,
		loseRows: (rule) => void (controls.lossRule = rule),
		runTransform: () => store.runTransform(),
		clear: () => {
			requests.length = 0;
			scripts.clear();
			controls = controlsOf(settings);
			recover();
			store.clear();
			index.clear();
			extractor.clear();
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
