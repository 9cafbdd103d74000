import type { Operation } from '../operation';
import { optionsParameter } from '../options';
import { space } from '../parameters';
import { askPatiently, itemOf, perItem } from '../perItem';
import { requestOptions } from '../requestOptions';
import { requireResolution } from './available';

export const getManyRules: Operation = {
	value: 'getManyRules',
	name: 'Get Many Rules',
	action: 'Get many resolution rules',
	description:
		'Get the rules by which Kibana links entities by itself, one item each. Kibana 9.5 and later.',
	parameters: [space, optionsParameter(requestOptions)],
	execute: perItem(async ({ session, generation, client }) => {
		const available = requireResolution(generation);
		if ('failure' in available) return available;
		const reply = await askPatiently(
			session,
			async () => await available.api.rules(client, session.now),
		);
		return 'failure' in reply ? reply : { outputs: reply.value.map(itemOf) };
	}),
};
