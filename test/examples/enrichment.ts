import {
	connect,
	failureBranch,
	failureConnections,
	FAILURES,
	failurePins,
	kibana,
	node,
	note,
	pin,
	SETTINGS,
	type Example,
} from './workflow';

const NOTE = `## Enrich an alert
Another tool posts an alert and gets an answer: who its user is, how risky and how critical, and how soon somebody should look. The user is found in the Entity Store by email address, in whatever directory. Nothing is written.

**To try it:** choose your *Kibana Entity Store API* credential in **Who Is It?** and press *Execute workflow*. Webhook and Slack are pinned to sample data. Change the address in the sample to that of a user of yours.

**To use it**
1. **Alert**: choose a *Header Auth* credential, unpin, and let your tool post alerts to the production URL, in the shape of the sample.
2. **How Soon?**: change what is urgent, by risk level, risk score, criticality or watchlists.
3. **Tell the Team**: choose credential and channel, then unpin.
4. Publish the workflow.

If Kibana cannot be asked, the answer has the priority *unknown*, and the team gets a message.`;

const HOOK = 'Alert';
const GET = 'Who Is It?';
const SWITCH = 'How Soon?';
const ANSWERS = {
	urgent: 'Answer: Urgent',
	soon: 'Answer: Soon',
	routine: 'Answer: Routine',
	unknown: 'Answer: Unknown',
} as const;

/** As the webhook node gives out a request. */
const REQUEST = {
	headers: { host: 'n8n.example.com', 'content-type': 'application/json' },
	params: {},
	query: {},
	body: {
		rule: { name: 'Sign-in from a country not seen before', severity: 'high' },
		user: { name: 'jane.doe', email: 'jane.doe@example.com' },
		host: { name: 'FIN-LT-0142' },
	},
	webhookUrl: 'https://n8n.example.com/webhook/enrich-alert',
	executionMode: 'production',
};

const isTrue = (id: string, expression: string): object => ({
	id,
	leftValue: `={{ ${expression} }}`,
	rightValue: '',
	operator: { type: 'boolean', operation: 'true', singleValue: true },
});

const CONDITIONS: readonly object[] = [
	isTrue('1', '["High", "Critical"].includes($json.entity?.riskLevel)'),
	isTrue('2', '["high_impact", "extreme_impact"].includes($json.entity?.criticality)'),
];

const rule = (outputKey: string, combinator: 'and' | 'or'): object => ({
	conditions: {
		options: { caseSensitive: true, leftValue: '', typeValidation: 'strict', version: 2 },
		conditions: CONDITIONS,
		combinator,
	},
	renameOutput: true,
	outputKey,
});

const answer = (priority: keyof typeof ANSWERS, y: number) =>
	node(ANSWERS[priority], 'respondToWebhook', 1.1, [660, y], {
		respondWith: 'json',
		responseBody: `={{ { priority: "${priority}", user: $json.entity ?? null } }}`,
		options: {},
	});

export const enrichment: Example = {
	file: 'alert-enrichment.json',
	trigger: HOOK,
	workflow: {
		name: 'Enrich an alert with what Kibana knows of its user',
		nodes: [
			note(NOTE),
			node(
				HOOK,
				'webhook',
				2,
				[0, 0],
				{
					httpMethod: 'POST',
					path: 'enrich-alert',
					authentication: 'headerAuth',
					responseMode: 'responseNode',
					options: {},
				},
				{ webhookId: '00000000-0000-4000-8000-00000000a1ea' },
			),
			kibana(GET, [220, 0], {
				resource: 'entity',
				operation: 'get',
				entityType: 'user',
				findBy: 'fields',
				matchFields: { email: '={{ $json.body.user?.email }}' },
				simplify: true,
				// Somebody waits for the answer.
				options: {
					maxRetries: 2,
					timeout: 10_000,
					several: 'highestRisk',
					notFound: 'pass',
					putInto: 'entity',
				},
			}),
			node(SWITCH, 'switch', 3.2, [440, -100], {
				rules: { values: [rule('Urgent', 'and'), rule('Soon', 'or')] },
				options: { fallbackOutput: 'extra', renameFallbackOutput: 'Routine' },
			}),
			answer('urgent', -280),
			answer('soon', -100),
			answer('routine', 80),
			// Above the message, so that n8n answers first.
			answer('unknown', 260),
			...failureBranch(660, 440, [GET], 'json.body?.user?.email', 'could not be read from Kibana'),
		],
		connections: connect({
			[HOOK]: [[GET]],
			[GET]: [[SWITCH], [ANSWERS.unknown, FAILURES.gather]],
			[SWITCH]: [[ANSWERS.urgent], [ANSWERS.soon], [ANSWERS.routine]],
			...failureConnections,
		}),
		settings: SETTINGS,
		pinData: { [HOOK]: pin(REQUEST), ...failurePins },
	},
};

/** Names of the nodes that the tests run. */
export const ENRICHMENT_NODES = { GET, SWITCH, ANSWERS } as const;
export const ALERT = REQUEST;
