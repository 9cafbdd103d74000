import { coerce, isGiven, kindOf } from './coerce';
import { FIELDS_OF, type EntityField, type EntityType } from './fields';
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
}

export interface RecordRules {
	readonly entityType: EntityType;
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
	/** Paths of keys that were left out under `unknownKeys: 'leaveOut'`. */
	readonly leftOut: readonly string[];
}

interface Leaves {
	readonly byPath: Map<string, unknown>;
	readonly unknown: Array<{ path: string; problem: string }>;
	readonly repeated: string[];
}

const isPlainObject = (value: unknown): value is Record<string, unknown> =>
	kindOf(value) === 'an object';

const collectLeaves = (
	source: Record<string, unknown>,
	entityType: EntityType,
	prefix: string,
	leaves: Leaves,
): Leaves => {
	const { byPath, sections } = FIELDS_OF[entityType];
	for (const key of Object.keys(source)) {
		const value = source[key];
		const path = prefix + key;
		if (!isGiven(value)) continue;
		if (byPath.has(path)) {
			if (leaves.byPath.has(path)) leaves.repeated.push(path);
			leaves.byPath.set(path, value);
		} else if (!sections.has(path)) {
			leaves.unknown.push({ path, problem: `is not a field of a ${entityType} entity` });
		} else if (isPlainObject(value)) {
			// Only the sections of the catalogue are entered: a few levels, whatever the item holds.
			collectLeaves(value, entityType, `${path}.`, leaves);
		} else {
			leaves.unknown.push({ path, problem: `holds further fields, got ${kindOf(value)}` });
		}
	}
	return leaves;
};

/**
 * A `user`, `host` or `service` section must hold a name, whose value Kibana replaces by the entity
 * ID (contract §3.1): a builder who maps only `user.email` means just that.
 */
const fillInName = (values: Map<string, unknown>, entityType: EntityType): void => {
	const namePath = `${entityType}.name`;
	if (!FIELDS_OF[entityType].byPath.has(namePath) || values.has(namePath)) return;
	const entersSection = [...values.keys()].some((path) => path.startsWith(`${entityType}.`));
	// Without an entity ID the record fails for that reason alone, not for the name as well.
	if (entersSection) values.set(namePath, values.get('entity.id') ?? '');
};

const problem = (kind: Problem['kind'], path: string, text: string): Problem => ({
	field: path,
	kind,
	message: `${path} ${text}`,
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

const schemaProblems = (record: EntityRecord, entityType: EntityType): Problem[] => {
	const result = RECORD_SCHEMA[entityType].safeParse(record);
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

/**
 * Builds the record of one item: finds the fields among nested and dotted keys, leaves out what was
 * not given, coerces every value to its field's type, and checks the whole as Kibana would.
 *
 * @param source nested (`{user: {email}}`) or dotted (`{"user.email"}`) keys, or both mixed
 * @returns the record, or every problem that it has; it never throws
 */
export const buildRecord = (source: Record<string, unknown>, rules: RecordRules): BuiltRecord => {
	const { entityType, unknownKeys } = rules;
	const leaves: Leaves = { byPath: new Map(), unknown: [], repeated: [] };
	collectLeaves(source, entityType, '', leaves);

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
		const read = readValue(FIELDS_OF[entityType].byPath.get(path) as EntityField, value, rules);
		if ('problem' in read) problems.push(read.problem);
		else if (read.value !== undefined) values.set(path, read.value);
	}
	fillInName(values, entityType);

	const record = nest(values);
	// A field that could not be coerced is missing here; it must not be reported a second time.
	const reported = new Set(problems.map(({ field }) => field));
	problems.push(...schemaProblems(record, entityType).filter(({ field }) => !reported.has(field)));

	const id = values.get('entity.id');
	const entityId = typeof id === 'string' ? id : undefined;
	const leftOut = unknownKeys === 'leaveOut' ? leaves.unknown.map(({ path }) => path) : [];
	return problems.length === 0
		? { record, entityId, problems, leftOut }
		: { entityId, problems, leftOut };
};
