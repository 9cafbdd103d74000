import type { INodeProperties, INodePropertyCollection, INodePropertyOptions } from 'n8n-workflow';

import { KibanaEntityStore } from '../../nodes/KibanaEntityStore/KibanaEntityStore.node';

const { properties } = new KibanaEntityStore().description;

type Choice = INodePropertyOptions | INodeProperties | INodePropertyCollection;

const isProperty = (choice: Choice): choice is INodeProperties => 'displayName' in choice;

const isChoice = (choice: Choice): choice is INodePropertyOptions => !('displayName' in choice);

const optionsOf = (operation = 'create', collected = 'options'): INodeProperties[] => {
	const collection = properties.find(({ name, displayOptions }) => {
		const { resource, operation: shownFor } = displayOptions?.show ?? {};
		return name === collected && resource?.includes('entity') && shownFor?.includes(operation);
	});
	return (collection?.options ?? []).filter(isProperty);
};

const choicesOf = ({ options = [] }: INodeProperties): INodePropertyOptions[] =>
	options.filter(isChoice);

const count = (value: number): string => value.toLocaleString('en-US');

const initialOf = (property: INodeProperties): string => {
	const { default: initial } = property;
	if (typeof initial === 'boolean') return initial ? 'on' : 'off';
	if (typeof initial === 'number') return count(initial);
	return choicesOf(property).find(({ value }) => value === initial)?.name ?? '–';
};

const boundsOf = ({ typeOptions }: INodeProperties): string => {
	const { minValue, maxValue } = typeOptions ?? {};
	return minValue === undefined || maxValue === undefined
		? ''
		: `${count(minValue)} to ${count(maxValue)}`;
};

/** Descriptions of one sentence have no full stop in the editor. */
const sentence = (text = ''): string => (text === '' || text.endsWith('.') ? text : `${text}.`);

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

const optionTable = (operation?: string): string[] => [
	row(['Option', 'Default', 'From, to', 'What it does']),
	row(['---', '---', '---', '---']),
	...optionsOf(operation).map((property) =>
		row([
			property.displayName,
			initialOf(property),
			boundsOf(property),
			sentence(property.description),
		]),
	),
];

const providerTable = (): string[] => [
	row(['Identity Provider', 'What it means']),
	row(['---', '---']),
	...optionsOf()
		.filter(({ name }) => name === 'identityProvider')
		.flatMap(choicesOf)
		.map(({ name, description }) => row([name, sentence(description)])),
];

/** What a collection of an operation offers. */
const describedTable = (head: string, operation: string, collected: string): string[] => [
	row([head, 'What it does']),
	row(['---', '---']),
	...optionsOf(operation, collected).map(({ displayName, description }) =>
		row([displayName, sentence(description)]),
	),
];

/** The operations that read or remove, by the names that the editor shows. */
const READING = {
	get: 'Get',
	getAll: 'Get Many',
	delete: 'Delete',
	deleteMissing: 'Delete Missing',
} as const;

const readingTables = (): string[] =>
	Object.entries(READING).flatMap(([operation, name]) => [
		`### ${name}`,
		'',
		...optionTable(operation),
		'',
	]);

/** Returns the page of options, generated from the description of the node. */
export const optionPage = (): string =>
	[
		'# Options of the node',
		'',
		'Written by `npm run docs` from the node itself. Options apply to the whole run: expressions in them see',
		'the first item.',
		'',
		...optionTable(),
		'',
		'## Identity Provider',
		'',
		...providerTable(),
		'',
		'[Which one to choose](identity.md).',
		'',
		'## Options of Get, Get Many, Delete and Delete Missing',
		'',
		'[What these operations do](reading.md).',
		'',
		...readingTables(),
		'### Filters of Get Many and Delete Missing',
		'',
		'An entity must fit all of them.',
		'',
		...describedTable('Filter', 'getAll', 'filters'),
		'',
		'### Fields to Match of Get, Delete and Delete Missing',
		'',
		'An entity must have all the values given.',
		'',
		...describedTable('Field', 'get', 'matchFields'),
		'',
		'## Which to change, and when',
		'',
		'- At first, change nothing. The defaults are right for a Kibana with default settings.',
		'- Lower **Create Concurrency** where the [first sync of a large directory](large-directories.md) must leave more',
		'  of Kibana to others. The node finds out by itself how many it can handle.',
		'- Raise **Chunk Size** rather than **Concurrency** when many known entities are written: a request waits',
		'  until its entities can be searched, whether it contains one or 1,000. Lower it when requests time out.',
		'- Raise **Max Chunk Bytes** only together with `server.maxPayload` of Kibana. Lower it when a proxy refuses',
		'  large requests. In any case, a chunk that is refused for its size is split in two and sent again.',
		'- For **Max Retries** and **Timeout**, see [Reliability](reliability.md).',
		'- Turn on **Verify** for a first run on Kibana 9.2 and 9.3, and when "accepted" is not enough.',
		'- **Output** and **Include Input Fields** change [what comes out](results.md#fewer-items-or-more-fields): a summary',
		'  for a notification, failed items only, or the fields of the input beside the result.',
		'- Leave the guards of **Delete Missing** as they are, and raise them for a single run when more people have left.',
		'- Turn on **Dry Run** to see the records that a mapping makes from the items, or the entities that **Delete Missing** would',
		'  delete.',
		'',
	].join('\n');
