/** Options of the operations that find entities. */
import { choiceOption, textOption } from '../../options';
import { requestOptions } from '../../requestOptions';

export const putInto = textOption({
	displayName: 'Put Into',
	placeholder: 'e.g. user_context',
	description:
		'Key of the input item to put the entity under, so that the item keeps its own fields. Empty: the output is the entity alone.',
});

export const getOptions = {
	...requestOptions,
	notFound: choiceOption(
		{
			displayName: 'When Not Found',
			description: 'What to do with an item whose entity Kibana does not have',
		},
		[
			{ name: 'Error', value: 'error', description: 'The item fails' },
			{
				name: 'Pass Item Through',
				value: 'pass',
				description: 'The item goes on as it is, with found: false',
			},
		],
		'error',
	),
	putInto,
	several: choiceOption(
		{
			displayName: 'When Several Match',
			description:
				'What to return when several entities fit the fields, such as one person in two identity providers',
		},
		[
			{ name: 'All', value: 'all', description: 'One output item for each' },
			{
				name: 'Highest Risk',
				value: 'highestRisk',
				description: 'The one with the highest risk score',
			},
			{
				name: 'Resolved Target',
				value: 'target',
				description: 'Each alias gives way to the entity that it is resolved to',
			},
		],
		'all',
	),
};

export const getManyOptions = {
	...requestOptions,
	fields: textOption({
		displayName: 'Fields',
		placeholder: 'e.g. entity.id, user.email, asset.criticality',
		description:
			'Paths of the fields to return, with commas between them. Empty: all. For stored documents only, with Simplify off.',
		displayOptions: { show: { '/simplify': [false] } },
	}),
	sortBy: textOption({
		displayName: 'Sort By',
		placeholder: 'e.g. entity.risk.calculated_score_norm',
		description:
			'Path of the field to sort by. All entities that fit the filters are read for it, also with a limit. Empty: in the order in which Kibana lists them, newest first on Kibana 9.4 and later.',
	}),
	sortDirection: choiceOption(
		{ displayName: 'Sort Direction', description: 'Entities without the field come last' },
		[
			{ name: 'Ascending', value: 'asc' },
			{ name: 'Descending', value: 'desc' },
		],
		'desc',
	),
};
