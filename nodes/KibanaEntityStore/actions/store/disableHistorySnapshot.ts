import type { INodeProperties } from 'n8n-workflow';

import type { Operation } from '../operation';
import { optionsParameter } from '../options';
import { space } from '../parameters';
import { askPatiently, perItem } from '../perItem';
import { requestOptions } from '../requestOptions';

const clearSnapshots: INodeProperties = {
	displayName: 'Delete Snapshots',
	name: 'clearSnapshots',
	type: 'boolean',
	default: false,
	description:
		'Whether to delete the existing snapshots, too. Kibana does it in the background, and not at all when snapshots are off already.',
};

export const disableHistorySnapshot: Operation = {
	value: 'disableHistorySnapshot',
	name: 'Disable History Snapshot',
	action: 'Disable history snapshots of the store',
	description: 'Stop keeping copies of all entities at regular times. Kibana 9.6 and later.',
	parameters: [space, clearSnapshots, optionsParameter(requestOptions)],
	execute: perItem(async ({ context, index, session, generation, client, space: spaceId }) => {
		const clear = context.getNodeParameter('clearSnapshots', index, false) === true;
		const reply = await askPatiently(
			session,
			async () => await generation.store.disableSnapshots(client, session.now, clear),
		);
		return 'failure' in reply
			? reply
			: { outputs: [{ space: spaceId, historySnapshot: 'disabled' }] };
	}),
};
