import type { INodeProperties } from 'n8n-workflow';

import { invalid } from '../itemFailures';
import type { Operation } from '../operation';
import { optionsParameter } from '../options';
import { space } from '../parameters';
import { askPatiently, perItem } from '../perItem';
import { requestOptions } from '../requestOptions';
import { historySnapshot, logExtraction, readSettings, textsOf } from './parameters';
import { statusAfter } from './wait';

const changeExcludedUsers: INodeProperties = {
	displayName: 'Change Excluded User Names',
	name: 'changeExcludedUserNames',
	type: 'boolean',
	default: false,
	description:
		'Whether to replace the list of user names that become no entities. Kibana 9.6 and later.',
};

const excludedUserNames: INodeProperties = {
	displayName: 'Excluded User Names',
	name: 'excludedUserNames',
	type: 'string',
	default: '',
	placeholder: 'e.g. svc-backup, svc-monitor',
	description: 'The whole new list, separated by commas. Empty text clears it.',
	displayOptions: { show: { changeExcludedUserNames: [true] } },
};

export const updateConfiguration: Operation = {
	value: 'updateConfiguration',
	name: 'Update Configuration',
	action: 'Update the configuration of the store',
	description:
		'Change the settings of an entity store that is installed, without installing it again. Kibana 9.4 and later.',
	parameters: [
		space,
		logExtraction,
		historySnapshot,
		changeExcludedUsers,
		excludedUserNames,
		optionsParameter(requestOptions),
	],
	execute: perItem(async (call) => {
		const { context, index, session, generation, client } = call;
		const settings = {
			logExtraction: readSettings(call, 'logExtraction'),
			historySnapshot: readSettings(call, 'historySnapshot'),
			...(context.getNodeParameter('changeExcludedUserNames', index, false) === true && {
				excludedUserNames: textsOf(context.getNodeParameter('excludedUserNames', index, '')),
			}),
		};
		const given = [settings.logExtraction, settings.historySnapshot].flatMap(Object.keys);
		if (given.length === 0 && settings.excludedUserNames === undefined) {
			const message = 'There is no setting to change';
			return { failure: invalid(message, 'logExtraction') };
		}
		const reply = await askPatiently(
			session,
			async () => await generation.store.configure(client, session.now, settings),
		);
		return 'failure' in reply ? reply : await statusAfter(call, () => 'done');
	}),
};
