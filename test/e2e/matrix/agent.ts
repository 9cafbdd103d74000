import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { agent, AGENT_NODES } from '../../examples/agent';
import { startKibana, type TestKibana } from '../../../sandbox/kibana/server';
import type { Execution } from '../../../sandbox/n8n/rest';
import { isAtLeast } from '../../../sandbox/n8n/server';
import { VERSION, type Installed } from './installed';
import {
	connect,
	credentialData,
	credentialOf,
	node,
	START,
	TYPE,
	workflowOf,
	writeNode,
} from './workflow';

const AGENT = 'Agent';
const MODEL = 'Model';
const TOOL = 'Entity_Store';

interface ChatRequest {
	readonly stream?: boolean;
	readonly messages: ReadonlyArray<{ readonly role: string; readonly content?: unknown }>;
	readonly tools?: ReadonlyArray<{
		readonly function: { readonly name: string; readonly parameters?: object };
	}>;
}

/** A call of a tool; of the first one that the model is offered, if it is not named. */
interface ToolCall {
	readonly tool?: string;
	readonly values: object;
}

/** A model that makes the calls that it is told to make, and then says that it is done. */
interface Model {
	readonly url: string;
	/** What the tools answered, as the model got it. */
	readonly heard: unknown[];
	/** The arguments that the model is offered, as JSON, by the name of the tool. */
	readonly offered: Record<string, string>;
	plan(calls: readonly ToolCall[]): void;
	stop(): Promise<void>;
}

const startModel = async (): Promise<Model> => {
	const heard: unknown[] = [];
	const offered: Record<string, string> = {};
	let calls: readonly ToolCall[] = [];
	const answerTo = ({ messages, tools = [] }: ChatRequest): object => {
		for (const { function: tool } of tools) offered[tool.name] = JSON.stringify(tool.parameters);
		const last = messages.at(-1);
		if (last?.role === 'tool') heard.push(last.content);
		const made = messages.filter(({ role }) => role === 'tool').length;
		const next = calls[made];
		if (next === undefined) return { role: 'assistant', content: 'Done' };
		const name = next.tool ?? tools[0]?.function.name ?? 'none';
		const call = { name, arguments: JSON.stringify(next.values) };
		return {
			role: 'assistant',
			content: null,
			tool_calls: [{ index: 0, id: `call_${made + 1}`, type: 'function', function: call }],
		};
	};
	const server: Server = createServer((request, response) => {
		let text = '';
		request.on('data', (part: Buffer) => (text += part.toString()));
		request.on('end', () => {
			const body = JSON.parse(text) as ChatRequest;
			const message = answerTo(body);
			const finish_reason = 'tool_calls' in message ? 'tool_calls' : 'stop';
			const common = { id: 'chat_1', created: 0, model: 'test' };
			if (body.stream === true) {
				response.setHeader('content-type', 'text/event-stream');
				for (const choice of [
					{ index: 0, delta: message, finish_reason: null },
					{ index: 0, delta: {}, finish_reason },
				]) {
					const chunk = { ...common, object: 'chat.completion.chunk', choices: [choice] };
					response.write(`data: ${JSON.stringify(chunk)}\n\n`);
				}
				response.end('data: [DONE]\n\n');
				return;
			}
			const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
			const choices = [{ index: 0, message, finish_reason }];
			response.setHeader('content-type', 'application/json');
			response.end(JSON.stringify({ ...common, object: 'chat.completion', choices, usage }));
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as AddressInfo;
	return {
		url: `http://127.0.0.1:${port}/v1`,
		heard,
		offered,
		plan: (given) => (calls = given),
		stop: async () => {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
};

/** The node as a tool of an AI agent, whose model is played by the test. */
export const describeAgent = (installed: Installed): void => {
	describe('a tool of an AI agent', () => {
		let kibana: TestKibana;
		let model: Model;
		let credentialId: string;
		let modelCredentialId: string;

		beforeAll(async () => {
			// What was deleted is gone at once, as it is for a person who asks a second later.
			kibana = await startKibana({ api: 'v2', refreshIntervalMs: 0 });
			model = await startModel();
			const { client } = installed;
			credentialId = await client.createCredential(
				'Kibana',
				'kibanaEntityStoreApi',
				credentialData(kibana),
			);
			modelCredentialId = await client.createCredential('Model', 'openAiApi', {
				apiKey: 'none',
				url: model.url,
			});
		});

		beforeEach(() => {
			kibana.clear();
			model.heard.length = 0;
			model.plan([]);
		});

		afterAll(async () => {
			await model?.stop();
			await kibana?.stop();
		});

		const run = async (
			agentVersion: number,
			onError: string,
			values: object,
			/** Of the tool, in place of those that write. */
			parameters?: object,
		): Promise<Execution> => {
			model.plan([{ values }]);
			const mapping = {
				'user.name': "={{ $fromAI('login', 'Login of the user', 'string') }}",
				'asset.criticality': "={{ $fromAI('impact', 'Impact of the user', 'string') }}",
			};
			const tool = writeNode(TOOL, credentialId, mapping, { onError, force: true });
			const langchain = (name: string) => `@n8n/n8n-nodes-langchain.${name}`;
			const nodes = [
				node(START, 'manualTrigger', 1, [0, 0], {}),
				{
					...node(AGENT, '', agentVersion, [220, 0], {
						promptType: 'define',
						text: 'Mark jane',
						options: {},
					}),
					type: langchain('agent'),
				},
				{
					...node(MODEL, '', 1.2, [220, 200], {
						model: { __rl: true, mode: 'id', value: 'test' },
						options: {},
					}),
					type: langchain('lmChatOpenAi'),
					credentials: { openAiApi: { id: modelCredentialId, name: 'Model' } },
				},
				{
					...tool,
					type: `${TYPE}Tool`,
					parameters: {
						...(parameters ?? tool.parameters),
						descriptionType: 'manual',
						toolDescription: 'Marks a user',
					},
				},
			];
			const toAgent = (type: string) => ({ [type]: [[{ node: AGENT, type, index: 0 }]] });
			const id = await installed.client.createWorkflow(
				workflowOf(`Agent: ${onError}`, nodes, {
					...connect({ [START]: [[AGENT]] }),
					[MODEL]: toAgent('ai_languageModel'),
					[TOOL]: toAgent('ai_tool'),
				}),
			);
			return await installed.client.run(id, START);
		};

		describe.each(isAtLeast(VERSION, '1.123.0') ? [2, 3] : [2])('version %d', (agentVersion) => {
			it('tells the model what was written', async () => {
				const values = { login: 'jane', impact: 'high_impact' };
				const execution = await run(agentVersion, 'stopWorkflow', values);
				expect(execution.runOf(AGENT)?.error?.message).toBeUndefined();
				expect(execution.status).toBe('success');
				expect(JSON.stringify(model.heard)).toMatch(/created/);
				expect(kibana.entities('user')).toHaveLength(1);
			});

			it('tells the model who a user is, and deletes one', async () => {
				const email = 'jane@example.com';
				const risk = { calculated_level: 'High', calculated_score_norm: 81.5 };
				const entity = { id: `user:${email}@okta`, risk };
				kibana.seed('user', { entity, user: { email: [email] } });
				const byEmail = (operation: string) => ({
					resource: 'entity',
					operation,
					entityType: 'user',
					findBy: 'fields',
					matchFields: { email: "={{ $fromAI('email', 'Email address', 'string') }}" },
				});
				await run(agentVersion, 'continueRegularOutput', { email }, byEmail('get'));
				expect(JSON.stringify(model.heard)).toMatch(/riskLevel.*High/);
				await run(agentVersion, 'continueRegularOutput', { email }, byEmail('delete'));
				expect(JSON.stringify(model.heard)).toMatch(/deleted/);
				expect(kibana.entities('user')).toEqual([]);
				await run(agentVersion, 'continueRegularOutput', { email }, byEmail('get'));
				expect(JSON.stringify(model.heard)).toMatch(/Kibana has no such entity/);
			});

			it('tells the model what went wrong, with On Error set to continue', async () => {
				const values = { login: 'jane', impact: 'severe' };
				await run(agentVersion, 'continueRegularOutput', values);
				expect(JSON.stringify(model.heard)).toMatch(/asset\.criticality expects one of/);
			});

			/**
			 * n8n's own rule, for every tool that throws: before 1.123 the model gets the error, later agents of
			 * version 2 get an empty answer, and those of version 3 end the execution.
			 */
			it('leaves a failure to the rule of n8n with On Error set to stop', async () => {
				const values = { login: 'jane', impact: 'severe' };
				const execution = await run(agentVersion, 'stopWorkflow', values);
				const isTold = !isAtLeast(VERSION, '1.123.0');
				expect(execution.status).toBe(agentVersion < 3 ? 'success' : 'error');
				expect(model.heard).toEqual(
					isTold
						? [expect.stringMatching(/^Error during node execution: .*got "severe"/)]
						: agentVersion < 3
							? ['']
							: [],
				);
			});
		});

		describe('the ready workflow', () => {
			/** Imports the file, chooses the credentials, and runs it on its sample message. */
			const runReady = async (
				calls: readonly ToolCall[],
				options: object = {},
			): Promise<Execution> => {
				model.plan(calls);
				const credentials = {
					...credentialOf(credentialId),
					openAiApi: { id: modelCredentialId, name: 'Model' },
				};
				const nodes = agent.workflow.nodes.map((one) => {
					const isTool = one.type.startsWith(TYPE);
					const parameters = one.parameters as { options?: object };
					const changed =
						one.name === AGENT_NODES.mark
							? { ...parameters, options: { ...parameters.options, ...options } }
							: parameters;
					if (!isTool && one.name !== AGENT_NODES.model) return one;
					const [name, chosen] = isTool
						? (['kibanaEntityStoreApi', credentials.kibanaEntityStoreApi] as const)
						: (['openAiApi', credentials.openAiApi] as const);
					return { ...one, parameters: changed, credentials: { [name]: chosen } };
				});
				const id = await installed.client.createWorkflow({ ...agent.workflow, nodes });
				return await installed.client.run(id, agent.trigger);
			};
			const email = 'jane.doe@example.com';
			const get = { tool: 'Get_User', values: { email, login: '' } };
			const mark = (entityId: string, criticality: string) => ({
				tool: 'Mark_User',
				values: { entityId, email: entityId === '' ? email : '', criticality },
			});
			const ID = `user:${email}@okta`;

			it('finds a user and marks it, with arguments that are described to the model', async () => {
				kibana.seed('user', { entity: { id: ID }, user: { email: [email] } });
				const execution = await runReady([get, mark(ID, 'high_impact')], { dryRun: false });
				expect(execution.runOf(AGENT_NODES.agent)?.error?.message).toBeUndefined();
				expect(execution.status).toBe('success');
				expect(JSON.stringify(model.heard[0])).toContain(ID);
				expect(JSON.stringify(model.heard[1])).toContain('updated');
				expect(kibana.entities('user').map(({ record }) => record)).toMatchObject([
					{ entity: { id: ID }, asset: { criticality: 'high_impact' } },
				]);
				expect(model.offered.Get_User).toContain('Email address of the user');
				expect(model.offered.Mark_User).toContain('exactly as Get_User returned it');
			});

			it('hears that there is no such user, and what is wrong with a value', async () => {
				const execution = await runReady([get, mark('', 'severe')], { dryRun: false });
				expect(execution.status).toBe('success');
				expect(JSON.stringify(model.heard[0])).toContain('Kibana has no such entity');
				expect(JSON.stringify(model.heard[1])).toMatch(/asset\.criticality expects one of/);
				expect(kibana.entities('user')).toEqual([]);
			});

			it('writes nothing as it is imported', async () => {
				await runReady([mark('', 'high_impact')]);
				expect(JSON.stringify(model.heard)).toContain('dryRun');
				expect(kibana.entities('user')).toEqual([]);
			});
		});
	});
};
