import type { Source } from './source';

/** No `host.id`: logs of other sources know the host under another ID than CrowdStrike's. */
export const crowdStrike: Source = {
	name: 'CrowdStrike Host',
	value: 'crowdStrikeHost',
	description:
		'Hosts of CrowdStrike Falcon, POST /devices/entities/devices/v2 or GET /devices/combined/devices/v1, one per item: the HTTP Request node, and Split Out on the field resources',
	docs: ['https://developer.crowdstrike.com/api-reference/collections/hosts/'],
	fields: {
		host: {
			'host.name': '={{ $json.hostname }}',
			'host.hostname': '={{ $json.hostname }}',
			'host.domain': '={{ $json.machine_domain }}',
			'host.ip': '={{ $json.local_ip }}',
			// 3c-52-82-a1-6f-0d as 3C-52-82-A1-6F-0D, the notation of logs.
			'host.mac': '={{ $json.mac_address?.toUpperCase() }}',
			'host.type': '={{ $json.product_type_desc }}',
			'host.os.platform': '={{ $json.platform_name }}',
			'host.os.full': '={{ $json.os_version }}',
			'host.os.kernel': '={{ $json.kernel_version }}',
			'entity.name': '={{ $json.hostname }}',
			'entity.source': 'crowdstrike',
			'entity.lifecycle.first_seen': '={{ $json.first_seen }}',
			'entity.lifecycle.last_activity': '={{ $json.last_seen }}',
			'asset.id': '={{ $json.device_id }}',
			'asset.vendor': '={{ $json.system_manufacturer }}',
			'asset.model': '={{ $json.system_product_name }}',
			'asset.serial_number': '={{ $json.serial_number }}',
			tags: '={{ $json.tags }}',
		},
	},
};
