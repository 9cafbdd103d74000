import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import type { Outcome } from '../../bulk/outcomes';
import type { Failure } from '../../failure';
import type { EntityType } from '../../entity/fields';
import { DEFAULT_SPACE, isSpaceId } from '../../kibana/http/client';
import type { EntityMatch, Generation, ListedEntity, ListQuery } from '../../kibana/generation';
import { addHint } from '../../n8n/hint';
import { countOf, countOrNone, formatCount, type ItemResult } from '../../n8n/items';
import { createRunLog } from '../../n8n/log';
import type { Session } from '../../n8n/session';
import { invalidSpace } from '../itemFailures';
import type { Operation } from '../operation';
import {
	numberOption,
	optionsParameter,
	readOptions,
	switchOption,
	type OptionValues,
} from '../options';
import { entityType, space } from '../parameters';
import { requestOptions } from '../requestOptions';
import { createProgress } from './progress';
import { filtersParameter, readFilters } from './read/filters';
import { listEntities } from './read/list';
import { createMarker, markAll, type Marker } from './read/mark';
import { entityId, findBy, matchFields } from './read/parameters';
import { createPresence } from './read/presence';
import { deleteAll, deleteConcurrency } from './read/remove';
import { createTargetReader } from './read/target';

const whenMissing: INodeProperties = {
	displayName: 'When Missing',
	name: 'whenMissing',
	type: 'options',
	noDataExpression: true,
	default: 'delete',
	description: 'What to do with entities that are in scope and not in the input',
	options: [
		{ name: 'Delete', value: 'delete', description: 'Delete them permanently' },
		{ name: 'Mark', value: 'mark', description: 'Keep them, and write fields on them' },
	],
};

const mark: INodeProperties = {
	displayName: 'Mark',
	name: 'mark',
	type: 'json',
	default: '{\n  "entity": {\n    "attributes": {\n      "managed": false\n    }\n  }\n}',
	description:
		'The fields to write on the missing entities, as a JSON object. Entities that have them already are left alone.',
	displayOptions: { show: { whenMissing: ['mark'] } },
};

const force: INodeProperties = {
	displayName: 'Write Protected Fields',
	name: 'force',
	type: 'boolean',
	default: false,
	description: 'Whether to write the fields that Kibana protects, too',
	displayOptions: { show: { whenMissing: ['mark'] } },
};

const missingOptions = {
	...requestOptions,
	allowEmpty: switchOption({
		displayName: 'Allow Empty Input',
		description:
			'Whether an input without any entity means that all in scope are missing. Otherwise it is an error.',
	}),
	concurrency: deleteConcurrency,
	dryRun: switchOption({
		displayName: 'Dry Run',
		description: 'Whether to list the missing entities only, and to change nothing',
	}),
	maxCount: numberOption(
		{
			displayName: 'Max Count',
			description: 'If more entities than this are missing, nothing is changed',
		},
		{ initial: 500, least: 0, most: 1_000_000 },
	),
	maxPercent: numberOption(
		{
			displayName: 'Max Percent',
			description: 'If more than this part of the entities in scope is missing, nothing is changed',
		},
		{ initial: 10, least: 0, most: 100 },
	),
};

type Options = OptionValues<typeof missingOptions>;

const invalid = (message: string, hint: string): Failure => ({
	reason: 'invalidSetting',
	message,
	hint,
	fields: ['filters'],
});

const SCOPE_HINT =
	'Set "Source" or "KQL" in the filters to what distinguishes the entities of this input from all others';

/** A condition that only asks whether there is something. */
const FITS_ALL = /^[\s()]*(\*|[\w.@]+\s*:\s*\*)[\s()]*$/;

/** Returns why the filters are no scope, if they are none. */
const refuseScope = (query: ListQuery): Failure | undefined => {
	const { kql, sources, criticalities, riskLevels, riskScoreFrom, nameContains } = query;
	const hasOther = [sources, criticalities, riskLevels].some(({ length }) => length > 0);
	if (hasOther || (riskScoreFrom ?? 0) > 0 || nameContains !== '') return undefined;
	if (kql === '') {
		const message =
			'Delete Missing needs a filter that says which entities the input is the whole list of';
		return invalid(message, SCOPE_HINT);
	}
	return FITS_ALL.test(kql) ? invalid('The filter fits every entity', SCOPE_HINT) : undefined;
};

interface Missing {
	readonly id: string;
	readonly type: string;
	readonly name: string | null;
}

/** Returns why so many must not be deleted, if they must not. */
const guard = (
	missing: number,
	inScope: number,
	{ maxCount, maxPercent }: Options,
	done: string,
): Failure | undefined => {
	const counts = `${formatCount(missing)} of ${countOf(inScope, 'entity', 'entities')}`;
	const hint = `Nothing was ${done}. Check that the input is complete and that the filters are right. If they are, raise "Max Count" or "Max Percent" in the options`;
	if (missing > maxCount) {
		const message = `${counts} in scope would be ${done}: more than the ${formatCount(maxCount)} allowed`;
		return { reason: 'tooMany', message, hint };
	}
	const percent = inScope === 0 ? 0 : (100 * missing) / inScope;
	if (percent <= maxPercent) return undefined;
	const shown = Math.ceil(percent * 10) / 10;
	const message = `${counts} in scope would be ${done}: ${shown} %, more than the ${maxPercent} % allowed`;
	return { reason: 'tooMany', message, hint };
};

/** n8n hands an empty item on where a node has nothing to hand on. */
const isEmpty = (json: IDataObject | undefined): boolean =>
	json === undefined || Object.keys(json).length === 0;

interface Input {
	readonly matches: readonly EntityMatch[];
	/** Items that do not say which entity they are: then nothing is known of what is missing. */
	readonly failed: readonly ItemResult[];
	readonly space: string;
}

/** Returns why the items are no list of one scope, if one of them is of another. */
const ofAnother = (what: 'space' | 'entity type', field: string): Failure => ({
	reason: 'invalidRecord',
	message: `The item is of another ${what} than the first one, so nothing was changed`,
	hint: `One run mirrors one ${what}. Split the items before the node`,
	fields: [field],
});

const readInput = (
	context: IExecuteFunctions,
	generation: Generation,
	scopeType: EntityType,
): Input => {
	const read = createTargetReader(context, generation);
	const given = context.getNodeParameter('space.value', 0, '');
	const scopeSpace = String(given || DEFAULT_SPACE);
	const matches: EntityMatch[] = [];
	const failed: ItemResult[] = [];
	for (const [item, { json }] of context.getInputData().entries()) {
		if (isEmpty(json)) continue;
		const target = read(item);
		if ('match' in target) {
			const { type, id: entityId } = target.match;
			const about = { item, entityType: type, ...(entityId !== undefined && { entityId }) };
			if (target.space !== scopeSpace) {
				failed.push({ failure: ofAnother('space', 'space'), ...about });
			} else if (type !== scopeType) {
				failed.push({ failure: ofAnother('entity type', 'entityType'), ...about });
			} else matches.push(target.match);
		} else {
			const { failure, ...about } = target;
			const message = `${failure.message}, so nothing was changed`;
			failed.push({ failure: { ...failure, message }, item, ...about });
		}
	}
	return { matches, failed, space: scopeSpace };
};

const nameOf = ({ leaves }: ListedEntity): string | null => {
	const [name] = [leaves.get('entity.name')].flat();
	return typeof name === 'string' ? name : null;
};

const toResult = (
	{ id, type, name }: Missing,
	outcome: Outcome | undefined,
	action: string,
): ItemResult => {
	const about = { entityId: id, entityType: type };
	if (outcome && 'failure' in outcome && outcome.failure.reason !== 'notFound') {
		return { failure: outcome.failure, item: 0, ...about };
	}
	// What somebody else has deleted meanwhile is as it should be.
	const status = outcome === undefined || 'failure' in outcome ? 'notFound' : outcome.status;
	return { outputs: [{ ...about, name, action, status }], item: 0 };
};

const deleteMissingEntities = async (
	context: IExecuteFunctions,
	session: Session,
): Promise<ItemResult[]> => {
	const fail = (failure: Failure): ItemResult[] => [{ failure, item: 0 }];
	const options = readOptions(context, missingOptions);
	if ('problem' in options) return fail({ reason: 'invalidSetting', message: options.problem });
	const detected = await session.detect();
	if ('failure' in detected) return fail(detected.failure);
	const { generation } = detected;

	const type = context.getNodeParameter('entityType', 0);
	const filters = readFilters(context, 0, type);
	if ('failure' in filters) return fail(filters.failure);
	const refusal = refuseScope(filters);
	if (refusal) return fail(refusal);
	const [scopeType] = filters.types;
	if (scopeType === undefined) {
		return fail(invalid('The filter fits every entity', 'Choose an entity type'));
	}

	const action = context.getNodeParameter('whenMissing', 0) === 'mark' ? 'mark' : 'delete';
	const done = action === 'mark' ? 'marked' : 'deleted';
	const input = readInput(context, generation, scopeType);
	if (!isSpaceId(input.space)) return fail(invalidSpace('invalidSetting'));
	if (input.failed.length > 0) return [...input.failed];
	if (input.matches.length === 0 && !options.allowEmpty) {
		const message = `The input is empty, so every entity in scope would be ${done}`;
		const hint = `Nothing was ${done}. If that is right, turn on "Allow Empty Input" in the options`;
		return fail({ reason: 'tooMany', message, hint });
	}
	const isForced = action === 'mark' && context.getNodeParameter('force', 0, false) === true;
	const marker: Marker | Failure | undefined =
		action === 'mark' ? createMarker(context, generation, scopeType, isForced) : undefined;
	if (marker && 'reason' in marker) return fail(marker);

	const presence = createPresence(input.matches, generation);
	const paths = marker ? undefined : ['entity.name', ...presence.paths];
	const listed = await listEntities(
		session,
		generation,
		input.space,
		{ ...filters, paths },
		(entity): Missing | undefined =>
			presence.has(entity) || marker?.isMarked(entity)
				? undefined
				: { id: entity.id, type: entity.type, name: nameOf(entity) },
	);
	if ('failure' in listed) return fail(listed.failure);
	const inScope = listed.values.length;
	const missing = listed.values.filter((one): one is Missing => one !== undefined);
	const stopped = guard(missing.length, inScope, options, done);
	const counts = `${countOrNone(missing.length)} of ${countOf(inScope, 'entity', 'entities')} in scope`;
	if (options.dryRun) {
		const end = stopped ? `. A run would stop: ${stopped.message}` : '';
		addHint(context, `Dry run: ${counts} would be ${done}${end}`);
		return missing.map(({ id, type: kind, name }) => ({
			outputs: [{ entityId: id, entityType: kind, name, action, status: 'dryRun' }],
			item: 0,
		}));
	}
	if (stopped) return fail(stopped);

	const log = createRunLog(context, session.now);
	const { outcomes } = marker
		? await markAll(
				{ session, ...detected, progress: createProgress(log, missing.length) },
				input.space,
				missing.map(({ id }, index) => marker.recordOf(id, index)),
				isForced,
			)
		: await deleteAll(
				session,
				generation,
				missing.map((one) => ({ space: input.space, type: one.type, id: one.id })),
				options.concurrency,
				log,
			);
	const results = missing.map((one, index) => toResult(one, outcomes[index], action));
	const failed = results.filter((one) => 'failure' in one).length;
	const open = failed === 0 ? '' : `, ${formatCount(failed)} of them failed`;
	const summary = `Missing from the input and ${done}: ${counts}${open}`;
	addHint(context, summary);
	log.end(summary);
	return results;
};

export const deleteMissing: Operation = {
	value: 'deleteMissing',
	name: 'Delete Missing',
	action: 'Delete missing entities',
	description:
		'Mirror a list: delete or mark the entities in a scope that are not among the input items',
	parameters: [
		space,
		entityType,
		findBy,
		entityId,
		matchFields,
		filtersParameter(
			'The scope: entities that fit all of these and are not in the input are missing. At least one is needed.',
		),
		whenMissing,
		mark,
		force,
		optionsParameter(missingOptions),
	],
	execute: deleteMissingEntities,
};
