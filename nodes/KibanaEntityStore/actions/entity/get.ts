import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import { ENTITY_TYPES, isEntityType } from '../../entity/fields';
import { messageOf, type Failure } from '../../failure';
import { isSpaceId } from '../../kibana/http/client';
import { lookUp } from '../../kibana/lookUp';
import type { ItemResult } from '../../n8n/items';
import type { Session } from '../../n8n/session';
import type { Operation } from '../operation';
import { optionsParameter } from '../options';
import { entityType, space } from '../parameters';
import { requestOptions } from '../requestOptions';

const entityId: INodeProperties = {
	displayName: 'Entity ID',
	name: 'entityId',
	type: 'string',
	required: true,
	default: '',
	placeholder: 'e.g. user:jane@example.com@okta',
	description: 'The ID of the entity, as Kibana shows it',
};

const invalid = (message: string, field: string): Failure => ({
	reason: 'invalidRecord',
	message,
	fields: [field],
});

const NOT_FOUND: Failure = {
	reason: 'notFound',
	message: 'Kibana has no such entity',
	hint: 'Check the entity ID and the space',
};

const getOne = async (
	context: IExecuteFunctions,
	index: number,
	session: Session,
): Promise<ItemResult> => {
	const detected = await session.detect();
	if ('failure' in detected) return detected;
	const { list, entityKey } = detected.generation;
	const type = context.getNodeParameter('entityType', index);
	if (!isEntityType(type)) {
		const message = `The entity type must be one of ${ENTITY_TYPES.join(', ')}`;
		return { failure: invalid(message, 'entityType') };
	}
	const id = String(context.getNodeParameter('entityId', index));
	if (id === '') return { failure: invalid('entity.id is required', 'entity.id') };
	const spaceId = String(context.getNodeParameter('space.value', index, '') || 'default');
	if (!isSpaceId(spaceId)) {
		const message = 'A space ID holds only lower-case letters, digits, _ and -';
		return { failure: invalid(message, 'space') };
	}
	const ref = { type, id };
	const client = session.clientOf(spaceId);
	const found = await lookUp(client, list, list.groupOf(ref), [list.term(ref)], session.now);
	const about = { entityId: id, entityType: type };
	if (found.kind !== 'listed') return { failure: found.failure, ...about };
	const document = found.documents.get(entityKey(type, id)) as IDataObject | undefined;
	return document === undefined ? { failure: NOT_FOUND, ...about } : { outputs: [document] };
};

export const get: Operation = {
	value: 'get',
	name: 'Get',
	action: 'Get an entity',
	description: 'Get an entity by its ID',
	parameters: [space, entityType, entityId, optionsParameter(requestOptions)],
	execute: async (context, session) => {
		const results: ItemResult[] = [];
		for (const index of context.getInputData().keys()) {
			try {
				results.push(await getOne(context, index, session));
			} catch (error) {
				const message = `An expression failed: ${messageOf(error)}`;
				results.push({ failure: { reason: 'expression', message } });
			}
		}
		return results;
	},
};
