/**
 * The leaves of the definition of each entity type, and which of them may be updated without force
 * (docs/kibana-api.md#v1-fields). A leaf that is in none of these lists is refused even with force.
 */
export type EntityType = 'user' | 'host' | 'service' | 'generic';

export const ENTITY_TYPES: readonly EntityType[] = ['user', 'host', 'service', 'generic'];

/** Names in the spelling of the definitions: Kibana changes the first letter of these keys to upper case. */
const FREE = [
	...['Privileged', 'Asset', 'Managed', 'Mfa_enabled'].map((key) => `entity.attributes.${key}`),
	...['Brute_force_victim', 'New_country_login', 'Used_usb_device'].map(
		(key) => `entity.behaviors.${key}`,
	),
];

const PROTECTED = [
	...['name', 'type', 'sub_type', 'source'].map((key) => `entity.${key}`),
	...['First_seen', 'Last_activity'].map((key) => `entity.lifecycle.${key}`),
	...['calculated_level', 'calculated_score', 'calculated_score_norm'].map(
		(key) => `entity.risk.${key}`,
	),
	...[
		'id',
		'name',
		'owner',
		'serial_number',
		'model',
		'vendor',
		'environment',
		'criticality',
		'business_unit',
	].map((key) => `asset.${key}`),
];

const typeRisk = (type: EntityType) =>
	['calculated_level', 'calculated_score', 'calculated_score_norm'].map(
		(key) => `${type}.risk.${key}`,
	);

/** The lists of host and service are not certain for each patch level. Generic has none here. */
const RELATIONSHIPS: Readonly<Record<EntityType, readonly string[]>> = {
	user: ['Accesses_frequently', 'Owns', 'Supervises', 'Supervised_by'],
	host: ['Communicates_with', 'Depends_on', 'Dependent_of', 'Owned_by', 'Accessed_frequently_by'],
	service: ['Communicates_with', 'Depends_on', 'Dependent_of'],
	generic: [],
};

const OWN_PROTECTED: Readonly<Record<EntityType, readonly string[]>> = {
	user: [
		...['full_name', 'domain', 'roles', 'id', 'email', 'hash'].map((key) => `user.${key}`),
		...typeRisk('user'),
	],
	host: [
		...['hostname', 'domain', 'ip', 'id', 'type', 'mac', 'architecture'].map(
			(key) => `host.${key}`,
		),
		...typeRisk('host'),
	],
	service: typeRisk('service'),
	generic: [],
};

export type Permission = 'free' | 'force' | 'never';

/** Whether a row of this type may have a leaf at this path. */
export const permissionFor = (type: EntityType, path: string): Permission => {
	const isIdentity = path === 'entity.id' || (type !== 'generic' && path === `${type}.name`);
	const relationship = path.startsWith('entity.relationships.') && path.split('.')[2];
	if (isIdentity || FREE.includes(path)) return 'free';
	if (relationship && RELATIONSHIPS[type].includes(relationship)) return 'free';
	return PROTECTED.includes(path) || OWN_PROTECTED[type].includes(path) ? 'force' : 'never';
};
