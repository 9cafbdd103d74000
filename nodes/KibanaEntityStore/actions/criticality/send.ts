/** Sending levels of criticality in bulk. */
import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import type { BulkRecord } from '../../bulk/record';
import { askUntilFinal } from '../../bulk/retry';
import type { Failure } from '../../failure';
import type { Level } from '../../kibana/criticality';
import { detectGeneration } from '../../kibana/detect';
import type { ItemResult } from '../../n8n/items';
import type { Session } from '../../n8n/session';
import { readEntity } from '../identification';
import type { Operation } from '../operation';
import { createGroups, perBatch, type Prepared } from '../perBatch';
import type { ItemCall } from '../perItem';

/** What Kibana says of a missing entity is about writing it; a level cannot create one. */
const ofCriticality = (failure: Failure): Failure => {
	if (failure.reason !== 'notFound') return failure;
	const { reason, message, httpStatus, serverMessage } = failure;
	const hint = 'Only an entity that is in the entity store can have a criticality';
	return { reason, message, httpStatus, serverMessage, hint };
};

const NOT_READ: Failure = {
	reason: 'invalidSetting',
	message: 'Kibana 9.4 and later read no criticality that the API generation v1 writes',
	hint: 'It would be kept in an old index that nothing reads any more',
	fix: 'apiGeneration',
};

/**
 * Returns why levels must not be written in the way of the first generation, or undefined when they may. The
 * old routes still answer "done" on later versions, so it takes more than their answer to know.
 */
export const refuseOldRoute = async (session: Session): Promise<Failure | undefined> => {
	const detected = await session.detect();
	if ('failure' in detected || detected.generation.name !== 'v1') return undefined;
	const found = await askUntilFinal(
		async () => await detectGeneration(session.clientOf(), session.now()),
		(answer) => ('isTransient' in answer && answer.isTransient ? answer : undefined),
		session.patience,
	);
	if ('failure' in found) return found.failure;
	return found.generation.name === 'v1' ? undefined : NOT_READ;
};

/** Returns an `execute` that refuses all items where the old routes would be written to in vain. */
export const unlessOldRoute =
	(execute: Operation['execute']): Operation['execute'] =>
	async (context: IExecuteFunctions, session: Session): Promise<ItemResult[]> => {
		const failure = await refuseOldRoute(session);
		return failure
			? context.getInputData().map(() => ({ failure }))
			: await execute(context, session);
	};

/**
 * Returns an `execute` that gives entities their levels.
 *
 * @param levelOf reads the level of an item
 * @param output of an item whose entity has its level
 */
export const sendLevels =
	(
		levelOf: (call: ItemCall) => { readonly level: Level } | { readonly failure: Failure },
		output: (record: BulkRecord, level: Level) => IDataObject,
	): Operation['execute'] =>
	async (context, session) => {
		const groupOf = createGroups();
		const levels = new Map<BulkRecord, Level>();
		const prepare = async (call: ItemCall): Promise<Prepared> => {
			const { client, space, index, generation } = call;
			const read = levelOf(call);
			if ('failure' in read) return read;
			const entity = readEntity(call);
			if ('failure' in entity) return entity;
			const { criticality, entityKey } = generation;
			const { id, type } = entity;
			const json = criticality.record(entity, read.level);
			const bytes = criticality.bytesOf(type, json);
			const key = entityKey(type, id);
			const record: BulkRecord = { index, key, type, id, json, bytes, isSelfNamed: false };
			levels.set(record, read.level);
			const group = groupOf(space, () => ({
				envelopeBytes: criticality.envelopeBytes,
				steps: criticality.steps(client, session.now),
				output: (sent) => output(sent, levels.get(sent) as Level),
				failure: ofCriticality,
			}));
			return { group, record };
		};
		// Of several levels for one entity the last one counts, so all are sent, in order.
		return await perBatch({ prepare, mergesRepeats: false })(context, session);
	};

/** Returns the json of the output item of an entity. */
export const levelItem = (entityId: string, entityType: string, level: Level): IDataObject => ({
	entityId,
	entityType,
	criticality: level,
});
