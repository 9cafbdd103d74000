import { UNASSIGNED } from '../../entity/fields';
import type { CriticalityApi } from '../../kibana/criticality';
import { readEntity, typedEntity } from '../identification';
import type { Operation } from '../operation';
import { optionsParameter } from '../options';
import { space } from '../parameters';
import { askPatiently, perItem } from '../perItem';
import { requestOptions } from '../requestOptions';
import { levelItem, sendLevels, unlessOldRoute } from './send';

type Remove = NonNullable<CriticalityApi['remove']>;

/** Where a criticality is a record of its own, which can be deleted. */
const deleteEach = (remove: Remove): Operation['execute'] =>
	perItem(async (call) => {
		const { session, client } = call;
		const entity = readEntity(call);
		if ('failure' in entity) return entity;
		const { id: entityId, type: entityType } = entity;
		const reply = await askPatiently(
			session,
			async () => await remove(client, session.now, entity),
		);
		if ('failure' in reply) return { ...reply, entityId, entityType };
		const status = reply.value ? 'deleted' : 'unchanged';
		return { outputs: [{ ...levelItem(entityId, entityType, UNASSIGNED), status }] };
	});

/** Where it is a field of the entity, which can only be cleared. */
const clearMany = sendLevels(
	() => ({ level: UNASSIGNED }),
	({ id, type }) => ({ ...levelItem(id, type, UNASSIGNED), status: 'deleted' }),
);

export const deleteCriticality: Operation = {
	value: 'delete',
	name: 'Delete',
	action: 'Delete the criticality of an entity',
	description:
		'Remove the criticality of entities. The entities stay. Not every Kibana 9.4 can do it.',
	parameters: [space, ...typedEntity, optionsParameter(requestOptions)],
	execute: unlessOldRoute(async (context, session) => {
		const detected = await session.detect();
		const remove = 'generation' in detected && detected.generation.criticality.remove;
		return await (remove ? deleteEach(remove) : clearMany)(context, session);
	}),
};
