import { DateTime } from 'luxon';
import type { IExecuteFunctions } from 'n8n-workflow';

import { batchEvaluations } from './batchedEvaluation';
import { isPlainObject } from './plain';
import { compileValue, NOT_SIMPLE } from './simpleExpression';

/** The values of a mapping for one item, by field. */
export type MappedValues = Record<string, unknown>;

/** n8n turns luxon dates into text where they are the value of a key of a parameter. */
const settled = (value: unknown): unknown =>
	DateTime.isDateTime(value) ? String(value) : settledInside(value);

const settledInside = (value: unknown): unknown => {
	if (Array.isArray(value)) return value.map(settledInside);
	if (typeof value !== 'object' || value === null || !isPlainObject(value)) return value;
	const inner = Object.entries(value).map(([key, one]) => [key, settled(one)] as const);
	return Object.fromEntries(inner);
};

const evaluateAlone = (context: IExecuteFunctions, mapped: unknown, index: number): unknown =>
	context.evaluateExpression(String(mapped).slice(1), index);

const isExpression = (value: unknown): value is string =>
	typeof value === 'string' && value.startsWith('=');

/** A parameter that names its neighbours is evaluated by n8n with them. */
const NAMES_NEIGHBOURS = /\$(?:parameter|rawParameter|self)\b/;

/**
 * Reads a parameter that holds one value, for each item. One that holds no expression is read once.
 *
 * @param name path of the parameter
 * @returns a function that throws for an item whose expression fails, as n8n would
 */
export const createValueReader = (
	context: IExecuteFunctions,
	name: string,
): ((index: number) => unknown) => {
	const raw = context.getNodeParameter(name, 0, '', { rawExpressions: true }) as unknown;
	if (!isExpression(raw)) return () => raw;
	const compiled = compileValue(raw);
	const shared = compiled ? undefined : batchEvaluations(context, [raw]);
	const items = context.getInputData();
	return (index) => {
		const value = compiled ? compiled(items[index]?.json) : NOT_SIMPLE;
		if (value !== NOT_SIMPLE) return value;
		const found = shared?.(raw, index);
		return found ? found[0] : context.getNodeParameter(name, index, '');
	};
};

/**
 * Reads a parameter that holds one value for each field, such as the values of a field mapping, for
 * each item: the same values as `getNodeParameter` returns without validation, at a fraction of its
 * cost. The mapping is read and compiled once.
 *
 * @param name path of the parameter
 * @returns a function that throws for an item whose expression fails, as n8n would
 */
export const createValuesReader = (
	context: IExecuteFunctions,
	name: string,
): ((index: number) => MappedValues) => {
	const raw = context.getNodeParameter(name, 0, {}, { rawExpressions: true }) as unknown;
	const readAll = (index: number) =>
		context.getNodeParameter(name, index, {}, { skipValidation: true }) as MappedValues;
	if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return readAll;

	const entries = Object.entries(raw).map(([key, mapped]: [string, unknown]) => ({
		key,
		mapped,
		compiled: compileValue(mapped),
	}));
	const complex: string[] = [];
	for (const { mapped, compiled } of entries) {
		if (compiled) continue;
		if (!isExpression(mapped) || NAMES_NEIGHBOURS.test(mapped)) return readAll;
		complex.push(mapped);
	}
	const shared = batchEvaluations(context, complex);
	if (!shared) return readAll;

	/** Copied and filled in, which is faster than adding one key after another. */
	const blank: MappedValues = Object.fromEntries(entries.map(({ key }) => [key, undefined]));
	const items = context.getInputData();
	return (index) => {
		const json = items[index]?.json;
		const values: MappedValues = { ...blank };
		for (const { key, mapped, compiled } of entries) {
			let value = compiled ? compiled(json) : NOT_SIMPLE;
			if (value === NOT_SIMPLE) {
				const found = shared(String(mapped), index);
				value = settled(found ? found[0] : evaluateAlone(context, mapped, index));
			}
			values[key] = value;
		}
		return values;
	};
};
