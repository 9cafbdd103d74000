/** Which entities to list: the parameters, and what they say. */
import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import { inWords } from '../../../entity/choices';
import {
	CRITICALITIES,
	ENTITY_TYPES,
	isEntityType,
	RISK_LEVELS,
	type EntityType,
} from '../../../entity/fields';
import type { Failure } from '../../../failure';
import type { ListQuery } from '../../../kibana/generation';
import { entityType } from '../../parameters';

export const entityTypes: INodeProperties = {
	displayName: 'Entity Types',
	name: 'entityTypes',
	type: 'multiOptions',
	default: [],
	description: 'Which types to list: user, host, service or generic. Without a choice: all.',
	options: entityType.options ?? [],
};

/** `Unknown` is no level to begin from: without a filter it is listed too. */
const LEVELS_FROM: readonly string[] = RISK_LEVELS.filter((level) => level !== 'Unknown');

const filterOptions: INodeProperties[] = [
	{
		displayName: 'Criticality',
		name: 'criticality',
		type: 'multiOptions',
		default: [],
		description: 'The entity has one of these asset criticalities',
		options: CRITICALITIES.map((value) => ({ name: inWords(value), value })),
	},
	{
		displayName: 'KQL',
		name: 'kql',
		type: 'string',
		default: '',
		placeholder: 'e.g. user.roles: "admin" and not asset.owner: *',
		description:
			'A condition in Kibana Query Language on the fields of the stored entities. Kibana 9.2 and 9.3 cannot list by KQL.',
	},
	{
		displayName: 'Name Contains',
		name: 'nameContains',
		type: 'string',
		default: '',
		description: 'A part of the name or of the ID of the entity, in upper or lower case',
	},
	{
		displayName: 'Risk Level From',
		name: 'riskLevelFrom',
		type: 'options',
		default: 'High',
		description: 'The lowest risk level to list. Higher levels are listed too.',
		options: LEVELS_FROM.map((level) => ({ name: level, value: level })),
	},
	{
		displayName: 'Risk Score From',
		name: 'riskScoreFrom',
		type: 'number',
		default: 70,
		typeOptions: { minValue: 0, maxValue: 100 },
		description:
			'The lowest risk score to list, from 0 to 100. Entities without a score are left out.',
	},
	{
		displayName: 'Source',
		name: 'source',
		type: 'string',
		default: '',
		placeholder: 'e.g. okta',
		description:
			'The source that the entity comes from (entity.source). Kibana 9.2 and 9.3 replace it by a name of their own.',
	},
];

/** @param description what the filters are for in an operation */
export const filtersParameter = (description: string): INodeProperties => ({
	displayName: 'Filters',
	name: 'filters',
	type: 'collection',
	default: {},
	placeholder: 'Add filter',
	description,
	options: filterOptions,
});

export type Filters = Omit<ListQuery, 'paths'>;

const invalid = (message: string, field: string): { readonly failure: Failure } => ({
	failure: { reason: 'invalidSetting', message, fields: [field] },
});

const textIn = (value: unknown): string =>
	typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';

const listIn = (value: unknown): string[] =>
	(typeof value === 'string' ? value.split(',') : [value ?? []].flat())
		.map((one) => String(one).trim())
		.filter((one) => one !== '');

const typesIn = (value: unknown): EntityType[] | undefined => {
	const types = listIn(value);
	return types.every(isEntityType) ? types : undefined;
};

/**
 * Reads filters, as the parameters hold them.
 *
 * @param types the entity types
 */
export const parseFilters = (
	filters: Readonly<Record<string, unknown>>,
	types: unknown,
): Filters | { readonly failure: Failure } => {
	const chosen = typesIn(types);
	if (chosen === undefined) {
		return invalid(`The entity types must be among ${ENTITY_TYPES.join(', ')}`, 'entityTypes');
	}
	const from = textIn(filters.riskLevelFrom);
	if (from !== '' && !LEVELS_FROM.includes(from)) {
		return invalid(`The risk level must be one of ${LEVELS_FROM.join(', ')}`, 'filters');
	}
	const criticalities = listIn(filters.criticality);
	if (!criticalities.every((one) => (CRITICALITIES as readonly string[]).includes(one))) {
		return invalid(`The criticality must be one of ${CRITICALITIES.join(', ')}`, 'filters');
	}
	const leastScore = textIn(filters.riskScoreFrom);
	const riskScoreFrom = leastScore === '' ? undefined : Number(leastScore);
	if (riskScoreFrom !== undefined && !(riskScoreFrom >= 0 && riskScoreFrom <= 100)) {
		return invalid('The risk score must be a number from 0 to 100', 'filters');
	}
	return {
		types: chosen,
		riskScoreFrom,
		kql: textIn(filters.kql),
		riskLevels: from === '' ? [] : LEVELS_FROM.slice(LEVELS_FROM.indexOf(from)),
		criticalities,
		sources: textIn(filters.source) === '' ? [] : [textIn(filters.source)],
		nameContains: textIn(filters.nameContains),
	};
};

/**
 * Reads the filters of an item.
 *
 * @param types the entity types, as the parameter holds them
 * @throws what an expression throws
 */
export const readFilters = (
	context: IExecuteFunctions,
	index: number,
	types: unknown,
): Filters | { readonly failure: Failure } =>
	parseFilters(context.getNodeParameter('filters', index, {}) as IDataObject, types);
