import type { Resource } from '../operation';
import { disableRule } from './disableRule';
import { enableRule } from './enableRule';
import { getGroup } from './getGroup';
import { getManyRules } from './getManyRules';
import { link } from './link';
import { unlink } from './unlink';

export const resolution: Resource = {
	value: 'resolution',
	name: 'Resolution',
	things: 'items',
	defaultOperation: link.value,
	operations: [disableRule, enableRule, getGroup, getManyRules, link, unlink],
};
