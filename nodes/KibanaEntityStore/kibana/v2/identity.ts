/** The identity of a record for Kibana 9.4 and later. */
import type { EntityType } from '../../entity/fields';
import {
	firstText,
	LOCAL,
	missingId,
	NAMING_FIELDS,
	type FieldReader,
	type Identified,
	type Identify,
} from '../../entity/identity';
import { shortened, type Failure } from '../../failure';
import { deriveEuid, UNKNOWN, userEuid } from './euid';

const isNamedAs = (namespace: string): RegExp =>
	new RegExp(`^user:.+@${namespace.replace(/[^\w]/g, '\\$&')}$`, 's');

/** Whether an ID is that of a user that Kibana extracted from logs, such as `user:alice@example.com@okta`. */
const isOfProvider = (entityId: string): boolean =>
	/^user:.+@[^@]+$/s.test(entityId) && !isNamedAs(UNKNOWN).test(entityId);

/** Returns why Kibana would refuse the ID together with the fields that name the entity (docs/kibana-api.md#euid). */
const disagrees = (
	type: EntityType,
	given: string,
	derived: string,
	naming: string,
): Identified => ({
	problem: {
		field: 'entity.id',
		message: `entity.id does not agree with ${naming}, for which this Kibana has the ID "${shortened(derived)}"`,
		...(type === 'user' && isOfProvider(given)
			? {
					hint: 'Users of an identity provider are written by ID alone: leave user.email, user.id and user.name out of the mapping',
					fix: 'addressUsers' as const,
				}
			: {
					hint: `Leave Entity ID out of the mapping, so that it follows from ${naming}, or map it to exactly that ID`,
				}),
	},
});

/** By a naming field: those that come before it, and would give another ID. */
const FIELDS_BEFORE: ReadonlyMap<string, readonly string[]> = new Map(
	Object.values(NAMING_FIELDS).flatMap((fields) =>
		fields.map((path, at) => [path, fields.slice(0, at)] as const),
	),
);

/** Returns the first field that names an entity of the type. */
const namingField = (type: EntityType, read: FieldReader): string | undefined =>
	NAMING_FIELDS[type].find((path) => firstText(read, path) !== undefined);

/** Returns the fields that an ID is derived from, by the first of them. */
const sourcesOf = (source: string | undefined): readonly string[] => {
	if (source === undefined) return [];
	return source === 'user.name' ? [source, 'user.domain'] : [source];
};

const identifyProviderUser = (read: FieldReader, namespace: string): Identified => {
	const given = firstText(read, 'entity.id');
	const derived = userEuid(read, namespace);
	const naming = namespace === LOCAL ? ['user.name', 'host.id'] : NAMING_FIELDS.user;
	if (given !== undefined && derived !== undefined && given !== derived) {
		const present = naming.filter((path) => firstText(read, path) !== undefined).join(', ');
		return disagrees('user', given, derived, present);
	}
	const entityId = given ?? derived;
	if (entityId !== undefined) {
		const isByName = given === undefined && namespace !== LOCAL;
		return {
			entityId,
			// Together with any of these fields Kibana would derive another ID and refuse this one.
			without: NAMING_FIELDS.user,
			passedOver: isByName ? FIELDS_BEFORE.get(namingField('user', read) ?? '') : undefined,
			isSelfNamed: false,
		};
	}
	if (namespace !== LOCAL) return missingId('user', naming);
	const hint =
		'Map user.name and host.id, which together name a local account. Names that many hosts share, such as root or admin, name no local account';
	return missingId('user', naming, hint);
};

/**
 * Identity by EUID, as in the second generation (docs/kibana-api.md#identification, #euid). The EUID is derived
 * from the fields that name the entity, or it is the mapped entity ID. If both are given, Kibana requires that
 * they agree. A user of an identity provider, extracted from logs, is addressed by the ID alone.
 */
export const identifyByEuid: Identify = (read, type, identityProvider) => {
	if (type === 'user' && identityProvider !== undefined) {
		return identifyProviderUser(read, identityProvider);
	}
	const given = firstText(read, 'entity.id');
	const derived = type === 'user' ? userEuid(read, UNKNOWN) : deriveEuid(type, read);
	if (given !== undefined && derived !== undefined && given !== derived) {
		return disagrees(type, given, derived, namingField(type, read) as string);
	}
	const entityId = given ?? derived;
	if (entityId === undefined) return missingId(type, NAMING_FIELDS[type]);
	const source = derived === undefined ? undefined : namingField(type, read);
	return {
		entityId,
		namedBy: sourcesOf(source),
		passedOver: given === undefined ? FIELDS_BEFORE.get(source ?? '') : undefined,
		isSelfNamed: derived !== undefined,
	};
};

/** Returns why a missing entity cannot be created from a record that has only its ID. */
export const notCreatable = (type: EntityType, entityId: string): Failure =>
	type === 'user' && isOfProvider(entityId)
		? {
				reason: 'notCreatable',
				message:
					'Kibana does not know this user yet, and users of an identity provider cannot be created through its API',
				hint: 'Kibana creates them when it finds them in the logs of the provider. Run the item again then',
				fix: 'createOwnUser',
			}
		: {
				reason: 'notCreatable',
				message: `Kibana does not know this ${type} yet, and cannot create one from an entity ID alone`,
				hint: `Map ${NAMING_FIELDS[type].length > 1 ? 'one of ' : ''}${NAMING_FIELDS[type].join(', ')}, and leave Entity ID out`,
			};
