import {
	ENTITY_TYPES,
	fieldsOf,
	GENERATION_NAMES,
	KIBANA_VERSIONS,
	type EntityField,
	type EntityType,
	type GenerationName,
} from '../../nodes/KibanaEntityStore/entity/fields';

const TYPE_WORDS = {
	text: 'text',
	boolean: 'true or false',
	number: 'number',
	date: 'date',
	choice: 'one of',
	object: 'JSON object',
	any: 'text, list or JSON object',
} as const;

const WRITABLE = {
	identity: 'yes',
	free: 'yes',
	force: 'protected',
	never: 'no',
	unverified: 'Kibana decides',
	unsent: 'not sent',
} as const;

type Known = Partial<Record<GenerationName, EntityField>>;

const typeOf = ({ type, list, values, range }: EntityField): string => {
	const word = values
		? `one of ${values.map((value) => `\`${value}\``).join(', ')}`
		: TYPE_WORDS[type];
	const bounded = range ? `${word} from ${range[0]} to ${range[1]}` : word;
	return list ? `list of ${bounded}` : bounded;
};

const sentences = (parts: readonly string[]): string => {
	const told = parts.filter(Boolean);
	return told.length === 0 ? '' : `${told.join('. ')}.`;
};

const notesOf = (fields: readonly EntityField[]): string =>
	sentences([
		...new Set(fields.map(({ help }) => help)),
		fields.some(({ commaSeparated }) => commaSeparated)
			? 'Text may separate several with commas'
			: '',
	]);

const row = (path: string, known: Known): string => {
	const fields = GENERATION_NAMES.flatMap((generation) => known[generation] ?? []);
	const types = [...new Set(fields.map(typeOf))];
	const cells = [
		`\`${path}\``,
		fields[0]?.label ?? '',
		types.join('; later: '),
		...GENERATION_NAMES.map((generation) => {
			const field = known[generation];
			return field ? WRITABLE[field.protection] : '–';
		}),
		notesOf(fields),
	];
	return `| ${cells.join(' | ')} |`;
};

const table = (entityType: EntityType): string[] => {
	const byPath = new Map<string, Known>();
	for (const generation of GENERATION_NAMES) {
		for (const field of fieldsOf(generation, entityType)) {
			byPath.set(field.path, { ...byPath.get(field.path), [generation]: field });
		}
	}
	const generations = GENERATION_NAMES.map((generation) => KIBANA_VERSIONS[generation]);
	return [
		`| Field | Name in the editor | Type | ${generations.join(' | ')} | Notes |`,
		'| --- | --- | --- | --- | --- | --- |',
		...[...byPath].map(([path, known]) => row(path, known)),
		'',
	];
};

/** The page of fields for readers, one table for each entity type, made from the catalogue. */
export const fieldTable = (): string =>
	[
		'# Fields of each entity type',
		'',
		'Written by `npm run docs` from the field catalogue. The two columns of versions say whether that',
		'Kibana lets the node write the field: "protected" means that Kibana protects it, so turn on',
		'**Write Protected Fields** in the node; "–" means that this Kibana does not know the field. Fields that',
		'are never written are listed because a record given as JSON may hold them by mistake.',
		'',
		...ENTITY_TYPES.flatMap((entityType) => [`## ${entityType}`, '', ...table(entityType)]),
	].join('\n');
