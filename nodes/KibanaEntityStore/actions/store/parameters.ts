/** Parameters that several operations of the store share, and what they hold. */
import type { IDataObject, INodeProperties } from 'n8n-workflow';

import { isEntityType, type EntityType } from '../../entity/fields';
import type { Failure } from '../../failure';
import type { Settings } from '../../kibana/store';
import { invalidEntityType } from '../itemFailures';
import type { ItemCall } from '../perItem';

export const entityTypes: INodeProperties = {
	displayName: 'Entity Types',
	name: 'entityTypes',
	type: 'multiOptions',
	default: [],
	description: 'The types of entities whose engines are meant. Leave empty for all of them.',
	options: [
		{ name: 'Generic', value: 'generic' },
		{ name: 'Host', value: 'host' },
		{ name: 'Service', value: 'service' },
		{ name: 'User', value: 'user' },
	],
};

/** Durations are texts such as `30s`, `10m` and `24h`. */
export const logExtraction: INodeProperties = {
	displayName: 'Log Extraction',
	name: 'logExtraction',
	type: 'collection',
	default: {},
	placeholder: 'Add Setting',
	description:
		'How entities are found in logs, for all entity types. What is left out keeps its value, or takes the default of Kibana. Durations are texts such as 30s, 10m, 3h and 7d.',
	options: [
		{
			displayName: 'Additional Index Patterns',
			name: 'additionalIndexPatterns',
			type: 'string',
			default: '',
			placeholder: 'e.g. logs-custom-*, other-logs',
			description: 'Indices to read beside those of the data view of Security, separated by commas',
		},
		{
			displayName: 'Delay',
			name: 'delay',
			type: 'string',
			default: '1m',
			description: 'How old a log must be to be read. It must be less than Lookback Period.',
		},
		{
			displayName: 'Docs Limit',
			name: 'docsLimit',
			type: 'number',
			default: 10000,
			typeOptions: { minValue: 1 },
			description: 'Maximum number of entities that one run extracts. Kibana 9.4 and later.',
		},
		{
			displayName: 'Excluded Index Patterns',
			name: 'excludedIndexPatterns',
			type: 'string',
			default: '',
			placeholder: 'e.g. logs-noisy-*',
			description: 'Indices to leave out, separated by commas. Kibana 9.4 and later.',
		},
		{
			displayName: 'Field History Length',
			name: 'fieldHistoryLength',
			type: 'number',
			default: 10,
			typeOptions: { minValue: 1 },
			description: 'How many values of a list the store keeps',
		},
		{
			displayName: 'Filter',
			name: 'filter',
			type: 'string',
			default: '',
			placeholder: 'e.g. not event.module: "test"',
			description: 'Which logs to read, in the query language of Kibana (KQL)',
		},
		{
			displayName: 'Frequency',
			name: 'frequency',
			type: 'string',
			default: '1m',
			description: 'How often logs are read, at least 30s apart',
		},
		{
			displayName: 'Lookback Period',
			name: 'lookbackPeriod',
			type: 'string',
			default: '3h',
			description: 'How far back the first run reads',
		},
		{
			displayName: 'Max Logs per Page',
			name: 'maxLogsPerPage',
			type: 'number',
			default: 40000,
			typeOptions: { minValue: 1 },
			description: 'Maximum number of logs in one query. Kibana 9.4 and later.',
		},
		{
			displayName: 'Max Logs per Window',
			name: 'maxLogsPerWindow',
			type: 'number',
			default: 100000,
			typeOptions: { minValue: 1 },
			description: 'Maximum number of logs in one time window. Kibana 9.4 and later.',
		},
		{
			displayName: 'Max Time Window Size',
			name: 'maxTimeWindowSize',
			type: 'string',
			default: '15m',
			description: 'Longest time window that one run reads. Kibana 9.4 and later.',
		},
		{
			displayName: 'When a Window Is Full',
			name: 'maxLogsPerWindowCapBehavior',
			type: 'options',
			default: 'drop',
			description: 'What to do with the logs beyond Max Logs per Window. Kibana 9.4 and later.',
			options: [
				{ name: 'Defer', value: 'defer', description: 'The next run reads them' },
				{ name: 'Drop', value: 'drop', description: 'They are never read' },
			],
		},
	],
};

export const historySnapshot: INodeProperties = {
	displayName: 'History Snapshot',
	name: 'historySnapshot',
	type: 'collection',
	default: {},
	placeholder: 'Add Setting',
	description:
		'How often Kibana keeps a copy of all entities, and for how long. Kibana 9.4 and later when the store is installed, 9.6 and later afterwards.',
	options: [
		{
			displayName: 'Frequency',
			name: 'frequency',
			type: 'string',
			default: '24h',
			description: 'Time between two snapshots, at least 1h',
		},
		{
			displayName: 'Retention Days',
			name: 'retentionDays',
			type: 'number',
			default: 30,
			typeOptions: { minValue: 1 },
			description: 'How many days a snapshot is kept. Kibana 9.6 and later.',
		},
	],
};

const waitOption = (condition: string): INodeProperties => ({
	displayName: `Wait Until ${condition}`,
	name: 'wait',
	type: 'boolean',
	default: true,
	description: `Whether to ask Kibana for the status until it is ${condition.toLowerCase()}. Otherwise the item ends as soon as Kibana has taken the request.`,
});

export const waitUntilRunning = waitOption('Running');
export const waitUntilUninstalled = waitOption('Uninstalled');

export const waitTimeout: INodeProperties = {
	displayName: 'Wait Timeout',
	name: 'waitTimeout',
	type: 'number',
	default: 300,
	typeOptions: { minValue: 0, maxValue: 3600 },
	description: 'How many seconds to wait before the item fails',
	displayOptions: { show: { wait: [true] } },
};

/** Returns the entity types of an item, or which of them is none. */
export const readEntityTypes = ({
	context,
	index,
}: ItemCall): { readonly types: readonly EntityType[] } | { readonly failure: Failure } => {
	const given: unknown = context.getNodeParameter('entityTypes', index, []);
	const types = textsOf(given);
	if (types.every(isEntityType)) return { types };
	return { failure: invalidEntityType('entityTypes') };
};

/** Settings that Kibana takes as lists, and the editor as texts. */
const LISTS = new Set(['additionalIndexPatterns', 'excludedIndexPatterns']);

/** Returns the texts of a list, which may be given as a list or with commas between them. */
export const textsOf = (given: unknown): string[] =>
	(Array.isArray(given) ? given : String(given ?? '').split(','))
		.map((one) => String(one).trim())
		.filter((one) => one !== '');

/** Settings that Kibana takes as numbers, which an expression may give as text. */
const NUMBERS = new Set([
	'docsLimit',
	'fieldHistoryLength',
	'maxLogsPerPage',
	'maxLogsPerWindow',
	'retentionDays',
]);

const isNumeric = (value: unknown): value is string =>
	typeof value === 'string' && /^\s*\d+\s*$/.test(value);

const settingOf = (key: string, value: unknown): unknown => {
	if (LISTS.has(key)) return textsOf(value);
	return NUMBERS.has(key) && isNumeric(value) ? Number(value) : value;
};

/** Returns the settings of a collection, those that the user has added. */
export const readSettings = ({ context, index }: ItemCall, name: string): Settings => {
	const given = context.getNodeParameter(name, index, {}) as IDataObject;
	return Object.fromEntries(
		Object.entries(given).map(([key, value]) => [key, settingOf(key, value)]),
	);
};
