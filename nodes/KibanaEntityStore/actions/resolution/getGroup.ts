import { anyEntity, readEntity } from '../identification';
import type { Operation } from '../operation';
import { optionsParameter } from '../options';
import { space } from '../parameters';
import { askPatiently, itemOf, perItem } from '../perItem';
import { requestOptions } from '../requestOptions';
import { requireResolution } from './available';

export const getGroup: Operation = {
	value: 'getGroup',
	name: 'Get Group',
	action: 'Get the group of an entity',
	description:
		'Get the target and all aliases of the group that an entity is in. One that is not linked is a group of its own.',
	parameters: [space, ...anyEntity, optionsParameter(requestOptions)],
	execute: perItem(async (call) => {
		const { session, generation, client } = call;
		const available = requireResolution(generation);
		if ('failure' in available) return available;
		const entity = readEntity(call);
		if ('failure' in entity) return entity;
		const reply = await askPatiently(
			session,
			async () => await available.api.group(client, session.now, entity.id),
		);
		return 'failure' in reply
			? { ...reply, entityId: entity.id }
			: { outputs: [itemOf(reply.value)] };
	}),
};
