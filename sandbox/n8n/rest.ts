import axios, { isAxiosError, type AxiosInstance } from 'axios';
import { parse } from 'flatted';
import type { INodeExecutionData, IRunExecutionData, ITaskData } from 'n8n-workflow';

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
	/** Runs a workflow from its trigger and waits until it has ended. */
	run(workflowId: string, trigger: string): Promise<Execution>;
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
const ENDED = new Set(['success', 'error', 'canceled', 'crashed']);
/** n8n answers late and drops connections while it evaluates thousands of expressions. */
const SILENT_POLLS_ALLOWED = 60;

const waitForExecution = async (rest: AxiosInstance, id: string): Promise<Execution> => {
	for (let silent = 0; silent <= SILENT_POLLS_ALLOWED; ) {
		try {
			const { data } = await rest.get(`/executions/${id}`);
			if (ENDED.has(data.data.status)) return toExecution(data.data);
			silent = 0;
		} catch (error) {
			if (isAxiosError(error) && error.response) throw error;
			silent += 1;
		}
		await new Promise((resolve) => setTimeout(resolve, POLL_MS));
	}
	throw new Error(`n8n does not answer any more about execution ${id}`);
};

/** Creates the owner of a new n8n and signs in. */
export const signUp = async (url: string, login: Login): Promise<N8nClient> => {
	const headers = { 'browser-id': 'demo' };
	const setup = await axios.post(
		`${url}/rest/owner/setup`,
		{ ...login, firstName: 'Demo', lastName: 'Owner' },
		{ headers },
	);
	const cookie = (setup.headers['set-cookie'] ?? []).map((one) => one.split(';')[0]).join('; ');
	const rest = axios.create({ baseURL: `${url}/rest`, headers: { ...headers, cookie } });
	const post = async (path: string, body: object) => (await rest.post(path, body)).data.data;

	return {
		createCredential: async (name, type, data) =>
			(await post('/credentials', { name, type, data })).id,
		testCredential: async (id, name, type, data) =>
			await post('/credentials/test', { credentials: { id, name, type, data } }),
		createWorkflow: async (workflow) => (await post('/workflows', workflow)).id,
		run: async (workflowId, trigger) => {
			const { executionId } = await post(`/workflows/${workflowId}/run`, {
				triggerToStartFrom: { name: trigger },
			});
			return await waitForExecution(rest, executionId);
		},
	};
};
