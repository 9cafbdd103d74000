/** The two ways of listing entities (docs/kibana-api.md#list). */
import { refuse, type Answer } from '../http';
import { isObject, merge, valuesAt, without, type EntityDocument } from './documents';
import { parseKql, parseQueryDsl, type Filter } from './filters';
import { compareFields } from './sorting';
import type { IndexedEntity, LatestIndex } from './latestIndex';
import { unforeseen } from './route';
import { asksForPages, type Schema } from './schema';

type ListQuery = ReturnType<Schema['listQuery']['parse']>;

class BadQuery extends Error {}

const reasonOf = (error: unknown): string => (error as Error).message;

const readFilter = (kql: string | undefined): Filter => {
	try {
		return parseKql(kql ?? '');
	} catch (error) {
		throw new BadQuery(`Invalid filter: ${reasonOf(error)}`);
	}
};

const readFilterQuery = (json: string | undefined): Filter => {
	try {
		return json === undefined ? () => true : parseQueryDsl(JSON.parse(json));
	} catch (error) {
		throw new BadQuery(`Invalid filterQuery: ${reasonOf(error)}`);
	}
};

type SortValues = readonly [timestamp: number, order: number];

const readCursor = (json: string): SortValues => {
	try {
		const cursor: unknown = JSON.parse(json);
		if (Array.isArray(cursor)) return [Number(cursor[0]), Number(cursor[1])];
	} catch {
		// Continues to the answer for everything that is not a cursor.
	}
	throw new BadQuery('Invalid searchAfter: must be a valid JSON-encoded value');
};

const sortValuesOf = ({ document, order }: IndexedEntity): SortValues => [
	Date.parse(String(document['@timestamp'])),
	order,
];

const newestFirst = (a: SortValues, b: SortValues): number => b[0] - a[0] || b[1] - a[1];

const pick = (document: EntityDocument, paths: readonly string[]): EntityDocument => {
	let picked: EntityDocument = {};
	for (const path of paths) {
		let value: unknown = document;
		const keys = path.split('.');
		for (const key of keys) value = isObject(value) ? value[key] : undefined;
		if (value === undefined) continue;
		const nested = keys.reduceRight<unknown>((child, key) => ({ [key]: child }), value);
		picked = merge(picked, nested as EntityDocument);
	}
	return picked;
};

/** Returns values by the full path of their field, as Elasticsearch does. */
const fieldsOf = (document: EntityDocument, paths: readonly string[]): object =>
	Object.fromEntries(
		paths.map((path) => [path, valuesAt(document, path)]).filter(([, values]) => values?.length),
	);

const fromCursor = (index: LatestIndex, space: string, query: ListQuery): object => {
	const filter = readFilter(query.filter);
	const cursor = query.searchAfter === undefined ? undefined : readCursor(query.searchAfter);
	const page = index
		.search(space)
		.filter(({ document }) => filter(document))
		.map((entity) => ({ entity, sortValues: sortValuesOf(entity) }))
		.sort((a, b) => newestFirst(a.sortValues, b.sortValues))
		.filter(({ sortValues }) => cursor === undefined || newestFirst(cursor, sortValues) < 0)
		.slice(0, query.size ?? 10);
	const entities = page.map(({ entity: { document } }) =>
		query.source ? pick(document, query.source) : document,
	);
	const { fields } = query;
	return {
		entities,
		nextSearchAfter: page.at(-1)?.sortValues,
		...(fields && { fields: page.map(({ entity }) => fieldsOf(entity.document, fields)) }),
	};
};

/** Maximum number of results that Elasticsearch pages through. */
const MOST_RESULTS = 10_000;

/** Pages contain only the criticality of `asset`. */
const onPage = (document: EntityDocument): EntityDocument => {
	const [criticality] = valuesAt(document, 'asset.criticality');
	const others = without(document, 'asset');
	return criticality === undefined ? others : { ...others, asset: { criticality } };
};

const hasType =
	(types: readonly string[] | undefined): Filter =>
	(document) =>
		!types?.length ||
		valuesAt(document, 'entity.EngineMetadata.Type').some((type) => types.includes(String(type)));

const byPage = (index: LatestIndex, space: string, query: ListQuery): object => {
	const filter = readFilterQuery(query.filterQuery);
	const { page = 1, per_page = 10, sort_field = '@timestamp', sort_order = 'desc' } = query;
	if (page * per_page > MOST_RESULTS) unforeseen();
	const direction = sort_order === 'desc' ? -1 : 1;
	const compare = compareFields(sort_field, direction);
	const found = index
		.search(space)
		.filter(({ document }) => hasType(query.entity_types)(document) && filter(document))
		.sort((a, b) => compare(a.document, b.document) || direction * (a.order - b.order));
	const records = found
		.slice((page - 1) * per_page, page * per_page)
		.map(({ document }) => onPage(document));
	const inspect = { dsl: [], response: [] };
	return { records, total: found.length, page, per_page, inspect };
};

/** Returns the answer of `GET …/entities` to a query, after the schema. */
export const list = (index: LatestIndex, space: string, query: ListQuery): Answer => {
	try {
		const search = asksForPages(query) ? byPage : fromCursor;
		return { status: 200, body: search(index, space, query) };
	} catch (error) {
		if (error instanceof BadQuery) return refuse(400, error.message);
		throw error;
	}
};
