import { compileCoercion, type Coerced } from './coerce';
import {
	FIELDS_OF,
	generationsWith,
	KIBANA_VERSIONS,
	type EntityField,
	type EntityType,
	type GenerationName,
} from './fields';
import type { Fix } from '../failure';
import { LOCAL, type Identify } from './identity';
import { isGiven, kindOf } from './kinds';
import {
	compileSection,
	createValues,
	type EntityRecord,
	type Place,
	type Section,
	type Values,
} from './shape';
import { compileSuggest, type Suggest } from './suggest';

/** What is wrong with one field of one record. */
export interface Problem {
	/** Dotted path of the field, or of the key that is no field. */
	readonly field: string;
	readonly kind: 'unknownField' | 'invalidValue' | 'protectedField' | 'readOnlyField';
	/** A sentence that begins with the path, unless it is about the identity of the record. */
	readonly message: string;
	/** What to do, where the message does not say it. */
	readonly hint?: string;
	readonly fix?: Fix;
}

/** What holds for all records of one entity type in a run. */
export interface RecordRules {
	readonly generation: GenerationName;
	/** How the generation names entities. */
	readonly identify: Identify;
	readonly entityType: EntityType;
	/** Namespace of the identity provider that users come from; undefined for none. */
	readonly identityProvider?: string;
	/** Whether the request will say `force=true`, which opens the protected fields (docs/kibana-api.md#v1-fields). */
	readonly force: boolean;
	/** What an unknown key means: a mistake, or something of the item's that is no entity data. */
	readonly unknownKeys: 'reject' | 'ignore';
	/** What an empty list means: not given, as empty text, or that the field is to have no value. */
	readonly emptyLists: 'ignore' | 'clear';
	/** IANA name of the zone in which dates without an offset are read. */
	readonly timeZone: string;
	/** Path of the field in which every record names its entity type, if there is one. */
	readonly typePath?: string;
}

export interface BuiltRecord {
	/** Undefined when there are problems. */
	readonly record?: EntityRecord;
	/** Known even when other fields are wrong, so that an error can name the entity. */
	readonly entityId?: string;
	/** Whether the record's own fields give its ID. */
	readonly isSelfNamed?: boolean;
	/** A field that is there, but empty, where another one gives the ID in its place. */
	readonly emptyNaming?: string | undefined;
	/** Whether nothing was given beside the ID. */
	readonly isEmpty?: boolean;
	readonly problems: readonly Problem[];
	/** Paths of keys that were ignored under `unknownKeys: 'ignore'`, as no field of any Kibana. */
	readonly ignored: readonly string[];
	/** Ignored likewise: fields that other versions of Kibana know. */
	readonly unknownHere: readonly string[];
}

/** The value to send, `undefined` for none, or why this value cannot be sent. */
type Read = { readonly value: unknown } | { readonly problem: Problem };

/** A field with what is known of it before any record is seen. */
interface Slot extends Place {
	readonly read: (value: unknown) => Read;
	/** It says which entity the record is of. */
	readonly isNaming: boolean;
	readonly isSent: boolean;
}

const problem = (
	kind: Problem['kind'],
	path: string,
	text: string,
	advice: Pick<Problem, 'hint' | 'fix'> = {},
): Problem => ({ field: path, kind, message: `${path} ${text}`, ...advice });

/** The first generation collects the values of lists, so nothing takes one away (docs/kibana-api.md#v1-bulk-upsert). */
const CLEARED: Readonly<Record<GenerationName, Coerced>> = {
	v1: { problem: `cannot be cleared: ${KIBANA_VERSIONS.v1} only add to lists` },
	v2: { value: [] },
};

const compileReading = (field: EntityField, rules: RecordRules): Slot['read'] => {
	const { force, timeZone, emptyLists, generation } = rules;
	const { path, protection } = field;
	if (protection === 'never') {
		const text = `cannot be written: ${field.help}`;
		return () => ({ problem: problem('readOnlyField', path, text) });
	}
	const emptyList = emptyLists === 'clear' ? CLEARED[generation] : undefined;
	const coerce = compileCoercion(field, timeZone, emptyList);
	const isProtected = protection === 'force' && !force;
	return (value) => {
		const coerced = coerce(value);
		if ('problem' in coerced) return { problem: problem('invalidValue', path, coerced.problem) };
		return isProtected && coerced.value !== undefined
			? { problem: problem('protectedField', path, 'is protected by Kibana') }
			: coerced;
	};
};

const compileSlots = (rules: RecordRules): Slot[] => {
	const { generation, entityType, identityProvider } = rules;
	return [...FIELDS_OF[generation][entityType].byPath.values()]
		.filter(({ protection }) => protection !== 'unsent' || identityProvider === LOCAL)
		.map((field, at) => ({
			path: field.path,
			at,
			read: compileReading(field, rules),
			isNaming: field.protection === 'identity' || field.protection === 'unsent',
			isSent: field.protection !== 'unsent',
		}));
};

/** What was found in one source, and what is wrong with it. */
interface Found {
	readonly values: Values;
	readonly problems: Problem[];
	readonly ignored: string[];
	readonly unknownHere: string[];
}

const isPlainObject = (value: unknown): value is Record<string, unknown> =>
	kindOf(value) === 'an object';

/** What the reading of every source of a run has in common. */
interface Reading extends RecordRules {
	readonly suggest: Suggest;
}

/** Of one record; an error does not show more of them. */
const MOST_SUGGESTIONS = 20;

const noteUnknown = (
	path: string,
	{ generation, entityType, unknownKeys, suggest }: Reading,
	found: Found,
): void => {
	const [elsewhere] = generationsWith(entityType, path).filter((name) => name !== generation);
	const isKnownElsewhere = elsewhere !== undefined;
	if (unknownKeys === 'ignore') {
		(isKnownElsewhere ? found.unknownHere : found.ignored).push(path);
		return;
	}
	if (FIELDS_OF[generation][entityType].byPath.get(path)?.protection === 'unsent') {
		const text = 'only names local accounts';
		found.problems.push(problem('unknownField', path, text, { fix: 'localProvider' }));
		return;
	}
	if (isKnownElsewhere) {
		const text = `is not known to this Kibana (${generation}, as in ${KIBANA_VERSIONS[generation]}), only to ${KIBANA_VERSIONS[elsewhere]}`;
		found.problems.push(problem('unknownField', path, text));
		return;
	}
	const suggestion = found.problems.length < MOST_SUGGESTIONS ? suggest(path) : undefined;
	const text =
		suggestion === undefined
			? `is not a field of a ${entityType} entity`
			: `is not a field of a ${entityType} entity (did you mean ${suggestion}?)`;
	found.problems.push(problem('unknownField', path, text));
};

const collect = (
	source: Readonly<Record<string, unknown>>,
	section: Section<Slot>,
	prefix: string,
	rules: Reading,
	found: Found,
): void => {
	// Reading a key in such a loop is what V8 does fastest.
	for (const key in source) {
		if (!Object.hasOwn(source, key)) continue;
		const value = source[key];
		if (!isGiven(value)) continue;
		const target = section.get(key);
		if (target?.slot) take(target.slot, value, found);
		else if (target?.section === undefined) noteUnknown(prefix + key, rules, found);
		// Only the sections of the catalogue are entered: a few levels, whatever the item holds.
		else if (isPlainObject(value)) collect(value, target.section, `${prefix}${key}.`, rules, found);
		else if (rules.unknownKeys === 'ignore') found.ignored.push(prefix + key);
		else {
			const text = `expects an object with fields inside, got ${kindOf(value)}`;
			found.problems.push(problem('unknownField', prefix + key, text));
		}
	}
};

const take = ({ path, at, read }: Slot, value: unknown, { values, problems }: Found): void => {
	if (values.has(at)) {
		problems.push(problem('invalidValue', path, 'is given twice, nested and dotted'));
		return;
	}
	const taken = read(value);
	values.put(at, 'value' in taken ? taken.value : undefined);
	if ('problem' in taken) problems.push(taken.problem);
};

const NOTHING: readonly string[] = [];

/** Whether any of these fields has a value that the ID does not repeat. */
const saysMore = (slots: readonly Slot[], values: Values, namedBy: readonly string[]): boolean => {
	for (const { path, at } of slots) {
		const value = values.get(at);
		if (value === undefined || path === 'entity.id') continue;
		if (!namedBy.includes(path) || (Array.isArray(value) && value.length > 1)) return true;
	}
	return false;
};

/** Whether a source has a key for a field, nested or dotted, with or without a value. */
const hasKey = (source: Readonly<Record<string, unknown>>, path: string): boolean => {
	if (Object.hasOwn(source, path)) return true;
	const dot = path.indexOf('.');
	const section = source[path.slice(0, dot)];
	return isPlainObject(section) && Object.hasOwn(section, path.slice(dot + 1));
};

/** Builds the record of an item from its source. */
export type RecordBuilder = (source: Readonly<Record<string, unknown>>) => BuiltRecord;

/**
 * Compiles the catalogue into a builder of records: it finds the fields among nested and dotted keys,
 * leaves out what was not given, coerces every value to its field's type, finds the entity's ID, and
 * refuses what Kibana would refuse (docs/kibana-api.md#v1-fields, #fields). It is stricter than Kibana in one point: a
 * section of another type, such as `host.ip` in a user record, is refused here at once.
 *
 * @returns a function that takes nested (`{user: {email}}`) or dotted (`{"user.email"}`) keys, or both
 *   mixed, and returns the record, or every problem that it has; it never throws
 */
export const createRecordBuilder = (rules: RecordRules): RecordBuilder => {
	const { generation, entityType, identify, identityProvider, typePath } = rules;
	const reading: Reading = { ...rules, suggest: compileSuggest(generation, entityType) };
	const slots = compileSlots(rules);
	const root = compileSection(slots);
	const placeOf = new Map(slots.map(({ path, at }) => [path, at]));
	const sent = slots.filter(({ isSent }) => isSent);
	/** The fields of the type's own section, which may need a name. */
	const own = sent.filter(({ path }) => path.startsWith(`${entityType}.`));

	const values = createValues(sent, slots.length);
	const read = (path: string): unknown => values.get(placeOf.get(path) ?? -1);
	const set = (path: string, value: unknown): void => {
		const at = placeOf.get(path);
		if (at !== undefined) values.put(at, value);
	};

	return (source) => {
		values.clear();
		const found: Found = { values, problems: [], ignored: [], unknownHere: [] };
		collect(source, root, '', reading, found);
		const { problems, ignored, unknownHere } = found;

		const given = read('entity.id');
		const asMapped = typeof given === 'string' ? given : undefined;
		// Nothing is said of the identity when a field that it depends on is wrong by itself.
		const isDoubtful =
			problems.length > 0 &&
			problems.some(({ field }) => slots.some(({ isNaming, path }) => isNaming && path === field));
		if (isDoubtful) return { entityId: asMapped, problems, ignored, unknownHere };

		const identified = identify(read, entityType, identityProvider);
		if ('problem' in identified) {
			problems.push({ kind: 'invalidValue', ...identified.problem });
			return { entityId: asMapped, problems, ignored, unknownHere };
		}
		const { entityId, isSelfNamed } = identified;
		if (problems.length > 0) return { entityId, problems, ignored, unknownHere };
		for (const path of identified.without ?? NOTHING) set(path, undefined);
		const { namePath, namedBy = NOTHING, passedOver = NOTHING } = identified;
		const emptyNaming = passedOver.find((path) => hasKey(source, path));
		const isEmpty = !saysMore(sent, values, namedBy);
		set('entity.id', entityId);
		if (typePath !== undefined) set(typePath, entityType);
		const isGap = namePath !== undefined && read(namePath) === undefined;
		if (isGap && own.some(({ path }) => read(path) !== undefined)) set(namePath, entityId);
		const record = values.toRecord();
		return {
			record,
			entityId,
			isSelfNamed,
			emptyNaming,
			isEmpty,
			problems,
			ignored,
			unknownHere,
		};
	};
};
