import {
	connect,
	entityStore,
	failureBranch,
	failureConnections,
	failurePins,
	FAILURES,
	listOkta,
	nightly,
	NIGHTLY_OPTIONS,
	note,
	pin,
	SETTINGS,
	type Example,
} from './workflow';

const NOTE = `## Okta users, every night
Every night at 02:10, all users of Okta become users in Kibana's Entity Store: names, addresses, roles, department, and whether they are active. Failures are reported in one message.

**To try it:** choose your *Kibana Entity Store API* credential in **Write Users** and press *Execute workflow*. Okta and Slack are pinned to sample data, one user of it broken on purpose. *Dry Run* is on: each item shows its record, and nothing is written.

**To use it**
1. **Okta**: choose your *Okta API* credential, then unpin.
2. **Write Users**: pick the space. \`assetCriticality\` stands for an attribute of your own; remove the field if you have none.
3. **Tell the Team**: choose credential and channel, then unpin. Any other messenger will do.
4. Remove the option *Dry Run* from **Write Users**, and publish the workflow.

*Write Protected Fields* is on, because Kibana protects most of the mapped fields. No *Entity ID* is mapped, so it runs on Kibana 9.2 and later as it is.`;

/** As `GET /api/v1/users` lists them; `assetCriticality` is an attribute that an admin has added. */
const user = (
	id: string,
	status: string,
	[firstName, lastName]: readonly [string, string],
	[department, title, assetCriticality]: readonly [string, string, string | null],
	lastLogin: string | null,
) => {
	const login = `${firstName}.${lastName}@example.com`.toLowerCase();
	return {
		id,
		status,
		created: '2024-03-04T08:15:30.000Z',
		activated: status === 'STAGED' ? null : '2024-03-04T08:20:00.000Z',
		statusChanged: status === 'STAGED' ? null : '2024-03-04T08:20:00.000Z',
		lastLogin,
		lastUpdated: '2026-10-12T11:02:45.000Z',
		passwordChanged: status === 'STAGED' ? null : '2026-06-01T07:00:00.000Z',
		type: { id: 'oty1abcdefGHIJKLM0h8' },
		profile: {
			firstName,
			lastName,
			mobilePhone: null,
			secondEmail: null,
			login,
			email: login,
			displayName: `${firstName} ${lastName}`,
			department,
			title,
			assetCriticality,
		},
		credentials: {
			emails: [{ value: login, status: 'VERIFIED', type: 'PRIMARY' }],
			provider: { type: 'OKTA', name: 'OKTA' },
		},
		_links: { self: { href: `https://example.okta.com/api/v1/users/${id}` } },
	};
};

const USERS = [
	user(
		'00u1a2b3c4D5E6F7G8h7',
		'ACTIVE',
		['Jane', 'Doe'],
		['Finance', 'Controller', 'high_impact'],
		'2026-11-23T16:40:12.000Z',
	),
	user(
		'00u2b3c4d5E6F7G8H9i7',
		'ACTIVE',
		['Kai', 'Ito'],
		['IT Security', 'Analyst', 'extreme_impact'],
		'2026-11-23T07:58:03.000Z',
	),
	user('00u3c4d5e6F7G8H9I0j7', 'STAGED', ['Mia', 'Lund'], ['Sales', 'Assistant', null], null),
	user(
		'00u4d5e6f7G8H9I0J1k7',
		'SUSPENDED',
		['Omar', 'Haddad'],
		['Support', 'Specialist', 'severe'],
		'2026-09-30T12:00:00.000Z',
	),
];

const WRITE = 'Write Users';

export const okta: Example = {
	file: 'okta-users-nightly.json',
	trigger: 'Every Night',
	workflow: {
		name: 'Okta users to Kibana, every night',
		nodes: [
			note(NOTE),
			nightly(10),
			listOkta('Okta', [220, 0]),
			entityStore(WRITE, [440, 0], {
				entityType: 'user',
				force: true,
				mapping: {
					'user.name': '={{ $json.profile.login }}',
					'user.email': '={{ $json.profile.email }}',
					'user.full_name': '={{ $json.profile.firstName }} {{ $json.profile.lastName }}',
					'user.id': '={{ $json.id }}',
					'user.roles': '={{ $json.profile.title }}',
					'entity.name': '={{ $json.profile.displayName }}',
					'entity.source': 'okta',
					'entity.attributes.managed': '={{ $json.status === "ACTIVE" }}',
					'entity.lifecycle.first_seen': '={{ $json.created }}',
					'entity.lifecycle.last_activity': '={{ $json.lastLogin }}',
					'asset.business_unit': '={{ $json.profile.department }}',
					'asset.criticality': '={{ $json.profile.assetCriticality }}',
				},
				options: NIGHTLY_OPTIONS,
			}),
			...failureBranch(680, 120, [WRITE], 'json.profile?.login'),
		],
		connections: connect({
			'Every Night': [['Okta']],
			Okta: [[WRITE]],
			[WRITE]: [[], [FAILURES.gather]],
			...failureConnections,
		}),
		settings: SETTINGS,
		pinData: { Okta: pin(...USERS), ...failurePins },
	},
};
