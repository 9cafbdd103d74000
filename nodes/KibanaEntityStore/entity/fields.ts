/**
 * The field catalogue: every field of every entity type that Kibana's Entity Store knows
 * (first API generation, Kibana 9.2 and 9.3; contract §3.2 and §3.3).
 *
 * The mapper's fields, the coercion, the validation, the protection check, the documentation table
 * and the tests read this file and nothing else, so a rule about a field is stated here or nowhere.
 */

export const ENTITY_TYPES = ['generic', 'host', 'service', 'user'] as const;
export type EntityType = (typeof ENTITY_TYPES)[number];

export type FieldType = 'text' | 'boolean' | 'number' | 'date' | 'choice';

/**
 * What Kibana lets a client write.
 * - `identity`: names the entity and is always allowed.
 * - `free`: may be updated as it is.
 * - `force`: is refused unless the request says `force=true`.
 * - `never`: passes Kibana's schema and is refused all the same, even with `force=true`.
 * - `unverified`: differs between Kibana versions, so it is sent and Kibana judges.
 */
export type Protection = 'identity' | 'free' | 'force' | 'never' | 'unverified';

export interface EntityField {
	/** The dotted path inside the record; the ECS name wherever ECS has one. */
	readonly path: string;
	readonly label: string;
	/** One line for the documentation table and, for a `never` field, what to do instead. */
	readonly help: string;
	readonly type: FieldType;
	readonly list: boolean;
	readonly entityTypes: readonly EntityType[];
	readonly protection: Protection;
	/** `inSection`: required as soon as its section, such as `user`, is there at all. */
	readonly required: 'always' | 'inSection' | 'no';
	/** Shown at once in the mapper; the others wait behind "Add field". */
	readonly everyday: boolean;
	/** No value of this list can hold a comma, so text may list several values. */
	readonly commaSeparated: boolean;
	/** Allowed values of a `choice`. */
	readonly values?: readonly string[];
	/** Inclusive bounds of a `number`. */
	readonly range?: readonly [min: number, max: number];
}

type Traits = Partial<Omit<EntityField, 'path' | 'label' | 'help' | 'type'>>;

const field = (
	type: FieldType,
	path: string,
	label: string,
	help: string,
	traits: Traits = {},
): EntityField => ({
	path,
	label,
	help,
	type,
	list: false,
	entityTypes: ENTITY_TYPES,
	protection: 'force',
	required: 'no',
	everyday: false,
	commaSeparated: false,
	...traits,
});

const everyday: Traits = { everyday: true };
const free: Traits = { protection: 'free' };
const never: Traits = { protection: 'never' };
const user: Traits = { entityTypes: ['user'] };
const host: Traits = { entityTypes: ['host'] };
const service: Traits = { entityTypes: ['service'] };
const list: Traits = { list: true };
const commaList: Traits = { list: true, commaSeparated: true };

/** The boolean flags are never shown at once: the editor's switch would send `false` unasked. */
const flag = (path: string, label: string, help: string) =>
	field('boolean', path, label, help, free);

const ALL_BUT_USER: readonly EntityType[] = ['generic', 'host', 'service'];

/**
 * Kibana's schema admits all nine relationships for every type, its definitions only some. The lists
 * of host, service and generic are not certain for every patch level (contract §3.2), so those are
 * sent and Kibana answers; the user's list is certain.
 */
const relationship = (name: string, label: string, help: string, ofUser: Protection) => [
	field('text', `entity.relationships.${name}`, label, help, {
		...list,
		...user,
		protection: ofUser,
	}),
	field('text', `entity.relationships.${name}`, label, help, {
		...list,
		entityTypes: ALL_BUT_USER,
		protection: 'unverified',
	}),
];

const sectionName: Traits = { protection: 'identity', required: 'inSection' };

const ENTITY_ID_REPLACES_NAME =
	'Kibana stores the entity ID here, whatever is sent; filled in when left out';
const WRITE_ENTITY_RISK = 'Kibana refuses it; map the entity.risk fields instead';
const SET_BY_KIBANA = 'Kibana sets it itself and refuses any value; leave it out';

export const FIELDS: readonly EntityField[] = [
	field('text', 'entity.id', 'Entity ID', 'The name under which Kibana keeps the entity', {
		...everyday,
		protection: 'identity',
		required: 'always',
	}),
	field('text', 'entity.name', 'Entity Name', 'Name shown to people', everyday),
	field('text', 'entity.type', 'Kind', 'What the entity is, such as "Service Account"'),
	field('text', 'entity.sub_type', 'Subkind', 'Finer kind within the kind'),
	field('text', 'entity.source', 'Source', 'System that the entity comes from', everyday),

	flag('entity.attributes.privileged', 'Privileged', 'Whether it holds elevated rights'),
	flag('entity.attributes.asset', 'Is an Asset', 'Whether it counts as an asset'),
	flag('entity.attributes.managed', 'Managed', 'Whether the organization manages it'),
	flag('entity.attributes.mfa_enabled', 'MFA Enabled', 'Whether it signs in with several factors'),

	flag(
		'entity.behaviors.brute_force_victim',
		'Brute Force Victim',
		'Whether its password was attacked by guessing',
	),
	flag(
		'entity.behaviors.new_country_login',
		'New Country Login',
		'Whether it signed in from a country not seen before',
	),
	flag('entity.behaviors.used_usb_device', 'Used USB Device', 'Whether it used a USB device'),

	field('date', 'entity.lifecycle.first_seen', 'First Seen', 'When it was first seen', everyday),
	field(
		'date',
		'entity.lifecycle.last_activity',
		'Last Activity',
		'When it was last active',
		everyday,
	),

	field('choice', 'entity.risk.calculated_level', 'Risk Level', 'Risk level of the entity', {
		values: ['Unknown', 'Low', 'Moderate', 'High', 'Critical'],
	}),
	field('number', 'entity.risk.calculated_score', 'Risk Score', 'Raw risk score'),
	field(
		'number',
		'entity.risk.calculated_score_norm',
		'Risk Score (Normalized)',
		'Risk score on the scale from 0 to 100',
		{ range: [0, 100] },
	),

	...relationship(
		'accesses_frequently',
		'Accesses Frequently',
		'Entity IDs that it often uses',
		'free',
	),
	...relationship('owns', 'Owns', 'Entity IDs that it owns', 'free'),
	...relationship('supervises', 'Supervises', 'Entity IDs that it supervises', 'free'),
	...relationship('supervised_by', 'Supervised By', 'Entity IDs that supervise it', 'free'),
	...relationship('communicates_with', 'Communicates With', 'Entity IDs it talks to', 'never'),
	...relationship('depends_on', 'Depends On', 'Entity IDs it needs', 'never'),
	...relationship('dependent_of', 'Dependent Of', 'Entity IDs that need it', 'never'),
	...relationship('owned_by', 'Owned By', 'Entity IDs that own it', 'never'),
	...relationship(
		'accessed_frequently_by',
		'Accessed Frequently By',
		'Entity IDs that often use it',
		'never',
	),

	field('choice', 'asset.criticality', 'Asset Criticality', 'Impact if it were compromised', {
		...everyday,
		values: ['low_impact', 'medium_impact', 'high_impact', 'extreme_impact'],
	}),
	field('text', 'asset.business_unit', 'Business Unit', 'Business unit that it belongs to'),
	field('text', 'asset.environment', 'Environment', 'Environment, such as production'),
	field('text', 'asset.id', 'Asset ID', 'ID in the asset inventory'),
	field('text', 'asset.model', 'Model', 'Model of the device'),
	field('text', 'asset.name', 'Asset Name', 'Name in the asset inventory'),
	field('text', 'asset.owner', 'Asset Owner', 'Who answers for it'),
	field('text', 'asset.serial_number', 'Serial Number', 'Serial number of the device'),
	field('text', 'asset.vendor', 'Vendor', 'Vendor of the device'),

	field('text', 'user.name', 'User Name', ENTITY_ID_REPLACES_NAME, {
		...user,
		...sectionName,
	}),
	field('text', 'user.email', 'Email', 'Email addresses', {
		...user,
		...commaList,
		...everyday,
	}),
	field('text', 'user.full_name', 'Full Name', 'Full names', { ...user, ...list, ...everyday }),
	field('text', 'user.id', 'User ID', 'IDs in the directory', { ...user, ...list, ...everyday }),
	field('text', 'user.domain', 'Domain', 'Domains of the account', { ...user, ...commaList }),
	field('text', 'user.roles', 'Roles', 'Roles or groups', { ...user, ...list, ...everyday }),
	field('text', 'user.hash', 'User Hash', 'Hashes that stand for the user', { ...user, ...list }),

	field('text', 'host.name', 'Host Name', ENTITY_ID_REPLACES_NAME, {
		...host,
		...sectionName,
	}),
	field('text', 'host.hostname', 'Hostname', 'Names that the host gives itself', {
		...host,
		...commaList,
		...everyday,
	}),
	field('text', 'host.domain', 'Domain', 'Domains of the host', { ...host, ...commaList }),
	field('text', 'host.ip', 'IP Address', 'IP addresses', { ...host, ...commaList, ...everyday }),
	field('text', 'host.mac', 'MAC Address', 'MAC addresses', {
		...host,
		...commaList,
		...everyday,
	}),
	field('text', 'host.id', 'Host ID', 'IDs of the host', { ...host, ...list, ...everyday }),
	field('text', 'host.type', 'Host Type', 'Types, such as the cloud machine type', {
		...host,
		...list,
	}),
	field('text', 'host.architecture', 'Architecture', 'Processor architectures', {
		...host,
		...commaList,
	}),

	field('text', 'service.name', 'Service Name', ENTITY_ID_REPLACES_NAME, {
		...service,
		...sectionName,
	}),

	field('text', '@timestamp', 'Timestamp', SET_BY_KIBANA, never),
	field('text', 'event.ingested', 'Ingested', SET_BY_KIBANA, {
		...never,
		entityTypes: ['host', 'service', 'user'],
	}),
	field('text', 'entity.EngineMetadata.Type', 'Engine Type', SET_BY_KIBANA, never),
	field('text', 'user.risk', 'User Risk', WRITE_ENTITY_RISK, { ...user, ...never }),
	field('text', 'host.risk', 'Host Risk', WRITE_ENTITY_RISK, { ...host, ...never }),
	field('text', 'service.risk', 'Service Risk', WRITE_ENTITY_RISK, { ...service, ...never }),
	field('text', 'host.entity', 'Host Entity', SET_BY_KIBANA, { ...host, ...never }),
	field('text', 'service.entity', 'Service Entity', SET_BY_KIBANA, { ...service, ...never }),
];

export interface FieldSet {
	/** The fields of one entity type by path. */
	readonly byPath: ReadonlyMap<string, EntityField>;
	/** Every path that leads to a field without being one, such as `entity` or `entity.risk`. */
	readonly sections: ReadonlySet<string>;
}

const sectionsAbove = (path: string): string[] =>
	[...path.matchAll(/\./g)].map((dot) => path.slice(0, dot.index));

const fieldSetOf = (entityType: EntityType): FieldSet => {
	const fields = FIELDS.filter(({ entityTypes }) => entityTypes.includes(entityType));
	return {
		byPath: new Map(fields.map((one) => [one.path, one])),
		sections: new Set(fields.flatMap(({ path }) => sectionsAbove(path))),
	};
};

/** The catalogue by entity type. */
export const FIELDS_OF: Readonly<Record<EntityType, FieldSet>> = {
	generic: fieldSetOf('generic'),
	host: fieldSetOf('host'),
	service: fieldSetOf('service'),
	user: fieldSetOf('user'),
};

/** Whether `value` names an entity type. */
export const isEntityType = (value: unknown): value is EntityType =>
	(ENTITY_TYPES as readonly unknown[]).includes(value);
