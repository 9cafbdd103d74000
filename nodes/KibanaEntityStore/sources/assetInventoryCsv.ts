import type { Source, SourceFields } from './source';

/** A column for rows of one kind; a field of another type would make the row fail. */
const ofKind = (kind: string, column: string): string =>
	`={{ $json.kind === "${kind}" ? $json.${column} : undefined }}`;

/** What every row has. */
const common: SourceFields = {
	'entity.name': '={{ $json.name }}',
	'entity.source': 'asset inventory',
	'entity.lifecycle.first_seen': '={{ $json.in_service_since }}',
	'asset.id': '={{ $json.asset_tag }}',
	'asset.owner': '={{ $json.owner }}',
	'asset.business_unit': '={{ $json.business_unit }}',
	'asset.environment': '={{ $json.environment }}',
	'asset.criticality': '={{ $json.criticality }}',
};

export const assetInventoryCsv: Source = {
	name: 'CSV of the Asset Inventory Example',
	value: 'assetInventoryCsv',
	description:
		'Rows of the CSV file of the asset inventory example: the Extract from File node. Write your own column names in place of these.',
	docs: [
		'https://docs.n8n.io/integrations/builtin/core-nodes/n8n-nodes-base.extractfromfile/',
		'https://www.rfc-editor.org/rfc/rfc4180',
	],
	fields: {
		generic: { 'entity.id': '={{ $json.asset_tag }}', ...common },
		host: { 'host.name': '={{ $json.name }}', 'host.ip': '={{ $json.ip }}', ...common },
		service: { 'service.name': '={{ $json.name }}', ...common },
		mixed: {
			'entity.id': ofKind('generic', 'asset_tag'),
			'host.name': ofKind('host', 'name'),
			'host.ip': ofKind('host', 'ip'),
			'service.name': ofKind('service', 'name'),
			...common,
		},
	},
};
