/** Runs a node in n8n's own engine, with the expression engine that n8n uses in production. */
import { Expression, type IDataObject, type INodeParameters, type INodeType } from 'n8n-workflow';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import type { KibanaEntityStoreApi } from '../../credentials/KibanaEntityStoreApi.credentials';
import type { KibanaEntityStore } from '../../nodes/KibanaEntityStore/KibanaEntityStore.node';
import { runNode, type EngineResult } from '../../sandbox/n8n/engine';
import { asReceived, collectGarbage } from './job';

// Measures the built package, because n8n loads that.
const built = createRequire(join(__dirname, '../../dist/nodes'));
export const { KibanaEntityStoreApi: Credential } = built(
	'./credentials/KibanaEntityStoreApi.credentials.js',
) as {
	KibanaEntityStoreApi: typeof KibanaEntityStoreApi;
};

/** The built node, as users install it. */
export const { KibanaEntityStore: EntityStoreNode } = built(
	'./nodes/KibanaEntityStore/KibanaEntityStore.node.js',
) as { KibanaEntityStore: typeof KibanaEntityStore };

/** Starts the expression engine as n8n's server does, with one isolate because one workflow runs at a time. */
export const startExpressionEngine = async (): Promise<void> =>
	await Expression.initExpressionEngine({
		engine: 'vm',
		bridgeTimeout: 5000,
		bridgeMemoryLimit: 128,
		poolSize: 1,
		maxCodeCacheSize: 1024,
	});

export interface NodeRun {
	readonly node: INodeType;
	readonly parameters: INodeParameters;
	readonly items: readonly object[];
	readonly baseUrl: string;
	/** Of a server that checks it. */
	readonly apiKey?: string | undefined;
	/** Whether failures go to the error output instead of stopping the run. */
	readonly continues?: boolean;
}

/** Runs the node once. Its time is the one that n8n stores in the execution. */
export const runInEngine = async (run: NodeRun): Promise<EngineResult> => {
	const items = run.items.map((json) => ({ json: asReceived(json) as IDataObject }));
	const result = await runNode({
		node: run.node,
		parameters: run.parameters,
		items: () => {
			collectGarbage();
			return items;
		},
		credentialTypes: [new Credential()],
		credentials: {
			kibanaEntityStoreApi: {
				baseUrl: run.baseUrl,
				authentication: 'apiKey',
				apiKey: run.apiKey ?? 'YmVuY2g6YmVuY2g=',
				allowUnauthorizedCerts: false,
			},
		},
		...(run.continues && { onError: 'continueErrorOutput' }),
	});
	if (result.error) {
		const { message, description } = result.error;
		throw new Error([message, description].filter(Boolean).join(': '));
	}
	return result;
};
