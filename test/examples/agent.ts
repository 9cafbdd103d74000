import {
	entityStore,
	kibana,
	node,
	note,
	pin,
	SETTINGS,
	type Example,
	type WorkflowNode,
} from './workflow';

export const AGENT_NODES = {
	chat: 'Chat Message',
	agent: 'Entity Agent',
	model: 'Chat Model',
	get: 'Get User',
	mark: 'Mark User',
} as const;

const NOTE = `## AI agent: look up and mark users
An analyst asks in a chat; the agent looks the user up in Kibana's Entity Store, with risk and criticality, and sets the criticality that the analyst wants.

**To try it:** choose your *Kibana Entity Store API* credential in **Get User** and **Mark User** and the credential of a language model in **Chat Model**, and press *Execute workflow*. The chat is pinned to a sample message. *Dry Run* is on in **Mark User**: the agent is shown the record, and nothing is written.

**To use it**
1. **Chat Message**: unpin, and open the chat.
2. **Mark User**: pick the space, here and in **Get User**, and remove the option *Dry Run*.
3. **Chat Model**: any other chat model will do.

*On Error* of both tools is *Continue*: with *Stop Workflow* the model would not learn why a tool failed. Each \`$fromAI\` names an argument and describes it to the model.`;

const SYSTEM_MESSAGE = `You help security analysts with the users in the Entity Store of Elastic Security.
Find a user with Get_User before you change it, and give its entityId to Mark_User.
Change a user only when the analyst asks for it, and name what you have changed.
When the answer of a tool has an error, nothing was done: say what the error says.
When the answer has the status dryRun, nothing was written: say so.`;

const NOT_KNOWN = 'Empty text if it is not known.';

/** An argument of the tool, which the model fills in. */
const argument = (name: string, description: string): string =>
	`={{ $fromAI('${name}', '${description}', 'string', '') }}`;

/** A tool goes on with the failure as its answer, so that the model hears of it. */
const asTool = (one: WorkflowNode, toolDescription: string): WorkflowNode => ({
	...one,
	type: `${one.type}Tool`,
	onError: 'continueRegularOutput',
	parameters: { ...one.parameters, descriptionType: 'manual', toolDescription },
});

const langchain = (name: string) => `@n8n/n8n-nodes-langchain.${name}`;

const toAgent = (type: string) => ({ [type]: [[{ node: AGENT_NODES.agent, type, index: 0 }]] });

export const agent: Example = {
	file: 'ai-agent-users.json',
	trigger: AGENT_NODES.chat,
	workflow: {
		name: "AI agent for users of Kibana's Entity Store",
		nodes: [
			note(NOTE),
			{
				...node(AGENT_NODES.chat, '', 1.1, [0, 0], { options: {} }),
				type: langchain('chatTrigger'),
				webhookId: '00000000-0000-4000-8000-00000000c4a7',
			},
			{
				...node(AGENT_NODES.agent, '', 2, [300, 0], {
					options: { systemMessage: SYSTEM_MESSAGE },
				}),
				type: langchain('agent'),
			},
			{
				...node(AGENT_NODES.model, '', 1.2, [160, 240], {
					model: { __rl: true, mode: 'list', value: 'gpt-4.1-mini' },
					options: {},
				}),
				type: langchain('lmChatOpenAi'),
			},
			asTool(
				kibana(AGENT_NODES.get, [360, 240], {
					resource: 'entity',
					operation: 'get',
					entityType: 'user',
					findBy: 'fields',
					matchFields: {
						email: argument(
							'email',
							`Email address of the user, such as jane@example.com. ${NOT_KNOWN}`,
						),
						userName: argument(
							'login',
							`Login name of the user, such as jane. ${NOT_KNOWN} Leave it empty if the email address is known.`,
						),
					},
					simplify: true,
					options: {},
				}),
				'Get a user of Elastic Security by email address or by login name. Returns entityId, names, risk and asset criticality, one answer for each user found.',
			),
			asTool(
				entityStore(AGENT_NODES.mark, [560, 240], {
					entityType: 'user',
					force: true,
					mapping: {
						'entity.id': argument(
							'entityId',
							'The entityId of the user, exactly as Get_User returned it. Empty text for a user that Get_User does not find.',
						),
						'user.email': argument(
							'email',
							'Email address of a user that Get_User does not find, and empty text for any other.',
						),
						'asset.criticality': argument(
							'criticality',
							'How critical the user is: low_impact, medium_impact, high_impact or extreme_impact.',
						),
					},
					options: {},
				}),
				'Set the asset criticality of a user of Elastic Security. A user that does not exist is created from its email address. Returns the entityId and a status: created, updated, accepted or unchanged.',
			),
		],
		connections: {
			[AGENT_NODES.chat]: { main: [[{ node: AGENT_NODES.agent, type: 'main', index: 0 }]] },
			[AGENT_NODES.model]: toAgent('ai_languageModel'),
			[AGENT_NODES.get]: toAgent('ai_tool'),
			[AGENT_NODES.mark]: toAgent('ai_tool'),
		},
		settings: SETTINGS,
		pinData: {
			[AGENT_NODES.chat]: pin({
				sessionId: '5f0c2b7e0d2a4c5d8d6e1f3a9b7c4e21',
				action: 'sendMessage',
				chatInput: 'jane.doe@example.com works in payroll now. Mark her as high impact.',
			}),
		},
	},
};
