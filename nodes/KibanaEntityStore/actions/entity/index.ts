import type { Resource } from '../operation';
import { create } from './create';
import { deleteEntity } from './delete';
import { deleteMissing } from './deleteMissing';
import { get } from './get';
import { getAll } from './getMany';
import { update } from './update';
import { upsert } from './upsert';

export const entity: Resource = {
	value: 'entity',
	name: 'Entity',
	things: 'entities',
	defaultOperation: upsert.value,
	operations: [create, deleteEntity, deleteMissing, get, getAll, update, upsert],
};
