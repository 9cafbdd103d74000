import type { Resource } from '../operation';
import { assign } from './assign';
import { deleteCriticality } from './delete';
import { get } from './get';
import { getMany } from './getMany';

export const criticality: Resource = {
	value: 'criticality',
	name: 'Asset Criticality',
	things: 'items',
	defaultOperation: assign.value,
	operations: [assign, deleteCriticality, get, getMany],
};
