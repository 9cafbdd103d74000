/** `GET /api/entity_store/entities/list` (docs/kibana-api.md#v1-list). */
import type { EntityType } from '../definitions';
import { refuse, type Answer } from '../http';
import type { AcceptedRow, EntityRecord, Store } from '../store';
import { isObject, without } from '../v2/documents';
import { parseQueryDsl, type Filter } from '../v2/filters';
import { compareFields } from '../v2/sorting';

/** How many values of a list the store keeps by default (`fieldHistoryLength`). */
const HISTORY_LENGTH = 10;

/** Merges the rows of one entity, oldest first: the newest value of each field, and all values of lists. */
const mergeRows = (rows: readonly AcceptedRow[]): EntityRecord => {
	const mergeInto = (older: EntityRecord, newer: EntityRecord): EntityRecord => {
		const merged = { ...older };
		for (const [key, value] of Object.entries(newer)) {
			const before = merged[key];
			if (isObject(before) && isObject(value)) merged[key] = mergeInto(before, value);
			else if (Array.isArray(before) && Array.isArray(value)) {
				merged[key] = [...new Set([...value, ...before])].slice(0, HISTORY_LENGTH);
			} else merged[key] = value;
		}
		return merged;
	};
	return rows.map(({ document }) => document).reduce(mergeInto, {});
};

/**
 * Returns an entity as the list of a live Kibana shows it: `entity` is at the root again, with its ID as name and
 * its first index as source, some keys are in lower case, and `asset` has only the criticality.
 */
const asListedLive = (type: EntityType, document: EntityRecord): EntityRecord => {
	const own = (document[type] ?? {}) as EntityRecord;
	const entity = { ...((type === 'generic' ? document.entity : own.entity) as EntityRecord) };
	for (const key of ['attributes', 'behaviors', 'lifecycle']) {
		const section = entity[key];
		if (!isObject(section)) continue;
		entity[key] = Object.fromEntries(
			Object.entries(section).map(([name, value]) => [name.toLowerCase(), value]),
		);
	}
	const source = `.entities.v1.updates.security_${type}_default`;
	const { asset } = document;
	return {
		...without(document, 'asset'),
		...(type !== 'generic' && { [type]: without(own, 'entity') }),
		entity: { ...entity, name: entity.id, source },
		...(isObject(asset) && { asset: { criticality: asset.criticality } }),
	};
};

const readFilterQuery = (json: unknown): Filter | undefined => {
	try {
		return json === undefined ? () => true : parseQueryDsl(JSON.parse(String(json)));
	} catch {
		return undefined;
	}
};

/** A comma list or a repeated parameter. */
const listIn = (value: unknown): string[] | undefined =>
	value === undefined ? undefined : [value].flat().flatMap((one) => String(one).split(','));

/** @param isLive whether documents have the form of a live Kibana */
export const list = (
	store: Store,
	space: string,
	query: Readonly<Record<string, unknown>>,
	isLive: boolean,
): Answer => {
	const types = listIn(query.entity_types);
	if (types === undefined) return refuse(400, '[request query]: entity_types: Required');
	const page = Number(query.page ?? 1);
	const perPage = Number(query.per_page ?? 10);
	const filter = readFilterQuery(query.filterQuery);
	if (filter === undefined) return refuse(400, 'Invalid filterQuery');
	if (!(perPage <= 10_000)) {
		return refuse(400, '[request query]: per_page: Number must be less than or equal to 10000');
	}
	const newestFirst = store
		.takenIn(space)
		.filter(([newest]) => types.includes((newest as AcceptedRow).type))
		.map((rows) => {
			const merged = mergeRows(rows);
			return isLive ? asListedLive((rows[0] as AcceptedRow).type, merged) : merged;
		})
		.filter(filter)
		.reverse();
	const found =
		typeof query.sort_field === 'string'
			? newestFirst.sort(compareFields(query.sort_field, query.sort_order === 'asc' ? 1 : -1))
			: newestFirst;
	return {
		status: 200,
		body: {
			records: found.slice((page - 1) * perPage, page * perPage),
			total: found.length,
			page,
			per_page: perPage,
			inspect: { dsl: [], response: [] },
		},
	};
};
