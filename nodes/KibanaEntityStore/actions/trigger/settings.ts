/** What the parameters of the trigger say. */
import type { IDataObject, IPollFunctions } from 'n8n-workflow';

import { RISK_LEVELS } from '../../entity/fields';
import { SIMPLIFIED_PATHS } from '../../entity/simplified';
import type { Failure } from '../../failure';
import type { ListQuery } from '../../kibana/generation';
import { DEFAULT_SPACE, isSpaceId } from '../../kibana/http/client';
import { aspectsOf, EVENTS, type Aspect, type EventName } from '../../trigger/events';
import { parseFilters } from '../entity/read/filters';
import { invalidSpace } from '../itemFailures';
import { parseOptions, type OptionValues } from '../options';
import { triggerOptions } from './parameters';

export interface TriggerSettings {
	readonly space: string;
	readonly query: ListQuery;
	readonly aspects: readonly Aspect[];
	readonly isSimplified: boolean;
	readonly options: OptionValues<typeof triggerOptions>;
}

const invalid = (message: string, field: string): { readonly failure: Failure } => ({
	failure: { reason: 'invalidSetting', message, fields: [field] },
});

const isEvent = (value: unknown): value is EventName =>
	(EVENTS as readonly unknown[]).includes(value);

const listIn = (value: unknown): string[] =>
	(Array.isArray(value) ? value : String(value ?? '').split(','))
		.map((one) => String(one).trim())
		.filter((one) => one !== '');

/**
 * Reads the parameters.
 *
 * @throws what an expression throws
 */
export const readSettings = (
	context: IPollFunctions,
): TriggerSettings | { readonly failure: Failure } => {
	const read = (name: string, fallback?: unknown): unknown =>
		context.getNodeParameter(name, fallback);
	const events = listIn(read('events', []));
	if (events.length === 0) return invalid('Choose at least one event', 'events');
	const chosen = events.filter(isEvent);
	if (chosen.length < events.length) {
		return invalid(`The events must be among ${EVENTS.join(', ')}`, 'events');
	}
	const riskLevel = String(read('riskLevel', 'High'));
	if (!(RISK_LEVELS as readonly string[]).includes(riskLevel)) {
		return invalid(`The risk level must be one of ${RISK_LEVELS.join(', ')}`, 'riskLevel');
	}
	const minPoints = Number(read('minPoints', 10));
	if (!(minPoints > 0 && minPoints <= 100)) {
		return invalid('The risk score changes by a number above 0, and up to 100', 'minPoints');
	}
	const fields = listIn(read('fields', ''));
	if (chosen.includes('fieldsChanged') && fields.length === 0) {
		return invalid('Name at least one field to watch', 'fields');
	}
	const space = String(
		context.getNodeParameter('space', '', { extractValue: true }) || DEFAULT_SPACE,
	);
	if (!isSpaceId(space)) {
		return { failure: invalidSpace('invalidSetting') };
	}
	const filters = parseFilters(read('filters', {}) as IDataObject, read('entityTypes', []));
	if ('failure' in filters) return filters;
	const options = parseOptions(read('options', {}) as IDataObject, triggerOptions);
	if ('problem' in options) return invalid(options.problem, 'options');

	const isSimplified = read('simplify', true) === true;
	const aspects = aspectsOf({ events: chosen, riskLevel, minPoints, fields });
	const watched = aspects.flatMap(({ path }) => path ?? []);
	// Whole documents of 100,000 entities are many: only what is looked at is listed.
	const paths = isSimplified ? [...new Set([...SIMPLIFIED_PATHS, ...watched])] : undefined;
	return { space, query: { ...filters, paths }, aspects, isSimplified, options };
};
