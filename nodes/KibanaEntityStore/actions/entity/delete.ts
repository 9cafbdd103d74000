import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import type { Failure } from '../../failure';
import { addHint } from '../../n8n/hint';
import { countOf, countOrNone, formatCount, type ItemResult } from '../../n8n/items';
import { createRunLog } from '../../n8n/log';
import type { Session } from '../../n8n/session';
import type { Operation } from '../operation';
import { choiceOption, optionsParameter, readOptions } from '../options';
import { entityType, space } from '../parameters';
import { requestOptions } from '../requestOptions';
import { createFinder } from './read/find';
import { entityId, findBy, matchFields } from './read/parameters';
import { deleteAll, deleteConcurrency, type Doomed } from './read/remove';
import { createTargetReader, type Target } from './read/target';

const deleteOptions = {
	...requestOptions,
	concurrency: deleteConcurrency,
	notFound: choiceOption(
		{
			displayName: 'When Not Found',
			description: 'What to do with an item whose entity Kibana does not have, or not any more',
		},
		[
			{ name: 'Error', value: 'error', description: 'The item fails' },
			{ name: 'Success', value: 'success', description: 'The item has the status notFound' },
		],
		'error',
	),
	several: choiceOption(
		{
			displayName: 'When Several Match',
			description: 'What to do when several entities fit the fields',
		},
		[
			{ name: 'Delete All', value: 'all', description: 'One output item for each' },
			{ name: 'Error', value: 'error', description: 'The item fails, and nothing is deleted' },
		],
		'error',
	),
};

const NOT_FOUND: Failure = { reason: 'notFound', message: 'Kibana has no such entity' };

const ambiguous = (ids: readonly string[]): Failure => ({
	reason: 'invalidRecord',
	message: `${formatCount(ids.length)} entities have these values: ${ids.slice(0, 10).join(', ')}`,
	hint: 'Match more fields, find the entity by its ID, or set "When Several Match" to Delete All',
});

type Chosen = { readonly entities: readonly Doomed[] } | { readonly failure: Failure };

const deleteEntities = async (
	context: IExecuteFunctions,
	session: Session,
): Promise<ItemResult[]> => {
	const items = context.getInputData();
	const failAll = (failure: Failure): ItemResult[] => items.map(() => ({ failure }));
	const options = readOptions(context, deleteOptions);
	if ('problem' in options) return failAll({ reason: 'invalidSetting', message: options.problem });
	const detected = await session.detect();
	if ('failure' in detected) return failAll(detected.failure);
	const { generation } = detected;

	const readTarget = createTargetReader(context, generation);
	const asked = items.map((_, index) => readTarget(index));
	const byFields = asked.flatMap((one) => ('match' in one && one.match.fields.size > 0 ? one : []));
	const foundOf = await createFinder(session, generation).find(byFields);

	const choose = (target: Target): Chosen => {
		const { space: at, match } = target;
		if (match.fields.size === 0) {
			return { entities: [{ space: at, type: match.type, id: match.id as string }] };
		}
		const found = foundOf(target);
		if ('failure' in found) return found;
		const entities = found.documents.map(({ id, type }) => ({ space: at, type, id }));
		return entities.length > 1 && options.several === 'error'
			? { failure: ambiguous(entities.map(({ id }) => id)) }
			: { entities };
	};

	/** Each entity once, whatever the number of its items. */
	const positions = new Map<string, number>();
	const doomed: Doomed[] = [];
	const keyOf = ({ space: at, type, id }: Doomed) => `${at} ${generation.entityKey(type, id)}`;
	const chosen = asked.map((target) => ('match' in target ? choose(target) : target));
	for (const choice of chosen) {
		if ('failure' in choice) continue;
		for (const entity of choice.entities) {
			if (positions.has(keyOf(entity))) continue;
			positions.set(keyOf(entity), doomed.length);
			doomed.push(entity);
		}
	}
	const log = createRunLog(context, session.now);
	const { outcomes, requests } = await deleteAll(
		session,
		generation,
		doomed,
		options.concurrency,
		log,
	);

	const isMissingFine = options.notFound === 'success';
	const resultOf = (index: number): ItemResult => {
		const target = asked[index];
		const choice = chosen[index] as Chosen;
		const about = target && 'match' in target ? { entityType: target.match.type } : {};
		const idOf = target && 'match' in target ? target.match.id : undefined;
		const named = { ...(idOf !== undefined && { entityId: idOf }), ...about };
		if ('failure' in choice) return { failure: choice.failure, ...named };
		const outputs: IDataObject[] = [];
		for (const entity of choice.entities) {
			const outcome = outcomes[positions.get(keyOf(entity)) as number];
			const one = { entityId: entity.id, entityType: entity.type };
			if (outcome === undefined) continue;
			if (!('failure' in outcome)) outputs.push({ ...one, status: outcome.status });
			else if (isMissingFine && outcome.failure.reason === 'notFound') {
				outputs.push({ ...one, status: 'notFound' });
			} else return { failure: outcome.failure, ...one };
		}
		if (choice.entities.length > 0) return { outputs };
		return isMissingFine
			? { outputs: [{ ...named, status: 'notFound' }] }
			: { failure: NOT_FOUND, ...named };
	};

	const done = outcomes.filter(({ status }) => status === 'deleted').length;
	if (requests > 0) {
		const message = `Kibana deleted ${countOrNone(done)} of ${countOf(doomed.length, 'entity', 'entities')}`;
		addHint(context, message);
		log.end(message);
	}
	return items.map((_, index) => resultOf(index));
};

export const deleteEntity: Operation = {
	value: 'delete',
	name: 'Delete',
	action: 'Delete an entity',
	description: 'Delete an entity permanently, found by its ID or by fields',
	parameters: [space, entityType, findBy, entityId, matchFields, optionsParameter(deleteOptions)],
	execute: deleteEntities,
};
