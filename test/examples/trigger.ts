/** Example workflows that start when the risk of a user changes: by polling, and called by Kibana. */
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
	type WorkflowNode,
} from './workflow';

const TRIGGER = 'User Turns Critical';
const HOOK = 'Risk from Kibana';
const ON = 'Put on Watchlist';
const TICKET = 'Open Ticket';

const WATCHED = { __rl: true, mode: 'name', value: 'Critical Users' };
const CHOOSE = { __rl: true, mode: 'list', value: '' };

const TO_USE = (first: string): string => `**To use it**
1. ${first}
2. **Put on Watchlist**: choose the watchlist.
3. **Open Ticket**: choose your *Jira* credential, project and issue type, then unpin. Any other ticket system does as well.
4. **Tell the Team**: choose credential and channel, then unpin. It hears of users that could not be put on the watchlist.
5. Publish the workflow.`;

const POLLED_NOTE = `## Critical user: ticket and watchlist
Every five minutes the trigger looks for users whose risk level has risen to *Critical*. Each gets a ticket and is put on a watchlist. A user is reported again only after the level fell below.

**To try it:** create a watchlist named *Critical Users* in Kibana 9.4 or later, choose your *Kibana Entity Store API* credential in **Put on Watchlist**, and press *Execute workflow*. Trigger, Jira and Slack are pinned to sample data, and the users in it do not exist.

${TO_USE('**User Turns Critical**: choose your credential and the space, then unpin.')}

A crash of n8n just after a poll can open a ticket twice.`;

const PUSHED_NOTE = `## Critical user, reported by Kibana: ticket and watchlist
A workflow of Kibana 9.5 calls the webhook when the risk score of a user crosses 90. The user gets a ticket and is put on a watchlist. *docs/trigger.md* of this package has the workflow for Kibana.

**To try it:** create a watchlist named *Critical Users* in Kibana, choose your *Kibana Entity Store API* credential in **Put on Watchlist**, and press *Execute workflow*. Webhook, Jira and Slack are pinned to sample data, and the user in it does not exist.

${TO_USE('**Risk from Kibana**: choose a *Header Auth* credential with the header *X-Entity-Secret*, unpin, and give URL and secret to the workflow of Kibana.')}`;

const ticket = (y: number, summary: string, description: string): WorkflowNode =>
	node(TICKET, 'jira', 1, [220, y], {
		resource: 'issue',
		operation: 'create',
		project: CHOOSE,
		issueType: CHOOSE,
		summary,
		additionalFields: { description },
	});

const onWatchlist = (entityId: string): WorkflowNode =>
	kibana(ON, [220, 0], {
		resource: 'watchlist',
		operation: 'assign',
		watchlist: WATCHED,
		identifyBy: 'id',
		entityId,
		options: {},
	});

/** As Jira answers to a new issue. */
const ISSUE = {
	id: '10042',
	key: 'SOC-42',
	self: 'https://example.atlassian.net/rest/api/2/issue/10042',
};

const TURNED_CRITICAL = ['jane.doe', 'kai.ito'].map((name) => ({
	event: 'riskLevelReached',
	entityId: `user:${name}@example.com@okta`,
	entityType: 'user',
	before: { riskLevel: 'Moderate' },
	after: { riskLevel: 'Critical' },
	entity: {
		entityId: `user:${name}@example.com@okta`,
		name,
		riskLevel: 'Critical',
		riskScore: 93.1,
	},
}));

const SCORE = {
	entityId: 'user:jane.doe@example.com@okta',
	entityType: 'user',
	score: 93.1,
	previousScore: 64.2,
};

const connections = (start: string): object =>
	connect({
		[start]: [[ON, TICKET]],
		[ON]: [[], [FAILURES.gather]],
		...failureConnections,
	});

export const criticalUser: Example = {
	file: 'critical-user-to-ticket.json',
	trigger: TRIGGER,
	workflow: {
		name: 'Critical user: ticket and watchlist',
		nodes: [
			note(POLLED_NOTE, 480),
			{
				...node(TRIGGER, '', 1, [0, 0], {
					pollTimes: { item: [{ mode: 'everyX', value: 5, unit: 'minutes' }] },
					events: ['riskLevelReached'],
					riskLevel: 'Critical',
					space: CHOOSE,
					entityTypes: ['user'],
					simplify: true,
					filters: {},
					options: {},
				}),
				type: 'n8n-nodes-kibana-entity-store.kibanaEntityStoreTrigger',
			},
			onWatchlist('={{ $json.entityId }}'),
			ticket(
				220,
				'=Risk of {{ $json.entity.name || $json.entityId }} is {{ $json.after.riskLevel }}',
				'=Risk score {{ $json.entity.riskScore }}, level before {{ $json.before.riskLevel || "unknown" }}. Entity in Kibana: {{ $json.entityId }}',
			),
			...failureBranch(660, 120, [ON], 'json.entityId'),
		],
		connections: connections(TRIGGER),
		settings: SETTINGS,
		pinData: { [TRIGGER]: pin(...TURNED_CRITICAL), [TICKET]: pin(ISSUE), ...failurePins },
	},
};

export const criticalUserPush: Example = {
	file: 'critical-user-push.json',
	trigger: HOOK,
	workflow: {
		name: 'Critical user, reported by Kibana: ticket and watchlist',
		nodes: [
			note(PUSHED_NOTE, 480),
			node(
				HOOK,
				'webhook',
				2,
				[0, 0],
				{
					httpMethod: 'POST',
					path: 'entity-risk',
					authentication: 'headerAuth',
					responseMode: 'onReceived',
					options: {},
				},
				{ webhookId: '00000000-0000-4000-8000-00000000a1ea' },
			),
			onWatchlist('={{ $json.body.entityId }}'),
			ticket(
				220,
				'=Risk of {{ $json.body.entityId }} is critical',
				'=Risk score {{ $json.body.score }}, before {{ $json.body.previousScore || "unknown" }}. Entity in Kibana: {{ $json.body.entityId }}',
			),
			...failureBranch(660, 120, [ON], 'json.body?.entityId'),
		],
		connections: connections(HOOK),
		settings: SETTINGS,
		pinData: {
			[HOOK]: pin({ headers: {}, params: {}, query: {}, body: SCORE }),
			[TICKET]: pin(ISSUE),
			...failurePins,
		},
	},
};

/** Names of the nodes that the tests run. */
export const NODES = { TRIGGER, HOOK, ON, TICKET } as const;
export const SAMPLES = { TURNED_CRITICAL, SCORE } as const;
