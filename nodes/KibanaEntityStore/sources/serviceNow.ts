import type { Source, SourceFields } from './source';

/**
 * ServiceNow sends a column as plain text, as `{display_value, link}`, as `{display_value, value}`, or,
 * for a reference without its display value, as `{link, value}`.
 */
const shown = (column: string): string =>
	`$json.${column}?.display_value ?? $json.${column}?.value ?? $json.${column}`;

/** The value as ServiceNow stores it; dates are shown in the time zone of the user who asks. */
const stored = (column: string): string => `$json.${column}?.value ?? $json.${column}`;

const text = (column: string): string => `={{ ${shown(column)} }}`;

/** The name of another record, such as a user; its `sys_id` alone means nothing to people. */
const reference = (column: string): string =>
	`={{ $json.${column}?.display_value ?? ($json.${column}?.value === undefined ? $json.${column} : undefined) }}`;

/** Stored dates are in UTC and do not say so: 2024-01-15 10:30:00. */
const date = (column: string): string =>
	`={{ [${stored(column)}].filter(Boolean).map((time) => time + "Z")[0] }}`;

/** What every configuration item has. */
const common: SourceFields = {
	'entity.name': text('name'),
	'entity.type': text('sys_class_name'),
	'entity.source': 'servicenow',
	'entity.lifecycle.first_seen': date('first_discovered'),
	'entity.lifecycle.last_seen': date('last_discovered'),
	'asset.id': `={{ ${stored('sys_id')} }}`,
	'asset.owner': reference('owned_by'),
	'asset.business_unit': reference('department'),
	'asset.environment': text('environment'),
	'asset.vendor': reference('manufacturer'),
	'asset.model': reference('model_id'),
	'asset.serial_number': text('serial_number'),
};

export const serviceNow: Source = {
	name: 'ServiceNow CI',
	value: 'serviceNowCi',
	description:
		"Items of n8n's ServiceNow node: Configuration Item, or Table Record for one class, such as cmdb_ci_computer for hosts and cmdb_ci_service for services. Set its option Return Values to Both, so that owners have names and dates are in UTC.",
	docs: [
		'https://docs.servicenow.com/csh?topicname=c_TableAPI.html&version=latest',
		'https://www.servicenow.com/docs/r/servicenow-platform/configuration-management-database-cmdb/explore-cmdb.html',
		'https://www.servicenow.com/docs/r/australia/it-operations-management/service-mapping/define-criticality-for-business-services.html',
	],
	fields: {
		generic: { 'entity.id': `={{ ${stored('sys_id')} }}`, ...common },
		host: {
			'host.name': text('name'),
			'host.hostname': text('fqdn'),
			'host.domain': text('dns_domain'),
			'host.ip': text('ip_address'),
			// 00:1a:2b:3c:4d:01 as 00-1A-2B-3C-4D-01, the notation of logs.
			'host.mac': `={{ (${shown('mac_address')})?.toUpperCase().replaceAll(":", "-") }}`,
			'host.os.name': text('os'),
			'host.os.version': text('os_version'),
			...common,
		},
		service: {
			'service.name': text('name'),
			...common,
			// The column has this spelling. Its values are "1 - most critical" to "4 - not critical".
			'asset.criticality': `={{ {1: "extreme_impact", 2: "high_impact", 3: "medium_impact", 4: "low_impact"}[(${stored('busines_criticality')})?.charAt(0)] }}`,
		},
	},
};
