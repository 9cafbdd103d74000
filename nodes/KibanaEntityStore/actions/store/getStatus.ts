import type { INodeProperties } from 'n8n-workflow';

import type { Operation } from '../operation';
import { optionsParameter } from '../options';
import { space } from '../parameters';
import { askPatiently, perItem } from '../perItem';
import { requestOptions } from '../requestOptions';
import { outputOf } from './wait';

const includeComponents: INodeProperties = {
	displayName: 'Include Components',
	name: 'includeComponents',
	type: 'boolean',
	default: false,
	description:
		'Whether to list the parts of each engine too, such as indices, tasks and transforms, with their health',
};

export const getStatus: Operation = {
	value: 'getStatus',
	name: 'Get Status',
	action: 'Get the status of the store',
	description:
		'Get the status of the entity store of a space and of its engines: not_installed, installing, running, stopped or error',
	parameters: [space, includeComponents, optionsParameter(requestOptions)],
	execute: perItem(async ({ context, index, session, generation, client, space: spaceId }) => {
		const withComponents = context.getNodeParameter('includeComponents', index, false) as boolean;
		const reply = await askPatiently(
			session,
			async () => await generation.store.status(client, session.now, withComponents),
		);
		return 'failure' in reply ? reply : { outputs: [outputOf(spaceId, reply.value)] };
	}),
};
