/**
 * The leaves of the definition of each entity type in the second generation, and which of them may be updated
 * without force (docs/kibana-api.md#fields).
 */
import type { EntityType } from '../definitions';

const below = (section: string, keys: readonly string[]): string[] =>
	keys.map((key) => `${section}.${key}`);

const IDENTITY: Readonly<Record<EntityType, readonly string[]>> = {
	user: below('user', ['email', 'id', 'domain', 'name']),
	host: below('host', ['id', 'hostname', 'name']),
	service: ['service.name'],
	generic: [],
};

const FREE = [
	...below('entity.attributes', [
		...['asset', 'managed', 'mfa_enabled', 'watchlists', 'storage_class'],
		...['oauth_consent_restriction', 'granted_permissions', 'known_redirect'],
		...['permissions', 'known_redirects'],
	]),
	...below('entity.behaviors', ['rule_names', 'anomaly_job_ids']),
];

const PROTECTED = [
	...below('entity', ['name', 'type', 'sub_type', 'url', 'source']),
	...below('entity.lifecycle', ['first_seen', 'last_seen', 'last_activity']),
	...below('entity.risk', ['calculated_level', 'calculated_score', 'calculated_score_norm']),
	...below('asset', [
		...['id', 'name', 'owner', 'serial_number', 'model', 'vendor', 'environment'],
		...['business_unit', 'criticality'],
	]),
];

/** A definition contains the section of its own type, and of no other type. */
const OWN_PROTECTED: Readonly<Record<EntityType, readonly string[]>> = {
	user: below('user', ['full_name', 'roles', 'hash']),
	host: [
		...below('host', ['domain', 'ip', 'mac', 'type', 'architecture']),
		...below('host.os', ['name', 'type', 'family', 'full', 'kernel', 'platform', 'version']),
	],
	service: [
		...below('service', ['address', 'environment', 'ephemeral_id', 'id', 'state', 'type']),
		...below('service', ['version', 'node.name', 'node.role', 'node.roles']),
	],
	generic: [
		...['account', 'instance', 'project'].flatMap((key) => below(`cloud.${key}`, ['id', 'name'])),
		...below('cloud', ['machine.type', 'service.name', 'availability_zone', 'provider', 'region']),
		...below('orchestrator', ['api_version', 'namespace', 'organization', 'type']),
		...below('orchestrator.cluster', ['id', 'name', 'url', 'version']),
		...below('orchestrator.resource', ['annotation', 'id', 'ip', 'label', 'name', 'type']),
		'orchestrator.resource.parent.type',
	],
};

export type Permission = 'free' | 'force' | 'unknown';

/** Whether a row of this type may have a leaf at this path without force. */
export const permissionFor = (type: EntityType, path: string): Permission => {
	if (path === 'entity.id' || IDENTITY[type].includes(path) || FREE.includes(path)) return 'free';
	if (path.startsWith('entity.relationships.')) return 'free';
	return PROTECTED.includes(path) || OWN_PROTECTED[type].includes(path) ? 'force' : 'unknown';
};
