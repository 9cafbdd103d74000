import { okta } from './okta';
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
	SETTINGS,
	type Example,
} from './workflow';

const NOTE = `## Mirror Okta, every night
Every night at 02:50, all users of Okta are written to Kibana's Entity Store. Then the users whom Okta no longer lists are deleted from it. If more are missing than the guards allow, nothing is deleted, and the message says how many it would have been.

**To try it:** choose your *Kibana Entity Store API* credential in **Write Users** and **Delete Users Who Left** and press *Execute workflow*. Okta and Slack are pinned to sample data. *Dry Run* is on: nothing is written, and the users who would be deleted are listed.

**To use it**
1. **Okta**: choose your *Okta API* credential, then unpin. It must list everybody: who is not in the list is deleted.
2. **Delete Users Who Left**: *Filters* say which entities the list is the whole of. On Kibana 9.2 and 9.3 replace *Source* by *Name Contains* with the domain of your users, as their lists do not show the source.
3. **Tell the Team**: choose credential and channel, then unpin.
4. Remove the option *Dry Run* from **Write Users** and, when its list is right, from **Delete Users Who Left**. Then publish the workflow.

*Max Percent* (10) and *Max Count* (500) are the guards.`;

const LIST = 'Okta';
const WRITE = 'Write Users';
const DELETE = 'Delete Users Who Left';
const ALL = 'All Failures';

/** A guard concerns no user: the item that carries its failure is the first one. */
const WHO = '(json.details.reason === "tooMany" ? "Nobody was deleted" : json.profile?.login)';

export const mirror: Example = {
	file: 'okta-mirror-nightly.json',
	trigger: 'Every Night',
	workflow: {
		name: 'Mirror Okta in Kibana, every night',
		nodes: [
			note(NOTE, 520),
			nightly(50),
			listOkta(LIST, [220, 0]),
			entityStore(WRITE, [440, 0], {
				entityType: 'user',
				force: true,
				mapping: {
					'user.name': '={{ $json.profile.login }}',
					'user.email': '={{ $json.profile.email }}',
					'entity.name': '={{ $json.profile.displayName }}',
					'entity.source': 'okta',
					'entity.attributes.managed': '={{ $json.status === "ACTIVE" }}',
				},
				options: NIGHTLY_OPTIONS,
			}),
			// Below the node that writes, so that n8n runs it afterwards. It gets the list itself: a user who
			// could not be written has not left.
			kibana(DELETE, [440, 220], {
				resource: 'entity',
				operation: 'deleteMissing',
				entityType: 'user',
				findBy: 'fields',
				matchFields: { email: '={{ $json.profile.email }}' },
				filters: { source: 'okta' },
				whenMissing: 'delete',
				options: { dryRun: true, ...NIGHTLY_OPTIONS, maxPercent: 10, maxCount: 500 },
			}),
			// Two nodes that lead into one run it twice: the team would get two messages.
			node(ALL, 'merge', 3, [680, 320], {}),
			...failureBranch(900, 320, [WRITE, DELETE], WHO, 'could not be mirrored in Kibana'),
		],
		connections: connect({
			'Every Night': [[LIST]],
			[LIST]: [[WRITE, DELETE]],
			[WRITE]: [[], [ALL]],
			[DELETE]: [[], [[ALL, 1]]],
			[ALL]: [[FAILURES.gather]],
			...failureConnections,
		}),
		settings: SETTINGS,
		pinData: { [LIST]: okta.workflow.pinData.Okta ?? [], ...failurePins },
	},
};

/** Names of the nodes that the tests run. */
export const MIRROR_NODES = { WRITE, DELETE } as const;
