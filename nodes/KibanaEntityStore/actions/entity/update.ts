import type { Operation } from '../operation';
import { write } from './write/execute';
import { readPresentation } from './write/options';
import { writeParameters } from './write/parameters';

export const update: Operation = {
	value: 'update',
	name: 'Update',
	action: 'Update an entity',
	description: 'Update an entity; one that does not exist is an error',
	parameters: writeParameters,
	done: 'written',
	presentation: readPresentation,
	execute: async (context, session) => await write(context, session, 'update'),
};
