import {
	NodeConnectionTypes,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
	type IPollFunctions,
} from 'n8n-workflow';

import { parameters } from './actions/trigger/parameters';
import { poll } from './actions/trigger/poll';
import { searchSpaces } from './methods/listSearch';

const MAIN = [NodeConnectionTypes.Main];

export class KibanaEntityStoreTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Kibana Entity Store Trigger',
		name: 'kibanaEntityStoreTrigger',
		icon: {
			light: 'file:../../icons/kibanaEntityStore.svg',
			dark: 'file:../../icons/kibanaEntityStore.dark.svg',
		},
		group: ['trigger'],
		version: 1,
		subtitle: '={{ $parameter["events"].join(", ") }}',
		// n8n shows it for the node and the trigger together.
		description: 'Write, find and watch users, hosts, services and assets in Elastic Security',
		defaults: { name: 'Kibana Entity Store Trigger' },
		polling: true,
		inputs: [],
		outputs: MAIN,
		credentials: [{ name: 'kibanaEntityStoreApi', required: true }],
		properties: parameters,
	};

	methods = { listSearch: { searchSpaces } };

	async poll(this: IPollFunctions): Promise<INodeExecutionData[][] | null> {
		return await poll(this);
	}
}
