import type { INodeProperties, INodePropertyCollection, INodePropertyOptions } from 'n8n-workflow';

import { requestOptions } from '../../nodes/KibanaEntityStore/actions/requestOptions';
import { KibanaEntityStore } from '../../nodes/KibanaEntityStore/KibanaEntityStore.node';
import { KibanaEntityStoreTrigger } from '../../nodes/KibanaEntityStore/KibanaEntityStoreTrigger.node';

const { properties } = new KibanaEntityStore().description;
const { properties: triggerProperties } = new KibanaEntityStoreTrigger().description;

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

const tableOf = (options: readonly INodeProperties[]): string[] => [
	row(['Option', 'Default', 'From, to', 'What it does']),
	row(['---', '---', '---', '---']),
	...options.map((property) =>
		row([
			property.displayName,
			initialOf(property),
			boundsOf(property),
			sentence(property.description),
		]),
	),
];

const optionTable = (operation?: string): string[] => tableOf(optionsOf(operation));

const triggerTable = (): string[] =>
	tableOf(
		(triggerProperties.find(({ name }) => name === 'options')?.options ?? []).filter(isProperty),
	);

/** The names of the options that every operation has. */
const SHARED = Object.values(requestOptions)
	.map(({ property }) => `**${property.displayName}**`)
	.join(', ');

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
		'# Options of the node and of the trigger',
		'',
		'Written by `npm run docs` from the node itself. Options apply to the whole run: expressions in them see',
		'the first item.',
		'',
		'## Options of Create, Update, and Create or Update',
		'',
		'**Skip Unchanged** is not an option of Create. **Link to Identity Provider User** is one of Create or Update only.',
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
		'## Options of the other resources',
		'',
		`The operations of **Store**, **Watchlist**, **Resolution** and **Asset Criticality** have the options ${SHARED},`,
		'with the same defaults as above.',
		'',
		'## Options of the trigger',
		'',
		'[What the trigger does](trigger.md). Its filters are those of Get Many.',
		'',
		...triggerTable(),
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
		'- Leave **Max Percent** and **Max Count** of **Delete Missing** as they are. Raise them for a single run when more',
		'  people have left.',
		'- Turn on **Dry Run** to see the records that a mapping makes from the items, or the entities that **Delete Missing**',
		'  would delete.',
		'',
	].join('\n');
