/** From items to records: the mapping of a run. */
import type { IExecuteFunctions } from 'n8n-workflow';

import type { BulkRecord, MappedRecord, UnmappedItem } from '../../../bulk/record';
import { compileChoice } from '../../../entity/choices';
import { ENTITY_TYPES, isEntityType, type EntityType } from '../../../entity/fields';
import { findJsonError } from '../../../entity/json';
import { isGiven, kindOf } from '../../../entity/kinds';
import {
	createRecordBuilder,
	type Problem,
	type RecordBuilder,
	type RecordRules,
} from '../../../entity/record';
import type { EntityRecord } from '../../../entity/shape';
import { compileSuggest, withSuggestion, type Suggest } from '../../../entity/suggest';
import { joinSentences, messageOf, shortened, type Failure } from '../../../failure';
import type { Generation } from '../../../kibana/generation';
import { DEFAULT_SPACE, isSpaceId } from '../../../kibana/http/client';
import { formatCount } from '../../../n8n/items';
import { createValueReader, createValuesReader } from '../../../n8n/values/mappedValues';
import type { MappedType } from '../../../sources';
import { invalid, invalidEntityType, invalidSpace } from '../../itemFailures';
import { MIXED } from '../../parameters';
import type { WriteOptions } from './options';
import { mapperName } from './parameters';
import { createStoredReader } from './stored';

/** A record with what it was made from. */
export interface MappedItem {
	readonly bulk: BulkRecord;
	readonly record: EntityRecord;
}

/** Maps items one by one, when they are asked for. */
export interface Mapper {
	/** Returns the space ID of an item, or why there is none. */
	readonly spaceOf: (index: number) => { readonly space: string } | UnmappedItem;
	readonly map: (index: number) => MappedItem | UnmappedItem;
	/**
	 * Keys that automatic mapping has ignored so far, as no field of any Kibana, each once with the first
	 * entity type that it is no field of.
	 */
	readonly ignored: ReadonlyMap<string, EntityType>;
	/** Returns keys as they are shown: those first that may stand for a field, with that field. */
	readonly showKeys: (keys: ReadonlyMap<string, EntityType>) => string[];
	/** How many items have a naming field that is empty, so that another one gives their ID, by the field. */
	readonly emptyNaming: ReadonlyMap<string, number>;
	/** Ignored likewise: fields that only other versions of Kibana know. */
	readonly unknownHere: ReadonlySet<string>;
	/** Paths of stored documents that were left out so far, since Kibana manages them. */
	readonly leftOut: ReadonlySet<string>;
}

/** A record with thousands of wrong keys must not become an error of megabytes. */
const MOST_REPORTED = 20;
const LONGEST_KEY = 200;

/** Returns keys in one text, those after the twentieth as a number. */
export const listKeys = (keys: readonly string[]): string => {
	const more = keys.length - MOST_REPORTED;
	const listed = keys.slice(0, MOST_REPORTED).map((key) => key.slice(0, LONGEST_KEY));
	return `${listed.join(', ')}${more > 0 ? ` and ${formatCount(more)} more` : ''}`;
};

const recordFailure = (all: readonly Problem[]): Failure => {
	const problems = all.slice(0, MOST_REPORTED);
	const isProtection = (one: Problem) => one.kind === 'protectedField';
	const protectedFields = problems.filter(isProtection).map(({ field }) => field);
	const messages = problems.filter((one) => !isProtection(one)).map(({ message }) => message);
	const hints = [...new Set(problems.flatMap(({ hint }) => hint ?? []))];
	const [fix] = problems.flatMap((one) => one.fix ?? []);
	if (all.length > problems.length) messages.push(`and ${all.length - problems.length} more`);
	if (protectedFields.length > 0) {
		messages.push(`Protected by Kibana: ${protectedFields.join(', ')}`);
	}
	const shownFix = protectedFields.length > 0 ? 'force' : fix;
	return {
		reason: protectedFields.length === problems.length ? 'protectedFields' : 'invalidRecord',
		message: shortened(messages.join('; ')),
		...(hints.length > 0 && { hint: joinSentences(...hints) }),
		...(shownFix && { fix: shownFix }),
		fields: problems.map(({ field }) => shortened(field)),
	};
};

/** What the mapping yields for one item, before it is checked. */
type Source = { readonly source: Record<string, unknown> } | { readonly failure: Failure };

const toSource = (value: unknown): Source => {
	if (!isGiven(value)) return { source: {} };
	if (typeof value === 'string') {
		try {
			return toSource(JSON.parse(value) ?? {});
		} catch {
			const { line, column } = findJsonError(value);
			const message = `The record is not valid JSON: see line ${line}, column ${column}`;
			return { failure: invalid(message, 'record') };
		}
	}
	if (kindOf(value) === 'an object') return { source: value as Record<string, unknown> };
	const message = `The record must be a JSON object, got ${kindOf(value)}`;
	return { failure: invalid(message, 'record') };
};

interface SourceReader {
	readonly read: (itemIndex: number) => Source;
	readonly unknownKeys: RecordRules['unknownKeys'];
	/** Whether whole objects come in, which may be stored documents. */
	readonly isWhole: boolean;
}

const createSourceReader = (context: IExecuteFunctions, mappedType: MappedType): SourceReader => {
	if (context.getNodeParameter('inputMode', 0) === 'json') {
		const read = createValueReader(context, 'record');
		return { read: (index) => toSource(read(index)), unknownKeys: 'reject', isWhole: true };
	}
	const mapper = mapperName(mappedType, context.getNodeParameter('source', 0, 'none'));
	if (context.getNodeParameter(`${mapper}.mappingMode`, 0, 'defineBelow') === 'autoMapInputData') {
		const items = context.getInputData();
		return { read: (index) => toSource(items[index]?.json), unknownKeys: 'ignore', isWhole: true };
	}
	// n8n's own check knows less than the catalogue, and stops at the first bad field of an item.
	const read = createValuesReader(context, `${mapper}.value`);
	return { read: (index) => toSource(read(index)), unknownKeys: 'reject', isWhole: false };
};

interface TypeReader {
	/** The type whose mapping is used. */
	readonly mappedType: MappedType;
	/** Returns undefined where the item names no entity type. */
	readonly entityTypeOf: (index: number) => EntityType | undefined;
}

const WRONG_TYPE = invalidEntityType();

const createTypeReader = (context: IExecuteFunctions): TypeReader => {
	const chosen = context.getNodeParameter('entityType', 0);
	if (isEntityType(chosen)) return { mappedType: chosen, entityTypeOf: () => chosen };
	if (chosen !== MIXED) return { mappedType: MIXED, entityTypeOf: () => undefined };
	const read = createValueReader(context, 'itemEntityType');
	const typeNamed = compileChoice(ENTITY_TYPES);
	const entityTypeOf = (index: number) => {
		const value = read(index);
		const type = typeof value === 'string' ? typeNamed(value.trim()) : undefined;
		return isEntityType(type) ? type : undefined;
	};
	return { mappedType: MIXED, entityTypeOf };
};

/** An expression that fails concerns its item alone. */
const expressionFailure = (error: unknown): Failure => ({
	reason: 'expression',
	message: `An expression of the mapping failed: ${messageOf(error)}`,
});

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

/** The suggestions for each entity type that occurs. */
const createSuggestions = (generation: RecordRules['generation']) => {
	const known = new Map<EntityType, Suggest>();
	return (entityType: EntityType): Suggest => {
		const suggest = known.get(entityType) ?? compileSuggest(generation, entityType);
		known.set(entityType, suggest);
		return suggest;
	};
};

/** Counts items by a text. An item that is mapped twice counts once. */
const createItemCounts = (itemCount: number) => {
	const counts = new Map<string, number>();
	let counted: Uint8Array | undefined;
	const count = (text: string, index: number): void => {
		counted ??= new Uint8Array(itemCount);
		if (counted[index] === 1) return;
		counted[index] = 1;
		counts.set(text, (counts.get(text) ?? 0) + 1);
	};
	return { counts, count };
};

/** Returns the failure of an item with the keys that automatic mapping has ignored, as one may be meant. */
const withIgnored = (failure: Failure, keys: readonly string[]): Failure => {
	if (keys.length === 0) return failure;
	const ignored = `Ignored: not entity fields: ${listKeys(keys)}`;
	return {
		...failure,
		hint: failure.hint === undefined ? ignored : joinSentences(failure.hint, ignored),
	};
};

/**
 * Compiles the mapping of a run. Each item is mapped alone, to a record of its entity type: a mistake in
 * one does not affect another.
 */
export const createMapper = (
	context: IExecuteFunctions,
	{ name, identify, entityKey, write }: Generation,
	{ force, identityProvider, emptyLists }: WriteOptions,
): Mapper => {
	const { mappedType, entityTypeOf } = createTypeReader(context);
	const sources = createSourceReader(context, mappedType);
	const suggestFor = createSuggestions(name);
	const typePath = write.typePath(force);
	const builderFor = createBuilders({
		generation: name,
		identify,
		force,
		...(identityProvider !== undefined && { identityProvider }),
		...(typePath !== undefined && { typePath }),
		unknownKeys: sources.unknownKeys,
		emptyLists: emptyLists === 'clear' ? 'clear' : 'ignore',
		timeZone: context.getTimezone(),
	});
	const stored = createStoredReader({ name, identify });
	const ignored = new Map<string, EntityType>();
	const unknownHere = new Set<string>();
	const emptyNaming = createItemCounts(context.getInputData().length);
	const readSpace = createValueReader(context, 'space.value');

	const spaceOf: Mapper['spaceOf'] = (index) => {
		let read: unknown;
		try {
			read = readSpace(index);
		} catch (error) {
			return { index, failure: expressionFailure(error) };
		}
		const given = isGiven(read) ? read : DEFAULT_SPACE;
		const space = typeof given === 'number' ? String(given) : given;
		if (typeof space === 'string' && isSpaceId(space)) return { space };
		return { index, failure: invalidSpace() };
	};

	const showKeys: Mapper['showKeys'] = (keys) => {
		const shown = [...keys].map(([key, type]) => {
			const suggestion = suggestFor(type)(key);
			return { text: withSuggestion(key, suggestion), isKnown: suggestion !== undefined };
		});
		const known = shown.filter(({ isKnown }) => isKnown);
		const others = shown.filter(({ isKnown }) => !isKnown);
		return [...known, ...others].map(({ text }) => text);
	};

	const mapItem = (index: number): MappedItem | UnmappedItem => {
		let type: EntityType | undefined;
		let from: Source;
		try {
			type = entityTypeOf(index);
			from = sources.read(index);
		} catch (error) {
			return { index, failure: expressionFailure(error) };
		}
		if (type === undefined) return { index, failure: WRONG_TYPE };
		if ('failure' in from) return { index, type, ...from };

		const source = sources.isWhole ? stored.clean(from.source, type) : from.source;
		const built = builderFor(type)(source);
		for (const path of built.ignored) if (!ignored.has(path)) ignored.set(path, type);
		for (const path of built.unknownHere) unknownHere.add(path);
		if (built.emptyNaming !== undefined) emptyNaming.count(built.emptyNaming, index);
		const { record, entityId: id, isSelfNamed = false, isEmpty = false } = built;
		if (record === undefined || id === undefined) {
			const failure = recordFailure(built.problems);
			const keys = new Map(built.ignored.map((path) => [path, type]));
			return { index, type, id, failure: withIgnored(failure, showKeys(keys)) };
		}
		const json = JSON.stringify(record);
		const key = entityKey(type, id);
		const bytes = write.bytesOf(type, json);
		return { bulk: { index, key, type, id, json, bytes, isSelfNamed, isEmpty }, record };
	};

	/** Data from code can throw wherever it is read. That concerns its own item, too. */
	const map: Mapper['map'] = (index) => {
		try {
			return mapItem(index);
		} catch (error) {
			const message = `The item cannot be read: ${messageOf(error)}`;
			return { index, failure: invalid(message, 'record') };
		}
	};

	const { leftOut } = stored;
	const { counts } = emptyNaming;
	return { spaceOf, map, ignored, showKeys, unknownHere, leftOut, emptyNaming: counts };
};

/** Yields the records of some items, each mapped when it is asked for. */
export const mapAll = function* (
	indexes: Iterable<number>,
	{ map }: Mapper,
): Generator<MappedRecord> {
	for (const index of indexes) {
		const mapped = map(index);
		yield 'failure' in mapped ? mapped : mapped.bulk;
	}
};
