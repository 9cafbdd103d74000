import type { INodeProperties } from 'n8n-workflow';

import { optionsParameter } from '../../options';
import { entityType, space } from '../../parameters';
import { writeOptions } from './options';

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

/** The parameters of the operations that write entities. */
export const writeParameters: INodeProperties[] = [
	space,
	entityType,
	inputMode,
	forceNotice,
	fields,
	record,
	optionsParameter(writeOptions),
];
