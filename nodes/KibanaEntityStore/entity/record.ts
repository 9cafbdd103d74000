import { coerce, isGiven, kindOf } from './coerce';
import {
	FIELDS_OF,
	generationsWith,
	SPOKEN_BY,
	type EntityField,
	type EntityType,
	type GenerationName,
} from './fields';
import { LOCAL, type Identified, type Identify } from './identity';

/** A record as Kibana takes it: nested, typed, without empty values. */
export type EntityRecord = Readonly<Record<string, unknown>>;

/** What is wrong with one field of one record. */
export interface Problem {
	/** Dotted path of the field, or of the key that is no field. */
	readonly field: string;
	readonly kind: 'unknownField' | 'invalidValue' | 'protectedField' | 'readOnlyField';
	/** A sentence that begins with the path. */
	readonly message: string;
	/** What to do, where the message does not say it. */
	readonly hint?: string;
}

/** What holds for all records of one entity type in a run. */
export interface RecordRules {
	readonly generation: GenerationName;
	/** How the generation names entities. */
	readonly identify: Identify;
	readonly entityType: EntityType;
	/** Namespace of the identity provider that users come from; undefined for none. */
	readonly identityProvider?: string;
	/** Whether the request will say `force=true`, which opens the protected fields (§3.2). */
	readonly force: boolean;
	/** What an unknown key means: a mistake, or something of the item's that is no entity data. */
	readonly unknownKeys: 'reject' | 'leaveOut';
	/** IANA name of the zone in which dates without an offset are read. */
	readonly timeZone: string;
}

export interface BuiltRecord {
	/** Undefined when there are problems. */
	readonly record?: EntityRecord;
	/** Known even when other fields are wrong, so that an error can name the entity. */
	readonly entityId?: string;
	readonly problems: readonly Problem[];
	/** Paths of keys that were left out under `unknownKeys: 'leaveOut'`, as no field of any Kibana. */
	readonly leftOut: readonly string[];
	/** Left out likewise: fields that other versions of Kibana know. */
	readonly unknownHere: readonly string[];
}

/** A field with what is known of it before any record is seen. */
interface Slot {
	readonly field: EntityField;
	/** The keys that lead to it. */
	readonly keys: readonly string[];
	/** It says which entity the record is of. */
	readonly isNaming: boolean;
}

/** What a key leads to; a key may be dotted and skip levels. */
type Target = { readonly slot: Slot } | { readonly section: Section };
type Section = ReadonlyMap<string, Target>;

const slotOf = (field: EntityField): Slot => ({
	field,
	keys: field.path.split('.'),
	isNaming: field.protection === 'identity' || field.protection === 'unsent',
});

/** All that can stand below a section: its fields and further sections by every way to them. */
const sectionAt = (slots: readonly Slot[], prefix: string): Section => {
	const targets = new Map<string, Target>();
	for (const slot of slots) {
		const { path } = slot.field;
		if (!path.startsWith(prefix)) continue;
		targets.set(path.slice(prefix.length), { slot });
		for (const dot of path.slice(prefix.length).matchAll(/\./g)) {
			const key = path.slice(prefix.length, prefix.length + dot.index);
			if (!targets.has(key)) {
				targets.set(key, { section: sectionAt(slots, `${prefix}${key}.`) });
			}
		}
	}
	return targets;
};

/** What was found in one source, and what is wrong with it. */
interface Found {
	readonly slots: Slot[];
	readonly values: unknown[];
	readonly problems: Problem[];
	readonly leftOut: string[];
	readonly unknownHere: string[];
}

const isPlainObject = (value: unknown): value is Record<string, unknown> =>
	kindOf(value) === 'an object';

const problem = (kind: Problem['kind'], path: string, text: string, hint?: string): Problem => ({
	field: path,
	kind,
	message: `${path} ${text}`,
	...(hint !== undefined && { hint }),
});

const noteUnknown = (
	path: string,
	{ generation, entityType, unknownKeys }: RecordRules,
	found: Found,
): void => {
	const [elsewhere] = generationsWith(entityType, path).filter((name) => name !== generation);
	const isKnownElsewhere = elsewhere !== undefined;
	if (unknownKeys === 'leaveOut') {
		(isKnownElsewhere ? found.unknownHere : found.leftOut).push(path);
		return;
	}
	let text = `is not a field of a ${entityType} entity`;
	if (FIELDS_OF[generation][entityType].byPath.get(path)?.protection === 'unsent') {
		text =
			'only names local accounts: set "Identity Provider" in the options to Local, or leave it out';
	} else if (isKnownElsewhere) {
		text = `is not known to this Kibana (${generation}, as in ${SPOKEN_BY[generation]}), only to ${SPOKEN_BY[elsewhere]}`;
	}
	found.problems.push(problem('unknownField', path, text));
};

/** The value to send, `undefined` for none, or why this value cannot be sent. */
const readValue = (
	field: EntityField,
	value: unknown,
	{ force, timeZone }: RecordRules,
): { value: unknown } | { problem: Problem } => {
	const refuse = (kind: Problem['kind'], text: string) => ({
		problem: problem(kind, field.path, text),
	});
	if (field.protection === 'never') {
		return refuse('readOnlyField', `cannot be written: ${field.help}`);
	}
	const coerced = coerce(field, value, timeZone);
	if ('problem' in coerced) return refuse('invalidValue', coerced.problem);
	if (field.protection === 'force' && !force && coerced.value !== undefined) {
		return refuse('protectedField', 'is protected by Kibana');
	}
	return coerced;
};

const collect = (
	source: Readonly<Record<string, unknown>>,
	section: Section,
	prefix: string,
	rules: RecordRules,
	found: Found,
): void => {
	for (const key of Object.keys(source)) {
		const value = source[key];
		if (!isGiven(value)) continue;
		const target = section.get(key);
		if (target === undefined) noteUnknown(prefix + key, rules, found);
		else if ('slot' in target) take(target.slot, value, rules, found);
		// Only the sections of the catalogue are entered: a few levels, whatever the item holds.
		else if (isPlainObject(value)) collect(value, target.section, `${prefix}${key}.`, rules, found);
		else if (rules.unknownKeys === 'leaveOut') found.leftOut.push(prefix + key);
		else {
			const text = `holds further fields, got ${kindOf(value)}`;
			found.problems.push(problem('unknownField', prefix + key, text));
		}
	}
};

const take = (slot: Slot, value: unknown, rules: RecordRules, found: Found): void => {
	const { path } = slot.field;
	if (found.slots.includes(slot)) {
		found.problems.push(problem('invalidValue', path, 'is given twice, nested and dotted'));
		return;
	}
	const read = readValue(slot.field, value, rules);
	found.slots.push(slot);
	found.values.push('value' in read ? read.value : undefined);
	if ('problem' in read) found.problems.push(read.problem);
};

type MutableRecord = Record<string, unknown>;

const put = (record: MutableRecord, keys: readonly string[], value: unknown): void => {
	let section = record;
	const last = keys.length - 1;
	for (let at = 0; at < last; at += 1) {
		const key = keys[at] as string;
		section = (section[key] ??= {}) as MutableRecord;
	}
	section[keys[last] as string] = value;
};

/** Puts together what goes out: the ID, and every value that may travel beside it. */
const assemble = (
	{ slots, values }: Found,
	{ entityId, namePath, without }: Extract<Identified, { entityId: string }>,
): EntityRecord => {
	const record: MutableRecord = { entity: { id: entityId } };
	for (let at = 0; at < slots.length; at += 1) {
		const { field, keys } = slots[at] as Slot;
		const value = values[at];
		if (value === undefined || field.path === 'entity.id' || field.protection === 'unsent')
			continue;
		if (without?.includes(field.path)) continue;
		put(record, keys, value);
	}
	if (namePath !== undefined) {
		const [section = '', name = ''] = namePath.split('.');
		const named = record[section] as MutableRecord | undefined;
		if (named && !(name in named)) named[name] = entityId;
	}
	return record;
};

/** Builds the record of an item from its source. */
export type RecordBuilder = (source: Readonly<Record<string, unknown>>) => BuiltRecord;

/**
 * Compiles the catalogue into a builder of records: it finds the fields among nested and dotted keys,
 * leaves out what was not given, coerces every value to its field's type, finds the entity's ID, and
 * refuses what Kibana would refuse (contract §3.2, §4.5). It is stricter than Kibana in one point: a
 * section of another type, such as `host.ip` in a user record, is refused here at once.
 *
 * @returns a function that takes nested (`{user: {email}}`) or dotted (`{"user.email"}`) keys, or both
 *   mixed, and returns the record, or every problem that it has; it never throws
 */
export const createRecordBuilder = (rules: RecordRules): RecordBuilder => {
	const { entityType, generation, identify, identityProvider } = rules;
	const slots = [...FIELDS_OF[generation][entityType].byPath.values()]
		.filter(({ protection }) => protection !== 'unsent' || identityProvider === LOCAL)
		.map(slotOf);
	const root = sectionAt(slots, '');

	return (source) => {
		const found: Found = { slots: [], values: [], problems: [], leftOut: [], unknownHere: [] };
		collect(source, root, '', rules, found);
		const { problems, leftOut, unknownHere } = found;

		const read = (path: string): unknown => {
			for (let at = 0; at < found.slots.length; at += 1) {
				if (found.slots[at]?.field.path === path) return found.values[at];
			}
			return undefined;
		};
		const given = read('entity.id');
		const asMapped = typeof given === 'string' ? given : undefined;
		// Nothing is said of the identity when a field that it depends on is wrong by itself.
		const isDoubtful =
			problems.length > 0 &&
			problems.some(({ field }) =>
				slots.some((slot) => slot.isNaming && slot.field.path === field),
			);
		if (isDoubtful) return { entityId: asMapped, problems, leftOut, unknownHere };

		const identified = identify(read, entityType, identityProvider);
		if ('problem' in identified) {
			const { field, text, hint } = identified.problem;
			problems.push(problem('invalidValue', field, text, hint));
			return { entityId: asMapped, problems, leftOut, unknownHere };
		}
		const { entityId } = identified;
		if (problems.length > 0) return { entityId, problems, leftOut, unknownHere };
		return { record: assemble(found, identified), entityId, problems, leftOut, unknownHere };
	};
};
