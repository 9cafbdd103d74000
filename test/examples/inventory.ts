import {
	connect,
	entityStore,
	failureBranch,
	failureConnections,
	FAILURES,
	failurePins,
	NIGHTLY_OPTIONS,
	node,
	note,
	pin,
	SETTINGS,
	type Example,
} from './workflow';

const NOTE = `## An asset inventory from a CSV file
Every Sunday at 03:00, a CSV export of the asset inventory becomes hosts, services and generic entities in Kibana's Entity Store; the column \`kind\` says which. Failures are reported in one message.

**To try it:** choose your *Kibana Entity Store API* credential in **Write Assets** and press *Execute workflow*. The download, its rows and Slack are pinned to sample data, one row of it with a date that is not valid. *Dry Run* is on: each item shows its record, and nothing is written.

**To use it**
1. **Download CSV**: enter the address of your export, then unpin. *Read/Write Files from Disk*, *SFTP* or *SharePoint* will do as well.
2. **Read Rows**: unpin.
3. **Write Assets**: pick the space, and write your column names in place of these.
4. **Tell the Team**: choose credential and channel, then unpin.
5. Remove the option *Dry Run* from **Write Assets**, and publish the workflow.

*Entity Type* is *Set by Each Item*: the column \`kind\` names the type of each row; only generic entities get an *Entity ID*. *Write Protected Fields* is on, because Kibana protects most of the mapped fields.`;

const COLUMNS = [
	'kind',
	'asset_tag',
	'name',
	'ip',
	'owner',
	'business_unit',
	'environment',
	'criticality',
	'in_service_since',
] as const;

/** The sample export, as the file holds it. */
export const CSV = `${COLUMNS.join(',')}
host,A-1001,web-01,"10.1.0.11, 10.1.0.12",web-team@example.com,Shop,production,high_impact,2023-05-02
host,A-1002,db-7,10.1.0.27,data-team@example.com,Shop,production,extreme_impact,2022-11-14
service,S-200,payments-api,,payments@example.com,Payments,production,extreme_impact,2024-01-08
generic,G-77,badge-reader-hq,,facilities@example.com,Facilities,,low_impact,2019-09-30
host,A-1003,old-nas,10.1.0.99,,IT,,medium_impact,unknown
`;

/** The rows of the export as *Extract from File* gives them out: all values are text, and empty ones are left out. */
export const ROWS = [
	{
		kind: 'host',
		asset_tag: 'A-1001',
		name: 'web-01',
		ip: '10.1.0.11, 10.1.0.12',
		owner: 'web-team@example.com',
		business_unit: 'Shop',
		environment: 'production',
		criticality: 'high_impact',
		in_service_since: '2023-05-02',
	},
	{
		kind: 'host',
		asset_tag: 'A-1002',
		name: 'db-7',
		ip: '10.1.0.27',
		owner: 'data-team@example.com',
		business_unit: 'Shop',
		environment: 'production',
		criticality: 'extreme_impact',
		in_service_since: '2022-11-14',
	},
	{
		kind: 'service',
		asset_tag: 'S-200',
		name: 'payments-api',
		owner: 'payments@example.com',
		business_unit: 'Payments',
		environment: 'production',
		criticality: 'extreme_impact',
		in_service_since: '2024-01-08',
	},
	{
		kind: 'generic',
		asset_tag: 'G-77',
		name: 'badge-reader-hq',
		owner: 'facilities@example.com',
		business_unit: 'Facilities',
		criticality: 'low_impact',
		in_service_since: '2019-09-30',
	},
	{
		kind: 'host',
		asset_tag: 'A-1003',
		name: 'old-nas',
		ip: '10.1.0.99',
		business_unit: 'IT',
		criticality: 'medium_impact',
		in_service_since: 'unknown',
	},
];

const DOWNLOAD = 'Download CSV';
export const READ = 'Read Rows';
const WRITE = 'Write Assets';

const of = (kind: string, value: string): string =>
	`={{ $json.kind === "${kind}" ? ${value} : undefined }}`;

export const inventory: Example = {
	file: 'asset-inventory-csv.json',
	trigger: 'Every Week',
	workflow: {
		name: 'Asset inventory (CSV) to Kibana, every week',
		nodes: [
			note(NOTE, 460),
			node('Every Week', 'scheduleTrigger', 1.2, [0, 0], {
				rule: {
					interval: [{ field: 'weeks', triggerAtDay: [0], triggerAtHour: 3, triggerAtMinute: 0 }],
				},
			}),
			node(DOWNLOAD, 'httpRequest', 4.2, [220, 0], {
				url: 'https://inventory.example.com/export/assets.csv',
				options: { response: { response: { responseFormat: 'file' } } },
			}),
			node(READ, 'extractFromFile', 1, [440, 0], { operation: 'csv', options: {} }),
			entityStore(WRITE, [660, 0], {
				entityType: '={{ $json.kind }}',
				force: true,
				mapping: {
					'entity.id': of('generic', '$json.asset_tag'),
					'host.name': of('host', '$json.name'),
					'host.ip': of('host', '$json.ip'),
					'service.name': of('service', '$json.name'),
					'entity.name': '={{ $json.name }}',
					'entity.source': 'asset inventory',
					'entity.lifecycle.first_seen': '={{ $json.in_service_since }}',
					'asset.id': '={{ $json.asset_tag }}',
					'asset.owner': '={{ $json.owner }}',
					'asset.business_unit': '={{ $json.business_unit }}',
					'asset.environment': '={{ $json.environment }}',
					'asset.criticality': '={{ $json.criticality }}',
				},
				options: NIGHTLY_OPTIONS,
			}),
			...failureBranch(900, 120, [WRITE], 'json.asset_tag'),
		],
		connections: connect({
			'Every Week': [[DOWNLOAD]],
			[DOWNLOAD]: [[READ]],
			[READ]: [[WRITE]],
			[WRITE]: [[], [FAILURES.gather]],
			...failureConnections,
		}),
		settings: { ...SETTINGS, timezone: 'Etc/UTC' },
		pinData: { [DOWNLOAD]: pin({}), [READ]: pin(...ROWS), ...failurePins },
	},
};
