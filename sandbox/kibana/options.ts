/** How a test Kibana is started, and in what its revisions differ. */
import type { EntityType } from './definitions';
import type { EngineState } from './store';
import type { DigestAlgorithm } from './v2/euid';

/** Stages of the API; each stands for a set of {@link Switches}. */
export type KibanaRevision = '9.2' | '9.3' | '9.4' | '9.5' | '9.6';

/** What differs between revisions. Each switch can also be set by itself. */
export interface Switches {
	/** v2 refuses unknown keys around documents and in queries (docs/kibana-api.md#later-revisions). */
	readonly strictKeys: boolean;
	/** v2 knows `permissions` and `known_redirects` by these later names (docs/kibana-api.md#fields). */
	readonly laterNames: boolean;
	/** `asset.criticality: null` is valid (docs/kibana-api.md#unassign-criticality). */
	readonly nullCriticality: boolean;
	/** v2's list reads `source` as a comma list too; without it one value is an error (docs/kibana-api.md#list). */
	readonly commaLists: boolean;
	/** v2's list of a store that is not installed is 200 and empty, and not a 500 (docs/kibana-api.md#list). */
	readonly listsUninstalled: boolean;
	/** The status when an entity to link or unlink is missing (docs/kibana-api.md#resolution). */
	readonly missingLinkStatus: 400 | 404;
	/** Answers about resolution carry `entity_type` (docs/kibana-api.md#resolution). */
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
	/** v1's single upsert shows a new entity at once (docs/kibana-api.md#v1-single-upsert). */
	readonly singleUpsertCreates: boolean;
	/** v1's deletion takes the ID in the path (docs/kibana-api.md#v1-delete). */
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

/** The switches of each revision. Which revision has which is partly a guess (docs/kibana-api.md#how-sure). */
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
	/** 0, the default, takes any free port. */
	readonly port?: number;
	/** Such as `/kbn`: requests without it are not found. */
	readonly basePath?: string;
	/** The generations that are served, that of `revision` by default. */
	readonly api?: 'v1' | 'v2' | 'both';
	/** 9.3, or 9.4 where v2 is served. */
	readonly revision?: KibanaRevision;
	/** What `/api/status` says, a release of `revision` by default. */
	readonly version?: string;
	readonly flavor?: 'traditional' | 'serverless';
	/** As behind a proxy that keeps credentials from `/api/status`. */
	readonly hidesVersion?: boolean;
	/** `server.maxPayload`, 1,048,576 by default. */
	readonly maxPayloadBytes?: number;
	readonly spaces?: ReadonlyArray<{ readonly id: string; readonly name: string }>;
	/** `enterprise` by default. */
	readonly license?: License;
	/** Of the first generation, in every space. */
	readonly engines?: Partial<Record<EntityType, EngineState>>;
	/** Whether the engines of the first generation can be written to at all, true by default. */
	readonly hasCrudCapability?: boolean;
	/** Milliseconds after which the first generation lists what it has accepted; 0 by default. */
	readonly visibleAfterMs?: number;
	/** Whether the first generation's list shows entities as a live Kibana's, merged and moved. */
	readonly listsLive?: boolean;
	/** How long writes of the second generation wait for a refresh; 0 by default. */
	readonly refreshDelayMs?: number;
	/** How long a deleted entity can still be listed, unless a write refreshes; 1,000 by default. */
	readonly refreshIntervalMs?: number;
	/** Makes the `_id` of a failed row; `md5` in early builds. */
	readonly digest?: DigestAlgorithm;
	/** Whether the second generation's store is there in spaces that nobody has touched. */
	readonly installed?: boolean;
	/** Whether the second generation's feature is switched on, true by default. */
	readonly featureEnabled?: boolean;
	/** How long an installation takes; 0 by default. */
	readonly installDelayMs?: number;
	/** How long an uninstallation takes; 0 by default. */
	readonly uninstallDelayMs?: number;
	/** Whether `update_api_key` is served; on Serverless by default. */
	readonly updatesApiKey?: boolean;
}

/** Options with every default filled in. */
export type Settings = Required<KibanaOptions>;

const isFirst = (revision: KibanaRevision | undefined): boolean =>
	revision === undefined || revision === '9.2' || revision === '9.3';

/** Fills in the defaults, those of the revision included. */
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
