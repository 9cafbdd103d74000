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
	const given = parts.filter(Boolean);
	return given.length === 0 ? '' : `${given.join('. ')}.`;
};

const notesOf = (fields: readonly EntityField[]): string =>
	sentences([
		...new Set(fields.map(({ help }) => help)),
		fields.some(({ commaSeparated }) => commaSeparated)
			? 'In text, commas separate several values'
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

/** Returns the page of fields, generated from the catalogue, with one table for each entity type. */
export const fieldTable = (): string =>
	[
		'# Fields of each entity type',
		'',
		'Written by `npm run docs` from the field catalogue. The two columns of versions show whether the node can',
		'write the field to that Kibana. "protected" means that Kibana protects the field: to write it, turn on',
		'**Write Protected Fields** in the node. "–" means that this Kibana does not know the field. Fields that',
		'are never written are listed because a record given as JSON may contain them by mistake.',
		'',
		'Where a field takes one of several values, the labels of the editor are read, too, in any case: `High Impact`',
		'is `high_impact`.',
		'',
		'## Clearing a field',
		'',
		'A missing, null or empty value leaves a field as it is, and so does an empty list. To take values away:',
		'',
		'- **Lists**, on Kibana 9.4 and later: set the option **Empty Lists** to *Clear the Field*. An empty list,',
		'  such as `[]` in a record or an expression that gives one, then removes all values of its field. A list of',
		'  empty texts still counts as missing. Kibana 9.2 and 9.3 only add to lists, so there the item fails.',
		'- **Asset Criticality**, on Kibana 9.4 and later: `unassigned`, which some 9.4 refuse. On 9.2 and 9.3 the',
		'  resource [Asset Criticality](criticality.md) unassigns it.',
		'- Texts, numbers, dates and true or false can be replaced but not cleared.',
		'',
		...ENTITY_TYPES.flatMap((entityType) => [`## ${entityType}`, '', ...table(entityType)]),
	].join('\n');
