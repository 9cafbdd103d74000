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

const row = ([path, known]: readonly [string, Known]): string => {
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

const rowsOf = (entityType: EntityType): string[] => {
	const byPath = new Map<string, Known>();
	for (const generation of GENERATION_NAMES) {
		for (const field of fieldsOf(generation, entityType)) {
			byPath.set(field.path, { ...byPath.get(field.path), [generation]: field });
		}
	}
	return [...byPath].map(row);
};

const table = (rows: readonly string[]): string[] => {
	const generations = GENERATION_NAMES.map((generation) => KIBANA_VERSIONS[generation]);
	return [
		`| Field | Name in the editor | Type | ${generations.join(' | ')} | Notes |`,
		'| --- | --- | --- | --- | --- | --- |',
		...rows,
		'',
	];
};

/** Returns the rows that all types share, and for each type the others. */
const sortedRows = () => {
	const byType = ENTITY_TYPES.map((type) => ({ type, rows: rowsOf(type) }));
	const [first] = byType;
	const isShared = (one: string) => byType.every(({ rows }) => rows.includes(one));
	const shared = (first?.rows ?? []).filter(isShared);
	const own = byType.map(({ type, rows }) => ({
		type,
		rows: rows.filter((one) => !isShared(one)),
	}));
	return { shared, own };
};

/**
 * Returns the page of fields, generated from the catalogue: a table of the fields that all entity types have in the
 * same form, and a table for each type.
 */
export const fieldTable = (): string => {
	const { shared, own } = sortedRows();
	return [
		'# Fields of each entity type',
		'',
		'Written by `npm run docs` from the field catalogue. The two columns of versions show whether the node can',
		'write the field to that Kibana:',
		'',
		'| In the table | What it means |',
		'| --- | --- |',
		'| yes | It can be written. |',
		'| protected | Kibana protects it. To write it, turn on **Write Protected Fields** in the node. |',
		'| Kibana decides | It is sent. Whether this Kibana takes it is not known for sure. |',
		'| not sent | It only helps to form the entity ID. |',
		'| no | It is never written. It is listed because a record given as JSON may contain it by mistake. |',
		'| – | This Kibana does not know the field. |',
		'',
		'In the column of types, "later" stands for Kibana 9.4 and later.',
		'',
		'Where a field takes one of several values, the labels of the editor work, too, in upper or lower case:',
		'`High Impact` is `high_impact`.',
		'',
		'The fields that are the same for every entity type [stand in one table](#every-entity-type), those that belong to',
		`one type or differ in it under its name: ${own.map(({ type }) => `[${type}](#${type})`).join(', ')}.`,
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
		'## Every entity type',
		'',
		...table(shared),
		...own.flatMap(({ type, rows }) => [`## ${type}`, '', ...table(rows)]),
	].join('\n');
};
