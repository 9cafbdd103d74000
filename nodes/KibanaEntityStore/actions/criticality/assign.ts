import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import { UNASSIGNED } from '../../entity/fields';
import { typedEntity } from '../identification';
import type { Operation } from '../operation';
import { optionsParameter } from '../options';
import { space } from '../parameters';
import { requestOptions } from '../requestOptions';
import { LEVEL_CHOICES, readLevel } from './levels';
import { levelItem, sendLevels, unlessOldRoute } from './send';

const CHOICES: INodePropertyOptions[] = [
	...LEVEL_CHOICES,
	{
		name: 'Unassigned',
		value: UNASSIGNED,
		description: 'Removes the criticality. Not every Kibana 9.4 can do it.',
	},
];

const level: INodeProperties = {
	displayName: 'Criticality',
	name: 'criticality',
	type: 'options',
	default: 'high_impact',
	description: 'How much harm is done when the entity is compromised',
	options: CHOICES,
};

export const assign: Operation = {
	value: 'assign',
	name: 'Assign',
	action: 'Assign asset criticality',
	description: 'Say how critical entities are, many in one request',
	parameters: [space, ...typedEntity, level, optionsParameter(requestOptions)],
	execute: unlessOldRoute(
		sendLevels(
			({ context, index }) => readLevel(context.getNodeParameter('criticality', index)),
			({ id, type }, assigned) => ({ ...levelItem(id, type, assigned), status: 'assigned' }),
		),
	),
};
