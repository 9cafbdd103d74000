import type { INodeProperties } from 'n8n-workflow';

import { entityType, space } from '../parameters';
import { writeFields } from './write.fields';

const operation: INodeProperties = {
	displayName: 'Operation',
	name: 'operation',
	type: 'options',
	noDataExpression: true,
	displayOptions: { show: { resource: ['entity'] } },
	default: 'upsert',
	options: [
		{
			name: 'Create',
			value: 'create',
			action: 'Create an entity',
			description: 'Create a new entity; one that exists already is an error',
		},
		{
			name: 'Create or Update',
			value: 'upsert',
			action: 'Create or update an entity',
			description: 'Create a new entity, or update the current one if it already exists (upsert)',
		},
		{
			name: 'Update',
			value: 'update',
			action: 'Update an entity',
			description: 'Update an entity; one that does not exist is an error',
		},
	],
};

/** The parameters of the resource Entity, in the order in which the editor shows them. */
export const entityDescription: INodeProperties[] = [operation, space, entityType, ...writeFields];
