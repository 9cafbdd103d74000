/** The options of the operations that write entities. */
import type { IExecuteFunctions } from 'n8n-workflow';
import { z } from 'zod';

import type { Presentation } from '../../../n8n/items';
import {
	choiceOption,
	numberOption,
	readOptions,
	switchOption,
	textOption,
	type OptionValues,
} from '../../options';
import { requestOptions } from '../../requestOptions';

/**
 * Where users come from that Kibana has extracted from logs. `value` is what Kibana writes after the last
 * @ of their IDs.
 */
export const IDENTITY_PROVIDERS = [
	{
		name: 'Active Directory',
		value: 'active_directory',
		description: 'IDs end in @active_directory',
	},
	{
		name: 'Custom',
		value: 'custom',
		description: 'Any other source, named in an option of its own',
	},
	{
		name: 'Local',
		value: 'local',
		description: 'Accounts of one host: map User Name and the ID of the host',
	},
	{ name: 'Microsoft 365', value: 'microsoft_365', description: 'IDs end in @microsoft_365' },
	{ name: 'Microsoft Entra ID', value: 'entra_id', description: 'IDs end in @entra_id' },
	{ name: 'None', value: 'none', description: 'Users of your own, which the node creates' },
	{ name: 'Okta', value: 'okta', description: 'IDs end in @okta' },
];

const EMPTY_LISTS = choiceOption(
	{
		displayName: 'Empty Lists',
		description:
			'What an empty list does to its field. Kibana 9.2 and 9.3 only add to lists, so there it cannot clear one.',
	},
	[
		{ name: 'Clear the Field', value: 'clear', description: 'Kibana removes all of its values' },
		{ name: 'Ignore', value: 'ignore', description: 'The field stays as it is, as for empty text' },
	],
	'ignore',
);

export const writeOptions = {
	...requestOptions,
	chunkSize: numberOption(
		{ displayName: 'Chunk Size', description: 'Maximum number of entities in one request' },
		/**
		 * Measured with answers that wait for a refresh (bench/results.md): 1,000 take half as long as 500, and
		 * more hardly fit into a request, at some 700 bytes for 20 fields.
		 */
		{ initial: 1_000, least: 1, most: 10_000 },
	),
	concurrency: numberOption(
		{ displayName: 'Concurrency', description: 'Maximum number of requests at the same time' },
		// More would be faster at the cost of everybody else on that Kibana.
		{ initial: 2, least: 1, most: 10 },
	),
	createConcurrency: numberOption(
		{
			displayName: 'Create Concurrency',
			description:
				'Maximum number of entities created at the same time. Kibana 9.4 and later create them one by one, and each waits up to a second. The node begins with 8 and finds out how many this Kibana can handle.',
		},
		// Elasticsearch lets at most 1,000 writes wait for the refresh of a shard, and refreshes at once beyond that.
		{ initial: 500, least: 1, most: 1_000 },
	),
	customIdentityProvider: textOption({
		displayName: 'Custom Identity Provider',
		placeholder: 'e.g. ping_one',
		description: 'The part after the last @ in the entity IDs of its users',
		displayOptions: { show: { identityProvider: ['custom'] } },
	}),
	dryRun: switchOption({
		displayName: 'Dry Run',
		description:
			'Whether to map, validate and chunk only, and to return each record instead of sending it',
	}),
	emptyLists: EMPTY_LISTS,
	identityProvider: choiceOption(
		{
			displayName: 'Identity Provider',
			description:
				'Where users come from that Kibana itself has found in logs. The node then addresses them by the ID that Kibana gave them. Kibana 9.2 and 9.3 know users by name alone.',
		},
		IDENTITY_PROVIDERS,
		'none',
	),
	includeInputFields: switchOption({
		displayName: 'Include Input Fields',
		description:
			'Whether output items keep the fields of their input item. The result is then under the key details, as it is for failed items.',
	}),
	maxChunkBytes: numberOption(
		{
			displayName: 'Max Chunk Bytes',
			description:
				'Maximum number of bytes in the body of one request. Kibana refuses more than 1,048,576 unless its server.maxPayload says otherwise.',
		},
		// A little less than Kibana's limit, for proxies that count more than the body.
		{ initial: 1_048_000, least: 1_000, most: 100_000_000 },
	),
	linkToProvider: choiceOption(
		{
			displayName: 'Link to Identity Provider User',
			description:
				'Whose users to link the written ones to, as one person, where Kibana has found them in logs. Needs Kibana 9.4 or later and an Enterprise licence. A refusal is a warning on the item.',
			displayOptions: { show: { '/operation': ['upsert'] } },
		},
		IDENTITY_PROVIDERS.filter(({ value }) => value !== 'custom' && value !== 'local').map(
			({ name, value, description }) =>
				value === 'none'
					? { name, value, description: 'Link nothing' }
					: { name, value, description },
		),
		'none',
	),
	maxRunTime: numberOption(
		{
			displayName: 'Max Run Time',
			description:
				'How many minutes to send for before the entities that are left fail. 0 means as long as it takes.',
		},
		{ initial: 0, least: 0, most: 10_080 },
	),
	output: choiceOption(
		{
			displayName: 'Output',
			description: 'Which items come out. An error output has the failed items in any case.',
		},
		[
			{ name: 'All Items', value: 'all', description: 'One item for each input item' },
			{
				name: 'Failed Items',
				value: 'failed',
				description: 'Nothing for the items that succeeded',
			},
			{
				name: 'Summary',
				value: 'summary',
				description: 'One item with counts, the first failures and a text of one line',
			},
		],
		'all',
	),
	skipUnchanged: switchOption({
		displayName: 'Skip Unchanged',
		description:
			'Whether to read the entities first, and to send only those that differ from what is stored',
		displayOptions: { show: { '/operation': ['update', 'upsert'] } },
	}),
	verify: switchOption({
		displayName: 'Verify',
		description:
			'Whether to read the entities back, and to fail those that are not in the store with the values sent. Kibana 9.2 and 9.3 take a minute or two to store what they accept.',
	}),
	verifyTimeout: numberOption(
		{
			displayName: 'Verify Timeout',
			description:
				'How many milliseconds to look for the entities before those that are still missing fail',
			displayOptions: { show: { verify: [true] } },
		},
		/**
		 * 0 asks once. Kibana 9.2 and 9.3 store records once a minute, and those of the last minute only at the
		 * next run.
		 */
		{ initial: 180_000, least: 0, most: 3_600_000 },
	),
};

export interface WriteOptions
	extends Omit<OptionValues<typeof writeOptions>, 'customIdentityProvider' | 'identityProvider'> {
	/** Namespace of the identity provider, as Kibana writes it; undefined for none. */
	readonly identityProvider?: string;
	/** Whether to write protected fields, too. A parameter of its own: it is looked for beside the fields. */
	readonly force: boolean;
}

/** Returns which items are to come out. With options that are wrong, as the error of every item says, all. */
export const readPresentation = (context: IExecuteFunctions): Presentation => {
	const options = readOptions(context, writeOptions);
	if ('problem' in options) return { items: 'all', includesInput: false };
	const { output, includeInputFields } = options;
	const items = output === 'failed' || output === 'summary' ? output : 'all';
	return { items, includesInput: includeInputFields };
};

/** Reads the options of a run and the switch for protected fields, or says what is wrong with them. */
export const readWriteOptions = (
	context: IExecuteFunctions,
): WriteOptions | { readonly problem: string } => {
	const options = readOptions(context, writeOptions);
	if ('problem' in options) return options;
	const { identityProvider, customIdentityProvider, ...rest } = options;
	const force = z.boolean().safeParse(context.getNodeParameter('force', 0, false));
	if (!force.success) return { problem: 'The parameter force must be true or false' };
	const others = { ...rest, force: force.data };
	if (identityProvider === 'none') return others;
	if (identityProvider !== 'custom') return { ...others, identityProvider };
	return customIdentityProvider === ''
		? { problem: 'Option customIdentityProvider: name the identity provider' }
		: { ...others, identityProvider: customIdentityProvider };
};
