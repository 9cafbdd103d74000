/**
 * The request schema of Kibana 9.2 and 9.3 (docs/kibana-api.md#v1-fields) and the messages of Kibana for wrong
 * requests (docs/kibana-api.md#validation-messages). It uses the same schema library as Kibana, so that unusual
 * messages, such as one mistake reported four times, are the same as in Kibana.
 */
import { z } from 'zod';

const text = z.string();
const texts = z.array(z.string());
const flag = z.boolean();
const time = z.string().datetime();

/** An object with optional keys that refuses unknown keys. */
const section = <Shape extends z.ZodRawShape>(shape: Shape) => z.object(shape).partial().strict();

const riskLevel = z.enum(['Unknown', 'Low', 'Moderate', 'High', 'Critical']);
const normScore = z.number().min(0).max(100);
const criticality = z.enum(['low_impact', 'medium_impact', 'high_impact', 'extreme_impact']);

const entity = z
	.object({
		id: text,
		name: text.optional(),
		type: text.optional(),
		sub_type: text.optional(),
		source: text.optional(),
		EngineMetadata: z.object({ Type: text }).strict().optional(),
		attributes: section({
			privileged: flag,
			asset: flag,
			managed: flag,
			mfa_enabled: flag,
		}).optional(),
		behaviors: section({
			brute_force_victim: flag,
			new_country_login: flag,
			used_usb_device: flag,
		}).optional(),
		lifecycle: section({ first_seen: time, last_activity: time }).optional(),
		risk: section({
			calculated_level: riskLevel,
			calculated_score: z.number(),
			calculated_score_norm: normScore,
		}).optional(),
		relationships: section({
			communicates_with: texts,
			depends_on: texts,
			dependent_of: texts,
			owns: texts,
			owned_by: texts,
			accesses_frequently: texts,
			accessed_frequently_by: texts,
			supervises: texts,
			supervised_by: texts,
		}).optional(),
	})
	.strict();

/** Must be complete when it is present, and accepts unknown keys (docs/kibana-api.md#v1-risk-record). */
const risk = z.object({
	'@timestamp': time,
	id_field: text,
	id_value: text,
	calculated_level: riskLevel,
	calculated_score: z.number(),
	calculated_score_norm: normScore,
	category_1_score: z.number(),
	category_1_count: z.number().int(),
	category_2_score: z.number().optional(),
	category_2_count: z.number().int().optional(),
	notes: texts,
	criticality_modifier: z.number().optional(),
	criticality_level: text.optional(),
	modifiers: z.array(z.unknown()).optional(),
	inputs: z.array(
		z.object({
			id: text,
			index: text,
			category: text,
			description: text,
			risk_score: z.number().optional(),
			timestamp: text.optional(),
			contribution_score: z.number().optional(),
		}),
	),
});

const assetOf = (nullCriticality: boolean) =>
	section({
		id: text,
		name: text,
		owner: text,
		serial_number: text,
		model: text,
		vendor: text,
		environment: text,
		criticality: nullCriticality ? criticality.nullable() : criticality,
		business_unit: text,
	}).optional();

const timestamp = { '@timestamp': time.optional() };
const event = section({ ingested: time }).optional();

const userSection = z
	.object({
		full_name: texts.optional(),
		domain: texts.optional(),
		roles: texts.optional(),
		name: text,
		id: texts.optional(),
		email: texts.optional(),
		hash: texts.optional(),
		risk: risk.optional(),
	})
	.strict()
	.optional();

const hostSection = z
	.object({
		hostname: texts.optional(),
		domain: texts.optional(),
		ip: texts.optional(),
		name: text,
		id: texts.optional(),
		type: texts.optional(),
		mac: texts.optional(),
		architecture: texts.optional(),
		risk: risk.optional(),
		entity: entity.optional(),
	})
	.strict()
	.optional();

const serviceSection = z
	.object({ name: text, risk: risk.optional(), entity: entity.optional() })
	.strict()
	.optional();

const entityType = z.enum(['user', 'host', 'service', 'generic']);

const buildSchema = (nullCriticality: boolean) => {
	const asset = assetOf(nullCriticality);
	/** `type` does not choose the shape: a record must match any of the four. */
	const record = z.union([
		z.object({ ...timestamp, entity, user: userSection, asset, event }).strict(),
		z.object({ ...timestamp, entity, host: hostSection, asset, event }).strict(),
		z.object({ ...timestamp, entity, service: serviceSection, asset, event }).strict(),
		z.object({ ...timestamp, entity, asset }).strict(),
	]);
	return {
		record,
		bulkBody: z.object({ entities: z.array(z.object({ type: entityType, record })) }),
		forceQuery: z.object({ force: z.enum(['true', 'false']).default('false') }),
		params: z.object({ entityType }),
	};
};

const SCHEMA = buildSchema(false);
const WITH_NULL = buildSchema(true);

/** @param nullCriticality whether `asset.criticality: null` is valid (docs/kibana-api.md#unassign-criticality) */
export const schemaOf = (nullCriticality = false): typeof SCHEMA =>
	(nullCriticality ? WITH_NULL : SCHEMA) as typeof SCHEMA;

const ISSUES_SHOWN = 5;

/** Returns Kibana's message for a request that its schema refuses. Issues of unions are at the end. */
export const describeIssues = (part: 'body' | 'query' | 'params', error: z.ZodError): string => {
	const queue = [...error.issues];
	const reported: string[] = [];
	for (let issue = queue.shift(); issue; issue = queue.shift()) {
		if (issue.code === 'invalid_union') {
			queue.push(...issue.unionErrors.flatMap(({ issues }) => issues));
		} else {
			const path = issue.path.join('.');
			reported.push(path === '' ? issue.message : `${path}: ${issue.message}`);
		}
	}
	const more = reported.length - ISSUES_SHOWN;
	const shown = reported.slice(0, ISSUES_SHOWN).join(', ');
	return `[request ${part}]: ${shown}${more > 0 ? `, and ${more} more` : ''}`;
};
