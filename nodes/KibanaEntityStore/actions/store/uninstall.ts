import type { INodeProperties } from 'n8n-workflow';

import type { Failure } from '../../failure';
import type { Operation } from '../operation';
import { optionsParameter } from '../options';
import { space } from '../parameters';
import { askPatiently, perItem } from '../perItem';
import { requestOptions } from '../requestOptions';
import { entityTypes, readEntityTypes, waitTimeout, waitUntilUninstalled } from './parameters';
import { isUninstalled, refuseTimeout, statusAfter } from './wait';

const confirm: INodeProperties = {
	displayName: 'Confirm Uninstall',
	name: 'confirm',
	type: 'boolean',
	default: false,
	description:
		'Whether to really do it. Kibana 9.4 and later delete all entities of the space with it, also their criticality, watchlists and links; this cannot be undone.',
};

const notice: INodeProperties = {
	displayName:
		'Some versions of Kibana delete the entities of <b>all</b> types when only one type is uninstalled.',
	name: 'uninstallNotice',
	type: 'notice',
	default: '',
};

const deleteData: INodeProperties = {
	displayName: 'Delete Data',
	name: 'deleteData',
	type: 'boolean',
	default: false,
	description:
		'Whether to delete the entities too on Kibana 9.2 and 9.3. Kibana 9.4 and later always do.',
};

const UNCONFIRMED: Failure = {
	reason: 'invalidSetting',
	message: 'Nothing was uninstalled: "Confirm Uninstall" is off',
	hint: 'Turn it on if the entities of this space may be deleted',
};

export const uninstall: Operation = {
	value: 'uninstall',
	name: 'Uninstall',
	action: 'Uninstall the store',
	description:
		'Remove the entity store from a space. Kibana 9.4 and later delete its entities with it. This cannot be undone.',
	parameters: [
		space,
		entityTypes,
		notice,
		confirm,
		deleteData,
		waitUntilUninstalled,
		waitTimeout,
		optionsParameter(requestOptions),
	],
	execute: perItem(async (call) => {
		const { context, index, session, generation, client } = call;
		const read = readEntityTypes(call);
		if ('failure' in read) return read;
		const unending = refuseTimeout(call);
		if (unending) return { failure: unending };
		const { types } = read;
		// Nothing but `true` counts: an expression may give anything.
		if (context.getNodeParameter('confirm', index, false) !== true) return { failure: UNCONFIRMED };
		const withData = context.getNodeParameter('deleteData', index, false) === true;
		const reply = await askPatiently(
			session,
			async () => await generation.store.uninstall(client, session.now, types, withData),
		);
		return 'failure' in reply ? reply : await statusAfter(call, isUninstalled(types));
	}),
};
