import { anyEntity } from '../identification';
import type { Operation } from '../operation';
import { optionsParameter } from '../options';
import { space } from '../parameters';
import { requestOptions } from '../requestOptions';
import { watchlist } from './parameters';
import { sendEntities } from './send';

export const assign: Operation = {
	value: 'assign',
	name: 'Assign',
	action: 'Assign entities to a watchlist',
	description:
		'Put entities on a watchlist, many in one request. They must be in the entity store.',
	parameters: [space, watchlist, ...anyEntity, optionsParameter(requestOptions)],
	execute: sendEntities('assign'),
};
