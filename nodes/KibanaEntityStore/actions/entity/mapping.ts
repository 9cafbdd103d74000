import type { IExecuteFunctions } from 'n8n-workflow';

import type { Failure } from '../../bulk/outcome';
import { isGiven, kindOf } from '../../entity/coerce';
import { ENTITY_TYPES, isEntityType, type EntityType } from '../../entity/fields';
import {
	createRecordBuilder,
	type EntityRecord,
	type Problem,
	type RecordBuilder,
	type RecordRules,
} from '../../entity/record';
import { DEFAULT_SPACE, isSpaceId } from '../../kibana/client';
import { FORCE_HINT } from '../../kibana/failure';
import { createValueReader, createValuesReader } from '../../n8n/mappedValues';

/** One input item, mapped: what to send and where to, or why there is nothing to send. */
export type MappedItem =
	| {
			readonly entityType: EntityType;
			readonly entityId: string;
			/** A space ID. */
			readonly space: string;
			/** The row of the request body that carries the record, as JSON text. */
			readonly json: string;
	  }
	| { readonly entityType?: string; readonly entityId?: string; readonly failure: Failure };

export interface Mapping {
	/** One for each input item, in order. */
	readonly items: readonly MappedItem[];
	/** Keys of the items that automatic mapping left out, as no field of any Kibana, each once. */
	readonly leftOut: readonly string[];
	/** Left out likewise: fields that only other versions of Kibana know. */
	readonly unknownHere: readonly string[];
}

const toFailure = (problems: readonly Problem[]): Failure => {
	const isProtection = (one: Problem) => one.kind === 'protectedField';
	const protectedFields = problems.filter(isProtection).map(({ field }) => field);
	const messages = problems.filter((one) => !isProtection(one)).map(({ message }) => message);
	const hints = problems.flatMap(({ hint }) => hint ?? []);
	if (protectedFields.length > 0) {
		hints.push(FORCE_HINT);
		messages.push(`Protected by Kibana: ${protectedFields.join(', ')}`);
	}
	return {
		reason: protectedFields.length === problems.length ? 'protectedFields' : 'invalidRecord',
		message: messages.join('; '),
		...(hints.length > 0 && { hint: hints.join('. ') }),
		fields: problems.map(({ field }) => field),
	};
};

const invalid = (message: string, field: string): Failure => ({
	reason: 'invalidRecord',
	message,
	fields: [field],
});

/** What the mapping yields for one item, before anybody knows whether it makes a record. */
type Source = { readonly source: Record<string, unknown> } | { readonly failure: Failure };

const toSource = (value: unknown): Source => {
	if (!isGiven(value)) return { source: {} };
	if (typeof value === 'string') {
		try {
			return toSource(JSON.parse(value) ?? {});
		} catch {
			return { failure: invalid('The record is text, but not valid JSON', 'record') };
		}
	}
	if (kindOf(value) === 'an object') return { source: value as Record<string, unknown> };
	const message = `The record must be a JSON object, got ${kindOf(value)}`;
	return { failure: invalid(message, 'record') };
};

interface SourceReader {
	readonly read: (itemIndex: number) => Source;
	readonly unknownKeys: RecordRules['unknownKeys'];
}

const createSourceReader = (context: IExecuteFunctions): SourceReader => {
	if (context.getNodeParameter('inputMode', 0) === 'json') {
		const read = createValueReader(context, 'record');
		return { read: (index) => toSource(read(index)), unknownKeys: 'reject' };
	}
	if (context.getNodeParameter('fields.mappingMode', 0) === 'autoMapInputData') {
		const items = context.getInputData();
		return { read: (index) => toSource(items[index]?.json), unknownKeys: 'leaveOut' };
	}
	// n8n's own check knows less than the catalogue, and stops at the first bad field of an item.
	const read = createValuesReader(context, 'fields.value');
	return { read: (index) => toSource(read(index)), unknownKeys: 'reject' };
};

/** An expression that fails concerns its item alone. */
const reading = <Value>(read: () => Value): Value | { readonly failure: Failure } => {
	try {
		return read();
	} catch (error) {
		const message = `An expression of the mapping failed: ${(error as Error).message}`;
		return { failure: { reason: 'expression', message } };
	}
};

/** What all items of a run share. */
export interface MappingRules
	extends Pick<RecordRules, 'force' | 'generation' | 'identify' | 'identityProvider'> {
	/** Serialises a record, once. */
	readonly toRow: (type: EntityType, record: EntityRecord) => string;
}

/** A builder of records for each entity type that occurs, each compiled once. */
const createBuilders = (shared: Omit<RecordRules, 'entityType'>) => {
	const builders = new Map<EntityType, RecordBuilder>();
	return (entityType: EntityType): RecordBuilder => {
		const known = builders.get(entityType);
		if (known) return known;
		const builder = createRecordBuilder({ ...shared, entityType });
		builders.set(entityType, builder);
		return builder;
	};
};

/**
 * Maps every input item to a record of its entity type, each alone: what is wrong with one item
 * touches no other.
 */
export const mapItems = (
	context: IExecuteFunctions,
	{ toRow, ...shared }: MappingRules,
): Mapping => {
	const sources = createSourceReader(context);
	const { unknownKeys } = sources;
	const builderFor = createBuilders({ ...shared, unknownKeys, timeZone: context.getTimezone() });
	const leftOut = new Set<string>();
	const unknownHere = new Set<string>();
	const entityTypeOf = createValueReader(context, 'entityType');
	const spaceOf = createValueReader(context, 'space.value');

	const mapItem = (index: number): MappedItem => {
		const parameters = reading(() => ({
			entityType: entityTypeOf(index),
			space: spaceOf(index),
			from: sources.read(index),
		}));
		if ('failure' in parameters) return parameters;
		const { entityType, space, from } = parameters;

		if (!isEntityType(entityType)) {
			const message = `The entity type must be one of ${ENTITY_TYPES.join(', ')}`;
			return { failure: invalid(message, 'entityType') };
		}
		if (isGiven(space) && !isSpaceId(String(space))) {
			const message = 'A space ID holds only lower-case letters, digits, _ and -';
			return { entityType, failure: invalid(message, 'space') };
		}
		if ('failure' in from) return { entityType, ...from };

		const built = builderFor(entityType)(from.source);
		for (const path of built.leftOut) leftOut.add(path);
		for (const path of built.unknownHere) unknownHere.add(path);
		const { record, entityId } = built;
		if (record === undefined || entityId === undefined) {
			return { entityType, entityId, failure: toFailure(built.problems) };
		}
		const json = toRow(entityType, record);
		return { entityType, entityId, space: isGiven(space) ? String(space) : DEFAULT_SPACE, json };
	};

	const items = context.getInputData().map((_, index) => mapItem(index));
	return { items, leftOut: [...leftOut], unknownHere: [...unknownHere] };
};
