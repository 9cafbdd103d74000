/** The parameters of the trigger. */
import type { INodeProperties } from 'n8n-workflow';

import { RISK_LEVELS } from '../../entity/fields';
import { EVENTS, type EventName } from '../../trigger/events';
import { numberOption, optionsParameter, switchOption } from '../options';
import { space } from '../parameters';
import { requestOptions } from '../requestOptions';
import { entityTypes, filtersParameter } from '../entity/read/filters';
import { simplify } from '../entity/read/parameters';

export const EVENT_NAMES: Readonly<Record<EventName, { name: string; description: string }>> = {
	entityCreated: {
		name: 'Entity Created',
		description: 'An entity is new in the store',
	},
	riskLevelReached: {
		name: 'Risk Level Reached',
		description: 'The risk level rises to a chosen level, or above it',
	},
	riskScoreChanged: {
		name: 'Risk Score Changed',
		description: 'The risk score differs by a number of points from the last one reported',
	},
	criticalityChanged: {
		name: 'Criticality Changed',
		description: 'The asset criticality is set, changed or cleared',
	},
	watchlistChanged: {
		name: 'Watchlist Changed',
		description: 'The entity joins or leaves a watchlist. Kibana 9.4 and later.',
	},
	fieldsChanged: {
		name: 'Fields Changed',
		description: 'One of the chosen fields has a new value',
	},
};

const events: INodeProperties = {
	displayName: 'Events',
	name: 'events',
	type: 'multiOptions',
	required: true,
	default: ['riskLevelReached'],
	description: 'What starts the workflow',
	options: EVENTS.map((value) => ({ value, ...EVENT_NAMES[value] })).sort((one, other) =>
		one.name.localeCompare(other.name),
	),
};

const riskLevel: INodeProperties = {
	displayName: 'Risk Level',
	name: 'riskLevel',
	type: 'options',
	default: 'High',
	description:
		'The lowest risk level that counts as reached. An entity is reported again only after it fell below.',
	displayOptions: { show: { events: ['riskLevelReached'] } },
	options: RISK_LEVELS.filter((level) => level !== 'Unknown').map((level) => ({
		name: level,
		value: level,
	})),
};

const minPoints: INodeProperties = {
	displayName: 'Score Changed By',
	name: 'minPoints',
	type: 'number',
	default: 10,
	typeOptions: { minValue: 1, maxValue: 100 },
	description:
		'By how many points of 100 the risk score has to differ from the last one reported, up or down',
	displayOptions: { show: { events: ['riskScoreChanged'] } },
};

const fields: INodeProperties = {
	displayName: 'Fields',
	name: 'fields',
	type: 'string',
	required: true,
	default: '',
	placeholder: 'e.g. user.roles, host.os.version',
	description:
		'Which fields to watch, separated by commas. A section, such as host.os, stands for all in it.',
	displayOptions: { show: { events: ['fieldsChanged'] } },
};

export const triggerOptions = {
	...requestOptions,
	emitExisting: switchOption({
		displayName: 'Emit Existing',
		description:
			'Whether the first poll reports the entities that exist already. Off: it only takes note of them.',
	}),
	maxItems: numberOption(
		{
			displayName: 'Max Items per Poll',
			description:
				'How many events one poll reports at most. The next polls report the others, in order.',
		},
		{ initial: 1_000, least: 1, most: 10_000 },
	),
};

export const parameters: INodeProperties[] = [
	events,
	riskLevel,
	minPoints,
	fields,
	space,
	entityTypes,
	simplify,
	filtersParameter('Only entities that fit all of these are watched'),
	optionsParameter(triggerOptions),
];
