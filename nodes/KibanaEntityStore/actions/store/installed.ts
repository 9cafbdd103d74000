/** Kibana answers "done" as well where there is nothing to start or to stop. */
import type { EntityType } from '../../entity/fields';
import type { Failure } from '../../failure';
import { askPatiently, type ItemCall } from '../perItem';

/** Returns why engines of these types cannot be switched, or undefined when all of them are installed. */
export const requireInstalled = async (
	{ session, generation, client }: ItemCall,
	types: readonly EntityType[],
): Promise<Failure | undefined> => {
	const reply = await askPatiently(
		session,
		async () => await generation.store.status(client, session.now),
	);
	if ('failure' in reply) return reply.failure;
	const { engines } = reply.value;
	const missing = types.filter((one) => !engines.some(({ type }) => type === one));
	if (engines.length > 0 && missing.length === 0) return undefined;
	return {
		reason: 'notInstalled',
		message:
			engines.length === 0
				? 'The entity store is not installed in this space'
				: `The entity store is not installed for ${missing.join(', ')}`,
		fix: 'installStore',
	};
};
