import type { Operation } from '../operation';
import { write } from './write/execute';
import { readPresentation } from './write/options';
import { writeParameters } from './write/parameters';

export const upsert: Operation = {
	value: 'upsert',
	name: 'Create or Update',
	action: 'Create or update an entity',
	description: 'Create a new entity, or update the current one if it already exists (upsert)',
	parameters: writeParameters,
	done: 'written',
	presentation: readPresentation,
	execute: async (context, session) => await write(context, session, 'upsert'),
};
