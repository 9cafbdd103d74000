/** The routes that tell of the store, install it and change it (docs/kibana-api.md#lifecycle). */
import type { EntityType } from '../definitions';
import type { Call } from '../endpoint';
import { LOG_EXTRACTION_DEFAULTS, type LogExtraction } from './configuration';
import { route, type SecondGeneration } from './generation';
import type { EngineStatus, StoreConfiguration } from './lifecycle';
import { end, ok, parse, unforeseen, type Route } from './route';
import { schemaOf } from './schema';

type StoreRoute = Route<SecondGeneration>;

const overallStatus = (statuses: readonly EngineStatus[]): string => {
	if (statuses.length === 0) return 'not_installed';
	if (statuses.includes('error')) return 'error';
	if (statuses.includes('installing')) return 'installing';
	return statuses.includes('started') ? 'running' : 'stopped';
};

const componentsOf = (type: EntityType, space: string) => [
	{ id: `entity_store_extract_${type}_${space}`, installed: true, resource: 'task' },
];

const SHOWN_SETTINGS = [
	...(['delay', 'frequency', 'lookbackPeriod', 'fieldHistoryLength', 'maxLogsPerPage'] as const),
	...(['maxTimeWindowSize', 'maxLogsPerWindow', 'maxLogsPerWindowCapBehavior'] as const),
];

/** Those of the engine, and fixed values that v1 had (docs/kibana-api.md#status). */
const shownSettings = ({ logExtraction, byType }: StoreConfiguration, type: EntityType) => {
	const effective: LogExtraction = {
		...LOG_EXTRACTION_DEFAULTS,
		...logExtraction,
		...byType.get(type),
	};
	const shown = Object.fromEntries(SHOWN_SETTINGS.map((key) => [key, effective[key]]));
	return {
		...shown,
		filter: '',
		timeout: '25s',
		docsPerSecond: -1,
		indexPattern: '',
		enrichPolicyExecutionInterval: null,
		timestampField: '@timestamp',
		maxPageSearchSize: 10_000,
	};
};

/** `GET …/status`. */
export const storeStatus = route(
	({ settings }, { query }) => parse('query', schemaOf(settings).statusQuery, query),
	({ lifecycle }, { include_components: withComponents }, { space }) => {
		const configuration = lifecycle.configuration(space);
		const engines = [...lifecycle.engines(space)].map(([type, status]) => ({
			type,
			status,
			...shownSettings(configuration, type),
			...(withComponents && { components: componentsOf(type, space) }),
		}));
		const status = overallStatus(engines.map((one) => one.status));
		return ok({ status, engines });
	},
);

const typeIn = ({ settings }: SecondGeneration, { params }: Call): EntityType =>
	parse('params', schemaOf(settings).params, params).entityType;

interface Installation {
	readonly entityTypes?: readonly EntityType[];
	readonly logExtraction?: LogExtraction;
	readonly historySnapshot?: { readonly frequency?: string };
}

const installed = (
	{ lifecycle }: SecondGeneration,
	{ entityTypes, logExtraction, historySnapshot }: Installation,
	{ space }: Call,
) => {
	// Kibana does not queue a second installation.
	if (lifecycle.isInstalling(space)) unforeseen();
	const isNew = lifecycle.install(space, entityTypes);
	const before = lifecycle.configuration(space);
	if (isNew && logExtraction) {
		lifecycle.configure(space, { logExtraction: { ...before.logExtraction, ...logExtraction } });
	}
	if (isNew && historySnapshot) {
		lifecycle.configure(space, {
			historySnapshot: { ...before.historySnapshot, ...historySnapshot },
		});
	}
	return { ...ok(), status: isNew ? 201 : 200 };
};

/** `POST …/install`; what is there already stays as it is. */
export const install: StoreRoute = route(({ settings }, { query, body }): Installation => {
	const schema = schemaOf(settings);
	parse('query', schema.noQuery, query);
	return parse('body', schema.installBody, body ?? {});
}, installed);

/** `POST …/install/{entityType}`. */
export const installByType: StoreRoute = route((kibana, call): Installation => {
	const entityTypes = [typeIn(kibana, call)];
	const { cadenceBody } = schemaOf(kibana.settings);
	return { entityTypes, ...parse('body', cadenceBody, call.body ?? {}) };
}, installed);

/** The types in the body, all by default. None of them needs to be installed. */
const typesIn = ({ settings }: SecondGeneration, { query, body }: Call) => {
	const schema = schemaOf(settings);
	parse('query', schema.noQuery, query);
	return parse('body', schema.typesBody, body ?? {}).entityTypes;
};

/** `PUT …/start` and `PUT …/stop`. */
export const switchTo = (status: 'started' | 'stopped'): StoreRoute =>
	route(typesIn, ({ lifecycle }, types, { space }) => {
		lifecycle.setStatus(space, status, types);
		return ok();
	});

/** `POST …/uninstall`. */
export const uninstall: StoreRoute = route(typesIn, ({ lifecycle }, types, { space }) => {
	lifecycle.uninstall(space, types);
	return ok();
});

/** `POST …/uninstall/{entityType}`. */
export const uninstallByType: StoreRoute = route(typeIn, ({ lifecycle }, type, { space }) => {
	lifecycle.uninstall(space, [type]);
	return ok();
});

const requireInstalled = ({ lifecycle }: SecondGeneration, space: string): void => {
	if (!lifecycle.isInstalled(space)) end(404, 'Entity store is not installed');
};

/** `PUT …` on the base path. */
export const changeSettings: StoreRoute = route(
	({ settings }, { query, body }) => {
		const schema = schemaOf(settings);
		parse('query', schema.noQuery, query);
		return parse('body', schema.settingsBody, body);
	},
	(kibana, change, { space }) => {
		requireInstalled(kibana, space);
		const { lifecycle } = kibana;
		const before = lifecycle.configuration(space);
		const { excludedUserNames = before.excludedUserNames } = change;
		lifecycle.configure(space, {
			logExtraction: { ...before.logExtraction, ...change.logExtraction },
			historySnapshot: { ...before.historySnapshot, ...change.historySnapshot },
			excludedUserNames,
		});
		return ok();
	},
);

/** `PUT …/update/{entityType}`. */
export const changeByType: StoreRoute = route(
	(kibana, call) => ({
		type: typeIn(kibana, call),
		...parse('body', schemaOf(kibana.settings).cadenceBody, call.body),
	}),
	({ lifecycle }, { type, logExtraction }, { space }) => {
		if (!lifecycle.engines(space).has(type)) {
			end(400, `Entity Store engine for type "${type}" is not installed`);
		}
		const { byType } = lifecycle.configuration(space);
		const own = { ...byType.get(type), ...logExtraction };
		lifecycle.configure(space, { byType: new Map([...byType, [type, own]]) });
		return ok();
	},
);

/** `POST …/update_api_key`. */
export const updateApiKey: StoreRoute = route(
	({ settings }, { body }) => parse('body', schemaOf(settings).emptyBody, body ?? {}),
	(kibana, _, { space }) => {
		requireInstalled(kibana, space);
		return ok({ ok: true, failed: [] });
	},
);

/** `PUT …/history_snapshot/enable` and `…/disable`. */
export const switchSnapshot = (isEnabled: boolean): StoreRoute =>
	route(
		({ settings }, { body }) => {
			const schema = schemaOf(settings);
			return parse('body', isEnabled ? schema.emptyBody : schema.clearBody, body ?? {});
		},
		(kibana, _, { space }) => {
			requireInstalled(kibana, space);
			const { historySnapshot } = kibana.lifecycle.configuration(space);
			kibana.lifecycle.configure(space, { historySnapshot: { ...historySnapshot, isEnabled } });
			return ok();
		},
	);
