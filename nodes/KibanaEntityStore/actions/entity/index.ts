import type { INodeProperties } from 'n8n-workflow';

import { entityType, space } from '../fields';
import { upsertFields } from './upsert.fields';

const operation: INodeProperties = {
	displayName: 'Operation',
	name: 'operation',
	type: 'options',
	noDataExpression: true,
	displayOptions: { show: { resource: ['entity'] } },
	default: 'upsert',
	options: [
		{
			name: 'Create or Update',
			value: 'upsert',
			action: 'Create or update an entity',
			description: 'Create a new entity, or update the current one if it already exists (upsert)',
		},
	],
};

/** The parameters of the resource Entity, in the order in which the editor shows them. */
export const entityDescription: INodeProperties[] = [operation, space, entityType, ...upsertFields];
