import type { INodeProperties } from 'n8n-workflow';

import type { MappedType } from '../../../sources';
import { optionsParameter } from '../../options';
import { itemEntityType, mappedEntityType, MIXED, space } from '../../parameters';
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

const force: INodeProperties = {
	displayName: 'Write Protected Fields',
	name: 'force',
	type: 'boolean',
	default: false,
	description: 'Whether to write the fields that Kibana protects, too',
	hint: 'Kibana protects most fields, such as full names, roles and asset criticality',
};

/** The method that lists the fields of a mapping, by its type (methods/resourceMapping). */
const FIELDS_METHODS = {
	user: 'getUserFields',
	host: 'getHostFields',
	service: 'getServiceFields',
	generic: 'getGenericFields',
	mixed: 'getMixedFields',
} as const satisfies Record<MappedType, string>;

type FieldsMethod = (typeof FIELDS_METHODS)[MappedType];

const NO_MAPPING = { mappingMode: 'defineBelow', value: null };

/** The parameter that holds the field mapping of a type. */
export const mapperName = (type: MappedType): `${MappedType}Fields` => `${type}Fields`;

/**
 * The field mapping of one entity type. Each type has a mapping of its own, so that none depends on
 * another parameter: the editor empties a mapping when something that it depends on changes.
 */
const mapper = (type: MappedType, resourceMapperMethod: FieldsMethod): INodeProperties => ({
	displayName: 'Fields',
	name: mapperName(type),
	type: 'resourceMapper',
	noDataExpression: true,
	required: true,
	default: NO_MAPPING,
	displayOptions: { show: { inputMode: ['fields'], entityType: [type] } },
	typeOptions: {
		resourceMapper: {
			resourceMapperMethod,
			mode: 'add',
			valuesLabel: 'Fields',
			fieldWords: { singular: 'field', plural: 'fields' },
			multiKeyMatch: false,
			supportAutoMap: true,
			// A credential is often chosen, or Kibana upgraded, after the fields were loaded.
			refreshStaleSchemaOnOpen: true,
		},
	},
});

/**
 * Keeps a parameter while it is not shown. The editor drops the value of a parameter that is not to be
 * displayed, but it counts a hidden parameter of the same name as displayed.
 */
const kept = (
	{ name, default: initial }: INodeProperties,
	displayOptions: INodeProperties['displayOptions'],
): INodeProperties => ({
	displayName: name,
	name,
	type: 'hidden',
	default: initial,
	displayOptions,
});

const mappersOf = ([type, method]: readonly [MappedType, FieldsMethod]): INodeProperties[] => {
	const shown = mapper(type, method);
	return [
		shown,
		kept(shown, { hide: { entityType: [type] } }),
		kept(shown, { show: { entityType: [type], inputMode: ['json'] } }),
	];
};

const mappers = Object.entries(FIELDS_METHODS).flatMap(([type, method]) =>
	mappersOf([type as MappedType, method]),
);

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

/** The parameters of the operations that write entities. */
export const writeParameters: INodeProperties[] = [
	space,
	mappedEntityType,
	itemEntityType,
	kept(itemEntityType, { hide: { entityType: [MIXED] } }),
	inputMode,
	force,
	...mappers,
	record,
	kept(record, { hide: { inputMode: ['json'] } }),
	optionsParameter(writeOptions),
];
