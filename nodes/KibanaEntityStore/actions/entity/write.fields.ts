import type { INodeProperties } from 'n8n-workflow';

import { KIBANA_VERSIONS } from '../../entity/fields';
import { GENERATIONS } from '../../kibana/detect';
import { IDENTITY_PROVIDERS, NUMBER_OPTIONS } from '../../n8n/parameters';

/** The operations that write entities; they share all parameters. */
export const WRITE_OPERATIONS = ['create', 'update', 'upsert'] as const;

const inputMode: INodeProperties = {
	displayName: 'Specify Entity',
	name: 'inputMode',
	type: 'options',
	noDataExpression: true,
	default: 'fields',
	options: [
		{
			name: 'Using Fields Below',
			value: 'fields',
			description: 'Map values to the fields of the entity',
		},
		{ name: 'Using JSON', value: 'json', description: 'Give the whole record as a JSON object' },
	],
};

const fields: INodeProperties = {
	displayName: 'Fields',
	name: 'fields',
	type: 'resourceMapper',
	noDataExpression: true,
	required: true,
	default: { mappingMode: 'defineBelow', value: null },
	displayOptions: { show: { inputMode: ['fields'] } },
	typeOptions: {
		loadOptionsDependsOn: ['entityType'],
		resourceMapper: {
			resourceMapperMethod: 'getEntityFields',
			mode: 'add',
			valuesLabel: 'Fields',
			fieldWords: { singular: 'field', plural: 'fields' },
			multiKeyMatch: false,
			supportAutoMap: true,
			// A credential is often chosen, or Kibana upgraded, after the fields were loaded.
			refreshStaleSchemaOnOpen: true,
		},
	},
};

const record: INodeProperties = {
	displayName: 'Record',
	name: 'record',
	type: 'json',
	required: true,
	default: '{\n  "entity": {\n    "id": ""\n  }\n}',
	description:
		'The entity as a JSON object with nested keys ({"user": {"email": …}}) or dotted keys ({"user.email": …})',
	displayOptions: { show: { inputMode: ['json'] } },
};

const forceNotice: INodeProperties = {
	displayName:
		'Kibana protects most fields, such as full names, roles and asset criticality. Add the option <b>Force</b> below to write them.',
	name: 'forceNotice',
	type: 'notice',
	default: '',
	displayOptions: { hide: { '/options.force': [true] } },
};

const number = (
	name: keyof typeof NUMBER_OPTIONS,
	displayName: string,
	description: string,
): INodeProperties => {
	const { initial, least: minValue, most: maxValue } = NUMBER_OPTIONS[name];
	return {
		displayName,
		name,
		type: 'number',
		default: initial,
		description,
		typeOptions: { minValue, maxValue },
	};
};

const options: INodeProperties = {
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	default: {},
	placeholder: 'Add option',
	description: 'They hold for the whole run: expressions in them see the first item',
	options: [
		{
			displayName: 'API Generation',
			name: 'apiGeneration',
			type: 'options',
			default: 'auto',
			description: 'Which generation of the Entity Store API to use',
			options: [
				{ name: 'Auto', value: 'auto', description: 'Ask Kibana once per execution' },
				...[...GENERATIONS]
					.reverse()
					.map(({ name }) => ({ name: `${name} (${KIBANA_VERSIONS[name]})`, value: name })),
			],
		},
		number('chunkSize', 'Chunk Size', 'Most entities in one request'),
		number('concurrency', 'Concurrency', 'Most requests at the same time'),
		number(
			'createConcurrency',
			'Create Concurrency',
			'Most entities created at the same time. Kibana 9.4 and later create them one by one, and each waits up to a second.',
		),
		{
			displayName: 'Custom Identity Provider',
			name: 'customIdentityProvider',
			type: 'string',
			default: '',
			placeholder: 'e.g. ping_one',
			description: 'What stands behind the last @ in the entity IDs of its users',
			displayOptions: { show: { identityProvider: ['custom'] } },
		},
		{
			displayName: 'Dry Run',
			name: 'dryRun',
			type: 'boolean',
			default: false,
			description:
				'Whether to map, validate and chunk only, and to return each record instead of sending it',
		},
		{
			displayName: 'Force',
			name: 'force',
			type: 'boolean',
			default: false,
			description:
				'Whether to write protected fields too, such as names, email addresses and asset criticality',
		},
		{
			displayName: 'Identity Provider',
			name: 'identityProvider',
			type: 'options',
			default: 'none',
			description:
				'Where users come from that Kibana itself has found in logs. The node then addresses them by the ID that Kibana gave them. Kibana 9.2 and 9.3 know users by name alone.',
			options: IDENTITY_PROVIDERS.map(({ name, value, description }) => ({
				name,
				value,
				description,
			})),
		},
		number(
			'maxChunkBytes',
			'Max Chunk Bytes',
			'Most bytes in the body of one request. Kibana refuses more than 1,048,576 unless its server.maxPayload says otherwise.',
		),
		number(
			'maxRetries',
			'Max Retries',
			'How often a request is repeated after a failure that may pass, such as an overloaded Kibana',
		),
		number('timeout', 'Timeout', 'How many milliseconds to wait for the answer to one request'),
		{
			displayName: 'Verify',
			name: 'verify',
			type: 'boolean',
			default: false,
			description:
				'Whether to read the entities back, and to fail those that are not in the store with the values sent. Kibana 9.2 and 9.3 take a minute or two to store what they accept.',
		},
		{
			...number(
				'verifyTimeout',
				'Verify Timeout',
				'How many milliseconds to look for the entities before those that are still missing fail',
			),
			displayOptions: { show: { verify: [true] } },
		},
	],
};

/** The parameters of the operations that write entities. */
export const writeFields: INodeProperties[] = [inputMode, forceNotice, fields, record, options].map(
	(property) => ({
		...property,
		displayOptions: {
			...property.displayOptions,
			show: {
				resource: ['entity'],
				operation: [...WRITE_OPERATIONS],
				...property.displayOptions?.show,
			},
		},
	}),
);
