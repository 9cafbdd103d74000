/** Failures of items that no request was made for, in the words of all operations. */
import { ENTITY_TYPES } from '../entity/fields';
import { messageOf, type Failure } from '../failure';

/** Returns the failure of an item with a wrong parameter. A setting of a whole run is an `invalidSetting`. */
export const invalid = (
	message: string,
	field: string,
	reason: 'invalidRecord' | 'invalidSetting' = 'invalidRecord',
): Failure => ({ reason, message, fields: [field] });

/** Returns the failure of an item whose space ID cannot be one. */
export const invalidSpace = (reason?: 'invalidRecord' | 'invalidSetting'): Failure => {
	const message = 'A space ID holds only lower-case letters, digits, _ and -';
	return invalid(message, 'space', reason);
};

/** Returns the failure of an item whose entity type does not exist. */
export const invalidEntityType = (field = 'entityType'): Failure =>
	invalid(`The entity type must be one of ${ENTITY_TYPES.join(', ')}`, field);

/** Returns the failure of an item with a limit that is none, or undefined. */
export const refuseLimit = (limit: number): Failure | undefined =>
	Number.isInteger(limit) && limit > 0
		? undefined
		: invalid('The limit must be a whole number above 0', 'limit', 'invalidSetting');

/** Returns the failure of an item whose parameters could not be read. */
export const expressionFailure = (error: unknown): Failure => ({
	reason: 'expression',
	message: `An expression failed: ${messageOf(error)}`,
});

/** The failure of an item that sending has left without an outcome. */
export const NEVER_SETTLED: Failure = {
	reason: 'unexpectedAnswer',
	message: 'It is not known what became of this entity',
	mayBeStored: true,
};
