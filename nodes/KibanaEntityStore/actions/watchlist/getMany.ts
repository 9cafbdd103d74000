import { listWatchlists } from '../../kibana/watchlists';
import type { Operation } from '../operation';
import { optionsParameter } from '../options';
import { space } from '../parameters';
import { askPatiently, itemOf, perItem } from '../perItem';
import { requestOptions } from '../requestOptions';
import { requireWatchlists } from './parameters';

export const getMany: Operation = {
	value: 'getMany',
	name: 'Get Many',
	action: 'Get many watchlists',
	description: 'Get all watchlists of a space, one item each, with the number of their entities',
	parameters: [space, optionsParameter(requestOptions)],
	execute: perItem(async ({ session, generation, client }) => {
		const missing = requireWatchlists(generation);
		if (missing) return { failure: missing };
		const reply = await askPatiently(
			session,
			async () => await listWatchlists(client, session.now),
		);
		return 'failure' in reply ? reply : { outputs: reply.value.map(itemOf) };
	}),
};
