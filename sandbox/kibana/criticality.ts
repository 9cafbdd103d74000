/** Asset criticality with its own API (docs/kibana-api.md#asset-criticality). */
import { z } from 'zod';

import { ANALYTICS, type Call, type Endpoint } from './endpoint';
import { refuse, type Answer } from './http';
import type { CriticalityRule } from './rules';
import type { EntityDocument } from './v2/documents';
import { parseKql, type Filter } from './v2/filters';
import { compareFields } from './v2/sorting';
import { describeIssues } from './v1/schema';

const ID_FIELDS = {
	'host.name': 'host',
	'user.name': 'user',
	'service.name': 'service',
	'entity.id': 'entity',
} as const;

const LEVELS = ['low_impact', 'medium_impact', 'high_impact', 'extreme_impact'] as const;
const MOST_RECORDS = 1_000;
/** Elasticsearch pages through no more results, and counts no more. */
const MOST_RESULTS = 10_000;

const idParts = {
	id_field: z.enum(['host.name', 'user.name', 'service.name', 'entity.id']),
	id_value: z.string(),
};
const refresh = { refresh: z.literal('wait_for').optional() };

const recordBody = z.object({ ...idParts, criticality_level: z.enum(LEVELS), ...refresh });
const idQuery = z.object({ ...idParts, ...refresh });
const bulkBody = z.object({
	records: z
		.array(z.object({ ...idParts, criticality_level: z.enum([...LEVELS, 'unassigned']) }))
		.min(1)
		.max(MOST_RECORDS),
});
const listQuery = z.object({
	kuery: z.string().optional(),
	page: z.coerce.number().int().min(1).default(1),
	per_page: z.coerce.number().int().min(1).max(MOST_RECORDS).default(10),
	sort_field: z.string().default('@timestamp'),
	sort_direction: z.enum(['asc', 'desc']).default('asc'),
});

/** The assignment of one entity. */
type Assignment = z.infer<typeof bulkBody>['records'][number];

/** The assignments of all spaces. The entity store does not read them. */
export interface Criticalities {
	list(space: string): EntityDocument[];
	find(space: string, field: string, value: string): EntityDocument | undefined;
	keep(space: string, assignment: Assignment): EntityDocument;
	remove(space: string, field: string, value: string): void;
	clear(): void;
}

const recordOf = ({ id_field, id_value, criticality_level }: Assignment): EntityDocument => {
	const asset = { criticality: criticality_level };
	const section = ID_FIELDS[id_field];
	const own = section === 'entity' ? { id: id_value, asset } : { name: id_value, asset };
	return {
		id_field,
		id_value,
		criticality_level,
		'@timestamp': new Date().toISOString(),
		asset,
		[section]: own,
	};
};

export const createCriticalities = (): Criticalities => {
	const spaces = new Map<string, Map<string, EntityDocument>>();
	const within = (space: string): Map<string, EntityDocument> => {
		const records = spaces.get(space) ?? new Map<string, EntityDocument>();
		spaces.set(space, records);
		return records;
	};
	const keyOf = (field: string, value: string): string => `${field}:${value}`;
	return {
		list: (space) => [...within(space).values()],
		find: (space, field, value) => within(space).get(keyOf(field, value)),
		keep: (space, assignment) => {
			const record = recordOf(assignment);
			within(space).set(keyOf(assignment.id_field, assignment.id_value), record);
			return record;
		},
		remove: (space, field, value) => void within(space).delete(keyOf(field, value)),
		clear: () => spaces.clear(),
	};
};

/** The parts of a Kibana that the routes need. */
export interface CriticalityKibana {
	readonly criticalities: Criticalities;
	/** Rule by which one record of a bulk request fails. */
	criticalityRule(): CriticalityRule | undefined;
}

type Route = (kibana: CriticalityKibana, call: Call) => Answer;

const ok = (body: object): Answer => ({ status: 200, body });

/** Creates a route that validates one part of its request first. */
const route =
	<Schema extends z.ZodTypeAny>(
		part: 'body' | 'query',
		schema: Schema,
		work: (kibana: CriticalityKibana, input: z.output<Schema>, space: string) => Answer,
	): Route =>
	(kibana, call) => {
		const parsed = schema.safeParse(call[part]);
		if (!parsed.success) return refuse(400, describeIssues(part, parsed.error));
		return work(kibana, parsed.data, call.space);
	};

const assign = route('body', recordBody, ({ criticalities }, sent, space) =>
	ok(criticalities.keep(space, sent)),
);

/** Without an assignment it answers like a missing route. */
const get = route('query', idQuery, ({ criticalities }, { id_field, id_value }, space) => {
	const record = criticalities.find(space, id_field, id_value);
	return record ? ok(record) : refuse(404, 'Not Found');
});

const remove = route('query', idQuery, ({ criticalities }, { id_field, id_value }, space) => {
	const record = criticalities.find(space, id_field, id_value);
	criticalities.remove(space, id_field, id_value);
	return ok({ deleted: record !== undefined, record });
});

const assignMany = route('body', bulkBody, (kibana, { records }, space) => {
	const seen = new Set<string>();
	const errors: Array<{ message: string; index: number }> = [];
	for (const [index, record] of records.entries()) {
		const key = `${record.id_field} ${record.id_value}`;
		const fault = seen.has(key) ? 'Duplicated entity' : kibana.criticalityRule()?.(record);
		seen.add(key);
		if (fault !== undefined) errors.push({ message: fault, index });
		else kibana.criticalities.keep(space, record);
	}
	const failed = errors.length;
	const stats = { successful: records.length - failed, failed, total: records.length };
	return ok({ errors, stats });
});

const readKuery = (kuery: string): Filter | undefined => {
	try {
		return parseKql(kuery);
	} catch {
		return undefined;
	}
};

const listAll = route('query', listQuery, ({ criticalities }, query, space) => {
	const { kuery = '', page, per_page, sort_field, sort_direction } = query;
	const filter = readKuery(kuery);
	if (filter === undefined) return refuse(400, 'Invalid kuery');
	if (page * per_page > MOST_RESULTS) return refuse(400, 'Result window is too large');
	const found = criticalities
		.list(space)
		.filter(filter)
		.sort(compareFields(sort_field, sort_direction === 'asc' ? 1 : -1));
	const records = found.slice((page - 1) * per_page, page * per_page);
	return ok({ records, total: Math.min(found.length, MOST_RESULTS), page, per_page });
});

export const criticalityRoutes = (kibana: CriticalityKibana): Endpoint[] => {
	const endpoint = (method: Endpoint['method'], path: string, work: Route): Endpoint => ({
		method,
		path: `/api/asset_criticality${path}`,
		name: 'criticality',
		access: ANALYTICS,
		work: (call) => work(kibana, call),
	});
	return [
		endpoint('POST', '', assign),
		endpoint('GET', '', get),
		endpoint('DELETE', '', remove),
		endpoint('POST', '/bulk', assignMany),
		endpoint('GET', '/list', listAll),
	];
};
