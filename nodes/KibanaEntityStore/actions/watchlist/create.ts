import type { INodeProperties } from 'n8n-workflow';

import { createWatchlist } from '../../kibana/watchlists';
import { invalid } from '../itemFailures';
import type { Operation } from '../operation';
import { optionsParameter } from '../options';
import { space } from '../parameters';
import { askPatiently, itemOf, perItem } from '../perItem';
import { requestOptions } from '../requestOptions';
import { description, requireWatchlists, riskModifier } from './parameters';

const name: INodeProperties = {
	displayName: 'Name',
	name: 'name',
	type: 'string',
	required: true,
	default: '',
	placeholder: 'e.g. Leavers',
	description: 'Name of the new watchlist, in up to 256 characters',
};

export const create: Operation = {
	value: 'create',
	name: 'Create',
	action: 'Create a watchlist',
	description:
		'Create a watchlist. Kibana may create a second one of the same name, so look for it with Get Many before.',
	parameters: [space, name, riskModifier, description, optionsParameter(requestOptions)],
	execute: perItem(async ({ context, index, session, generation, client }) => {
		const missing = requireWatchlists(generation);
		if (missing) return { failure: missing };
		const values = {
			name: String(context.getNodeParameter('name', index) ?? '').trim(),
			description: String(context.getNodeParameter('description', index, '') ?? ''),
			riskModifier: Number(context.getNodeParameter('riskModifier', index, 1.5)),
		};
		if (values.name === '') return { failure: invalid('A watchlist needs a name', 'name') };
		const reply = await askPatiently(
			session,
			async () => await createWatchlist(client, session.now, values),
		);
		return 'failure' in reply ? reply : { outputs: [itemOf(reply.value)] };
	}),
};
