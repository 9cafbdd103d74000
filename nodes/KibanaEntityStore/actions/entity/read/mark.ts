/** Writing the same fields on many entities, as a mark. */
import type { IExecuteFunctions } from 'n8n-workflow';

import type { Outcome } from '../../../bulk/outcomes';
import { createBreaker } from '../../../bulk/breaker';
import type { BulkRecord } from '../../../bulk/record';
import { kindOf } from '../../../entity/kinds';
import type { EntityType } from '../../../entity/fields';
import { createRecordBuilder } from '../../../entity/record';
import type { Failure } from '../../../failure';
import type { Generation, ListedEntity } from '../../../kibana/generation';
import type { OptionValues } from '../../options';
import { writeOptions, type WriteOptions } from '../write/options';
import { sendSpace, type Run } from '../write/send';

export interface Marker {
	/** Returns the record that marks an entity. */
	readonly recordOf: (id: string, index: number) => BulkRecord;
	/** Whether an entity has the mark already. */
	readonly isMarked: (entity: ListedEntity) => boolean;
}

const invalid = (message: string): Failure => ({
	reason: 'invalidSetting',
	message,
	fields: ['mark'],
});

const parse = (given: unknown): unknown => {
	if (typeof given !== 'string') return given;
	try {
		return JSON.parse(given);
	} catch {
		return undefined;
	}
};

/** Compiles the mark of a run, or says what is wrong with it. */
export const createMarker = (
	context: IExecuteFunctions,
	generation: Generation,
	type: EntityType,
	force: boolean,
): Marker | Failure => {
	const mark = parse(context.getNodeParameter('mark', 0, '{}'));
	if (kindOf(mark) !== 'an object') return invalid('The mark must be a JSON object');
	const build = createRecordBuilder({
		generation: generation.name,
		identify: generation.identify,
		entityType: type,
		force,
		unknownKeys: 'reject',
		// A mark is written by hand, so an empty list in it is meant.
		emptyLists: 'clear',
		timeZone: context.getTimezone(),
	});
	const { entity, ...others } = mark as { entity?: Record<string, unknown> };
	const jsonOf = (id: string) => build({ ...others, entity: { ...entity, id } });
	const tried = jsonOf('an-entity');
	const [problem] = tried.problems;
	if (problem) {
		const failure = invalid(`The mark cannot be written: ${problem.message}`);
		const fix = problem.kind === 'protectedField' ? 'force' : problem.fix;
		return { ...failure, ...(fix && { fix }), ...(problem.hint && { hint: problem.hint }) };
	}
	const nothing = JSON.stringify(build({ entity: { id: 'an-entity' } }).record);
	if (JSON.stringify(tried.record) === nothing) return invalid('The mark writes nothing');
	const recordOf = (id: string, index: number): BulkRecord => {
		const json = JSON.stringify(jsonOf(id).record);
		const key = generation.entityKey(type, id);
		const bytes = generation.write.bytesOf(type, json);
		return { index, key, type, id, json, bytes, isSelfNamed: false };
	};
	return {
		recordOf,
		isMarked: ({ id, document }) =>
			generation.comparison.isUnchanged(recordOf(id, 0), document, type),
	};
};

/** The options of writing as they are at first, without those that say which entity a record is of. */
const DEFAULTS = Object.fromEntries(
	Object.entries(writeOptions)
		.filter(([name]) => !/identityProvider/i.test(name))
		.map(([name, { schema }]) => [name, schema.parse(undefined)]),
) as Omit<OptionValues<typeof writeOptions>, 'customIdentityProvider' | 'identityProvider'>;

/** Marks entities in bulk and returns what became of each, in order. */
export const markAll = async (
	run: Omit<Run, 'breaker' | 'deadline' | 'operation' | 'options'>,
	space: string,
	records: readonly BulkRecord[],
	force: boolean,
): Promise<{ readonly outcomes: ReadonlyArray<Outcome | undefined> }> => {
	const options: WriteOptions = { ...DEFAULTS, force };
	// The first generation cannot tell whether an entity exists.
	const operation = run.generation.name === 'v1' ? 'upsert' : 'update';
	const { outcomes } = await sendSpace(
		{ ...run, operation, options, deadline: Infinity, breaker: createBreaker() },
		{ space, indexes: () => records.keys() },
		records,
	);
	return { outcomes: outcomes.outcomes };
};
