/** The pieces of the workflows that run on every n8n. */
import { PACKAGE } from '../../../sandbox/n8n/package';
import { connect, node, type WorkflowNode } from '../../examples/workflow';

export { connect, node };

export const TYPE = `${PACKAGE}.kibanaEntityStore`;
export const START = 'Start';
export const ITEMS = 'Items';

/** How the nodes name the credential that they use. */
export const credentialOf = (id: string) => ({
	kibanaEntityStoreApi: { id, name: 'Kibana' },
});

/** What the credential holds for a test Kibana. */
export const credentialData = (kibana: { url: string; apiKey: string }) => ({
	baseUrl: kibana.url,
	authentication: 'apiKey',
	apiKey: kibana.apiKey,
	allowUnauthorizedCerts: false,
});

/** A trigger and a node that yields these items. */
export const startWith = (items: readonly object[]): WorkflowNode[] => [
	node(START, 'manualTrigger', 1, [0, 0], {}),
	node(ITEMS, 'code', 2, [220, 0], {
		jsCode: `return ${JSON.stringify(items)}.map((json) => ({ json }));`,
	}),
];

/** Our node with a manual mapping. */
export const writeNode = (
	name: string,
	credentialId: string,
	value: Readonly<Record<string, unknown>>,
	{
		onError,
		force = false,
		options = {},
	}: { onError?: string; force?: boolean; options?: object } = {},
): WorkflowNode => ({
	...node(name, '', 1, [440, 0], {
		resource: 'entity',
		operation: 'upsert',
		space: { __rl: true, mode: 'list', value: '' },
		entityType: 'user',
		inputMode: 'fields',
		userFields: { mappingMode: 'defineBelow', value, matchingColumns: [], schema: [] },
		force,
		options,
	}),
	type: TYPE,
	credentials: credentialOf(credentialId),
	...(onError !== undefined && { onError }),
});

export const workflowOf = (
	name: string,
	nodes: readonly WorkflowNode[],
	connections: object,
): object => ({ name, nodes, connections, settings: { executionOrder: 'v1' } });
