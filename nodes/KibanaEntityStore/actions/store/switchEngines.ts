import type { Operation } from '../operation';
import { askPatiently, perItem } from '../perItem';
import { requireInstalled } from './installed';
import { readEntityTypes } from './parameters';
import { refuseTimeout, statusAfter } from './wait';

/**
 * Returns an `execute` that starts or stops the engines of an item.
 *
 * @param goalOf what the status is waited for, by the entity types of the item
 */
export const switchEngines = (
	verb: 'start' | 'stop',
	goalOf: (
		types: Extract<ReturnType<typeof readEntityTypes>, { types: unknown }>['types'],
	) => Parameters<typeof statusAfter>[1],
): Operation['execute'] =>
	perItem(async (call) => {
		const { session, generation, client } = call;
		const read = readEntityTypes(call);
		if ('failure' in read) return read;
		const unending = refuseTimeout(call);
		if (unending) return { failure: unending };
		const { types } = read;
		const missing = await requireInstalled(call, types);
		if (missing) return { failure: missing };
		const reply = await askPatiently(
			session,
			async () => await generation.store[verb](client, session.now, types),
		);
		return 'failure' in reply ? reply : await statusAfter(call, goalOf(types));
	});
