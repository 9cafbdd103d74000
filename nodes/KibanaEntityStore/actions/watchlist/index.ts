import type { Resource } from '../operation';
import { assign } from './assign';
import { create } from './create';
import { deleteWatchlist } from './delete';
import { get } from './get';
import { getMany } from './getMany';
import { unassign } from './unassign';
import { update } from './update';

export const watchlist: Resource = {
	value: 'watchlist',
	name: 'Watchlist',
	things: 'items',
	defaultOperation: assign.value,
	operations: [assign, create, deleteWatchlist, get, getMany, unassign, update],
};
