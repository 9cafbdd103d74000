import type { Operation } from '../operation';
import { optionsParameter } from '../options';
import { space } from '../parameters';
import { askPatiently, perItem } from '../perItem';
import { requestOptions } from '../requestOptions';
import { requireInstalled } from './installed';
import { entityTypes, readEntityTypes } from './parameters';
import { statusAfter } from './wait';

export const stop: Operation = {
	value: 'stop',
	name: 'Stop',
	action: 'Stop the store',
	description: 'Stop the engines of an entity store. Its entities stay as they are.',
	parameters: [space, entityTypes, optionsParameter(requestOptions)],
	execute: perItem(async (call) => {
		const { session, generation, client } = call;
		const read = readEntityTypes(call);
		if ('failure' in read) return read;
		const { types } = read;
		const missing = await requireInstalled(call, types);
		if (missing) return { failure: missing };
		const reply = await askPatiently(
			session,
			async () => await generation.store.stop(client, session.now, types),
		);
		return 'failure' in reply ? reply : await statusAfter(call, () => 'done');
	}),
};
