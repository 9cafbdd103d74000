import {
	connect,
	entityStore,
	failureBranch,
	failureConnections,
	FAILURES,
	failurePins,
	node,
	note,
	pin,
	SETTINGS,
	type Example,
} from './workflow';

const NOTE = `## Playbook: mark the user and the host of an alert
Kibana calls the webhook with its alerts. For each alert, the user and the host are marked in the Entity Store: criticality by the severity of the alert, *Is an Asset*, and the time of the alert as *Last Activity*. Failures are reported in one message.

**To try it:** choose your *Kibana Entity Store API* credential in **Mark User** and **Mark Host** and press *Execute workflow*. Webhook and Slack are pinned to sample data, one alert of it without a host name. *Dry Run* is on: each item shows its record, and nothing is written.

**To use it**
1. **Alert from Kibana**: choose a *Header Auth* credential, unpin, and let a *Webhook* connector of Kibana send the alerts of your rules to the production URL, in the shape of the sample.
2. **Mark User**: set *Identity Provider* to where your users sign in. Users whom Kibana has not seen in those logs are reported, and not created.
3. **Tell the Team**: choose credential and channel, then unpin.
4. Remove the option *Dry Run* from **Mark User** and **Mark Host**, and publish the workflow.`;

const alert = (id: string, time: string, user: object, host: object) => ({
	_id: id,
	_index: '.internal.alerts-security.alerts-default-000001',
	'@timestamp': time,
	'kibana.alert.severity': 'high',
	user,
	host,
});

/** As the webhook node gives out a request, with alerts as they lie in the alerts index. */
const REQUEST = {
	headers: { host: 'n8n.example.com', 'content-type': 'application/json' },
	params: {},
	query: {},
	body: {
		rule: { name: 'Sign-in from a country not seen before', severity: 'high' },
		alerts: [
			alert(
				'f1e2d3c4b5a697887766554433221100aabbccddeeff00112233445566778899',
				'2026-11-24T09:12:44.120Z',
				{ name: 'jane.doe@example.com', email: 'jane.doe@example.com' },
				{ name: 'FIN-LT-0142' },
			),
			alert(
				'0a1b2c3d4e5f60718293a4b5c6d7e8f90011223344556677889900aabbccddee',
				'2026-11-24T09:13:02.001Z',
				{ name: 'kai.ito@example.com', email: 'kai.ito@example.com' },
				{},
			),
		],
	},
	webhookUrl: 'https://n8n.example.com/webhook/kibana-alerts',
	executionMode: 'production',
};

const HOOK = 'Alert from Kibana';
const SPLIT = 'One Alert per Item';
const USER = 'Mark User';
const HOST = 'Mark Host';
const ALL = 'All Failures';

const MARKS = {
	'entity.attributes.asset': true,
	'entity.lifecycle.last_activity': '={{ $json["@timestamp"] }}',
	'asset.criticality':
		'={{ { low: "low_impact", medium: "medium_impact", high: "high_impact", critical: "extreme_impact" }[$json["kibana.alert.severity"]] }}',
};

/** A playbook answers to an alert, so nobody waits long for a Kibana that is busy. */
const ALERT_OPTIONS = { maxRetries: 4, timeout: 30_000 };

export const playbook: Example = {
	file: 'alert-playbook.json',
	trigger: HOOK,
	workflow: {
		name: 'Playbook: mark user and host of an alert in Kibana',
		nodes: [
			note(NOTE),
			node(
				HOOK,
				'webhook',
				2,
				[0, 120],
				{
					httpMethod: 'POST',
					path: 'kibana-alerts',
					authentication: 'headerAuth',
					responseMode: 'onReceived',
					options: {},
				},
				{ webhookId: '00000000-0000-4000-8000-00000000a1e7' },
			),
			node(SPLIT, 'splitOut', 1, [220, 120], { fieldToSplitOut: 'body.alerts', options: {} }),
			entityStore(USER, [440, 0], {
				entityType: 'user',
				force: true,
				mapping: {
					'user.name': '={{ $json.user.name }}',
					'user.email': '={{ $json.user.email }}',
					...MARKS,
				},
				options: { ...ALERT_OPTIONS, identityProvider: 'okta' },
			}),
			entityStore(HOST, [440, 220], {
				entityType: 'host',
				force: true,
				mapping: { 'host.name': '={{ $json.host.name }}', ...MARKS },
				options: ALERT_OPTIONS,
			}),
			// Two nodes that lead into one run it twice: the team would get two messages.
			node(ALL, 'merge', 3, [680, 320], {}),
			...failureBranch(900, 320, [USER, HOST], 'json._id'),
		],
		connections: connect({
			[HOOK]: [[SPLIT]],
			[SPLIT]: [[USER, HOST]],
			[USER]: [[], [ALL]],
			[HOST]: [[], [[ALL, 1]]],
			[ALL]: [[FAILURES.gather]],
			...failureConnections,
		}),
		settings: SETTINGS,
		pinData: { [HOOK]: pin(REQUEST), ...failurePins },
	},
};
