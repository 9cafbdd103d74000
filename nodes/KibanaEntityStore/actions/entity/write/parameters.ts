import type { INodeProperties, ResourceMapperTypeOptions } from 'n8n-workflow';

import { sourcesFor, type MappedType } from '../../../sources';
import { optionsParameter } from '../../options';
import { itemEntityType, mappedEntityType, space } from '../../parameters';
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

/**
 * Where the entities come from. Choosing a source fills the field mapping of the same type.
 */
const source = (type: MappedType): INodeProperties => ({
	displayName: 'Source',
	name: `${type}Source`,
	type: 'options',
	noDataExpression: true,
	default: 'none',
	description:
		'Where the items come from. Choosing a source fills the fields below with expressions, in place of what they hold.',
	displayOptions: { show: { inputMode: ['fields'], entityType: [type] } },
	options: [
		{ name: 'None', value: 'none', description: 'Map the fields by hand' },
		...sourcesFor(type).map(({ name, value, description }) => ({ name, value, description })),
	],
});

const NO_MAPPING = { mappingMode: 'defineBelow', value: null };

/** The parameter that holds the field mapping of a type. */
export const mapperName = (type: MappedType): `${MappedType}Fields` => `${type}Fields`;

/**
 * The field mapping of one entity type. Each type has a mapping of its own, because the editor empties a
 * mapping when a parameter that it depends on changes. For the source this is just what is wanted.
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
		loadOptionsDependsOn: [source(type).name],
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
 * Keep a field mapping while it is not shown. The editor drops the value of a parameter as soon as no
 * parameter of its name is displayed. So others of the same name take its place:
 * - a hidden one, which n8n counts as displayed where it drops what is not to be displayed;
 * - others that the editor does display, and in which there is nothing to see: without a mode there are
 *   no fields to show, and without a method none to load. They are there for a mapping that holds
 *   something only, since one that is shown for the first time has to load its fields.
 */
const keepMapping = (type: MappedType): INodeProperties[] => {
	const name = mapperName(type);
	const shared = { displayName: 'Fields', name, default: NO_MAPPING };
	const unseen: Partial<ResourceMapperTypeOptions> = { supportAutoMap: false };
	const isFilled = { [`/${name}.value`]: [{ _cnd: { exists: true as const } }] };
	const whenShown = (displayOptions: NonNullable<INodeProperties['displayOptions']>) => ({
		...shared,
		type: 'resourceMapper' as const,
		noDataExpression: true,
		displayOptions,
		typeOptions: { resourceMapper: unseen as ResourceMapperTypeOptions },
	});
	return [
		{ ...shared, type: 'hidden' },
		whenShown({ show: isFilled, hide: { entityType: [type] } }),
		whenShown({ show: { ...isFilled, entityType: [type], inputMode: ['json'] } }),
	];
};

const mappersOf = ([type, method]: readonly [MappedType, FieldsMethod]): INodeProperties[] => [
	source(type),
	mapper(type, method),
	...keepMapping(type),
];

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
	inputMode,
	force,
	...mappers,
	record,
	optionsParameter(writeOptions),
];
