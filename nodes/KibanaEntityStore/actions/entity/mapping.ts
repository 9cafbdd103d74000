import type { IExecuteFunctions } from 'n8n-workflow';

import type { Failure } from '../../bulk/outcome';
import { isGiven, kindOf } from '../../entity/coerce';
import { ENTITY_TYPES, isEntityType, type EntityType } from '../../entity/fields';
import {
	buildRecord,
	type EntityRecord,
	type Problem,
	type RecordRules,
} from '../../entity/record';
import { isSpaceId } from '../../kibana/client';
import { FORCE_HINT, shortened } from '../../kibana/failure';
import { perItem } from '../../n8n/parameters';

/** One input item, mapped: the record to send and where to, or why there is none. */
export type MappedItem =
	| {
			readonly entityType: EntityType;
			readonly entityId: string;
			/** A space ID; undefined is the default space. */
			readonly space: string | undefined;
			readonly record: EntityRecord;
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
		const read = perItem(context, 'record', (index) =>
			toSource(context.getNodeParameter('record', index, {})),
		);
		return { read, unknownKeys: 'reject' };
	}
	if (context.getNodeParameter('fields.mappingMode', 0) === 'autoMapInputData') {
		const items = context.getInputData();
		return { read: (index) => toSource(items[index]?.json), unknownKeys: 'leaveOut' };
	}
	const read = perItem(context, 'fields.value', (index) =>
		// n8n's own check knows less than the catalogue, and stops at the first bad field of an item.
		toSource(context.getNodeParameter('fields.value', index, {}, { skipValidation: true })),
	);
	return { read, unknownKeys: 'reject' };
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
export type MappingRules = Pick<
	RecordRules,
	'force' | 'generation' | 'identify' | 'identityProvider'
>;

/**
 * Maps every input item to a record of its entity type, each alone: what is wrong with one item
 * touches no other.
 */
export const mapItems = (context: IExecuteFunctions, shared: MappingRules): Mapping => {
	const sources = createSourceReader(context);
	const timeZone = context.getTimezone();
	const leftOut = new Set<string>();
	const unknownHere = new Set<string>();
	const entityTypeOf = perItem(context, 'entityType', (index) =>
		context.getNodeParameter('entityType', index),
	);
	const spaceOf = perItem(context, 'space', (index) =>
		context.getNodeParameter('space', index, '', { extractValue: true }),
	);

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

		const { unknownKeys } = sources;
		const built = buildRecord(from.source, { ...shared, entityType, unknownKeys, timeZone });
		for (const path of built.leftOut) leftOut.add(path);
		for (const path of built.unknownHere) unknownHere.add(path);
		if (built.record === undefined || built.entityId === undefined) {
			return { entityType, entityId: built.entityId, failure: toFailure(built.problems) };
		}
		return {
			entityType,
			entityId: built.entityId,
			space: isGiven(space) ? String(space) : undefined,
			record: built.record,
		};
	};

	/** Data from code can throw wherever it is touched; that concerns its own item, too. */
	const mapAlone = (index: number): MappedItem => {
		try {
			return mapItem(index);
		} catch (error) {
			const { message } = error as Error;
			return { failure: invalid(`The item cannot be read: ${shortened(message)}`, 'record') };
		}
	};

	const items = context.getInputData().map((_, index) => mapAlone(index));
	return { items, leftOut: [...leftOut], unknownHere: [...unknownHere] };
};
