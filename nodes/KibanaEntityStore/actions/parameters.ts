import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

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

const ENTITY_TYPE_CHOICES: INodePropertyOptions[] = [
	{
		name: 'Generic',
		value: 'generic',
		description: 'Anything else with an ID, such as a cloud resource',
	},
	{ name: 'Host', value: 'host', description: 'A device, server or virtual machine' },
	{ name: 'Service', value: 'service', description: 'An application or service' },
	{ name: 'User', value: 'user', description: 'A person or an account' },
];

/** The names of the entity types in the editor. */
export const ENTITY_TYPE_NAMES: Readonly<Record<string, string>> = Object.fromEntries(
	ENTITY_TYPE_CHOICES.map(({ name, value }) => [value, name]),
);

/** The entity type of operations without a field mapping. An expression can choose it item by item. */
export const entityType: INodeProperties = {
	displayName: 'Entity Type',
	name: 'entityType',
	type: 'options',
	default: 'user',
	description: 'What the entities are. An expression can give each item a type of its own.',
	options: ENTITY_TYPE_CHOICES,
};

/** The choice of an entity type item by item. */
export const MIXED = 'mixed';

/**
 * The entity type of operations with a field mapping. It takes no expression: the editor resolves one
 * with the first item, and so would show the fields of that item's type alone.
 */
export const mappedEntityType: INodeProperties = {
	displayName: 'Entity Type',
	name: 'entityType',
	type: 'options',
	noDataExpression: true,
	default: 'user',
	description: 'What the entities are',
	options: [
		...ENTITY_TYPE_CHOICES,
		{
			name: 'Set by Each Item',
			value: MIXED,
			description: 'An expression chooses the type of each item',
		},
	].sort((one, other) => one.name.localeCompare(other.name)),
};

export const itemEntityType: INodeProperties = {
	displayName: 'Entity Type of Each Item',
	name: 'itemEntityType',
	type: 'string',
	required: true,
	default: '',
	placeholder: 'e.g. {{ $json.kind }}',
	description: 'An expression that yields user, host, service or generic for each item',
	displayOptions: { show: { entityType: [MIXED] } },
};

export const returnAll: INodeProperties = {
	displayName: 'Return All',
	name: 'returnAll',
	type: 'boolean',
	default: false,
	description: 'Whether to return all results or only up to a given limit',
};

export const limit: INodeProperties = {
	displayName: 'Limit',
	name: 'limit',
	type: 'number',
	default: 50,
	typeOptions: { minValue: 1 },
	description: 'Max number of results to return',
	displayOptions: { show: { returnAll: [false] } },
};
