/**
 * Which entity a record is: the ID that each generation of the API keeps it under, from whatever
 * fields the builder has mapped.
 */
import type { EntityType } from './fields';

/** Reads a field of a record by its dotted path. */
export type FieldReader = (path: string) => unknown;

/** Kibana takes the first element of a list; empty text counts as missing (contract §4.4). */
const firstText = (read: FieldReader, path: string): string | undefined => {
	const given = read(path);
	const value: unknown = Array.isArray(given) ? given[0] : given;
	return typeof value === 'string' && value !== '' ? value : undefined;
};

const NAMESPACE_OF_MODULE: Readonly<Record<string, string>> = {
	okta: 'okta',
	entityanalytics_okta: 'okta',
	azure: 'entra_id',
	entityanalytics_entra_id: 'entra_id',
	o365: 'microsoft_365',
	o365_metrics: 'microsoft_365',
	entityanalytics_ad: 'active_directory',
};

/** The identity provider of accounts that belong to one host. */
export const LOCAL = 'local';
/** Of a user whose document names no source; the only one that the API lets a client write. */
const UNKNOWN = 'unknown';

const namespaceOf = (read: FieldReader): string => {
	const source =
		firstText(read, 'event.module') ?? firstText(read, 'data_stream.dataset')?.split('.')[0];
	if (!source) return UNKNOWN;
	return Object.hasOwn(NAMESPACE_OF_MODULE, source)
		? (NAMESPACE_OF_MODULE[source] as string)
		: source;
};

/** Names that many hosts share, so that Kibana keeps no account of one host for them (§4.4). */
const SHARED_NAMES = new Set([
	...['root', 'bin', 'daemon', 'sys', 'nobody', 'jenkins', 'ansible', 'deploy', 'terraform'],
	...['gitlab-runner', 'postgres', 'mysql', 'redis', 'elasticsearch', 'kafka', 'admin'],
	...['operator', 'service'],
]);

const localAccount = (read: FieldReader): string | undefined => {
	const name = firstText(read, 'user.name');
	const hostId = firstText(read, 'host.id');
	if (name === undefined || hostId === undefined || SHARED_NAMES.has(name)) return undefined;
	return `${name}@${hostId}`;
};

const account = (read: FieldReader): string | undefined => {
	const name = firstText(read, 'user.name');
	const domain = firstText(read, 'user.domain');
	return (
		firstText(read, 'user.email') ??
		firstText(read, 'user.id') ??
		(name !== undefined && domain !== undefined ? `${name}@${domain}` : name)
	);
};

/** The EUID of a user in a namespace, without asking whether Kibana would derive it. */
const userEuid = (read: FieldReader, namespace: string): string | undefined => {
	const name = namespace === LOCAL ? localAccount(read) : account(read);
	return name === undefined ? undefined : `user:${name}@${namespace}`;
};

const holds = (read: FieldReader, path: string, wanted: string): boolean =>
	[read(path)].flat().includes(wanted);

/** Kibana derives users only from documents that look like an identity's (contract §4.4, user gate). */
const deriveUser = (read: FieldReader): string | undefined => {
	if (holds(read, 'event.outcome', 'failure')) return undefined;
	const isOfProvider = holds(read, 'event.kind', 'asset');
	if (!isOfProvider && localAccount(read) !== undefined) return userEuid(read, LOCAL);
	if (!isOfProvider && firstText(read, 'entity.id') === undefined) return undefined;
	return userEuid(read, namespaceOf(read));
};

const prefixed = (prefix: string, value: string | undefined): string | undefined =>
	value === undefined ? undefined : `${prefix}:${value}`;

/**
 * The EUID that Kibana derives for a document (contract §4.4). Events of the category `iam` are not
 * told apart: they never come through the API, whose schema admits none of the `event` fields.
 *
 * @param read reads the document's fields, expanded and as Kibana would store them
 * @returns undefined when nothing can be derived: the document then needs an entity ID
 */
export const deriveEuid = (type: EntityType, read: FieldReader): string | undefined => {
	switch (type) {
		case 'generic':
			return firstText(read, 'entity.id');
		case 'host':
			return prefixed(
				'host',
				firstText(read, 'host.id') ??
					firstText(read, 'host.name') ??
					firstText(read, 'host.hostname'),
			);
		case 'service':
			return prefixed('service', firstText(read, 'service.name'));
		case 'user':
			return deriveUser(read);
	}
};

/** Fields from which an EUID can be derived, in the order in which Kibana looks at them (§4.4). */
const NAMING_FIELDS: Readonly<Record<EntityType, readonly string[]>> = {
	generic: [],
	host: ['host.id', 'host.name', 'host.hostname'],
	service: ['service.name'],
	user: ['user.email', 'user.id', 'user.name'],
};

/** Whether entities of this type can do without a mapped entity ID. */
export const canNameItself = (type: EntityType): boolean => NAMING_FIELDS[type].length > 0;

/** What is wrong with the identity of a record, and what to do. */
export interface IdentityProblem {
	readonly field: string;
	/** Follows the field's path in a sentence. */
	readonly text: string;
	readonly hint: string;
}

export type Identified =
	| {
			readonly entityId: string;
			/** A field that the ID fills in for, where it is missing from a section that is there. */
			readonly namePath?: string;
			/** Fields that must not travel beside the ID. */
			readonly without?: readonly string[];
	  }
	| { readonly problem: IdentityProblem };

/**
 * Finds the ID of a record in the form that one generation wants.
 *
 * @param read reads the record's values, in Kibana's types
 * @param identityProvider namespace of the identity provider that a user comes from, if any
 */
export type Identify = (
	read: FieldReader,
	type: EntityType,
	identityProvider?: string,
) => Identified;

const isRequired = (alternatives: readonly string[]): Identified => ({
	problem: {
		field: 'entity.id',
		text: 'is required',
		hint:
			alternatives.length === 0
				? 'Map Entity ID (entity.id)'
				: `Map Entity ID (entity.id), or ${alternatives.length > 1 ? 'one of ' : ''}${alternatives.join(', ')}`,
	},
});

/**
 * Identity by name, as in the first generation (contract §3.1): the entity ID is what the type's name
 * field says where none is mapped, and takes the place of the name where one is. The type's section
 * needs a name as soon as it is there, so the ID also fills in for a missing name.
 */
export const identifyByName: Identify = (read, type) => {
	const namePath = type === 'generic' ? undefined : `${type}.name`;
	const entityId = firstText(read, 'entity.id') ?? (namePath && firstText(read, namePath));
	return entityId === undefined
		? isRequired(namePath === undefined ? [] : [namePath])
		: { entityId, namePath };
};

const isNamedAs = (namespace: string): RegExp =>
	new RegExp(`^user:.+@${namespace.replace(/[^\w]/g, '\\$&')}$`, 's');

/** An ID such as `user:alice@example.com@okta`, of a user that Kibana extracted from logs. */
const isOfProvider = (entityId: string): boolean =>
	/^user:.+@[^@]+$/s.test(entityId) && !isNamedAs(UNKNOWN).test(entityId);

/** Why Kibana would refuse the ID beside the fields that name the entity (contract §4.4). */
const disagrees = (
	type: EntityType,
	given: string,
	derived: string,
	naming: string,
): Identified => ({
	problem: {
		field: 'entity.id',
		text: `does not agree with ${naming}, for which this Kibana has the ID "${derived}"`,
		hint:
			type === 'user' && isOfProvider(given)
				? 'Users of an identity provider are written by ID alone: leave user.email, user.id and user.name out of the mapping, or leave Entity ID out and set "Identity Provider" in the options'
				: `Leave Entity ID out of the mapping, so that it follows from ${naming}, or map it to exactly that ID`,
	},
});

const identifyProviderUser = (read: FieldReader, namespace: string): Identified => {
	const given = firstText(read, 'entity.id');
	const derived = userEuid(read, namespace);
	const naming = namespace === LOCAL ? ['user.name', 'host.id'] : NAMING_FIELDS.user;
	if (given !== undefined && derived !== undefined && given !== derived) {
		const present = naming.filter((path) => firstText(read, path) !== undefined).join(', ');
		return disagrees('user', given, derived, present);
	}
	const entityId = given ?? derived;
	// Beside any of its naming fields Kibana would derive another ID and refuse this one.
	if (entityId !== undefined) return { entityId, without: NAMING_FIELDS.user };
	if (namespace !== LOCAL) return isRequired(naming);
	const hint =
		'Map user.name and host.id, which together name a local account. Names that many hosts share, such as root or admin, name no local account';
	return { problem: { field: 'entity.id', text: 'is required', hint } };
};

/**
 * Identity by EUID, as in the second generation (contract §4.3, §4.4): derived from the fields that
 * name the entity, or the mapped entity ID as it is. Both together must agree, as Kibana demands. A
 * user of an identity provider, whom Kibana extracted from logs, is addressed by the ID alone.
 */
export const identifyByEuid: Identify = (read, type, identityProvider) => {
	if (type === 'user' && identityProvider !== undefined) {
		return identifyProviderUser(read, identityProvider);
	}
	const given = firstText(read, 'entity.id');
	const derived = type === 'user' ? userEuid(read, UNKNOWN) : deriveEuid(type, read);
	if (given !== undefined && derived !== undefined && given !== derived) {
		const naming = NAMING_FIELDS[type].find((path) => firstText(read, path) !== undefined);
		return disagrees(type, given, derived, naming as string);
	}
	const entityId = given ?? derived;
	return entityId === undefined ? isRequired(NAMING_FIELDS[type]) : { entityId };
};

/** Why a missing entity of this ID cannot be created through the API, or undefined (contract §4.6). */
export const explainNotCreatable = (
	type: EntityType,
	entityId: string,
	read: FieldReader,
): { readonly message: string; readonly hint: string } | undefined => {
	if (deriveEuid(type, read) !== undefined) return undefined;
	if (type === 'user' && isOfProvider(entityId)) {
		return {
			message:
				'Kibana does not know this user yet, and users of an identity provider cannot be created through its API',
			hint: 'Kibana creates them when it finds them in the logs of the provider. Run the item again then, or set "Identity Provider" to None to keep a user of your own',
		};
	}
	return {
		message: `Kibana does not know this ${type} yet, and cannot create one from an entity ID alone`,
		hint: `Map ${NAMING_FIELDS[type].length > 1 ? 'one of ' : ''}${NAMING_FIELDS[type].join(', ')}, and leave Entity ID out`,
	};
};
