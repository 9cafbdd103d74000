/** Example workflows of the store, of watchlists and of asset criticality. */
import {
	connect,
	entityStore,
	failureBranch,
	failureConnections,
	failurePins,
	FAILURES,
	kibana,
	listOkta,
	nightly,
	NIGHTLY_OPTIONS,
	node,
	note,
	pin,
	SETTINGS,
	type Example,
} from './workflow';

const STATUS = 'Get Status';
const IS_RUNNING = 'Is It Running?';
const INSTALL = 'Install Store';
const START = 'Start Store';
const LIST = 'Okta';
const WRITE = 'Write Users';

const STORE_NOTE = `## Check the store before the nightly sync
Before the users of Okta are written at 02:40, the workflow looks whether the Entity Store of the space runs. If it does not, it is installed and started, and the sync waits for it. Failures are reported in one message.

**To try it:** choose your *Kibana Entity Store API* credential in the four nodes of Kibana and press *Execute workflow*. Okta and Slack are pinned to sample data. *Dry Run* is on in **Write Users**: each user shows its record, and none is written.

**To use it**
1. **Install Store**: choose the settings that your store is to have. What is installed already stays as it is.
2. **Okta**: choose your *Okta API* credential, then unpin.
3. **Tell the Team**: choose credential and channel, then unpin.
4. Remove the option *Dry Run* from **Write Users**, and publish the workflow.

The credential needs the rights to install the store.`;

const conditionOf = (leftValue: string, rightValue: string): object => ({
	conditions: {
		options: { caseSensitive: true, leftValue: '', typeValidation: 'strict', version: 2 },
		combinator: 'and',
		conditions: [
			{ id: '1', leftValue, rightValue, operator: { type: 'string', operation: 'equals' } },
		],
	},
	options: {},
});

const OKTA_USERS = ['jane.doe', 'kai.ito'].map((name) => ({
	status: 'ACTIVE',
	profile: { login: `${name}@example.com`, email: `${name}@example.com` },
}));

export const storeBeforeSync: Example = {
	file: 'store-before-sync.json',
	trigger: 'Every Night',
	workflow: {
		name: 'Check the Entity Store before the nightly sync',
		nodes: [
			note(STORE_NOTE),
			nightly(40),
			kibana(STATUS, [220, 0], { resource: 'store', operation: 'getStatus', options: {} }),
			node(IS_RUNNING, 'if', 2.2, [440, 0], conditionOf('={{ $json.status }}', 'running')),
			kibana(INSTALL, [660, 120], {
				resource: 'store',
				operation: 'install',
				wait: false,
				options: NIGHTLY_OPTIONS,
			}),
			kibana(START, [880, 120], {
				resource: 'store',
				operation: 'start',
				options: NIGHTLY_OPTIONS,
			}),
			listOkta(LIST, [1100, 0]),
			entityStore(WRITE, [1320, 0], {
				entityType: 'user',
				force: true,
				mapping: {
					'user.name': '={{ $json.profile.login }}',
					'user.email': '={{ $json.profile.email }}',
				},
				options: NIGHTLY_OPTIONS,
			}),
			...failureBranch(1540, 280, [WRITE], "'The entity store'"),
		],
		connections: connect({
			'Every Night': [[STATUS]],
			[STATUS]: [[IS_RUNNING], [FAILURES.gather]],
			[IS_RUNNING]: [[LIST], [INSTALL]],
			[INSTALL]: [[START], [FAILURES.gather]],
			[START]: [[LIST], [FAILURES.gather]],
			[LIST]: [[WRITE]],
			[WRITE]: [[], [FAILURES.gather]],
			...failureConnections,
		}),
		settings: SETTINGS,
		pinData: { [LIST]: pin(...OKTA_USERS), ...failurePins },
	},
};

const HOOK = 'Alert from Kibana';
const SPLIT = 'One Alert per Item';
const ON = 'Put on Watchlist';
const WAIT = 'Wait 14 Days';
const OFF = 'Take off Watchlist';

const WATCHLIST_NOTE = `## Watch the users of an alert for 14 days
Kibana calls the webhook with its alerts. The user of each alert is put on a watchlist, which raises the risk score, and is taken off after 14 days. Users that Kibana does not know are reported in one message.

**To try it:** create a watchlist named *Under Watch* in Kibana 9.4 or later, choose your *Kibana Entity Store API* credential in the two nodes of Kibana, and press *Execute workflow*. Webhook, Wait and Slack are pinned to sample data, so nothing waits.

**To use it**
1. **Alert from Kibana**: choose a *Header Auth* credential, unpin, and let a *Webhook* connector of Kibana send the alerts of your rules to the production URL, in the shape of the sample.
2. **Put on Watchlist**: choose the watchlist, here and in the last node, and set *Identity Provider* to where your users sign in.
3. **Wait 14 Days**: unpin, or choose another time.
4. **Tell the Team**: choose credential and channel, then unpin.
5. Publish the workflow.

A user of two alerts is taken off 14 days after the first.`;

const ALERTS = ['jane.doe', 'nobody'].map((name) => ({
	'kibana.alert.severity': 'high',
	user: { name: `${name}@example.com`, email: `${name}@example.com` },
}));

const UNDER_WATCH = { __rl: true, mode: 'name', value: 'Under Watch' };

export const watchlistFor14Days: Example = {
	file: 'watchlist-for-14-days.json',
	trigger: HOOK,
	workflow: {
		name: 'Playbook: watch the users of an alert for 14 days',
		nodes: [
			note(WATCHLIST_NOTE, 480),
			node(
				HOOK,
				'webhook',
				2,
				[0, 0],
				{
					httpMethod: 'POST',
					path: 'kibana-alerts-watchlist',
					authentication: 'headerAuth',
					responseMode: 'onReceived',
					options: {},
				},
				{ webhookId: '00000000-0000-4000-8000-00000000a1e8' },
			),
			node(SPLIT, 'splitOut', 1, [220, 0], { fieldToSplitOut: 'body.alerts', options: {} }),
			kibana(ON, [440, 0], {
				resource: 'watchlist',
				operation: 'assign',
				watchlist: UNDER_WATCH,
				identifyBy: 'fields',
				entityType: 'user',
				namingFields: { userEmail: '={{ $json.user.email }}', identityProvider: 'okta' },
				options: {},
			}),
			node(
				WAIT,
				'wait',
				1.1,
				[660, 0],
				{ amount: 14, unit: 'days' },
				{ webhookId: '00000000-0000-4000-8000-00000000a1e9' },
			),
			kibana(OFF, [880, 0], {
				resource: 'watchlist',
				operation: 'unassign',
				watchlist: UNDER_WATCH,
				identifyBy: 'id',
				entityId: '={{ $json.entityId }}',
				options: {},
			}),
			...failureBranch(1100, 220, [ON, OFF], 'json.user?.email'),
		],
		connections: connect({
			[HOOK]: [[SPLIT]],
			[SPLIT]: [[ON]],
			[ON]: [[WAIT], [FAILURES.gather]],
			[WAIT]: [[OFF]],
			[OFF]: [[], [FAILURES.gather]],
			...failureConnections,
		}),
		settings: SETTINGS,
		pinData: {
			[HOOK]: pin({ headers: {}, params: {}, query: {}, body: { alerts: ALERTS } }),
			[WAIT]: pin({ entityId: 'user:jane.doe@example.com@okta', status: 'assigned' }),
			...failurePins,
		},
	},
};

const OLD = 'Levels of 9.3';
const ASSIGN = 'Assign on 9.4';

const CRITICALITY_NOTE = `## Carry asset criticality over the upgrade to Kibana 9.4
Kibana 9.4 keeps the criticality in the entity and does not carry over what was assigned before. This workflow lists what Kibana 9.3 or older has kept, and assigns it to the entities of the same names. Run it once, after the upgrade and the first sync.

**To try it:** choose your *Kibana Entity Store API* credential in the two nodes of Kibana and press *Execute workflow*. Slack is pinned to sample data.

**To use it**
1. **Levels of 9.3**: leave *API Generation* at v1, which reads the old list. Nothing is written there.
2. **Assign on 9.4**: users get the ID of those that a sync creates. For users found in logs, replace *@unknown* in the expression by *@okta*, *@entra_id* and so on.
3. **Tell the Team**: choose credential and channel, then unpin. It gets the names for which there is no entity.`;

export const criticalityTo94: Example = {
	file: 'criticality-to-kibana-9.4.json',
	trigger: 'Once',
	workflow: {
		name: 'Carry asset criticality over the upgrade to Kibana 9.4',
		nodes: [
			note(CRITICALITY_NOTE),
			node('Once', 'manualTrigger', 1, [0, 0], {}),
			kibana(OLD, [220, 0], {
				resource: 'criticality',
				operation: 'getMany',
				returnAll: true,
				options: { apiGeneration: 'v1' },
			}),
			kibana(ASSIGN, [440, 0], {
				resource: 'criticality',
				operation: 'assign',
				entityType: '={{ $json.entityType }}',
				identifyBy: 'id',
				entityId:
					'={{ $json.entityType === "generic" ? $json.entityId : `${$json.entityType}:${$json.entityId}${$json.entityType === "user" ? "@unknown" : ""}` }}',
				criticality: '={{ $json.criticality }}',
				options: {},
			}),
			...failureBranch(660, 120, [ASSIGN], 'json.entityId'),
		],
		connections: connect({
			Once: [[OLD]],
			[OLD]: [[ASSIGN], [FAILURES.gather]],
			[ASSIGN]: [[], [FAILURES.gather]],
			...failureConnections,
		}),
		settings: SETTINGS,
		pinData: failurePins,
	},
};

/** Names of the nodes that the tests run. */
export const NODES = { STATUS, INSTALL, START, WRITE, ON, OFF, OLD, ASSIGN, SPLIT } as const;
export const SAMPLES = { ALERTS, OKTA_USERS } as const;
