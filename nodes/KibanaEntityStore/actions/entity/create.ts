import type { Operation } from '../operation';
import { write } from './write/execute';
import { readPresentation } from './write/options';
import { writeParameters } from './write/parameters';

export const create: Operation = {
	value: 'create',
	name: 'Create',
	action: 'Create an entity',
	description: 'Create a new entity; one that exists already is an error',
	parameters: writeParameters,
	done: 'written',
	presentation: readPresentation,
	execute: async (context, session) => await write(context, session, 'create'),
};
