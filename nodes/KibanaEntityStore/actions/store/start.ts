import type { Operation } from '../operation';
import { optionsParameter } from '../options';
import { space } from '../parameters';
import { perItem, askPatiently } from '../perItem';
import { requestOptions } from '../requestOptions';
import { entityTypes, readEntityTypes, waitTimeout, waitUntilRunning } from './parameters';
import { requireInstalled } from './installed';
import { isRunning, statusAfter } from './wait';

export const start: Operation = {
	value: 'start',
	name: 'Start',
	action: 'Start the store',
	description: 'Start the engines of an entity store that was stopped',
	parameters: [space, entityTypes, waitUntilRunning, waitTimeout, optionsParameter(requestOptions)],
	execute: perItem(async (call) => {
		const { session, generation, client } = call;
		const read = readEntityTypes(call);
		if ('failure' in read) return read;
		const { types } = read;
		const missing = await requireInstalled(call, types);
		if (missing) return { failure: missing };
		const reply = await askPatiently(
			session,
			async () => await generation.store.start(client, session.now, types),
		);
		return 'failure' in reply ? reply : await statusAfter(call, isRunning(types));
	}),
};
