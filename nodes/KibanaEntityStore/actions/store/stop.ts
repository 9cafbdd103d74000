import type { Operation } from '../operation';
import { optionsParameter } from '../options';
import { space } from '../parameters';
import { requestOptions } from '../requestOptions';
import { entityTypes } from './parameters';
import { switchEngines } from './switchEngines';

export const stop: Operation = {
	value: 'stop',
	name: 'Stop',
	action: 'Stop the store',
	description: 'Stop the engines of an entity store. Its entities stay as they are.',
	parameters: [space, entityTypes, optionsParameter(requestOptions)],
	execute: switchEngines('stop', () => () => 'done'),
};
