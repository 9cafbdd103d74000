import type { Operation } from '../operation';
import { optionsParameter } from '../options';
import { space } from '../parameters';
import { requestOptions } from '../requestOptions';
import { ruleId, switchRules } from './switchRule';

export const enableRule: Operation = {
	value: 'enableRule',
	name: 'Enable Rule',
	action: 'Enable a resolution rule',
	description: 'Let Kibana link entities by a rule. Kibana 9.5 and later.',
	parameters: [space, ruleId, optionsParameter(requestOptions)],
	execute: switchRules(true),
};
