import { coerce, isGiven, kindOf } from './coerce';
import {
	FIELDS_OF,
	generationsWith,
	SPOKEN_BY,
	type EntityField,
	type EntityType,
	type GenerationName,
} from './fields';
import { LOCAL, type Identify } from './identity';
import { nest } from './nest';
import { explainIssue, RECORD_SCHEMA } from './schema';

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

interface UnknownKey {
	readonly path: string;
	readonly problem: string;
	readonly isKnownElsewhere: boolean;
}

interface Leaves {
	readonly byPath: Map<string, unknown>;
	readonly unknown: UnknownKey[];
	readonly repeated: string[];
}

const isPlainObject = (value: unknown): value is Record<string, unknown> =>
	kindOf(value) === 'an object';

const unknownKey = (path: string, { generation, entityType }: RecordRules): UnknownKey => {
	if (FIELDS_OF[generation][entityType].byPath.get(path)?.protection === 'unsent') {
		const problem =
			'only names local accounts: set "Identity Provider" in the options to Local, or leave it out';
		return { path, problem, isKnownElsewhere: false };
	}
	const [elsewhere] = generationsWith(entityType, path).filter((name) => name !== generation);
	if (elsewhere === undefined) {
		return { path, problem: `is not a field of a ${entityType} entity`, isKnownElsewhere: false };
	}
	const problem = `is not known to this Kibana (${generation}, as in ${SPOKEN_BY[generation]}), only to ${SPOKEN_BY[elsewhere]}`;
	return { path, problem, isKnownElsewhere: true };
};

const collectLeaves = (
	source: Record<string, unknown>,
	rules: RecordRules,
	prefix: string,
	leaves: Leaves,
): Leaves => {
	const { byPath, sections } = FIELDS_OF[rules.generation][rules.entityType];
	const isField = (path: string): boolean => {
		const field = byPath.get(path);
		if (field?.protection === 'unsent') return rules.identityProvider === LOCAL;
		return field !== undefined;
	};
	for (const key of Object.keys(source)) {
		const value = source[key];
		const path = prefix + key;
		if (!isGiven(value)) continue;
		if (isField(path)) {
			if (leaves.byPath.has(path)) leaves.repeated.push(path);
			leaves.byPath.set(path, value);
		} else if (!sections.has(path)) {
			leaves.unknown.push(unknownKey(path, rules));
		} else if (isPlainObject(value)) {
			// Only the sections of the catalogue are entered: a few levels, whatever the item holds.
			collectLeaves(value, rules, `${path}.`, leaves);
		} else {
			const text = `holds further fields, got ${kindOf(value)}`;
			leaves.unknown.push({ path, problem: text, isKnownElsewhere: false });
		}
	}
	return leaves;
};

const problem = (kind: Problem['kind'], path: string, text: string, hint?: string): Problem => ({
	field: path,
	kind,
	message: `${path} ${text}`,
	...(hint !== undefined && { hint }),
});

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
	const isProtected = field.protection === 'force' && !force;
	if (isProtected && coerced.value !== undefined) {
		return refuse('protectedField', 'is protected by Kibana');
	}
	return coerced;
};

const schemaProblems = (
	record: EntityRecord,
	{ generation, entityType }: RecordRules,
): Problem[] => {
	const result = RECORD_SCHEMA[generation][entityType].safeParse(record);
	if (result.success) return [];
	return result.error.issues.map((issue) =>
		// A record without any `entity` field misses the one that the section must hold.
		problem(
			'invalidValue',
			issue.path.join('.').replace(/^entity$/, 'entity.id'),
			explainIssue(issue),
		),
	);
};

interface SettledIdentity {
	readonly entityId?: string;
	readonly values: ReadonlyMap<string, unknown>;
	readonly problem?: Problem;
}

/** The identity; nothing is said of it when a field that it depends on is wrong by itself. */
const settleIdentity = (
	values: ReadonlyMap<string, unknown>,
	{ entityType, identify, identityProvider }: RecordRules,
	isDoubtful: boolean,
): SettledIdentity => {
	const given = values.get('entity.id');
	const asMapped = { values, ...(typeof given === 'string' && { entityId: given }) };
	if (isDoubtful) return asMapped;
	const identified = identify(values, entityType, identityProvider);
	if (!('problem' in identified)) return identified;
	const { field, text, hint } = identified.problem;
	return { ...asMapped, problem: problem('invalidValue', field, text, hint) };
};

/**
 * Builds the record of one item: finds the fields among nested and dotted keys, leaves out what was
 * not given, coerces every value to its field's type, finds the entity's ID, and checks the whole as
 * Kibana would.
 *
 * @param source nested (`{user: {email}}`) or dotted (`{"user.email"}`) keys, or both mixed
 * @returns the record, or every problem that it has; it never throws
 */
export const buildRecord = (source: Record<string, unknown>, rules: RecordRules): BuiltRecord => {
	const { entityType, generation, unknownKeys } = rules;
	const { byPath } = FIELDS_OF[generation][entityType];
	const leaves: Leaves = { byPath: new Map(), unknown: [], repeated: [] };
	collectLeaves(source, rules, '', leaves);

	const problems = leaves.repeated.map((path) =>
		problem('invalidValue', path, 'is given twice, nested and dotted'),
	);
	if (unknownKeys === 'reject') {
		problems.push(
			...leaves.unknown.map(({ path, problem: text }) => problem('unknownField', path, text)),
		);
	}

	const values = new Map<string, unknown>();
	for (const [path, value] of leaves.byPath) {
		const read = readValue(byPath.get(path) as EntityField, value, rules);
		if ('problem' in read) problems.push(read.problem);
		else if (read.value !== undefined) values.set(path, read.value);
	}
	const namesEntity = (path: string): boolean => {
		const protection = byPath.get(path)?.protection;
		return protection === 'identity' || protection === 'unsent';
	};
	const isDoubtful = problems.some(({ field }) => namesEntity(field));
	const identity = settleIdentity(values, rules, isDoubtful);
	if (identity.problem) problems.push(identity.problem);

	const record = nest(
		[...identity.values].filter(([path]) => byPath.get(path)?.protection !== 'unsent'),
	);
	// What is missing because it was wrong, or could not be found, must not be reported once more.
	const reported = new Set(problems.map(({ field }) => field));
	const isNews = ({ field }: Problem): boolean =>
		!reported.has(field) && !(namesEntity(field) && (isDoubtful || identity.problem));
	problems.push(...schemaProblems(record, rules).filter(isNews));

	const leftOut = unknownKeys === 'leaveOut' ? leaves.unknown : [];
	const pathsWhere = (isKnownElsewhere: boolean) =>
		leftOut.filter((key) => key.isKnownElsewhere === isKnownElsewhere).map(({ path }) => path);
	return {
		...(problems.length === 0 && { record }),
		entityId: identity.entityId,
		problems,
		leftOut: pathsWhere(false),
		unknownHere: pathsWhere(true),
	};
};
