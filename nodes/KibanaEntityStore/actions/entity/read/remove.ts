/** Deleting entities, several requests at a time. */
import { createBreaker } from '../../../bulk/breaker';
import type { Outcome } from '../../../bulk/outcomes';
import type { BulkRecord } from '../../../bulk/record';
import { sendByStrategies } from '../../../bulk/strategies';
import type { Failure } from '../../../failure';
import type { Generation } from '../../../kibana/generation';
import type { RunLog } from '../../../n8n/log';
import type { Session } from '../../../n8n/session';
import { NEVER_SETTLED } from '../../itemFailures';
import { numberOption } from '../../options';
import { createProgress, noteAnswers } from '../progress';

/** An entity to delete. */
export interface Doomed {
	readonly space: string;
	readonly type: string;
	readonly id: string;
}

export const deleteConcurrency = numberOption(
	{
		displayName: 'Concurrency',
		description:
			'Maximum number of entities deleted at the same time. Kibana deletes them one by one.',
	},
	{ initial: 4, least: 1, most: 32 },
);

export interface DeletionReport {
	/** In the order of the entities given. */
	readonly outcomes: readonly Outcome[];
	readonly requests: number;
}

/** It has a body of a few bytes, so this is never used. */
const tooLarge = (): Failure => ({ reason: 'tooLarge', message: 'The entity ID is too long' });

const UNSETTLED: Outcome = { status: 'failed', failure: NEVER_SETTLED };

/**
 * Deletes entities, each once, and says of each what became of it. How far it is goes to the log.
 *
 * @param entities each of them once
 */
export const deleteAll = async (
	session: Session,
	{ remove, entityKey }: Generation,
	entities: readonly Doomed[],
	concurrency: number,
	log: RunLog,
): Promise<DeletionReport> => {
	const outcomes: Outcome[] = entities.map(() => UNSETTLED);
	const progress = createProgress(log, entities.length);
	const bySpace = new Map<string, BulkRecord[]>();
	for (const [index, { space, type, id }] of entities.entries()) {
		const json = remove.bodyOf(id);
		const bytes = Buffer.byteLength(json);
		const key = entityKey(type, id);
		const record: BulkRecord = { index, key, type, id, json, bytes, isSelfNamed: true };
		const records = bySpace.get(space);
		if (records) records.push(record);
		else bySpace.set(space, [record]);
	}
	let requests = 0;
	// Each entity has a request of its own, so a Kibana that fails would be waited for as often.
	const breaker = createBreaker();
	for (const [space, records] of bySpace) {
		// Other spaces may have failed for reasons of their own.
		breaker.allowTrial();
		const { post } = remove.step(session.clientOf(space), session.now);
		const report = await sendByStrategies(records, [
			{
				...session.patience,
				now: session.now,
				limits: { maxRecords: 1, maxBytes: Infinity, envelopeBytes: 0 },
				concurrency,
				breaker,
				tooLarge,
				post: noteAnswers(post, progress, true),
			},
		]);
		requests += report.requests;
		for (const { index } of records) {
			const outcome = report.outcomes.outcomes[index];
			if (outcome) outcomes[index] = outcome;
		}
	}
	return { outcomes, requests };
};
