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

const NOTE = `## Intune devices as hosts, every night
Every night at 02:30, all devices that Microsoft Intune manages become hosts in Kibana's Entity Store: name, serial number, model, owner, and when they last checked in. Failures are reported in one message.

**To try it:** choose your *Kibana Entity Store API* credential in **Write Hosts** and press *Execute workflow*. Intune and Slack are pinned to sample data, one device of it without a name. *Dry Run* is on: each item shows its record, and nothing is written.

**To use it**
1. **Intune**: choose a *Microsoft OAuth2 API* credential (permission \`DeviceManagementManagedDevices.Read.All\`), then unpin. It reads page after page.
2. **Write Hosts**: pick the space.
3. **Tell the Team**: choose credential and channel, then unpin.
4. Remove the option *Dry Run* from **Write Hosts**, and publish the workflow.

*Host ID* is left out on purpose: on Kibana 9.4 and later it would name the host, and the ID in your logs is another one than Intune's. *Write Protected Fields* is on, because Kibana protects most of the mapped fields.`;

const device = (
	id: string,
	deviceName: string | null,
	[operatingSystem, osVersion]: readonly [string, string],
	[manufacturer, model, serialNumber]: readonly [string, string, string],
	[wiFiMacAddress, userPrincipalName]: readonly [string, string],
	lastSyncDateTime: string,
) => ({
	id,
	userId: '87d349ed-44d7-43e1-9a83-5f2406dee5bd',
	deviceName,
	managedDeviceOwnerType: 'company',
	enrolledDateTime: '2025-02-03T10:12:00Z',
	lastSyncDateTime,
	operatingSystem,
	osVersion,
	complianceState: 'compliant',
	managementAgent: 'mdm',
	azureADRegistered: true,
	azureADDeviceId: id.split('').reverse().join('').slice(0, 8) + id.slice(8),
	emailAddress: userPrincipalName,
	userPrincipalName,
	model,
	manufacturer,
	serialNumber,
	wiFiMacAddress,
	isEncrypted: true,
});

/** One page of `GET /v1.0/deviceManagement/managedDevices` of Microsoft Graph. */
const PAGE = {
	'@odata.context': 'https://graph.microsoft.com/v1.0/$metadata#deviceManagement/managedDevices',
	'@odata.count': 3,
	value: [
		device(
			'3a7f0c52-1d4b-4b9e-8a56-0c9d2f7b1e11',
			'FIN-LT-0142',
			['Windows', '10.0.26100.4061'],
			['LENOVO', 'ThinkPad T14 Gen 5', 'PF4XK1AB'],
			['3C219C0A1B2C', 'adelev@contoso.com'],
			'2026-11-23T21:14:09Z',
		),
		device(
			'7c1d2e63-2e5c-4cae-9b67-1dae3a8c2f22',
			'Kais-MacBook-Pro',
			['macOS', '15.6.1 (24G90)'],
			['Apple', 'MacBook Pro', 'C02FN1ABMD6T'],
			['A483E7112233', 'kai.ito@contoso.com'],
			'2026-11-23T18:02:55Z',
		),
		device(
			'9e3f4a85-4a7e-4ec0-bd89-3fc05caef444',
			null,
			['iOS', '18.6'],
			['Apple', 'iPhone 15', 'F17ABC123XYZ'],
			['F0D1A9445566', 'mia.lund@contoso.com'],
			'2026-11-20T06:30:00Z',
		),
	],
};

const WRITE = 'Write Hosts';

export const intune: Example = {
	file: 'intune-devices-nightly.json',
	trigger: 'Every Night',
	workflow: {
		name: 'Intune devices to Kibana, every night',
		nodes: [
			note(NOTE),
			nightly(30),
			node('Intune', 'httpRequest', 4.2, [220, 0], {
				url: 'https://graph.microsoft.com/v1.0/deviceManagement/managedDevices',
				authentication: 'predefinedCredentialType',
				nodeCredentialType: 'microsoftOAuth2Api',
				options: {
					pagination: {
						pagination: {
							paginationMode: 'responseContainsNextURL',
							nextURL: '={{ $response.body["@odata.nextLink"] }}',
							paginationCompleteWhen: 'other',
							completeExpression: '={{ !$response.body["@odata.nextLink"] }}',
						},
					},
				},
			}),
			node('One Device per Item', 'splitOut', 1, [440, 0], {
				fieldToSplitOut: 'value',
				options: {},
			}),
			entityStore(WRITE, [660, 0], {
				entityType: 'host',
				force: true,
				mapping: {
					'host.name': '={{ $json.deviceName }}',
					'host.hostname': '={{ $json.deviceName }}',
					'host.mac': '={{ $json.wiFiMacAddress?.match(/../g)?.join("-") }}',
					'host.type': '={{ $json.operatingSystem }}',
					'entity.name': '={{ $json.deviceName }}',
					'entity.source': 'intune',
					'entity.attributes.managed': '={{ $json.managementAgent !== "unknown" }}',
					'entity.lifecycle.first_seen': '={{ $json.enrolledDateTime }}',
					'entity.lifecycle.last_activity': '={{ $json.lastSyncDateTime }}',
					'asset.id': '={{ $json.id }}',
					'asset.owner': '={{ $json.userPrincipalName }}',
					'asset.vendor': '={{ $json.manufacturer }}',
					'asset.model': '={{ $json.model }}',
					'asset.serial_number': '={{ $json.serialNumber }}',
				},
				options: NIGHTLY_OPTIONS,
			}),
			...failureBranch(900, 120, [WRITE], 'json.serialNumber'),
		],
		connections: connect({
			'Every Night': [['Intune']],
			Intune: [['One Device per Item']],
			'One Device per Item': [[WRITE]],
			[WRITE]: [[], [FAILURES.gather]],
			...failureConnections,
		}),
		settings: SETTINGS,
		pinData: { Intune: pin(PAGE), ...failurePins },
	},
};
