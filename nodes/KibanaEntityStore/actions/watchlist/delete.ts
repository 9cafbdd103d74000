import { deleteWatchlist as deleteOne } from '../../kibana/watchlists';
import type { Operation } from '../operation';
import { optionsParameter } from '../options';
import { space } from '../parameters';
import { askPatiently, perItem } from '../perItem';
import { requestOptions } from '../requestOptions';
import { createFinder, watchlist } from './parameters';

export const deleteWatchlist: Operation = {
	value: 'delete',
	name: 'Delete',
	action: 'Delete a watchlist',
	description: 'Delete a watchlist, and take its mark off its entities. The entities stay.',
	parameters: [space, watchlist, optionsParameter(requestOptions)],
	execute: async (context, session) => {
		const find = createFinder();
		return await perItem(async (call) => {
			const found = await find(call);
			if ('failure' in found) return found;
			const { id } = found;
			const reply = await askPatiently(
				session,
				async () => await deleteOne(call.client, session.now, id),
			);
			return 'failure' in reply ? reply : { outputs: [{ id, deleted: true }] };
		})(context, session);
	},
};
