import { anyEntity } from '../identification';
import type { Operation } from '../operation';
import { optionsParameter } from '../options';
import { space } from '../parameters';
import { requestOptions } from '../requestOptions';
import { watchlist } from './parameters';
import { sendEntities } from './send';

export const unassign: Operation = {
	value: 'unassign',
	name: 'Unassign',
	action: 'Unassign entities from a watchlist',
	description:
		'Take entities off a watchlist, many in one request. What was not put on it by hand stays as it is, with the status "unchanged".',
	parameters: [space, watchlist, ...anyEntity, optionsParameter(requestOptions)],
	execute: sendEntities('unassign'),
};
