import type { Source } from './source';

/** No `host.id`: logs know the host under another ID than Jamf's. */
export const jamf: Source = {
	name: 'Jamf Computer',
	value: 'jamfComputer',
	description:
		'Computers of Jamf Pro, GET /api/v1/computers-inventory with the sections GENERAL, HARDWARE, OPERATING_SYSTEM and USER_AND_LOCATION, one per item: the HTTP Request node, and Split Out on the field results',
	docs: ['https://developer.jamf.com/jamf-pro/reference/get_v1-computers-inventory'],
	fields: {
		host: {
			'host.name': '={{ $json.general?.name }}',
			'host.hostname': '={{ $json.general?.name }}',
			// The address that the computer reports; lastIpAddress is that of the router before it.
			'host.ip': '={{ $json.general?.lastReportedIpV4 ?? $json.general?.lastReportedIp }}',
			// 6A:2C:4B:B7:65:B5 as 6A-2C-4B-B7-65-B5, the notation of logs.
			'host.mac': '={{ $json.hardware?.macAddress?.toUpperCase().replaceAll(":", "-") }}',
			'host.architecture': '={{ $json.hardware?.processorArchitecture }}',
			'host.os.name': '={{ $json.operatingSystem?.name }}',
			'host.os.version': '={{ $json.operatingSystem?.version }}',
			'entity.name': '={{ $json.general?.name }}',
			'entity.source': 'jamf',
			'entity.attributes.managed': '={{ $json.general?.remoteManagement?.managed }}',
			'entity.lifecycle.first_seen': '={{ $json.general?.initialEntryDate }}',
			'entity.lifecycle.last_activity': '={{ $json.general?.lastContactTime }}',
			'asset.id': '={{ $json.id }}',
			'asset.owner': '={{ $json.userAndLocation?.email || $json.userAndLocation?.username }}',
			'asset.vendor': '={{ $json.hardware?.make }}',
			'asset.model': '={{ $json.hardware?.model }}',
			'asset.serial_number': '={{ $json.hardware?.serialNumber }}',
		},
	},
};
