/**
 * The request schema of Kibana 9.4 and later (docs/kibana-api.md#fields) and the messages of Kibana for wrong
 * requests (docs/kibana-api.md#validation-messages). It uses the same schema library as Kibana, so that unusual
 * messages, such as one mistake reported four times, are the same as in Kibana.
 */
import { z } from 'zod/v4';

import type { Switches } from '../options';
import { configurationSchema, type LogExtraction } from './configuration';
import { expandDottedKeys, type EntityDocument } from './documents';

/** Differences of the schema between revisions. */
export type Revision = Partial<
	Pick<Switches, 'laterNames' | 'strictKeys' | 'nullCriticality' | 'commaLists' | 'laterSettings'>
>;

const text = z.string();
const texts = z.array(z.string());
const textOrTexts = z.union([text, texts]);
const flag = z.boolean();
const time = z.iso.datetime();

const all = <Value extends z.ZodType>(
	value: Value,
	keys: readonly string[],
): Record<string, Value> => Object.fromEntries(keys.map((key) => [key, value]));

/** An object with optional keys that refuses unknown keys. */
const section = (shape: z.ZodRawShape) => z.strictObject(shape).partial();

const risk = section({
	calculated_level: z.enum(['Unknown', 'Low', 'Moderate', 'High', 'Critical']),
	calculated_score: z.number(),
	calculated_score_norm: z.number().min(0).max(100),
});

/** The names of every revision of the second generation. */
const RELATIONSHIPS = [
	...['administrators', 'administers', 'communicates_with', 'depends_on', 'owns_inferred'],
	...['accesses_infrequently', 'accesses_frequently', 'owns', 'supervises'],
];

/** The shape changed more than once. It is not certain which revision accepts which shape. */
const relationship: z.ZodType = z.union([
	texts,
	z.record(
		text,
		z.lazy(() => relationship),
	),
]);

const attributes = ({ laterNames = false }: Revision) =>
	section({
		...all(flag, ['asset', 'managed', 'mfa_enabled']),
		watchlists: texts,
		...all(text, ['storage_class', 'oauth_consent_restriction']),
		...all(
			texts,
			laterNames ? ['permissions', 'known_redirects'] : ['granted_permissions', 'known_redirect'],
		),
	});

const entity = (revision: Revision) =>
	section({
		...all(text, ['id', 'name', 'type', 'sub_type', 'url', 'schema_version']),
		source: texts,
		EngineMetadata: section({ Type: text }),
		attributes: attributes(revision),
		behaviors: section(all(texts, ['rule_names', 'anomaly_job_ids'])),
		lifecycle: section(all(time, ['first_seen', 'last_seen', 'last_activity'])),
		risk,
		relationships: section({
			...all(relationship, RELATIONSHIPS),
			resolution: section({ resolved_to: text, risk }),
		}),
	});

const criticality = z.enum(['low_impact', 'medium_impact', 'high_impact', 'extreme_impact']);

const asset = ({ nullCriticality = false }: Revision) =>
	section({
		...all(text, ['id', 'name', 'owner', 'serial_number', 'model', 'vendor', 'environment']),
		criticality: nullCriticality ? criticality.nullable() : criticality,
		business_unit: text,
	});

const user = section({
	...all(texts, ['full_name', 'domain', 'roles']),
	name: text,
	...all(texts, ['id', 'email', 'hash']),
	risk,
});

const host = section({
	...all(texts, ['hostname', 'domain', 'ip']),
	name: text,
	...all(texts, ['id', 'type', 'mac', 'architecture']),
	os: section({
		...all(textOrTexts, ['name', 'type']),
		...all(text, ['family', 'full', 'kernel', 'platform', 'version']),
	}),
	risk,
});

const service = section({
	...all(text, ['name', 'address', 'environment', 'ephemeral_id', 'id', 'state', 'type']),
	version: text,
	node: section({ name: text, role: text, roles: texts }),
	risk,
});

const idAndName = section({ id: text, name: text });

const cloud = section({
	...all(idAndName, ['account', 'instance', 'project']),
	machine: section({ type: text }),
	service: section({ name: text }),
	...all(text, ['availability_zone', 'provider', 'region']),
});

const orchestrator = section({
	...all(text, ['api_version', 'namespace', 'organization', 'type']),
	cluster: section(all(text, ['id', 'name', 'url', 'version'])),
	resource: section({
		...all(text, ['annotation', 'id', 'ip', 'label', 'name', 'type']),
		parent: section({ type: text }),
	}),
});

/** The entity type does not choose the shape: a document must match any of the four. */
const shapes = (revision: Revision) => {
	const shape = (own: z.ZodRawShape) =>
		section({
			'@timestamp': time,
			entity: entity(revision),
			...own,
			asset: asset(revision),
			event: section({ ingested: time }),
			labels: z.looseObject({}),
			tags: texts,
		});
	return z.union([
		shape({ user }),
		shape({ host }),
		shape({ service }),
		shape({ cloud, orchestrator }),
	]) as unknown as z.ZodType<EntityDocument>;
};

const entityType = z.enum(['user', 'host', 'service', 'generic']);
const entityTypes = z.array(entityType).optional();

/** A comma list or a repeated parameter. */
const commaList = <Value extends z.ZodType>(value: Value) =>
	z.preprocess((given) => {
		if (typeof given !== 'string') return given;
		return given === '' ? [] : given.split(',');
	}, z.array(value).optional());

type Wrapper = <Shape extends z.ZodRawShape>(shape: Shape) => z.ZodObject<Shape>;

interface SettingsChange {
	readonly logExtraction?: LogExtraction;
	readonly historySnapshot?: { readonly frequency?: string; readonly retentionDays?: number };
	readonly excludedUserNames?: string[];
}

const settingsBody = (revision: Revision, wrapper: Wrapper): z.ZodType<SettingsChange> => {
	const { logExtraction, historySnapshot } = configurationSchema(wrapper);
	if (!revision.laterSettings) return wrapper({ logExtraction });
	return wrapper({
		logExtraction: logExtraction.optional(),
		historySnapshot: historySnapshot.optional(),
		excludedUserNames: texts.optional(),
	});
};

const buildSchema = (revision: Revision) => {
	const wrapper: Wrapper = (shape) =>
		(revision.strictKeys ? z.strictObject(shape) : z.object(shape)) as z.ZodObject<typeof shape>;
	const configuration = configurationSchema(wrapper);
	const document = z.preprocess(expandDottedKeys, shapes(revision));
	const force = z
		.union([z.enum(['true', 'false']), z.boolean()])
		.default(false)
		.transform((value) => value === true || value === 'true');

	return {
		params: wrapper({ entityType }),
		noQuery: wrapper({}),
		forceQuery: wrapper({ force }),
		document,
		bulkBody: wrapper({ entities: z.array(wrapper({ type: entityType, doc: document })) }),
		deleteBody: wrapper({ entityId: text }),
		statusQuery: wrapper({ include_components: force }),
		emptyBody: wrapper({}),
		clearBody: wrapper({ clearHistorySnapshots: flag.optional() }),
		installBody: wrapper({
			entityTypes,
			logExtraction: configuration.logExtraction.optional(),
			historySnapshot: configuration.historySnapshot.optional(),
		}),
		typesBody: wrapper({ entityTypes }),
		cadenceBody: wrapper({ logExtraction: configuration.cadence.optional() }),
		settingsBody: settingsBody(revision, wrapper),
		linkBody: wrapper({ target_id: text, entity_ids: z.array(text).min(1).max(1_000) }),
		unlinkBody: wrapper({ entity_ids: z.array(text).min(1).max(1_000) }),
		groupQuery: wrapper({ entity_id: text }),
		listQuery: wrapper({
			filter: text.optional(),
			size: z.coerce.number().int().positive().optional(),
			searchAfter: text.optional(),
			source: revision.commaLists === false ? texts.optional() : commaList(text),
			fields: commaList(text),
			page: z.coerce.number().int().min(1).optional(),
			per_page: z.coerce.number().int().min(1).max(10_000).optional(),
			sort_field: text.optional(),
			sort_order: z.enum(['asc', 'desc']).optional(),
			filterQuery: text.optional(),
			entity_types: commaList(entityType),
		}).superRefine((query, context) => {
			for (const message of contradictionsOf(query)) context.addIssue({ code: 'custom', message });
		}),
	};
};

const PAGE_PARAMETERS = [
	...['entity_types', 'filterQuery', 'page', 'per_page', 'sort_field', 'sort_order'],
];

/** Whether a query uses the mode by page. All other queries use the mode by cursor. */
export const asksForPages = (query: Readonly<Record<string, unknown>>): boolean =>
	PAGE_PARAMETERS.some((key) => {
		const value = query[key];
		return Array.isArray(value) ? value.length > 0 : value !== undefined;
	});

const contradictionsOf = (query: Readonly<Record<string, unknown>>): string[] => {
	const found: string[] = [];
	const isPaged = query.page !== undefined || query.per_page !== undefined;
	if (isPaged && query.searchAfter !== undefined) {
		found.push('Cannot combine page/per_page with searchAfter');
	}
	if (isPaged && query.size !== undefined) {
		found.push('Cannot combine page/per_page with size; use per_page for page mode');
	}
	if (query.filter !== undefined && asksForPages(query)) {
		const names = PAGE_PARAMETERS.join(', ');
		found.push(`Cannot combine KQL \`filter\` with page search parameters (${names})`);
	}
	return found;
};

export type Schema = ReturnType<typeof buildSchema>;

const built = new Map<string, Schema>();

/** The schemas of one revision for everything that a client sends. */
export const schemaOf = (revision: Revision = {}): Schema => {
	const { laterNames, strictKeys, nullCriticality, commaLists, laterSettings } = revision;
	const key = [laterNames, strictKeys, nullCriticality, commaLists, laterSettings].join(' ');
	const schema = built.get(key) ?? buildSchema(revision);
	built.set(key, schema);
	return schema;
};

const ISSUES_SHOWN = 5;

/** Returns Kibana's message for a request that its schema refuses. Issues of unions are at the end. */
export const describeIssues = (part: 'body' | 'query' | 'params', error: z.ZodError): string => {
	const queue: z.core.$ZodIssue[] = [...error.issues];
	const reported: string[] = [];
	for (let issue = queue.shift(); issue; issue = queue.shift()) {
		if (issue.code === 'invalid_union') {
			queue.push(...issue.errors.flat());
		} else {
			const path = issue.path.join('.');
			reported.push(path === '' ? issue.message : `${path}: ${issue.message}`);
		}
	}
	const more = reported.length - ISSUES_SHOWN;
	const shown = reported.slice(0, ISSUES_SHOWN).join(', ');
	return `[request ${part}]: ${shown}${more > 0 ? `, and ${more} more` : ''}`;
};
