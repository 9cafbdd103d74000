/** The routes of the first API generation, Kibana 9.2 and 9.3 (docs/kibana-api.md#v1). */
import { ANALYTICS, type Call, type Endpoint } from '../endpoint';
import type { Answer } from '../http';
import type { Settings } from '../options';
import type { Rows } from '../recording';
import type { LossRule, RowRule } from '../rules';
import type { Store } from '../store';
import { isObject } from '../v2/documents';
import { bulkUpsert } from './bulk';
import * as engines from './engines';
import { list } from './list';
import { deleteOne, upsertOne } from './single';

export { bulkUpsert };

const BASE = '/api/entity_store';

/** One Kibana of the first generation. */
export interface FirstGeneration {
	readonly store: Store;
	readonly settings: Settings;
	rowRule(): RowRule | undefined;
	lossRule(): LossRule | undefined;
}

const rowsOf = ({ body }: Call): Rows => {
	const { entities } = (body ?? {}) as { entities?: unknown };
	if (!Array.isArray(entities)) return [];
	return entities.map((row) => {
		const { type, record } = (isObject(row) ? row : {}) as {
			type: string;
			record?: { entity?: { id?: string } };
		};
		return { type, id: record?.entity?.id };
	});
};

export const firstRoutes = (kibana: FirstGeneration): Endpoint[] => {
	const { store, settings } = kibana;
	const { hasCrudCapability: hasCapability, nullCriticality } = settings;

	const route = (
		method: Endpoint['method'],
		path: string,
		name: Endpoint['name'],
		work: (store: Store, call: Call) => Answer,
	): Endpoint => ({
		method,
		path: `${BASE}${path}`,
		name,
		access: ANALYTICS,
		work: (call) => work(store, call),
	});

	return [
		{
			...route('PUT', '/entities/bulk', 'bulk', (_, { space, query, body }) =>
				bulkUpsert(store, space, query, body, {
					rule: kibana.rowRule(),
					loses: kibana.lossRule(),
					hasCapability,
					nullCriticality,
				}),
			),
			rowsOf,
		},
		route('PUT', '/entities/{entityType}', 'update', (_, call) =>
			upsertOne(store, call, {
				rule: kibana.rowRule(),
				hasCapability,
				nullCriticality,
				createsAtOnce: settings.singleUpsertCreates,
			}),
		),
		route(
			'DELETE',
			settings.deletesByPath ? '/entities/{entityType}/{entityId}' : '/entities/{entityType}',
			'delete',
			(_, call) => deleteOne(store, call, hasCapability),
		),
		route('GET', '/entities/list', 'list', (_, { space, query }) =>
			list(store, space, query, settings.listsLive),
		),
		route('GET', '/status', 'entityStoreStatus', engines.status),
		route('POST', '/enable', 'engines', engines.enable),
		route('GET', '/engines', 'engines', engines.listEngines),
		route('DELETE', '/engines', 'engines', engines.deleteEngines),
		route('GET', '/engines/{entityType}', 'engines', engines.getEngine),
		route('DELETE', '/engines/{entityType}', 'engines', engines.deleteEngine),
		route('POST', '/engines/{entityType}/init', 'engines', engines.initEngine),
		route('POST', '/engines/{entityType}/start', 'engines', engines.switchEngine('started')),
		route('POST', '/engines/{entityType}/stop', 'engines', engines.switchEngine('stopped')),
	];
};
