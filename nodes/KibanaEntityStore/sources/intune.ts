import type { Source } from './source';

/**
 * No `host.id`: on Kibana 9.4 and later it would name the host, and logs know the host under another
 * ID than Intune's.
 */
export const intune: Source = {
	name: 'Intune Device',
	value: 'intuneDevice',
	description:
		'Devices of Microsoft Graph, GET /v1.0/deviceManagement/managedDevices, one per item: the HTTP Request node, and Split Out on the field value',
	docs: [
		'https://learn.microsoft.com/en-us/graph/api/intune-devices-manageddevice-list',
		'https://learn.microsoft.com/en-us/graph/api/resources/intune-devices-manageddevice',
	],
	fields: {
		host: {
			'host.name': '={{ $json.deviceName }}',
			'host.hostname': '={{ $json.deviceName }}',
			// 3C219C0A1B2C as 3C-21-9C-0A-1B-2C, the notation of logs.
			'host.mac':
				'={{ [0, 2, 4, 6, 8, 10].map((at) => $json.wiFiMacAddress?.slice(at, at + 2)).filter(Boolean).join("-") }}',
			'host.os.name': '={{ $json.operatingSystem }}',
			'host.os.version': '={{ $json.osVersion }}',
			'entity.name': '={{ $json.deviceName }}',
			'entity.source': 'intune',
			'entity.attributes.managed':
				'={{ $json.managementAgent ? $json.managementAgent !== "unknown" : undefined }}',
			'entity.lifecycle.first_seen': '={{ $json.enrolledDateTime }}',
			'entity.lifecycle.last_activity': '={{ $json.lastSyncDateTime }}',
			'asset.id': '={{ $json.id }}',
			'asset.owner': '={{ $json.userPrincipalName }}',
			'asset.vendor': '={{ $json.manufacturer }}',
			'asset.model': '={{ $json.model }}',
			'asset.serial_number': '={{ $json.serialNumber }}',
		},
	},
};
