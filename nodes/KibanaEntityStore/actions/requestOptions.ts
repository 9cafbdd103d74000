/** The options of every operation that sends requests to Kibana. */
import { KIBANA_VERSIONS } from '../entity/fields';
import { GENERATIONS } from '../kibana/detect';
import type { SessionSettings } from '../n8n/session';
import { choiceOption, numberOption, type OptionValues } from './options';

const AUTO = 'auto';

export const requestOptions = {
	apiGeneration: choiceOption(
		{
			displayName: 'API Generation',
			description: 'Which generation of the Entity Store API to use',
		},
		[
			{ name: 'Auto', value: AUTO, description: 'Ask Kibana once per execution' },
			...[...GENERATIONS]
				.reverse()
				.map(({ name }) => ({ name: `${name} (${KIBANA_VERSIONS[name]})`, value: name })),
		],
		AUTO,
	),
	maxRetries: numberOption(
		{
			displayName: 'Max Retries',
			description:
				'How often a request is repeated after a temporary failure, such as an overloaded Kibana',
		},
		{ initial: 4, least: 0, most: 20 },
	),
	timeout: numberOption(
		{
			displayName: 'Timeout',
			description: 'How many milliseconds to wait for the answer to one request',
		},
		{ initial: 60_000, least: 1_000, most: 3_600_000 },
	),
};

/** Returns the settings of a session from these options. */
export const sessionSettings = ({
	apiGeneration,
	maxRetries,
	timeout,
}: OptionValues<typeof requestOptions>): SessionSettings => ({
	timeoutMs: timeout,
	maxRetries,
	...(apiGeneration !== AUTO && {
		generation: apiGeneration,
		because: '"API Generation" in the options says so',
	}),
});
