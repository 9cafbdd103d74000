import type { IDataObject, INodeExecutionData, INodeParameters } from 'n8n-workflow';

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

/** Options of the node, and the switch for protected fields, which is a parameter of its own. */
type Settings = IDataObject & { readonly force?: boolean };

const parametersOf = (
	settings: Settings,
	{ entityType = 'user', ...more }: INodeParameters,
): INodeParameters => {
	const { force = false, ...options } = settings;
	// An expression chooses the type of each item.
	const isMixed = typeof entityType === 'string' && entityType.startsWith('=');
	return {
		resource: 'entity',
		operation: 'upsert',
		...(isMixed ? { entityType: 'mixed', itemEntityType: entityType } : { entityType }),
		force,
		options: options as INodeParameters,
		...more,
	};
};

const mapper = (settings: Settings, more: INodeParameters, fields: INodeParameters) => {
	const parameters = parametersOf(settings, more);
	return { inputMode: 'fields', [`${String(parameters.entityType)}Fields`]: fields, ...parameters };
};

/** Parameters of a manual mapping, as the editor saves them. An expression as entity type: each item its own. */
export const mapping = (
	value: Record<string, unknown>,
	settings: Settings = {},
	more: INodeParameters = {},
): INodeParameters =>
	mapper(settings, more, {
		mappingMode: 'defineBelow',
		value: value as INodeParameters,
		matchingColumns: [],
		schema: [],
	});

/** Parameters of an automatic mapping. */
export const automatic = (settings: Settings = {}, more: INodeParameters = {}): INodeParameters =>
	mapper(settings, more, {
		mappingMode: 'autoMapInputData',
		value: null,
		matchingColumns: [],
		schema: [],
	});

/** Parameters of a record given as JSON. */
export const json = (
	record: string,
	settings: Settings = {},
	more: INodeParameters = {},
): INodeParameters => ({ inputMode: 'json', record, ...parametersOf(settings, more) });

/** The json of items, in order. */
export const jsonOf = (items: INodeExecutionData[] | undefined): IDataObject[] =>
	(items ?? []).map((item) => item.json);
