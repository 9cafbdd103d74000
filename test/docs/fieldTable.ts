import {
	ENTITY_TYPES,
	FIELDS,
	type EntityField,
} from '../../nodes/KibanaEntityStore/entity/fields';

const TYPE_WORDS = {
	text: 'text',
	boolean: 'true or false',
	number: 'number',
	date: 'date',
	choice: 'one of',
} as const;

const WRITABLE = {
	identity: 'yes',
	free: 'yes',
	force: 'with Force',
	never: 'no',
	unverified: 'Kibana decides',
} as const;

const typeOf = ({ type, list, values, range }: EntityField): string => {
	const word = values
		? `one of ${values.map((value) => `\`${value}\``).join(', ')}`
		: TYPE_WORDS[type];
	const bounded = range ? `${word} from ${range[0]} to ${range[1]}` : word;
	return list ? `list of ${bounded}` : bounded;
};

const notesOf = ({ required, commaSeparated, help }: EntityField): string =>
	[
		required === 'always' ? '**Required.**' : '',
		`${help}.`,
		commaSeparated ? 'Text may separate several with commas.' : '',
	]
		.filter(Boolean)
		.join(' ');

const table = (fields: readonly EntityField[]): string[] => [
	'| Field | Name in the editor | Type | Written | Notes |',
	'| --- | --- | --- | --- | --- |',
	...fields.map(
		(field) =>
			`| \`${field.path}\` | ${field.label} | ${typeOf(field)} | ${WRITABLE[field.protection]} | ${notesOf(field)} |`,
	),
	'',
];

/** The page of fields for readers, one table for each entity type, made from the catalogue. */
export const fieldTable = (): string =>
	[
		'# Fields of each entity type',
		'',
		'Written by `npm run docs` from the field catalogue. "With Force" means that Kibana protects the',
		'field: turn on **Force** in the options of the node to write it. Fields that are never written are',
		'listed because a record given as JSON may hold them by mistake.',
		'',
		...ENTITY_TYPES.flatMap((entityType) => [
			`## ${entityType}`,
			'',
			...table(FIELDS.filter(({ entityTypes }) => entityTypes.includes(entityType))),
		]),
	].join('\n');
