/** The mapping that all ways share: 20 fields of a user, each filled from the directory's item. */
import type { INodeParameters } from 'n8n-workflow';

import { mapperFields } from '../nodes/KibanaEntityStore/methods/resourceMapping';

/** Expressions by field; all of them plain paths into the item. */
export const SIMPLE_MAPPING: Readonly<Record<string, string>> = {
	'user.name': '={{ $json.profile.login }}',
	'user.email': '={{ $json.profile.email }}',
	'user.full_name': '={{ $json.profile.displayName }}',
	'user.id': '={{ $json.id }}',
	'user.domain': '={{ $json.profile.domain }}',
	'user.roles': '={{ $json.profile.role }}',
	'entity.name': '={{ $json.profile.displayName }}',
	'entity.source': '={{ $json.source }}',
	'entity.type': '={{ $json.profile.kind }}',
	'entity.sub_type': '={{ $json.profile.subKind }}',
	'entity.url': '={{ $json.url }}',
	'entity.attributes.managed': '={{ $json.profile.managed }}',
	'entity.attributes.mfa_enabled': '={{ $json.profile.mfaEnrolled }}',
	'entity.lifecycle.first_seen': '={{ $json.created }}',
	'entity.lifecycle.last_activity': '={{ $json.lastLogin }}',
	'entity.risk.calculated_level': '={{ $json.profile.riskLevel }}',
	'entity.risk.calculated_score_norm': '={{ $json.profile.riskScore }}',
	'asset.criticality': '={{ $json.profile.criticality }}',
	'asset.business_unit': '={{ $json.profile.department }}',
	'asset.owner': '={{ $json.profile.owner }}',
};

/** The same fields, two of them computed. */
export const COMPLEX_MAPPING: Readonly<Record<string, string>> = {
	...SIMPLE_MAPPING,
	'user.full_name':
		'={{ [$json.profile.firstName, $json.profile.lastName].filter(Boolean).join(" ") }}',
	'entity.attributes.managed': '={{ $json.status !== "DEPROVISIONED" }}',
};

/** What the editor saves for the mapper: the values with the schema of all fields beside them. */
export const mapperValue = (value: Readonly<Record<string, string>> | null): INodeParameters => ({
	mappingMode: value === null ? 'autoMapInputData' : 'defineBelow',
	value: value as INodeParameters,
	matchingColumns: [],
	schema: mapperFields(['user'], ['v2'], true).map((field) => ({
		...field,
		removed: value === null || !(field.id in value),
	})) as unknown as INodeParameters[],
	attemptToConvertTypes: false,
	convertFieldsToString: false,
});
