import type { Operation } from '../operation';
import { optionsParameter } from '../options';
import { space } from '../parameters';
import { requestOptions } from '../requestOptions';
import { ruleId, switchRules } from './switchRule';

export const disableRule: Operation = {
	value: 'disableRule',
	name: 'Disable Rule',
	action: 'Disable a resolution rule',
	description:
		'Stop Kibana from linking entities by a rule. Existing links stay. Kibana 9.5 and later.',
	parameters: [space, ruleId, optionsParameter(requestOptions)],
	execute: switchRules(false),
};
