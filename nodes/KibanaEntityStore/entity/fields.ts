/**
 * The field catalogue: every field of every entity type that Kibana's Entity Store knows, in each
 * generation of its API (docs/kibana-api.md#v1-fields, #v1-risk-record, #fields).
 *
 * This is the only place for rules about fields. The mapper, the coercion, the validation, the protection
 * check, the documentation table and the tests all read this file.
 */

export const ENTITY_TYPES = ['generic', 'host', 'service', 'user'] as const;
export type EntityType = (typeof ENTITY_TYPES)[number];

/** The generations of the API, oldest first. */
export const GENERATION_NAMES = ['v1', 'v2'] as const;
export type GenerationName = (typeof GENERATION_NAMES)[number];

/** The versions of Kibana that have a generation, as users know them (docs/kibana-api.md#versions). */
export const KIBANA_VERSIONS: Readonly<Record<GenerationName, string>> = {
	v1: 'Kibana 9.2 and 9.3',
	v2: 'Kibana 9.4 and later',
};

/** `object` is a free-form object. `any` is any JSON value, which Kibana validates. */
export type FieldType = 'text' | 'boolean' | 'number' | 'date' | 'choice' | 'object' | 'any';

/**
 * What Kibana lets a client write.
 * - `identity`: names the entity and is always allowed.
 * - `free`: may be updated as it is.
 * - `force`: is refused unless the request says `force=true`.
 * - `never`: passes Kibana's schema but is always refused, even with `force=true`.
 * - `unverified`: differs between Kibana versions, so it is sent and Kibana decides.
 * - `unsent`: used to form the entity ID of a local account, and never sent.
 */
export type Protection = 'identity' | 'free' | 'force' | 'never' | 'unverified' | 'unsent';

/** The field by which Kibana 9.4 and later tell entities of one type from those of others. */
export const ENGINE_TYPE = 'entity.EngineMetadata.Type';

export interface EntityField {
	/** The dotted path inside the record. It is the ECS name where ECS has one. */
	readonly path: string;
	readonly label: string;
	/** One line for the documentation table. For a `never` field, also what to do instead. */
	readonly help: string;
	readonly type: FieldType;
	readonly list: boolean;
	readonly entityTypes: readonly EntityType[];
	readonly protection: Protection;
	/** `inSection`: required when the record has its section, such as `user`. */
	readonly required: 'always' | 'inSection' | 'no';
	/** Shown in the mapper from the start, as required fields are. "Add field" offers the others. */
	readonly everyday: boolean;
	/** No value of this list can contain a comma, so text may list several values. */
	readonly commaSeparated: boolean;
	/** The field is a list in another generation: a list of one is read as its value. */
	readonly unwrapsList: boolean;
	/** A revision of the generation has renamed the field: whether this is the name before or after. */
	readonly renamed?: 'earlier' | 'later';
	/** Allowed values of a `choice`. */
	readonly values?: readonly string[];
	/** What the text `unassigned` does: `null` takes the value away, and some generations refuse it. */
	readonly unassigned?: 'null' | 'refused';
	/** Inclusive bounds of a `number`. */
	readonly range?: readonly [min: number, max: number];
}

type Traits = Partial<Omit<EntityField, 'path' | 'label'>>;

/** How a generation differs from the common definition. `absent`: it has no such field. */
type Differences = Partial<Record<GenerationName, Traits | 'absent'>>;

interface Definition {
	readonly field: EntityField;
	readonly differences: Differences;
}

const field = (
	type: FieldType,
	path: string,
	label: string,
	help: string,
	{ v1 = {}, v2 = {}, ...traits }: Traits & Differences = {},
): Definition => ({
	field: {
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
		unwrapsList: false,
		...traits,
	},
	differences: { v1, v2 },
});

const everyday: Traits = { everyday: true };
const free: Traits = { protection: 'free' };
const never: Traits = { protection: 'never' };
const force: Traits = { protection: 'force' };
const identity: Traits = { protection: 'identity' };
const unverified: Traits = { protection: 'unverified' };
const generic: Traits = { entityTypes: ['generic'] };
const user: Traits = { entityTypes: ['user'] };
const host: Traits = { entityTypes: ['host'] };
const service: Traits = { entityTypes: ['service'] };
const list: Traits = { list: true };
const commaList: Traits = { list: true, commaSeparated: true };
const onlyV1: Differences = { v2: 'absent' };
const onlyV2: Differences = { v1: 'absent' };

/** Boolean flags are not shown from the start: the editor's switch would send `false` by default. */
const flag = (path: string, label: string, help: string, differences: Differences = {}) =>
	field('boolean', path, label, help, { ...free, ...differences });

/** The text by which a value is taken away, where a field can say so. */
export const UNASSIGNED = 'unassigned';

/** From the lowest to the highest. */
export const CRITICALITIES = [
	'low_impact',
	'medium_impact',
	'high_impact',
	'extreme_impact',
] as const;

/** From the lowest to the highest. */
export const RISK_LEVELS = ['Unknown', 'Low', 'Moderate', 'High', 'Critical'] as const;

/** The three risk fields of a section. `of` begins their labels. */
const risk = (section: string, of: string, traits: Traits & Differences = {}) => [
	field('choice', `${section}.calculated_level`, `${of}Risk Level`, 'Risk level', {
		values: RISK_LEVELS,
		...traits,
	}),
	field('number', `${section}.calculated_score`, `${of}Risk Score`, 'Raw risk score', traits),
	field(
		'number',
		`${section}.calculated_score_norm`,
		`${of}Risk Score (Normalized)`,
		'Risk score on the scale from 0 to 100',
		{ range: [0, 100], ...traits },
	),
];

const ALL_BUT_USER: readonly EntityType[] = ['generic', 'host', 'service'];

/** The shape of relationships differs between revisions, so they are not validated (docs/kibana-api.md#fields). */
const unjudged: Traits = { type: 'any', list: false, protection: 'free' };

/**
 * The schema of the first generation accepts all nine relationships for every type, its definitions only
 * some. The lists of host, service and generic are not certain for every patch level
 * (docs/kibana-api.md#v1-fields), so these are sent and Kibana decides. The list of the user is certain.
 */
const relationship = (
	name: string,
	label: string,
	help: string,
	ofUser: Protection,
	v2: Traits | 'absent' = 'absent',
) => [
	field('text', `entity.relationships.${name}`, label, help, {
		...list,
		...user,
		protection: ofUser,
		v2,
	}),
	field('text', `entity.relationships.${name}`, label, help, {
		...list,
		...unverified,
		entityTypes: ALL_BUT_USER,
		v2,
	}),
];

const laterRelationship = (name: string, label: string, help: string, traits: Traits = {}) =>
	field('any', `entity.relationships.${name}`, label, help, { ...free, ...traits, ...onlyV2 });

/** What a field is, and which Kibana knows it by this name. */
const helpOfRenamed = (what: string, renamed: 'earlier' | 'later', otherPath: string): string =>
	renamed === 'earlier'
		? `${what}. The name in Kibana 9.4 and 9.5, as far as is known; later versions have ${otherPath} instead`
		: `${what}. The name in versions after Kibana 9.5, as far as is known; 9.4 and 9.5 have ${otherPath} instead`;

/** A list that a later revision of the second generation has under another name. */
const renamedList = (
	[earlier, earlierLabel]: readonly [name: string, label: string],
	[later, laterLabel]: readonly [name: string, label: string],
	what: string,
) => {
	const pathOf = (name: string) => `entity.attributes.${name}`;
	const traits: Traits & Differences = { ...list, ...unverified, ...onlyV2 };
	return [
		field('text', pathOf(earlier), earlierLabel, helpOfRenamed(what, 'earlier', pathOf(later)), {
			...traits,
			renamed: 'earlier',
		}),
		field('text', pathOf(later), laterLabel, helpOfRenamed(what, 'later', pathOf(earlier)), {
			...traits,
			renamed: 'later',
		}),
	];
};

/** Text fields that only the second generation has. */
const laterTexts = (section: string, traits: Traits, names: Readonly<Record<string, string>>) =>
	Object.entries(names).map(([name, label]) =>
		field('text', `${section}.${name}`, label, '', { ...traits, ...onlyV2 }),
	);

const nameInSection: Traits & Differences = {
	protection: 'identity',
	v1: { required: 'inSection' },
};

const NAME_IN_V1 =
	'In Kibana 9.2 and 9.3 it is the entity ID if none is mapped. A mapped Entity ID replaces it';
const WRITE_ENTITY_RISK = 'Kibana refuses it; map the entity.risk fields instead';
const SET_BY_KIBANA = 'Kibana 9.2 and 9.3 set it and refuse any value; leave it out';
const SENT_BY_NODE =
	'The entity type, by which Kibana 9.4 and later list entities. The node sends it with every creation, and with Write Protected Fields in every update';
const OVERWRITTEN_BY_KIBANA = 'Kibana 9.4 and later accept a value and replace it by their own';

const DEFINITIONS: readonly Definition[] = [
	field(
		'text',
		'entity.id',
		'Entity ID',
		'The ID of the entity in Kibana. It can be left out when other fields name the entity',
		{ ...identity, required: 'always', entityTypes: ['host', 'service', 'user'] },
	),
	field('text', 'entity.id', 'Entity ID', 'The ID of the entity in Kibana. It is required', {
		...identity,
		...generic,
		required: 'always',
	}),

	field('text', 'user.name', 'User Name', NAME_IN_V1, { ...user, ...everyday, ...nameInSection }),
	field('text', 'user.email', 'Email', 'Email addresses', {
		...user,
		...commaList,
		...everyday,
		v2: identity,
	}),
	field('text', 'user.full_name', 'Full Name', 'Full names', { ...user, ...list, ...everyday }),
	field('text', 'user.id', 'User ID', 'IDs in the directory', {
		...user,
		...list,
		...everyday,
		v2: identity,
	}),
	field('text', 'user.domain', 'Domain', 'Domains of the account', {
		...user,
		...commaList,
		v2: identity,
	}),
	field('text', 'user.roles', 'Roles', 'Roles or groups', { ...user, ...list, ...everyday }),
	field('text', 'user.hash', 'User Hash', 'Hashes that identify the user', { ...user, ...list }),

	field('text', 'host.name', 'Host Name', NAME_IN_V1, { ...host, ...everyday, ...nameInSection }),
	field('text', 'host.hostname', 'Hostname', 'Names that the host reports for itself', {
		...host,
		...commaList,
		...everyday,
		v2: identity,
	}),
	field('text', 'host.domain', 'Domain', 'Domains of the host', { ...host, ...commaList }),
	field('text', 'host.ip', 'IP Address', 'IP addresses', { ...host, ...commaList, ...everyday }),
	field('text', 'host.mac', 'MAC Address', 'MAC addresses', {
		...host,
		...commaList,
		...everyday,
	}),
	field('text', 'host.id', 'Host ID', 'IDs of the host', {
		...host,
		...list,
		...everyday,
		v2: identity,
	}),
	field(
		'text',
		'host.id',
		'Host ID of a Local Account',
		'ID of the host of a local account. Only used to form the entity ID with the identity provider Local',
		{ ...user, ...list, protection: 'unsent' },
	),
	field('text', 'host.type', 'Host Type', 'Types, such as the cloud machine type', {
		...host,
		...list,
	}),
	field('text', 'host.architecture', 'Architecture', 'Processor architectures', {
		...host,
		...commaList,
	}),
	field('text', 'host.os.name', 'OS Name', 'Names of the operating system', {
		...host,
		...list,
		...onlyV2,
	}),
	field('text', 'host.os.type', 'OS Type', 'Types, such as linux, macos or windows', {
		...host,
		...list,
		...onlyV2,
	}),
	...laterTexts('host.os', host, {
		family: 'OS Family',
		full: 'OS Full Name',
		kernel: 'OS Kernel',
		platform: 'OS Platform',
		version: 'OS Version',
	}),

	field('text', 'service.name', 'Service Name', NAME_IN_V1, {
		...service,
		...everyday,
		...nameInSection,
	}),
	...laterTexts('service', service, {
		address: 'Address',
		environment: 'Service Environment',
		ephemeral_id: 'Ephemeral ID',
		id: 'Service ID',
		state: 'State',
		type: 'Service Type',
		version: 'Version',
		'node.name': 'Node Name',
		'node.role': 'Node Role',
	}),
	field('text', 'service.node.roles', 'Node Roles', 'Roles of the node', {
		...service,
		...list,
		...onlyV2,
	}),

	field('text', 'entity.name', 'Entity Name', 'Display name', everyday),
	field('text', 'entity.type', 'Kind', 'What the entity is, such as "Service Account"'),
	field('text', 'entity.sub_type', 'Subkind', 'More specific kind'),
	field('text', 'entity.source', 'Source', 'System that the entity comes from', {
		...everyday,
		v1: { unwrapsList: true },
		v2: list,
	}),
	field('text', 'entity.url', 'URL', 'Address of the entity, such as its page', onlyV2),

	flag('entity.attributes.privileged', 'Privileged', 'Whether it has elevated privileges', onlyV1),
	flag('entity.attributes.asset', 'Is an Asset', 'Whether it counts as an asset'),
	flag('entity.attributes.managed', 'Managed', 'Whether the organization manages it'),
	flag(
		'entity.attributes.mfa_enabled',
		'MFA Enabled',
		'Whether it signs in with multi-factor authentication',
	),
	field('text', 'entity.attributes.watchlists', 'Watchlists', 'Watchlists that contain it', {
		...list,
		...free,
		...onlyV2,
	}),
	field('text', 'entity.attributes.storage_class', 'Storage Class', 'Class of the storage', {
		...free,
		...onlyV2,
	}),
	field(
		'text',
		'entity.attributes.oauth_consent_restriction',
		'OAuth Consent Restriction',
		'Who may consent to the application',
		{ ...free, ...onlyV2 },
	),
	// Which of two names a given Kibana knows is not certain (docs/kibana-api.md#fields).
	...renamedList(
		['granted_permissions', 'Granted Permissions'],
		['permissions', 'Permissions'],
		'Permissions that were granted to it',
	),
	...renamedList(
		['known_redirect', 'Known Redirect'],
		['known_redirects', 'Known Redirects'],
		'Redirect addresses that are known of it',
	),

	flag(
		'entity.behaviors.brute_force_victim',
		'Brute Force Victim',
		'Whether it was the target of a brute-force attack',
		onlyV1,
	),
	flag(
		'entity.behaviors.new_country_login',
		'New Country Login',
		'Whether it signed in from a new country',
		onlyV1,
	),
	flag(
		'entity.behaviors.used_usb_device',
		'Used USB Device',
		'Whether it used a USB device',
		onlyV1,
	),
	field('text', 'entity.behaviors.rule_names', 'Rule Names', 'Detection rules that it triggered', {
		...list,
		...free,
		...onlyV2,
	}),
	field(
		'text',
		'entity.behaviors.anomaly_job_ids',
		'Anomaly Job IDs',
		'Anomaly detection jobs that found an anomaly of it',
		{ ...list, ...free, ...onlyV2 },
	),

	field('date', 'entity.lifecycle.first_seen', 'First Seen', 'When it was first seen', everyday),
	field('date', 'entity.lifecycle.last_seen', 'Last Seen', 'When it was last seen', onlyV2),
	field(
		'date',
		'entity.lifecycle.last_activity',
		'Last Activity',
		'When it was last active',
		everyday,
	),

	...risk('entity.risk', ''),

	...relationship(
		'accesses_frequently',
		'Accesses Frequently',
		'Entities that it often uses',
		'free',
		unjudged,
	),
	...relationship('owns', 'Owns', 'Entities that it owns', 'free', unjudged),
	...relationship('supervises', 'Supervises', 'Entities that it supervises', 'free', unjudged),
	...relationship('supervised_by', 'Supervised By', 'Entities that supervise it', 'free'),
	...relationship(
		'communicates_with',
		'Communicates With',
		'Entities that it communicates with',
		'never',
		unjudged,
	),
	...relationship('depends_on', 'Depends On', 'Entities that it depends on', 'never', unjudged),
	...relationship('dependent_of', 'Dependent Of', 'Entities that depend on it', 'never'),
	...relationship('owned_by', 'Owned By', 'Entities that own it', 'never'),
	...relationship(
		'accessed_frequently_by',
		'Accessed Frequently By',
		'Entities that often use it',
		'never',
	),
	laterRelationship(
		'accesses_infrequently',
		'Accesses Infrequently',
		'Entities that it seldom uses',
	),
	laterRelationship(
		'administrators',
		'Administrators',
		helpOfRenamed('Entities that it administers', 'earlier', 'entity.relationships.administers'),
		{ renamed: 'earlier' },
	),
	laterRelationship(
		'administers',
		'Administers',
		helpOfRenamed('Entities that it administers', 'later', 'entity.relationships.administrators'),
		{ renamed: 'later' },
	),
	laterRelationship('owns_inferred', 'Owns (Inferred)', 'Entities that it seems to own'),
	field(
		'text',
		'entity.relationships.resolution.resolved_to',
		'Resolved To',
		'Entity that it is resolved to',
		{ ...free, ...onlyV2 },
	),
	...risk('entity.relationships.resolution.risk', 'Resolution ', { ...free, ...onlyV2 }),

	field('choice', 'asset.criticality', 'Asset Criticality', 'Impact if it is compromised', {
		...everyday,
		values: CRITICALITIES,
		v1: { unassigned: 'refused' },
		v2: { values: [...CRITICALITIES, UNASSIGNED], unassigned: 'null' },
	}),
	field('text', 'asset.business_unit', 'Business Unit', 'Business unit that it belongs to'),
	field('text', 'asset.environment', 'Environment', 'Environment, such as production'),
	field('text', 'asset.id', 'Asset ID', 'ID in the asset inventory'),
	field('text', 'asset.model', 'Model', 'Model of the device'),
	field('text', 'asset.name', 'Asset Name', 'Name in the asset inventory'),
	field('text', 'asset.owner', 'Asset Owner', 'Who is responsible for it'),
	field('text', 'asset.serial_number', 'Serial Number', 'Serial number of the device'),
	field('text', 'asset.vendor', 'Vendor', 'Vendor of the device'),

	field('object', 'labels', 'Labels', 'Labels as a JSON object, {"team": "payments"}', onlyV2),
	field('text', 'tags', 'Tags', 'Tags', { ...list, ...onlyV2 }),

	...laterTexts('cloud', generic, {
		'account.id': 'Cloud Account ID',
		'account.name': 'Cloud Account Name',
		availability_zone: 'Cloud Availability Zone',
		'instance.id': 'Cloud Instance ID',
		'instance.name': 'Cloud Instance Name',
		'machine.type': 'Cloud Machine Type',
		'project.id': 'Cloud Project ID',
		'project.name': 'Cloud Project Name',
		provider: 'Cloud Provider',
		region: 'Cloud Region',
		'service.name': 'Cloud Service Name',
	}),
	...laterTexts('orchestrator', generic, {
		api_version: 'Orchestrator API Version',
		'cluster.id': 'Cluster ID',
		'cluster.name': 'Cluster Name',
		'cluster.url': 'Cluster URL',
		'cluster.version': 'Cluster Version',
		namespace: 'Orchestrator Namespace',
		organization: 'Orchestrator Organization',
		'resource.annotation': 'Resource Annotation',
		'resource.id': 'Resource ID',
		'resource.ip': 'Resource IP',
		'resource.label': 'Resource Label',
		'resource.name': 'Resource Name',
		'resource.parent.type': 'Resource Parent Type',
		'resource.type': 'Resource Type',
		type: 'Orchestrator Type',
	}),

	field('date', '@timestamp', 'Timestamp', SET_BY_KIBANA, {
		...never,
		v2: { ...force, help: OVERWRITTEN_BY_KIBANA },
	}),
	field('date', 'event.ingested', 'Ingested', SET_BY_KIBANA, {
		...never,
		entityTypes: ['host', 'service', 'user'],
		v2: {
			...force,
			entityTypes: ENTITY_TYPES,
			help: 'In Kibana 9.4 and later, when Kibana received it',
		},
	}),
	...ENTITY_TYPES.map((type) =>
		field('text', ENGINE_TYPE, 'Engine Type', SET_BY_KIBANA, {
			...never,
			entityTypes: [type],
			v2: { ...force, type: 'choice', values: [type], help: SENT_BY_NODE },
		}),
	),
	field('text', 'entity.schema_version', 'Schema Version', 'Version of the schema', onlyV2),
	field('text', 'user.risk', 'User Risk', WRITE_ENTITY_RISK, { ...user, ...never, ...onlyV1 }),
	field('text', 'host.risk', 'Host Risk', WRITE_ENTITY_RISK, { ...host, ...never, ...onlyV1 }),
	field('text', 'service.risk', 'Service Risk', WRITE_ENTITY_RISK, {
		...service,
		...never,
		...onlyV1,
	}),
	...risk('user.risk', 'User ', { ...user, ...onlyV2 }),
	...risk('host.risk', 'Host ', { ...host, ...onlyV2 }),
	...risk('service.risk', 'Service ', { ...service, ...onlyV2 }),
	field('text', 'host.entity', 'Host Entity', SET_BY_KIBANA, { ...host, ...never, ...onlyV1 }),
	field('text', 'service.entity', 'Service Entity', SET_BY_KIBANA, {
		...service,
		...never,
		...onlyV1,
	}),
];

export interface FieldSet {
	/** The fields of one entity type in one generation by path. */
	readonly byPath: ReadonlyMap<string, EntityField>;
	/** Every path that leads to a field but is not a field, such as `entity` or `entity.risk`. */
	readonly sections: ReadonlySet<string>;
}

const fieldIn = (
	{ field: common, differences }: Definition,
	generation: GenerationName,
): EntityField[] => {
	const difference = differences[generation];
	return difference === 'absent' ? [] : [{ ...common, ...difference }];
};

const isSent = ({ protection }: EntityField): boolean => protection !== 'unsent';

const sectionsAbove = (path: string): string[] =>
	[...path.matchAll(/\./g)].map((dot) => path.slice(0, dot.index));

/** The fields that a generation knows for an entity type, in the order in which the mapper shows them. */
export const fieldsOf = (generation: GenerationName, entityType: EntityType): EntityField[] =>
	DEFINITIONS.flatMap((definition) => fieldIn(definition, generation)).filter(({ entityTypes }) =>
		entityTypes.includes(entityType),
	);

const fieldSetOf = (generation: GenerationName, entityType: EntityType): FieldSet => {
	const fields = fieldsOf(generation, entityType);
	return {
		byPath: new Map(fields.map((one) => [one.path, one])),
		sections: new Set(fields.filter(isSent).flatMap(({ path }) => sectionsAbove(path))),
	};
};

const byEntityType = (generation: GenerationName): Readonly<Record<EntityType, FieldSet>> => ({
	generic: fieldSetOf(generation, 'generic'),
	host: fieldSetOf(generation, 'host'),
	service: fieldSetOf(generation, 'service'),
	user: fieldSetOf(generation, 'user'),
});

/** The catalogue by generation and entity type. */
export const FIELDS_OF: Readonly<Record<GenerationName, Readonly<Record<EntityType, FieldSet>>>> = {
	v1: byEntityType('v1'),
	v2: byEntityType('v2'),
};

/** Returns the generations that have a field or section at this path, if any. */
export const generationsWith = (entityType: EntityType, path: string): GenerationName[] =>
	GENERATION_NAMES.filter((generation) => {
		const { byPath, sections } = FIELDS_OF[generation][entityType];
		const field = byPath.get(path);
		return sections.has(path) || (field !== undefined && isSent(field));
	});

/** Returns whether `value` is an entity type. */
export const isEntityType = (value: unknown): value is EntityType =>
	(ENTITY_TYPES as readonly unknown[]).includes(value);
