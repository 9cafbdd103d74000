import { typedEntity, readEntity } from '../identification';
import type { Operation } from '../operation';
import { optionsParameter } from '../options';
import { space } from '../parameters';
import { askPatiently, perItem } from '../perItem';
import { requestOptions } from '../requestOptions';
import { levelItem } from './send';

export const get: Operation = {
	value: 'get',
	name: 'Get',
	action: 'Get the criticality of an entity',
	description: 'Get how critical an entity is; "unassigned" stands for none',
	parameters: [space, ...typedEntity, optionsParameter(requestOptions)],
	execute: perItem(async (call) => {
		const { session, generation, client } = call;
		const entity = readEntity(call);
		if ('failure' in entity) return entity;
		const { id: entityId, type: entityType } = entity;
		const reply = await askPatiently(
			session,
			async () => await generation.criticality.get(client, session.now, entity),
		);
		return 'failure' in reply
			? { ...reply, entityId, entityType }
			: { outputs: [levelItem(entityId, entityType, reply.value)] };
	}),
};
