/** The ready workflows for large directories, with what a user fills in after importing them. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { N8nClient } from '../n8n/rest';

const ROOT = join(__dirname, '../..');

interface WorkflowNode {
	readonly id: string;
	readonly name: string;
	readonly type: string;
	readonly typeVersion: number;
	readonly position: readonly number[];
	readonly parameters: Readonly<Record<string, unknown>>;
	readonly credentials?: object;
	readonly webhookId?: string;
}

export interface Workflow {
	readonly name: string;
	readonly nodes: readonly WorkflowNode[];
	readonly connections: Readonly<Record<string, unknown>>;
	readonly settings: object;
	readonly pinData: object;
}

/** Names of the nodes of the ready workflows. */
export const NODES = {
	trigger: 'Every Night',
	list: 'Okta',
	cut: 'Cut into Batches',
	call: 'Write Batches',
	wait: 'Wait a Minute',
	again: 'Write Missing Batches Again',
	message: 'One Message',
	notify: 'Tell the Team',
	hook: 'Batch',
	split: 'Users',
	write: 'Write Users',
	answer: 'Answer with Summary',
} as const;

/** Reads a ready workflow as it is shipped. */
const ready = (name: string): Workflow =>
	JSON.parse(readFileSync(join(ROOT, 'examples', `${name}.json`), 'utf8')) as Workflow;

type Change = (node: WorkflowNode) => Partial<WorkflowNode>;

/** Changes nodes by name, and removes the samples that n8n would run with instead. */
const filledIn = (workflow: Workflow, changes: Readonly<Record<string, Change>>): Workflow => ({
	...workflow,
	nodes: workflow.nodes.map((node) => ({ ...node, ...changes[node.name]?.(node) })),
	pinData: {},
});

export interface Credential {
	readonly id: string;
	readonly name: string;
}

/** The credentials of both workflows. */
export interface Credentials {
	/** Of the Kibana to write to. */
	readonly kibana: Credential;
	/** The header that the webhook asks for. */
	readonly secret: Credential;
}

/** Creates the two credentials. */
export const createCredentials = async (
	client: N8nClient,
	{ url: baseUrl, apiKey }: { readonly url: string; readonly apiKey: string },
): Promise<Credentials> => {
	const data = { baseUrl, authentication: 'apiKey', apiKey, allowUnauthorizedCerts: false };
	const kibana = await client.createCredential('Kibana', 'kibanaEntityStoreApi', data);
	const header = { name: 'X-Batch-Secret', value: 'a-long-random-value' };
	const secret = await client.createCredential('Batch', 'httpHeaderAuth', header);
	return { kibana: { id: kibana, name: 'Kibana' }, secret: { id: secret, name: 'Batch' } };
};

/** The workflow that writes a batch, with Dry Run off. */
export const batchWorkflow = ({ kibana, secret }: Credentials): Workflow =>
	filledIn(ready('large-directory-batch'), {
		[NODES.hook]: () => ({ credentials: { httpHeaderAuth: secret } }),
		[NODES.write]: ({ parameters }) => ({
			parameters: { ...parameters, options: { ...(parameters.options as object), dryRun: false } },
			credentials: { kibanaEntityStoreApi: kibana },
		}),
	});

export interface Parent {
	readonly credentials: Credentials;
	/** The webhook of the batches. */
	readonly url: string;
	/** JavaScript of a Code node that stands for the directory. */
	readonly listCode: string;
	readonly batchSize: number;
	/** Seconds before missing batches are run again. */
	readonly waitSeconds: number;
	/** Where the report is posted to, in place of a chat. Without it the message goes nowhere. */
	readonly reportUrl?: string;
}

const stand = (type: string, typeVersion: number, parameters: WorkflowNode['parameters']) => ({
	type: `n8n-nodes-base.${type}`,
	typeVersion,
	parameters,
});

/** The workflow that cuts the directory into batches. */
export const parentWorkflow = ({
	credentials: { secret },
	url,
	listCode,
	batchSize,
	waitSeconds,
	reportUrl,
}: Parent): Workflow => {
	const calling: Change = ({ parameters }) => ({
		parameters: { ...parameters, url },
		credentials: { httpHeaderAuth: secret },
	});
	return filledIn(ready('large-directory-parent'), {
		[NODES.list]: () => stand('code', 2, { jsCode: listCode }),
		[NODES.cut]: ({ parameters }) => ({
			parameters: {
				jsCode: String(parameters.jsCode).replace(/SIZE = \d+/, `SIZE = ${batchSize}`),
			},
		}),
		[NODES.call]: calling,
		[NODES.again]: calling,
		[NODES.wait]: ({ parameters }) => ({ parameters: { ...parameters, amount: waitSeconds } }),
		[NODES.notify]: () =>
			reportUrl === undefined
				? stand('noOp', 1, {})
				: stand('httpRequest', 4.2, {
						method: 'POST',
						url: reportUrl,
						sendBody: true,
						specifyBody: 'json',
						jsonBody: '={{ { text: $json.text } }}',
						options: {},
					}),
	});
};

/** Replaces the schedule by a webhook, so that a program starts the workflow as n8n does at night. */
export const startedByWebhook = (workflow: Workflow, path: string): Workflow =>
	filledIn(workflow, {
		[NODES.trigger]: () => ({
			...stand('webhook', 2, {
				httpMethod: 'POST',
				path,
				responseMode: 'onReceived',
				options: {},
			}),
			webhookId: randomUUID(),
		}),
	});

/** The batches as text become objects again: a sub-workflow takes items, not the body of a request. */
const asObjects = (workflow: Workflow): Workflow =>
	filledIn(workflow, {
		[NODES.cut]: ({ parameters }) => ({
			parameters: {
				jsCode: String(parameters.jsCode).replace(
					'JSON.stringify({ users: part })',
					'{ users: part }',
				),
			},
		}),
	});

/** The workflow of a batch, started by n8n's Execute Sub-workflow. */
export const batchAsSubWorkflow = (workflow: Workflow): Workflow => {
	const changed = filledIn(workflow, {
		[NODES.hook]: () => ({
			...stand('executeWorkflowTrigger', 1.1, { inputSource: 'passthrough' }),
			credentials: undefined,
			webhookId: undefined,
		}),
	});
	return {
		...changed,
		name: 'One batch, as a sub-workflow',
		nodes: changed.nodes.filter(({ name }) => name !== NODES.answer),
		connections: { ...changed.connections, [NODES.write]: undefined },
	};
};

/** The parent, which hands each batch to a sub-workflow and then ends. */
export const parentOfSubWorkflow = (
	workflow: Workflow,
	subWorkflowId: string,
	isWaiting: boolean,
): Workflow => {
	const changed = filledIn(asObjects(workflow), {
		[NODES.call]: () => ({
			...stand('executeWorkflow', 1.1, {
				workflowId: { __rl: true, mode: 'id', value: subWorkflowId },
				mode: 'each',
				options: { waitForSubWorkflow: isWaiting },
			}),
			credentials: undefined,
		}),
	});
	return { ...changed, connections: { ...changed.connections, [NODES.call]: undefined } };
};
