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
