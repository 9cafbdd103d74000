/** The routes of the first API generation, Kibana 9.2 and 9.3 (contract §3). */
import { ENTITY_TYPES, permissionFor, type EntityType } from './definitions';
import { refuse, type Answer } from './http';
import type { LossRule, RowRule } from './rules';
import { bulkBody, bulkQuery, describeIssues } from './schema';
import type { AcceptedRow, EntityRecord, Store } from './store';
import { without } from './v2/documents';
import { parseQueryDsl, type Filter } from './v2/filters';

const isObject = (value: unknown): value is EntityRecord =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

const capitalise = (record: EntityRecord): EntityRecord =>
	Object.fromEntries(
		Object.entries(record).map(([key, value]) => [
			key.charAt(0).toUpperCase() + key.slice(1),
			value,
		]),
	);

/** The sections whose keys Kibana upper-cases before it checks and stores them (§3.1). */
const CAPITALISED = ['attributes', 'lifecycle', 'behaviors', 'relationships'];

const normalise = (record: EntityRecord): EntityRecord => {
	const entity = { ...(record.entity as EntityRecord) };
	for (const key of CAPITALISED) {
		if (isObject(entity[key])) entity[key] = capitalise(entity[key]);
	}
	return { ...record, entity };
};

const leavesOf = (value: unknown, prefix = ''): string[] => {
	if (!isObject(value)) return [prefix];
	return Object.entries(value).flatMap(([key, child]) =>
		leavesOf(child, prefix === '' ? key : `${prefix}.${key}`),
	);
};

const toDocument = (type: EntityType, record: EntityRecord): EntityRecord => {
	const { entity, ...rest } = record;
	const stamp = { '@timestamp': new Date().toISOString() };
	if (type === 'generic') return { ...rest, entity, ...stamp };
	const own = { ...(rest[type] as EntityRecord), name: (entity as EntityRecord).id, entity };
	return { ...rest, [type]: own, ...stamp };
};

const NOT_ALLOWED = 'The following attributes are not allowed to be updated';

/** Checks one row that the schema has passed; the answer that ends the request, or nothing. */
const judgeRow = (type: EntityType, record: EntityRecord, force: boolean): Answer | undefined => {
	const leaves = leavesOf(record);
	const unknown = leaves.filter((path) => permissionFor(type, path) === 'never');
	if (unknown.length > 0) return refuse(400, `${NOT_ALLOWED}: ${unknown.join(', ')}`);
	const locked = leaves.filter((path) => permissionFor(type, path) === 'force');
	if (force || locked.length === 0) return undefined;
	return refuse(400, `${NOT_ALLOWED} without forcing it (?force=true): ${locked.join(', ')}`);
};

/** `PUT /api/entity_store/entities/bulk`: all rows are accepted, or none (§3.1). */
export const bulkUpsert = (
	store: Store,
	space: string,
	query: unknown,
	body: unknown,
	{ rule, loses }: { rule?: RowRule; loses?: LossRule } = {},
): Answer => {
	const parsedQuery = bulkQuery.safeParse(query);
	if (!parsedQuery.success) return refuse(400, describeIssues('query', parsedQuery.error));
	const parsedBody = bulkBody.safeParse(body);
	if (!parsedBody.success) return refuse(400, describeIssues('body', parsedBody.error));

	const accepted: AcceptedRow[] = [];
	for (const { type, record } of parsedBody.data.entities) {
		if (store.engine(type) !== 'started') {
			return refuse(503, `Entity Engine '${type}' is not running`);
		}
		const normalised = normalise(record);
		const refused =
			judgeRow(type, normalised, parsedQuery.data.force === 'true') ?? answerOf(rule, type, record);
		if (refused) return refused;
		const document = toDocument(type, normalised);
		if (!loses?.({ type, record }))
			accepted.push({ type, id: record.entity.id, space, record, document });
	}
	store.append(accepted);
	return { status: 200, body: '' };
};

const answerOf = (rule: RowRule | undefined, type: string, record: EntityRecord) => {
	const ruling = rule?.({ type, record });
	return ruling && refuse(ruling.status, ruling.message);
};

/** `GET /api/entity_store/status`. */
export const status = (store: Store): Answer => {
	const engines = ENTITY_TYPES.map((type) => ({ type, status: store.engine(type) }));
	const isRunning = engines.some(({ status: state }) => state === 'started');
	return { status: 200, body: { status: isRunning ? 'running' : 'stopped', engines } };
};

/** How many values of a list the store keeps unless told otherwise (§3.4, `fieldHistoryLength`). */
const HISTORY_LENGTH = 10;

/** One entity out of its rows, oldest first: the newest value of each field, and all those of lists. */
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
 * As the list of a live Kibana shows an entity: `entity` is back at the root, named by its ID and by the
 * index it was first found in, with some keys in lower case, and the criticality is all of `asset`.
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

/**
 * `GET /api/entity_store/entities/list`, page by page, newest first (§3.4).
 *
 * @param isLive whether documents look as a live Kibana's, where the contract leaves it open
 */
export const list = (
	store: Store,
	space: string,
	query: Record<string, unknown>,
	isLive: boolean,
): Answer => {
	if (typeof query.entity_types !== 'string') {
		return refuse(400, '[request query]: entity_types: Required');
	}
	const types = query.entity_types.split(',');
	const page = Number(query.page ?? 1);
	const perPage = Number(query.per_page ?? 10);
	const filter = readFilterQuery(query.filterQuery);
	if (filter === undefined) return refuse(400, 'Invalid filterQuery');
	if (!(perPage <= 10_000)) {
		return refuse(400, '[request query]: per_page: Number must be less than or equal to 10000');
	}
	const found = store
		.takenIn(space)
		.filter(([newest]) => types.includes((newest as AcceptedRow).type))
		.map((rows) => {
			const merged = mergeRows(rows);
			return isLive ? asListedLive((rows[0] as AcceptedRow).type, merged) : merged;
		})
		.filter(filter)
		.reverse();
	const records = found.slice((page - 1) * perPage, page * perPage);
	return {
		status: 200,
		body: {
			records,
			total: found.length,
			page,
			per_page: perPage,
			inspect: { dsl: [], response: [] },
		},
	};
};
