import type { Operation } from '../operation';
import { optionsParameter } from '../options';
import { space } from '../parameters';
import { requestOptions } from '../requestOptions';
import { entityTypes, waitTimeout, waitUntilRunning } from './parameters';
import { switchEngines } from './switchEngines';
import { isRunning } from './wait';

export const start: Operation = {
	value: 'start',
	name: 'Start',
	action: 'Start the store',
	description: 'Start the engines of an entity store that was stopped',
	parameters: [space, entityTypes, waitUntilRunning, waitTimeout, optionsParameter(requestOptions)],
	execute: switchEngines('start', isRunning),
};
