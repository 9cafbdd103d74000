import type { INodeProperties } from 'n8n-workflow';

export const space: INodeProperties = {
	displayName: 'Space',
	name: 'space',
	type: 'resourceLocator',
	default: { mode: 'list', value: '' },
	description: 'The Kibana space of the entity store. Leave empty for the default space.',
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			placeholder: 'Default space',
			typeOptions: { searchListMethod: 'searchSpaces', searchable: true },
		},
		{
			displayName: 'By ID',
			name: 'id',
			type: 'string',
			placeholder: 'e.g. soc-team',
			validation: [
				{
					type: 'regex',
					properties: {
						regex: '^[a-z0-9_-]*$',
						errorMessage: 'A space ID holds only lower-case letters, digits, _ and -',
					},
				},
			],
		},
	],
};

export const entityType: INodeProperties = {
	displayName: 'Entity Type',
	name: 'entityType',
	type: 'options',
	default: 'user',
	description: 'What the entities are. An expression can give each item a type of its own.',
	options: [
		{
			name: 'Generic',
			value: 'generic',
			description: 'Anything else with an ID, such as a cloud resource',
		},
		{ name: 'Host', value: 'host', description: 'A device, server or virtual machine' },
		{ name: 'Service', value: 'service', description: 'An application or service' },
		{ name: 'User', value: 'user', description: 'A person or an account' },
	],
};
