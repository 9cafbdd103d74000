import { getWatchlist } from '../../kibana/watchlists';
import type { Operation } from '../operation';
import { optionsParameter } from '../options';
import { space } from '../parameters';
import { askPatiently, itemOf, perItem } from '../perItem';
import { requestOptions } from '../requestOptions';
import { createFinder, watchlist } from './parameters';

export const get: Operation = {
	value: 'get',
	name: 'Get',
	action: 'Get a watchlist',
	description: 'Get a watchlist, with the number of its entities',
	parameters: [space, watchlist, optionsParameter(requestOptions)],
	execute: async (context, session) => {
		const find = createFinder();
		return await perItem(async (call) => {
			const found = await find(call);
			if ('failure' in found) return found;
			const reply = await askPatiently(
				session,
				async () => await getWatchlist(call.client, session.now, found.id),
			);
			return 'failure' in reply ? reply : { outputs: [itemOf(reply.value)] };
		})(context, session);
	},
};
