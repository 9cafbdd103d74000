import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { KibanaEntityStoreApi } from '../../credentials/KibanaEntityStoreApi.credentials';
import { KibanaEntityStore } from '../../nodes/KibanaEntityStore/KibanaEntityStore.node';
import type { TestKibana } from '../../sandbox/kibana/server';
import type { EngineRun } from '../../sandbox/n8n/engine';

/** Everything that a run of the node needs but its items and parameters. */
export const nodeOn = (
	kibana: Pick<TestKibana, 'url' | 'apiKey'>,
	credential: IDataObject = {},
): Pick<EngineRun, 'node' | 'credentialTypes' | 'credentials'> => ({
	node: KibanaEntityStore,
	credentialTypes: [new KibanaEntityStoreApi()],
	credentials: {
		kibanaEntityStoreApi: {
			baseUrl: kibana.url,
			authentication: 'apiKey',
			apiKey: kibana.apiKey,
			allowUnauthorizedCerts: false,
			...(credential as Record<string, string>),
		},
	},
});

/** Parameters of a manual mapping, as the editor saves them. */
export const mapping = (
	value: Record<string, unknown>,
	options: IDataObject = {},
	more: INodeParameters = {},
): INodeParameters => ({
	resource: 'entity',
	operation: 'upsert',
	entityType: 'user',
	inputMode: 'fields',
	fields: {
		mappingMode: 'defineBelow',
		value: value as INodeParameters,
		matchingColumns: [],
		schema: [],
	},
	options: options as INodeParameters,
	...more,
});

/** Parameters of an automatic mapping. */
export const automatic = (options: IDataObject = {}, more: INodeParameters = {}): INodeParameters =>
	mapping({}, options, {
		fields: { mappingMode: 'autoMapInputData', value: null, matchingColumns: [], schema: [] },
		...more,
	});

/** Parameters of a record given as JSON. */
export const json = (
	record: string,
	options: IDataObject = {},
	more: INodeParameters = {},
): INodeParameters => ({
	resource: 'entity',
	operation: 'upsert',
	entityType: 'user',
	inputMode: 'json',
	record,
	options: options as INodeParameters,
	...more,
});
