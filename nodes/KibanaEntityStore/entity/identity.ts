/** Common parts of the identity of a record. The folder of each generation forms the ID. */
import type { Fix } from '../failure';
import type { EntityType } from './fields';

/** Reads a field of a record by its dotted path. */
export type FieldReader = (path: string) => unknown;

/** Returns the text of a field, or the first text of a list. Empty text counts as missing, as in Kibana. */
export const firstText = (read: FieldReader, path: string): string | undefined => {
	const given = read(path);
	const value: unknown = Array.isArray(given) ? given[0] : given;
	return typeof value === 'string' && value !== '' ? value : undefined;
};

/** The identity provider of local accounts, which belong to one host. */
export const LOCAL = 'local';

/** Fields that can name an entity, in the order in which Kibana reads them. */
export const NAMING_FIELDS: Readonly<Record<EntityType, readonly string[]>> = {
	generic: [],
	host: ['host.id', 'host.name', 'host.hostname'],
	service: ['service.name'],
	user: ['user.email', 'user.id', 'user.name'],
};

/** Whether entities of this type need no mapped entity ID. */
export const canNameItself = (type: EntityType): boolean => NAMING_FIELDS[type].length > 0;

/** What is wrong with the identity of a record, and how to fix it. */
export interface IdentityProblem {
	readonly field: string;
	readonly message: string;
	readonly hint?: string;
	readonly fix?: Fix;
}

export type Identified =
	| {
			readonly entityId: string;
			/** A field that gets the ID as its value, when it is missing and its section exists. */
			readonly namePath?: string;
			/** Fields that must not be sent together with the ID. */
			readonly without?: readonly string[];
			/** Fields whose first value is part of the ID, so that they add nothing to it. */
			readonly namedBy?: readonly string[];
			/** Fields that would give another ID if they had a value. */
			readonly passedOver?: readonly string[] | undefined;
			/** Whether fields of the record give the ID, so that the entity can be created from the record. */
			readonly isSelfNamed: boolean;
	  }
	| { readonly problem: IdentityProblem };

/**
 * Returns the ID of a record in the form that one generation expects.
 *
 * @param read reads the record's values, in Kibana's types
 * @param identityProvider namespace of the identity provider that a user comes from, if any
 */
export type Identify = (
	read: FieldReader,
	type: EntityType,
	identityProvider?: string,
) => Identified;

/** Returns a list of alternatives as people read it: `a`, `a or b`, `a, b or c`. */
const anyOf = (paths: readonly string[]): string =>
	[paths.slice(0, -1).join(', '), ...paths.slice(-1)].filter(Boolean).join(' or ');

/** Returns the problem of a record that names no entity. `alternatives` are the fields that can name it. */
export const missingId = (
	type: EntityType,
	alternatives: readonly string[],
	hint = `Map ${[anyOf(alternatives), 'Entity ID (entity.id)'].filter(Boolean).join(', or ')}`,
): Identified => ({
	problem: {
		field: 'entity.id',
		message: `Nothing names this ${type === 'generic' ? 'entity' : type}`,
		hint,
	},
});
