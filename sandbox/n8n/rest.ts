import axios, { isAxiosError, type AxiosInstance } from 'axios';
import { parse } from 'flatted';
import { Agent } from 'node:http';
import type {
	ICredentialType,
	INodeExecutionData,
	INodeListSearchResult,
	INodeTypeDescription,
	IRunExecutionData,
	ITaskData,
	ResourceMapperFields,
} from 'n8n-workflow';

import { isAtLeast, NEWEST_N8N } from './server';

export interface Login {
	readonly email: string;
	readonly password: string;
}

export interface Execution {
	readonly status: string;
	/** Returns the run of a node, or undefined when it did not run. */
	runOf(nodeName: string): ITaskData | undefined;
	/** Returns the items of one output of a node. */
	itemsOf(nodeName: string, output?: number): INodeExecutionData[];
}

export interface ListedExecution {
	readonly id: string;
	readonly status: string;
	readonly hasEnded: boolean;
}

/** The calls of n8n's editor to its REST API, as one signed-in owner. */
export interface N8nClient {
	/** Creates a credential and returns its ID. */
	createCredential(name: string, type: string, data: object): Promise<string>;
	/** Returns the result of the test button of the credential. */
	testCredential(
		id: string,
		name: string,
		type: string,
		data: object,
	): Promise<{ status: string; message: string }>;
	/** Creates a workflow and returns its ID. */
	createWorkflow(workflow: object): Promise<string>;
	/** Saves a workflow with other content, without publishing it. */
	changeWorkflow(id: string, workflow: object): Promise<void>;
	/** Publishes a workflow as it was saved last: its trigger starts it from then on. */
	publish(workflowId: string): Promise<void>;
	/** Ends what `publish` has begun. */
	unpublish(workflowId: string): Promise<void>;
	/**
	 * The last hundred executions of a workflow, the oldest first, without their data. n8n forgets those whose
	 * data it does not keep as soon as they end.
	 */
	listExecutions(workflowId: string): Promise<ListedExecution[]>;
	/** All executions of a workflow that have ended, the oldest first. */
	executionsOf(workflowId: string): Promise<Execution[]>;
	/** Runs a workflow from its trigger and waits until it has ended. */
	run(workflowId: string, trigger: string): Promise<Execution>;
	/** Starts a workflow, and returns the ID of the execution at once. */
	start(workflowId: string, trigger: string): Promise<string>;
	/** Stops an execution, as the editor's stop button does, and waits until it has ended. */
	cancel(executionId: string): Promise<Execution>;
	/** Waits until an execution has ended. */
	wait(executionId: string): Promise<Execution>;
	/** Installs a community package, as the page "Community nodes" does. */
	installPackage(name: string, version: string): Promise<InstalledPackage>;
	/** Descriptions of node types as the editor gets them, or only the names that it knows. */
	nodeType(name: string): Promise<INodeTypeDescription | undefined>;
	/** Descriptions of all credential types. */
	credentialTypes(): Promise<Array<ICredentialType & { iconUrl?: unknown }>>;
	/** A file that n8n serves, by the path in a description: its type and its text. */
	file(path: string): Promise<{ type: string; text: string }>;
	/** The fields that a resource mapper shows. */
	mapperFields(request: DynamicRequest): Promise<ResourceMapperFields>;
	/** What "From list" of a resource locator shows. */
	locatorResults(request: DynamicRequest): Promise<INodeListSearchResult>;
}

export interface InstalledPackage {
	readonly packageName: string;
	readonly installedVersion: string;
	readonly installedNodes: ReadonlyArray<{ readonly name: string; readonly type: string }>;
}

/** What the editor sends to fill a list or a mapper of a node that is not saved yet. */
export interface DynamicRequest {
	readonly nodeTypeAndVersion: { readonly name: string; readonly version: number };
	readonly path: string;
	readonly methodName: string;
	readonly currentNodeParameters: object;
	readonly credentials: object;
}

const toExecution = ({ status, data }: { status: string; data: string }): Execution => {
	const { resultData } = parse(data) as IRunExecutionData;
	const runOf = (nodeName: string) => resultData.runData?.[nodeName]?.[0];
	return {
		status,
		runOf,
		itemsOf: (nodeName, output = 0) => runOf(nodeName)?.data?.main?.[output] ?? [],
	};
};

const POLL_MS = 500;
/** Most executions end within a moment, so the first questions follow each other faster. */
const FIRST_POLL_MS = 50;
const GROWTH = 1.5;
const ENDED = new Set(['success', 'error', 'canceled', 'crashed']);
/** n8n answers late and drops connections while it evaluates thousands of expressions. */
const SILENT_POLLS_ALLOWED = 60;
const REFUSALS_ALLOWED = 60;

const waitForExecution = async (rest: AxiosInstance, id: string): Promise<Execution> => {
	let pauseMs = FIRST_POLL_MS;
	for (let silent = 0; silent <= SILENT_POLLS_ALLOWED; ) {
		try {
			const { data } = await rest.get(`/executions/${id}`);
			if (ENDED.has(data.data.status)) return toExecution(data.data);
			silent = 0;
		} catch (error) {
			if (isAxiosError(error) && error.response && error.response.status !== 503) throw error;
			silent += 1;
		}
		await new Promise((resolve) => setTimeout(resolve, pauseMs));
		pauseMs = Math.min(pauseMs * GROWTH, POLL_MS);
	}
	throw new Error(`n8n does not answer any more about execution ${id}`);
};

/**
 * Creates the owner of a new n8n and signs in.
 *
 * @param version of the n8n. Its routes changed with 2.41
 */
export const signUp = async (
	url: string,
	login: Login,
	version = NEWEST_N8N,
): Promise<N8nClient> => {
	const isNew = isAtLeast(version, '2.41.0');
	const headers = { 'browser-id': 'demo' };
	const setup = await axios.post(
		`${url}/rest/owner/setup`,
		{ ...login, firstName: 'Demo', lastName: 'Owner' },
		{ headers },
	);
	const cookie = (setup.headers['set-cookie'] ?? []).map((one) => one.split(';')[0]).join('; ');
	const rest = axios.create({
		baseURL: `${url}/rest`,
		headers: { ...headers, cookie },
		maxBodyLength: Infinity,
		// A connection that is kept would be closed by n8n just when the next request goes out on it.
		httpAgent: new Agent({ keepAlive: false }),
	});
	/** On a busy machine n8n takes its database for lost now and then, and turns requests away unread. */
	const whenReady = async <Answer>(ask: () => Promise<Answer>): Promise<Answer> => {
		for (let refused = 0; ; refused += 1) {
			try {
				return await ask();
			} catch (error) {
				const isRefused = isAxiosError(error) && error.response?.status === 503;
				if (!isRefused || refused === REFUSALS_ALLOWED) throw error;
				await new Promise((resolve) => setTimeout(resolve, POLL_MS));
			}
		}
	};
	const post = async (path: string, body: object) =>
		(await whenReady(async () => await rest.post(path, body))).data.data;

	const get = async (path: string) => (await whenReady(async () => await rest.get(path))).data.data;

	const workflows = new Map<string, object>();
	const start = async (workflowId: string, trigger: string): Promise<string> => {
		const triggerToStartFrom = { name: trigger };
		// An n8n before 2.41 runs what it is sent, not what it has saved.
		const { executionId } = await post(
			`/workflows/${workflowId}/run`,
			isNew
				? { triggerToStartFrom }
				: { workflowData: workflows.get(workflowId), startNodes: [], triggerToStartFrom },
		);
		return executionId;
	};
	const listExecutions = async (workflowId: string): Promise<ListedExecution[]> => {
		const filter = encodeURIComponent(JSON.stringify({ workflowId }));
		const { results } = await get(`/executions?limit=100&filter=${filter}`);
		return (results as Array<{ id: string; status: string }>)
			.map(({ id, status }) => ({ id, status, hasEnded: ENDED.has(status) }))
			.sort((one, other) => Number(one.id) - Number(other.id));
	};
	const wait = async (executionId: string) => await waitForExecution(rest, executionId);

	return {
		createCredential: async (name, type, data) =>
			(await post('/credentials', { name, type, data })).id,
		testCredential: async (id, name, type, data) =>
			await post('/credentials/test', { credentials: { id, name, type, data } }),
		createWorkflow: async (workflow) => {
			const { id, ...saved } = await post('/workflows', {
				...workflow,
				...(!isNew && { active: false }),
			});
			workflows.set(id, { id, ...saved });
			return id;
		},
		changeWorkflow: async (id, workflow) => {
			await whenReady(async () => await rest.patch(`/workflows/${id}`, workflow));
		},
		publish: async (workflowId) => {
			const { versionId } = await get(`/workflows/${workflowId}`);
			await post(`/workflows/${workflowId}/activate`, { versionId });
		},
		unpublish: async (workflowId) => {
			await post(`/workflows/${workflowId}/deactivate`, {});
		},
		listExecutions,
		executionsOf: async (workflowId) => {
			const ended = (await listExecutions(workflowId)).filter(({ hasEnded }) => hasEnded);
			return await Promise.all(ended.map(async ({ id }) => await wait(id)));
		},
		run: async (workflowId, trigger) => await wait(await start(workflowId, trigger)),
		start,
		wait,
		cancel: async (executionId) => {
			await post(`/executions/${executionId}/stop`, {});
			return await wait(executionId);
		},
		installPackage: async (name, version) => await post('/community-packages', { name, version }),
		nodeType: async (name) => {
			const [found] = await post('/node-types', { nodeInfos: [{ name, version: 1 }] });
			return found;
		},
		credentialTypes: async () =>
			(await axios.get(`${url}/types/credentials.json`, { headers: { ...headers, cookie } })).data,
		file: async (path) => {
			const response = await axios.get(`${url}/${path}`, { responseType: 'text' });
			return { type: String(response.headers['content-type']), text: String(response.data) };
		},
		mapperFields: async (request) =>
			await post('/dynamic-node-parameters/resource-mapper-fields', request),
		locatorResults: async (request) =>
			await post('/dynamic-node-parameters/resource-locator-results', request),
	};
};
