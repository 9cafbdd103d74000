import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { startKibana, type TestKibana } from '../../../sandbox/kibana/server';
import type { Execution } from '../../../sandbox/n8n/rest';
import { isAtLeast } from '../../../sandbox/n8n/server';
import { VERSION, type Installed } from './installed';
import { connect, credentialData, node, START, TYPE, workflowOf, writeNode } from './workflow';

const AGENT = 'Agent';
const MODEL = 'Model';
const TOOL = 'Entity_Store';

interface ChatRequest {
	readonly stream?: boolean;
	readonly messages: ReadonlyArray<{ readonly role: string; readonly content?: unknown }>;
	readonly tools?: ReadonlyArray<{ readonly function: { readonly name: string } }>;
}

/** A model that calls its first tool once, and then says that it is done. */
interface Model {
	readonly url: string;
	/** What the tool answered, as the model got it. */
	readonly heard: unknown[];
	/** The arguments that it calls the tool with. */
	argue(values: object): void;
	stop(): Promise<void>;
}

const startModel = async (): Promise<Model> => {
	const heard: unknown[] = [];
	let values: object = {};
	const answerTo = ({ messages, tools }: ChatRequest): object => {
		const last = messages.at(-1);
		if (last?.role === 'tool') {
			heard.push(last.content);
			return { role: 'assistant', content: 'Done' };
		}
		const name = tools?.[0]?.function.name ?? 'none';
		const call = { name, arguments: JSON.stringify(values) };
		return {
			role: 'assistant',
			content: null,
			tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: call }],
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
		argue: (given) => (values = given),
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
			kibana = await startKibana({ api: 'v2' });
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
			model.argue(values);
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
	});
};
