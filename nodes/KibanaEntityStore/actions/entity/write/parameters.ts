import type { INodeProperties, ResourceMapperTypeOptions } from 'n8n-workflow';

import { fieldsOfSource, SOURCES, sourcesFor, type MappedType } from '../../../sources';
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

/** The choice of no source, for a mapping by hand. */
const NO_SOURCE = 'none';

/** Where the entities come from. Each source has a field mapping of its own, filled at first. */
const source: INodeProperties = {
	displayName: 'Source',
	name: 'source',
	type: 'options',
	noDataExpression: true,
	default: NO_SOURCE,
	description:
		'Where the items come from. The fields below are filled with expressions for what that source sends. Each source keeps a mapping of its own, so you can change it and come back.',
	displayOptions: { show: { inputMode: ['fields'] } },
	options: [
		{ name: 'None', value: NO_SOURCE, description: 'Map the fields by hand' },
		...SOURCES.map(({ name, value, description }) => ({ name, value, description })),
	],
};

/** The sources that have no entities of a type: its fields are then mapped by hand. */
const sourcesWithout = (type: MappedType): string[] =>
	SOURCES.flatMap(({ fields, value }) => (fields[type] === undefined ? [value] : []));

const sourceNotice = (type: MappedType): INodeProperties => ({
	displayName:
		'This source has no entities of this type. Choose another one, or map the fields by hand.',
	name: `${type}SourceNotice`,
	type: 'notice',
	default: '',
	displayOptions: {
		show: { inputMode: ['fields'], entityType: [type], source: sourcesWithout(type) },
	},
});

/** The choices of a source that lead to a mapping. */
const choicesOf = (type: MappedType, chosenSource: string): string[] =>
	chosenSource === NO_SOURCE ? [NO_SOURCE, ...sourcesWithout(type)] : [chosenSource];

const NO_MAPPING = { mappingMode: 'defineBelow', value: null };

const capitalised = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

/** The parameter that holds the field mapping of a type: `userFields`, `userFieldsOfOktaUser`. */
export const mapperName = (type: MappedType, chosenSource: unknown = NO_SOURCE): string =>
	fieldsOfSource(chosenSource, type) === undefined
		? `${type}Fields`
		: `${type}FieldsOf${capitalised(String(chosenSource))}`;

/**
 * The field mapping of one entity type and source. Each has a parameter of its own, so that none depends
 * on another parameter: the editor empties a mapping when something changes that it depends on, and does
 * not load its fields again while there is no input data to evaluate expressions with.
 */
const mapper = (
	type: MappedType,
	chosenSource: string,
	resourceMapperMethod: FieldsMethod,
): INodeProperties => ({
	displayName: 'Fields',
	name: mapperName(type, chosenSource),
	type: 'resourceMapper',
	noDataExpression: true,
	required: true,
	default: NO_MAPPING,
	displayOptions: {
		show: {
			inputMode: ['fields'],
			entityType: [type],
			source: choicesOf(type, chosenSource),
		},
	},
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
 * Keep a field mapping while it is not shown. The editor drops the value of a parameter as soon as no
 * parameter of its name is displayed. So others of the same name take its place:
 * - a hidden one, which n8n counts as displayed where it drops what is not to be displayed;
 * - others that the editor does display, and in which there is nothing to see: without a mode there are
 *   no fields to show, and without a method none to load. They are there for a mapping that holds
 *   something only, since one that is shown for the first time has to load its fields.
 */
const keepMapping = (type: MappedType, chosenSource: string): INodeProperties[] => {
	const name = mapperName(type, chosenSource);
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
	const ofType = { ...isFilled, entityType: [type] };
	return [
		{ ...shared, type: 'hidden' },
		whenShown({ show: isFilled, hide: { entityType: [type] } }),
		whenShown({ show: { ...ofType, inputMode: ['json'] } }),
		whenShown({
			show: { ...ofType, inputMode: ['fields'] },
			hide: { source: choicesOf(type, chosenSource) },
		}),
	];
};

const mappersOf = ([type, method]: readonly [MappedType, FieldsMethod]): INodeProperties[] => [
	sourceNotice(type),
	...[NO_SOURCE, ...sourcesFor(type).map(({ value }) => value)].flatMap((chosen) => [
		mapper(type, chosen, method),
		...keepMapping(type, chosen),
	]),
];

const mappers = Object.entries(FIELDS_METHODS).flatMap(([type, method]) =>
	mappersOf([type as MappedType, method]),
);

const record: INodeProperties = {
	displayName: 'Record',
	name: 'record',
	type: 'json',
	required: true,
	default: '{\n  "user": {\n    "name": "",\n    "email": ""\n  }\n}',
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
	source,
	...mappers,
	record,
	optionsParameter(writeOptions),
];
