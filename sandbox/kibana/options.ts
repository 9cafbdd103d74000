/** The options of a test Kibana, and the differences between its revisions. */
import type { EntityType } from './definitions';
import type { EngineState } from './store';
import type { DigestAlgorithm } from './v2/euid';

/** Revisions of the API. Each is a set of {@link Switches}. */
export type KibanaRevision = '9.2' | '9.3' | '9.4' | '9.5' | '9.6';

/** The differences between revisions. Each switch can also be set alone. */
export interface Switches {
	/** v2 refuses unknown keys around documents and in queries (docs/kibana-api.md#later-revisions). */
	readonly strictKeys: boolean;
	/** v2 knows `permissions` and `known_redirects` by these later names (docs/kibana-api.md#fields). */
	readonly laterNames: boolean;
	/** `asset.criticality: null` is valid (docs/kibana-api.md#unassign-criticality). */
	readonly nullCriticality: boolean;
	/** v2's list accepts `source` as a comma list too. Otherwise one value is an error (docs/kibana-api.md#list). */
	readonly commaLists: boolean;
	/** v2's list of a store that is not installed is 200 and empty instead of a 500 (docs/kibana-api.md#list). */
	readonly listsUninstalled: boolean;
	/** The status when an entity to link or unlink is missing (docs/kibana-api.md#resolution). */
	readonly missingLinkStatus: 400 | 404;
	/** Answers about resolution contain `entity_type` (docs/kibana-api.md#resolution). */
	readonly namesEntityType: boolean;
	/** The routes of resolution rules are served. */
	readonly resolutionRules: boolean;
	/** The routes that install, change and uninstall one type are served. */
	readonly routesByType: boolean;
	/** The routes of the history snapshot are served. */
	readonly historySnapshotRoutes: boolean;
	/** Settings other than `logExtraction` can be changed (docs/kibana-api.md#lifecycle). */
	readonly laterSettings: boolean;
	/** Uninstalling one type removes the entities of all types (docs/kibana-api.md#lifecycle). */
	readonly dropsSharedIndex: boolean;
	/** Requests with an API key need no `kbn-xsrf` (docs/kibana-api.md#headers). */
	readonly xsrfExemptsKeys: boolean;
	/** v1 lists a new entity at once after a single upsert (docs/kibana-api.md#v1-single-upsert). */
	readonly singleUpsertCreates: boolean;
	/** v1's deletion has the ID in the path (docs/kibana-api.md#v1-delete). */
	readonly deletesByPath: boolean;
}

const OLDEST: Switches = {
	strictKeys: false,
	laterNames: false,
	nullCriticality: false,
	commaLists: true,
	listsUninstalled: false,
	missingLinkStatus: 404,
	namesEntityType: false,
	resolutionRules: false,
	routesByType: false,
	historySnapshotRoutes: false,
	laterSettings: false,
	dropsSharedIndex: false,
	xsrfExemptsKeys: false,
	singleUpsertCreates: true,
	deletesByPath: false,
};

const SINCE_9_5: Switches = {
	...OLDEST,
	strictKeys: true,
	nullCriticality: true,
	listsUninstalled: true,
	missingLinkStatus: 400,
	resolutionRules: true,
	routesByType: true,
};

/** The switches of each revision. Which revision has which switch is partly inferred (docs/kibana-api.md#how-sure). */
export const REVISIONS: Readonly<Record<KibanaRevision, Switches>> = {
	'9.2': { ...OLDEST, singleUpsertCreates: false },
	'9.3': OLDEST,
	'9.4': OLDEST,
	'9.5': SINCE_9_5,
	'9.6': {
		...SINCE_9_5,
		laterNames: true,
		namesEntityType: true,
		routesByType: false,
		historySnapshotRoutes: true,
		laterSettings: true,
		xsrfExemptsKeys: true,
	},
};

const NUMBERS: Readonly<Record<KibanaRevision, string>> = {
	'9.2': '9.2.4',
	'9.3': '9.3.2',
	'9.4': '9.4.3',
	'9.5': '9.5.0',
	'9.6': '9.6.0',
};

export type License = 'basic' | 'platinum' | 'enterprise';

export interface KibanaOptions extends Partial<Switches> {
	/** 0, the default, means any free port. */
	readonly port?: number;
	/** Base path, such as `/kbn`. Requests without it are not found. */
	readonly basePath?: string;
	/** The served generations; by default that of `revision`. */
	readonly api?: 'v1' | 'v2' | 'both';
	/** 9.3 by default, or 9.4 when v2 is served. */
	readonly revision?: KibanaRevision;
	/** The version in `/api/status`; by default a release of `revision`. */
	readonly version?: string;
	readonly flavor?: 'traditional' | 'serverless';
	/** Answers as behind a proxy that removes credentials from requests for `/api/status`. */
	readonly hidesVersion?: boolean;
	/** `server.maxPayload`, 1,048,576 by default. */
	readonly maxPayloadBytes?: number;
	readonly spaces?: ReadonlyArray<{ readonly id: string; readonly name: string }>;
	/** `enterprise` by default. */
	readonly license?: License;
	/** Engines of the first generation, in every space. */
	readonly engines?: Partial<Record<EntityType, EngineState>>;
	/** Whether the engines of the first generation accept writes; true by default. */
	readonly hasCrudCapability?: boolean;
	/** Milliseconds until the first generation lists accepted rows; 0 by default. */
	readonly visibleAfterMs?: number;
	/** Whether the list of the first generation shows entities as a live Kibana does, merged and moved. */
	readonly listsLive?: boolean;
	/** Milliseconds that writes of the second generation wait for a refresh; 0 by default. */
	readonly refreshDelayMs?: number;
	/** Milliseconds that a deleted entity is still listed, unless a write refreshes; 1,000 by default. */
	readonly refreshIntervalMs?: number;
	/** Works as the model of a Kibana under load: the defaults of the next four options are those of {@link MODEL}. */
	readonly model?: boolean;
	/** Milliseconds between two refreshes. Writes of the second generation wait for the next one; 0: they do not. */
	readonly refreshCycleMs?: number;
	/** Milliseconds that Kibana works on the creation of one entity, and on nothing else. */
	readonly createWorkMs?: number;
	/** The same for a bulk request of 1,000 rows. Others take their share. */
	readonly bulkWorkMs?: number;
	/** The same for any other request, such as one for the status, and for a refused one. */
	readonly otherWorkMs?: number;
	/** Requests in a second that are not refused with a 429. Those that only read are not counted. */
	readonly requestsPerSecond?: number;
	/** Algorithm for the `_id` of a failed row; `md5` in early builds. */
	readonly digest?: DigestAlgorithm;
	/** Whether new spaces have the store of the second generation. */
	readonly installed?: boolean;
	/** Whether the feature of the second generation is on; true by default. */
	readonly featureEnabled?: boolean;
	/** Milliseconds that an installation takes; 0 by default. */
	readonly installDelayMs?: number;
	/** Milliseconds that an uninstallation takes; 0 by default. */
	readonly uninstallDelayMs?: number;
	/** Whether `update_api_key` is served; by default on Serverless only. */
	readonly updatesApiKey?: boolean;
}

/** A Kibana with one event loop in front of an Elasticsearch that refreshes every second, as it does by default. */
export const MODEL = {
	refreshCycleMs: 1_000,
	createWorkMs: 3,
	bulkWorkMs: 70,
	otherWorkMs: 1,
} as const;

const WITHOUT_MODEL = { refreshCycleMs: 0, createWorkMs: 0, bulkWorkMs: 0, otherWorkMs: 0 };

/** Options with all defaults. */
export type Settings = Required<KibanaOptions>;

const isFirst = (revision: KibanaRevision | undefined): boolean =>
	revision === undefined || revision === '9.2' || revision === '9.3';

/** Adds the defaults, including those of the revision. */
export const settingsOf = (options: KibanaOptions): Settings => {
	const { api = isFirst(options.revision) ? 'v1' : 'v2', flavor = 'traditional' } = options;
	const { revision = api === 'v1' ? '9.3' : '9.4' } = options;
	return {
		port: 0,
		basePath: '',
		version: NUMBERS[revision],
		hidesVersion: false,
		maxPayloadBytes: 1_048_576,
		spaces: [{ id: 'default', name: 'Default' }],
		license: 'enterprise',
		engines: {},
		hasCrudCapability: true,
		visibleAfterMs: 0,
		listsLive: false,
		refreshDelayMs: 0,
		refreshIntervalMs: 1_000,
		model: false,
		...(options.model ? MODEL : WITHOUT_MODEL),
		requestsPerSecond: Infinity,
		digest: 'sha256',
		installed: true,
		featureEnabled: true,
		installDelayMs: 0,
		uninstallDelayMs: 0,
		updatesApiKey: flavor === 'serverless',
		...REVISIONS[revision],
		...Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)),
		api,
		flavor,
		revision,
	};
};
