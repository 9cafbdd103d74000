/** Which entity an item is about: by its ID, or by fields. */
import type { IExecuteFunctions } from 'n8n-workflow';

import { isGiven } from '../../../entity/kinds';
import { isEntityType, type EntityType } from '../../../entity/fields';
import { LOCAL } from '../../../entity/identity';
import type { Failure } from '../../../failure';
import type { EntityMatch, Generation } from '../../../kibana/generation';
import { DEFAULT_SPACE, isSpaceId } from '../../../kibana/http/client';
import { createValueReader, createValuesReader } from '../../../n8n/values/mappedValues';
import { expressionFailure, invalid, invalidEntityType, invalidSpace } from '../../itemFailures';
import { MATCH_FIELDS } from './parameters';

export interface Target {
	readonly space: string;
	readonly match: EntityMatch;
}

/** Why an item names no entity, with what is known of it all the same. */
export interface Untargeted {
	readonly failure: Failure;
	readonly entityType?: EntityType;
}

export type ReadTarget = (index: number) => Target | Untargeted;

const textOf = (value: unknown): string | undefined => {
	const first: unknown = Array.isArray(value) ? value[0] : value;
	if (!isGiven(first) || typeof first === 'object') return undefined;
	const text = String(first).trim();
	return text === '' ? undefined : text;
};

const NO_FIELDS_HINT =
	'The item has no value for any of the fields to match. Check their expressions, and that the fields belong to the entity type';

/** The fields given, with the ID that follows from them by the rules of the generation. */
const byFields = (
	type: EntityType,
	values: Readonly<Record<string, unknown>>,
	{ identify }: Generation,
): EntityMatch | Failure => {
	const given = new Map<string, string>();
	for (const { name, path, entityTypes } of MATCH_FIELDS) {
		const text = entityTypes.includes(type) ? textOf(values[name]) : undefined;
		if (text !== undefined) given.set(path, text);
	}
	if (given.size === 0) {
		const message = 'No field to find the entity by has a value';
		return { ...invalid(message, 'matchFields'), hint: NO_FIELDS_HINT };
	}
	// What is stored of a user says nothing of a host: its ID only names a local account.
	const isLocal = type === 'user' && given.has('host.id');
	const read = (path: string) => given.get(path);
	const identified = identify(read, type, isLocal ? LOCAL : undefined);
	const id = 'entityId' in identified ? identified.entityId : undefined;
	if (!isLocal) return { type, id, fields: given };
	if (id !== undefined) return { type, id, fields: new Map() };
	const message = 'A local account is found by its user name and the ID of its host together';
	return invalid(message, 'matchFields');
};

/** Reads items one by one. It never throws: an expression that fails concerns its item alone. */
export const createTargetReader = (
	context: IExecuteFunctions,
	generation: Generation,
): ReadTarget => {
	const isByFields = context.getNodeParameter('findBy', 0) === 'fields';
	const readType = createValueReader(context, 'entityType');
	const readSpace = createValueReader(context, 'space.value');
	const readId = isByFields ? () => undefined : createValueReader(context, 'entityId.value');
	const readFields = isByFields ? createValuesReader(context, 'matchFields') : () => ({});

	const read: ReadTarget = (index) => {
		const type = readType(index);
		if (!isEntityType(type)) {
			return { failure: invalidEntityType() };
		}
		const space = textOf(readSpace(index)) ?? DEFAULT_SPACE;
		if (!isSpaceId(space)) {
			return { failure: invalidSpace(), entityType: type };
		}
		if (isByFields) {
			const match = byFields(type, readFields(index), generation);
			return 'reason' in match ? { failure: match, entityType: type } : { space, match };
		}
		// An ID is taken as it is: blanks may be part of it.
		const given = readId(index);
		const id = typeof given === 'number' ? String(given) : given;
		if (typeof id !== 'string' || id.trim() === '') {
			return { failure: invalid('The item has no entity ID', 'entityId'), entityType: type };
		}
		return { space, match: { type, id, fields: new Map() } };
	};

	return (index) => {
		try {
			return read(index);
		} catch (error) {
			return { failure: expressionFailure(error) };
		}
	};
};
