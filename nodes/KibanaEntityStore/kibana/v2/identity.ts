/** Which entity a record is of, for Kibana 9.4 and later. */
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

/** An ID such as `user:alice@example.com@okta`, of a user that Kibana extracted from logs. */
const isOfProvider = (entityId: string): boolean =>
	/^user:.+@[^@]+$/s.test(entityId) && !isNamedAs(UNKNOWN).test(entityId);

/** Why Kibana would refuse the ID beside the fields that name the entity (docs/kibana-api.md#euid). */
const disagrees = (
	type: EntityType,
	given: string,
	derived: string,
	naming: string,
): Identified => ({
	problem: {
		field: 'entity.id',
		text: `does not agree with ${naming}, for which this Kibana has the ID "${shortened(derived)}"`,
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
	if (entityId !== undefined) return { entityId, without: NAMING_FIELDS.user, isSelfNamed: false };
	if (namespace !== LOCAL) return missingId(naming);
	const hint =
		'Map user.name and host.id, which together name a local account. Names that many hosts share, such as root or admin, name no local account';
	return { problem: { field: 'entity.id', text: 'is required', hint } };
};

/**
 * Identity by EUID, as in the second generation (docs/kibana-api.md#identification, #euid): derived from the fields that
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
	return entityId === undefined
		? missingId(NAMING_FIELDS[type])
		: {
				entityId,
				namedBy: derived === undefined ? [] : sourcesOf(type, read),
				isSelfNamed: derived !== undefined,
			};
};

/** Returns the fields that the ID of an entity is derived from. */
const sourcesOf = (type: EntityType, read: FieldReader): readonly string[] => {
	const source = NAMING_FIELDS[type].find((path) => firstText(read, path) !== undefined);
	if (source === undefined) return [];
	return source === 'user.name' ? [source, 'user.domain'] : [source];
};

/** Returns why an entity that does not exist yet cannot be created from an ID that its record only quotes. */
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
