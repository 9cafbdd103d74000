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
import { DEFAULT_SPACE, isSpaceId } from '../../kibana/http/client';
import { FORCE_HINT, shortened } from '../../kibana/failure';
import { createValueReader, createValuesReader } from '../../n8n/values/mappedValues';

/** One input item, mapped: what to send, or why there is nothing to send. */
export type MappedItem =
	| {
			readonly entityType: EntityType;
			readonly entityId: string;
			/** The row of the request body that carries the record, as JSON text. */
			readonly json: string;
	  }
	| FailedItem;

export interface FailedItem {
	readonly entityType?: string;
	readonly entityId?: string;
	readonly failure: Failure;
}

/** Maps items one by one, when they are asked for. */
export interface Mapper {
	/** The space ID of an item, or why there is none. */
	readonly spaceOf: (index: number) => { readonly space: string } | FailedItem;
	readonly map: (index: number) => MappedItem;
	/** Keys that automatic mapping has left out so far, as no field of any Kibana, each once. */
	readonly leftOut: ReadonlySet<string>;
	/** Left out likewise: fields that only other versions of Kibana know. */
	readonly unknownHere: ReadonlySet<string>;
}

/** A record with thousands of wrong keys must not become an error of megabytes. */
const MOST_TOLD = 20;

const toFailure = (all: readonly Problem[]): Failure => {
	const problems = all.slice(0, MOST_TOLD);
	const isProtection = (one: Problem) => one.kind === 'protectedField';
	const protectedFields = problems.filter(isProtection).map(({ field }) => field);
	const messages = problems.filter((one) => !isProtection(one)).map(({ message }) => message);
	const hints = problems.flatMap(({ hint }) => hint ?? []);
	if (all.length > problems.length) messages.push(`and ${all.length - problems.length} more`);
	if (protectedFields.length > 0) {
		hints.push(FORCE_HINT);
		messages.push(`Protected by Kibana: ${protectedFields.join(', ')}`);
	}
	return {
		reason: protectedFields.length === problems.length ? 'protectedFields' : 'invalidRecord',
		message: shortened(messages.join('; ')),
		...(hints.length > 0 && { hint: hints.join('. ') }),
		fields: problems.map(({ field }) => shortened(field)),
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
 * Compiles the mapping of a run. Each item is mapped alone, to a record of its entity type: what is
 * wrong with one touches no other.
 */
export const createMapper = (
	context: IExecuteFunctions,
	{ toRow, ...shared }: MappingRules,
): Mapper => {
	const sources = createSourceReader(context);
	const { unknownKeys } = sources;
	const builderFor = createBuilders({ ...shared, unknownKeys, timeZone: context.getTimezone() });
	const leftOut = new Set<string>();
	const unknownHere = new Set<string>();
	const readEntityType = createValueReader(context, 'entityType');
	const readSpace = createValueReader(context, 'space.value');

	const spaceOf: Mapper['spaceOf'] = (index) => {
		const read = reading(() => ({ given: readSpace(index) }));
		if ('failure' in read) return read;
		const given = isGiven(read.given) ? read.given : DEFAULT_SPACE;
		const space = typeof given === 'number' ? String(given) : given;
		if (typeof space === 'string' && isSpaceId(space)) return { space };
		return {
			failure: invalid('A space ID holds only lower-case letters, digits, _ and -', 'space'),
		};
	};

	const mapItem = (index: number): MappedItem => {
		const read = reading(() => ({
			entityType: readEntityType(index),
			from: sources.read(index),
		}));
		if ('failure' in read) return read;
		const { entityType, from } = read;
		if (!isEntityType(entityType)) {
			const message = `The entity type must be one of ${ENTITY_TYPES.join(', ')}`;
			return { failure: invalid(message, 'entityType') };
		}
		if ('failure' in from) return { entityType, ...from };

		const built = builderFor(entityType)(from.source);
		for (const path of built.leftOut) leftOut.add(path);
		for (const path of built.unknownHere) unknownHere.add(path);
		const { record, entityId } = built;
		return record === undefined || entityId === undefined
			? { entityType, entityId, failure: toFailure(built.problems) }
			: { entityType, entityId, json: toRow(entityType, record) };
	};

	/** Data from code can throw wherever it is touched; that concerns its own item, too. */
	const map: Mapper['map'] = (index) => {
		try {
			return mapItem(index);
		} catch (error) {
			const { message } = error as Error;
			return { failure: invalid(`The item cannot be read: ${shortened(message)}`, 'record') };
		}
	};

	return { spaceOf, map, leftOut, unknownHere };
};
