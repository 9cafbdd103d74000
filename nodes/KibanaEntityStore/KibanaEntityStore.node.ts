import {
	NodeConnectionTypes,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';

import { parameters, route, subtitle } from './actions/router';
import { searchEntities } from './methods/entitySearch';
import { searchSpaces, searchWatchlists } from './methods/listSearch';
import {
	getGenericFields,
	getHostFields,
	getMixedFields,
	getServiceFields,
	getUserFields,
} from './methods/resourceMapping';
import { toItems } from './n8n/items';

const MAIN = [NodeConnectionTypes.Main];

export class KibanaEntityStore implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Kibana Entity Store',
		name: 'kibanaEntityStore',
		icon: {
			light: 'file:../../icons/kibanaEntityStore.svg',
			dark: 'file:../../icons/kibanaEntityStore.dark.svg',
		},
		group: ['output'],
		version: 1,
		subtitle: subtitle(),
		description: 'Write, find and delete users, hosts, services and assets in Elastic Security',
		defaults: { name: 'Kibana Entity Store' },
		usableAsTool: true,
		inputs: MAIN,
		outputs: MAIN,
		credentials: [{ name: 'kibanaEntityStoreApi', required: true }],
		properties: parameters,
	};

	methods = {
		listSearch: { searchEntities, searchSpaces, searchWatchlists },
		resourceMapping: {
			getGenericFields,
			getHostFields,
			getMixedFields,
			getServiceFields,
			getUserFields,
		},
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const { results, wording, presentation } = await route(this);
		return [toItems(this, results, wording, this.continueOnFail(), presentation)];
	}
}
