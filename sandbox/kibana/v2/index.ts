/** The routes of the second API generation, Kibana 9.4 and later (docs/kibana-api.md#v2). */
import type { EntityType } from '../definitions';
import { SECURITY, type Call, type Endpoint } from '../endpoint';
import type { Rows } from '../recording';
import { expandDottedKeys, isObject } from './documents';
import * as entities from './entities';
import { deriveEuid } from './euid';
import type { SecondGeneration } from './generation';
import * as resolution from './resolution';
import type { Route } from './route';
import * as store from './store';

const BASE = '/api/security/entity_store';

const rowOf = (type: unknown, doc: unknown): Rows[number] => {
	const { entity } = expandDottedKeys(doc);
	const id = isObject(entity) && entity.id !== '' ? entity.id : undefined;
	return {
		type: type as string,
		id: (id as string | undefined) ?? deriveEuid(type as EntityType, doc),
	};
};

const rowsOf = ({ body }: Call): Rows => {
	const { entities: rows } = (body ?? {}) as { entities?: unknown };
	if (!Array.isArray(rows)) return [];
	return rows.map((row) => {
		const { type, doc } = isObject(row) ? row : {};
		return rowOf(type, doc);
	});
};

export const secondRoutes = (kibana: SecondGeneration): Endpoint[] => {
	const route = (
		method: Endpoint['method'],
		path: string,
		name: Endpoint['name'],
		work: Route<SecondGeneration>,
	): Endpoint => ({
		method,
		path: `${BASE}${path}`,
		name,
		access: SECURITY,
		work: async (call) => await work(kibana, call),
	});
	const { settings } = kibana;

	return [
		{ ...route('PUT', '/entities/bulk', 'bulk', entities.bulkUpdate), rowsOf },
		{
			...route('POST', '/entities/{entityType}', 'create', entities.create),
			rowsOf: ({ params, body }) => [rowOf(params.entityType, body)],
		},
		route('PUT', '/entities/{entityType}', 'update', entities.updateOne),
		route('DELETE', '/entities/', 'delete', entities.deleteOne),
		route('GET', '/entities', 'list', entities.listEntities),
		route('GET', '/status', 'entityStoreStatus', store.storeStatus),
		route('POST', '/install', 'store', store.install),
		route('PUT', '/start', 'store', store.switchTo('started')),
		route('PUT', '/stop', 'store', store.switchTo('stopped')),
		route('POST', '/uninstall', 'store', store.uninstall),
		route('PUT', '', 'store', store.changeSettings),
		...(settings.routesByType
			? [
					route('POST', '/install/{entityType}', 'store', store.installByType),
					route('PUT', '/update/{entityType}', 'store', store.changeByType),
					route('POST', '/uninstall/{entityType}', 'store', store.uninstallByType),
				]
			: []),
		...(settings.updatesApiKey
			? [route('POST', '/update_api_key', 'store', store.updateApiKey)]
			: []),
		...(settings.historySnapshotRoutes
			? [
					route('PUT', '/history_snapshot/enable', 'store', store.switchSnapshot(true)),
					route('PUT', '/history_snapshot/disable', 'store', store.switchSnapshot(false)),
				]
			: []),
		route('POST', '/resolution/link', 'resolution', resolution.link),
		route('POST', '/resolution/unlink', 'resolution', resolution.unlink),
		route('GET', '/resolution/group', 'resolution', resolution.group),
		...(settings.resolutionRules
			? [
					route('GET', '/resolution/rules', 'resolution', resolution.listRules),
					route('PUT', '/resolution/rules/{id}/enable', 'resolution', resolution.switchRule(true)),
					route(
						'PUT',
						'/resolution/rules/{id}/disable',
						'resolution',
						resolution.switchRule(false),
					),
				]
			: []),
	];
};
