/** What it takes to say which entity a record is of. How a generation forms the ID is in its folder. */
import type { Fix } from '../failure';
import type { EntityType } from './fields';

/** Reads a field of a record by its dotted path. */
export type FieldReader = (path: string) => unknown;

/** Returns the text of a field, or the first of a list of texts. Empty text counts as missing, as in Kibana. */
export const firstText = (read: FieldReader, path: string): string | undefined => {
	const given = read(path);
	const value: unknown = Array.isArray(given) ? given[0] : given;
	return typeof value === 'string' && value !== '' ? value : undefined;
};

/** The identity provider of accounts that belong to one host. */
export const LOCAL = 'local';

/** Fields that can name an entity, in the order in which Kibana looks at them. */
export const NAMING_FIELDS: Readonly<Record<EntityType, readonly string[]>> = {
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
	readonly hint?: string;
	readonly fix?: Fix;
}

export type Identified =
	| {
			readonly entityId: string;
			/** A field that the ID fills in for, where it is missing from a section that is there. */
			readonly namePath?: string;
			/** Fields that must not travel beside the ID. */
			readonly without?: readonly string[];
			/** Fields whose first value the ID repeats, so that they say nothing beside it. */
			readonly namedBy?: readonly string[];
			/** Whether the record's own fields give the ID, so that the entity can be created from it. */
			readonly isSelfNamed: boolean;
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

/** Returns that the record names no entity. `alternatives` are the fields that could. */
export const missingId = (alternatives: readonly string[]): Identified => ({
	problem: {
		field: 'entity.id',
		text: 'is required',
		hint:
			alternatives.length === 0
				? 'Map Entity ID (entity.id)'
				: `Map Entity ID (entity.id), or ${alternatives.length > 1 ? 'one of ' : ''}${alternatives.join(', ')}`,
	},
});
