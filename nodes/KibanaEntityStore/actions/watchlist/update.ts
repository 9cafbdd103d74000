import type { IDataObject, INodeProperties } from 'n8n-workflow';

import { updateWatchlist } from '../../kibana/watchlists';
import { invalid } from '../itemFailures';
import type { Operation } from '../operation';
import { optionsParameter } from '../options';
import { space } from '../parameters';
import { askPatiently, itemOf, perItem } from '../perItem';
import { requestOptions } from '../requestOptions';
import { createFinder, description, riskModifier, watchlist } from './parameters';

const updateFields: INodeProperties = {
	displayName: 'Update Fields',
	name: 'updateFields',
	type: 'collection',
	default: {},
	placeholder: 'Add Field',
	description: 'What is left out stays as it is',
	options: [
		description,
		{
			displayName: 'Name',
			name: 'name',
			type: 'string',
			default: '',
			description: 'New name of the watchlist. Kibana does not let its own watchlists be renamed.',
		},
		riskModifier,
	],
};

/** An expression may give a number as text, which Kibana refuses. */
const changesIn = ({ name, description: text, riskModifier: modifier }: IDataObject) => ({
	...(name !== undefined && { name: String(name ?? '').trim() }),
	...(text !== undefined && { description: String(text ?? '') }),
	...(modifier !== undefined && { riskModifier: Number(modifier) }),
});

export const update: Operation = {
	value: 'update',
	name: 'Update',
	action: 'Update a watchlist',
	description: 'Change the name, the description or the risk modifier of a watchlist',
	parameters: [space, watchlist, updateFields, optionsParameter(requestOptions)],
	execute: async (context, session) => {
		const find = createFinder();
		return await perItem(async (call) => {
			const given = context.getNodeParameter('updateFields', call.index, {}) as IDataObject;
			const found = await find(call);
			if ('failure' in found) return found;
			if (Object.keys(given).length === 0) {
				return { failure: invalid('There is nothing to change', 'updateFields') };
			}
			const reply = await askPatiently(
				session,
				async () => await updateWatchlist(call.client, session.now, found.id, changesIn(given)),
			);
			return 'failure' in reply ? reply : { outputs: [itemOf(reply.value)] };
		})(context, session);
	},
};
