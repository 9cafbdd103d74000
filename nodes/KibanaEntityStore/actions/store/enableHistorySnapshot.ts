import type { Operation } from '../operation';
import { optionsParameter } from '../options';
import { space } from '../parameters';
import { askPatiently, perItem } from '../perItem';
import { requestOptions } from '../requestOptions';

export const enableHistorySnapshot: Operation = {
	value: 'enableHistorySnapshot',
	name: 'Enable History Snapshot',
	action: 'Enable history snapshots of the store',
	description:
		'Let Kibana keep a copy of all entities at regular times, the first one at once. Kibana 9.6 and later.',
	parameters: [space, optionsParameter(requestOptions)],
	execute: perItem(async ({ session, generation, client, space: spaceId }) => {
		const reply = await askPatiently(
			session,
			async () => await generation.store.enableSnapshots(client, session.now),
		);
		return 'failure' in reply
			? reply
			: { outputs: [{ space: spaceId, historySnapshot: 'enabled' }] };
	}),
};
