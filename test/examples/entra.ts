import {
	connect,
	entityStore,
	failureBranch,
	failureConnections,
	FAILURES,
	failurePins,
	nightly,
	NIGHTLY_OPTIONS,
	node,
	note,
	pin,
	SETTINGS,
	type Example,
} from './workflow';

const NOTE = `## Microsoft Entra ID users, every night
Every night at 02:20, all users of Entra ID become users in Kibana's Entity Store. Failures are reported in one message.

**To try it:** choose your *Kibana Entity Store API* credential in **Write Users** and press *Execute workflow*. Entra ID and Slack are pinned to sample data, one user of it broken on purpose. *Dry Run* is on: each item shows its record, and nothing is written.

**To use it**
1. **Entra ID**: choose your *Microsoft Entra ID* credential (permission \`User.Read.All\`), then unpin. Sign-in times need \`AuditLog.Read.All\` and a licence, so they are not asked for.
2. **Write Users**: pick the space. Asset criticality is read from *extension attribute 5*; choose yours, or remove the field.
3. **Tell the Team**: choose credential and channel, then unpin.
4. Remove the option *Dry Run* from **Write Users**, and publish the workflow.

*Write Protected Fields* is on, because Kibana protects most of the mapped fields. Guests without a mailbox are named by their ID.`;

/** The properties that the node asks for. */
const FIELDS = [
	'accountEnabled',
	'createdDateTime',
	'department',
	'displayName',
	'jobTitle',
	'mail',
	'onPremisesExtensionAttributes',
	'userPrincipalName',
	'userType',
];

const attributes = (extensionAttribute5: string | null) => ({
	...Object.fromEntries(
		Array.from({ length: 15 }, (_, at) => [`extensionAttribute${at + 1}`, null]),
	),
	extensionAttribute5,
});

/** As `GET /v1.0/users?$select=…` of Microsoft Graph lists them. */
const USERS = [
	{
		id: '87d349ed-44d7-43e1-9a83-5f2406dee5bd',
		accountEnabled: true,
		createdDateTime: '2022-02-14T09:30:00Z',
		department: 'Finance',
		displayName: 'Adele Vance',
		jobTitle: 'Controller',
		mail: 'AdeleV@contoso.com',
		onPremisesExtensionAttributes: attributes('high_impact'),
		userPrincipalName: 'AdeleV@contoso.com',
		userType: 'Member',
	},
	{
		id: '4782e723-f4f4-4af3-a76e-25e3bab0d896',
		accountEnabled: false,
		createdDateTime: '2021-06-01T12:00:00Z',
		department: 'Sales',
		displayName: 'Alex Wilber',
		jobTitle: null,
		mail: 'AlexW@contoso.com',
		onPremisesExtensionAttributes: attributes(null),
		userPrincipalName: 'AlexW@contoso.com',
		userType: 'Member',
	},
	{
		id: 'c03e6eaa-b6ab-46d7-905b-73ec7ea1f755',
		accountEnabled: true,
		createdDateTime: '2026-01-20T15:45:10Z',
		department: null,
		displayName: 'Lee Gu (Fabrikam)',
		jobTitle: null,
		mail: null,
		onPremisesExtensionAttributes: attributes(null),
		userPrincipalName: 'lee.gu_fabrikam.com#EXT#@contoso.onmicrosoft.com',
		userType: 'Guest',
	},
	{
		id: 'f5289423-7233-4d60-831a-fe107a8551cc',
		accountEnabled: true,
		createdDateTime: '2020-10-05T08:00:00Z',
		department: 'IT',
		displayName: 'Domain Admin',
		jobTitle: 'Administrator',
		mail: 'admin@contoso.com',
		onPremisesExtensionAttributes: attributes('Tier 0'),
		userPrincipalName: 'admin@contoso.com',
		userType: 'Member',
	},
];

const READ = 'Entra ID';
const WRITE = 'Write Users';

export const entra: Example = {
	file: 'entra-id-users-nightly.json',
	trigger: 'Every Night',
	workflow: {
		name: 'Entra ID users to Kibana, every night',
		nodes: [
			note(NOTE),
			nightly(20),
			node(READ, 'microsoftEntra', 1, [220, 0], {
				resource: 'user',
				operation: 'getAll',
				returnAll: true,
				output: 'fields',
				fields: FIELDS,
			}),
			entityStore(WRITE, [440, 0], {
				entityType: 'user',
				force: true,
				mapping: {
					'user.name': '={{ $json.userPrincipalName }}',
					'user.email': '={{ $json.mail }}',
					'user.full_name': '={{ $json.displayName }}',
					'user.id': '={{ $json.id }}',
					'user.roles': '={{ $json.jobTitle }}',
					'entity.name': '={{ $json.displayName }}',
					'entity.type': '={{ $json.userType }}',
					'entity.source': 'entra_id',
					'entity.attributes.managed': '={{ $json.accountEnabled }}',
					'entity.lifecycle.first_seen': '={{ $json.createdDateTime }}',
					'asset.business_unit': '={{ $json.department }}',
					'asset.criticality': '={{ $json.onPremisesExtensionAttributes.extensionAttribute5 }}',
				},
				options: NIGHTLY_OPTIONS,
			}),
			...failureBranch(680, 120, [WRITE], 'json.userPrincipalName'),
		],
		connections: connect({
			'Every Night': [[READ]],
			[READ]: [[WRITE]],
			[WRITE]: [[], [FAILURES.gather]],
			...failureConnections,
		}),
		settings: SETTINGS,
		pinData: { [READ]: pin(...USERS), ...failurePins },
	},
};
