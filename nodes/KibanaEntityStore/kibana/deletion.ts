/** Deleting one entity: what the answer means. */
import { z } from 'zod';

import type { BulkRecord } from '../bulk/record';
import type { Verdict } from '../bulk/verdict';
import { verdictOf, type Work } from './bulk/verdict';
import { failureOf } from './failures';
import type { WriteStep } from './generation';
import { readAnswer, unreadable, type Problem } from './http/answer';
import type { KibanaAnswer } from './http/client';
import { parseBody, messageIn } from './http/words';

const deletedSchema = z.object({ deleted: z.literal(true) });

const DELETING: Work = {
	open: ', so the entity may or may not have been deleted',
	again: 'Run the item again: what is gone already stays gone',
};

const DELETED: Verdict = { kind: 'stored', status: 'deleted' };

export interface Deletion {
	/** Sends the request for one entity. It must not throw. */
	readonly send: (record: BulkRecord) => Promise<KibanaAnswer>;
	/** Returns what a problem means that is of this generation alone. */
	readonly readProblem?: (problem: Problem, message: string) => Verdict | undefined;
	readonly now: () => number;
}

const readDeletion = (answer: KibanaAnswer, { readProblem, now }: Deletion): Verdict => {
	const reading = readAnswer(answer, now());
	if (reading.kind === 'ok') {
		return deletedSchema.safeParse(parseBody(reading.answer.body)).success
			? DELETED
			: verdictOf(unreadable(200), DELETING);
	}
	const message = messageIn(answer);
	const own = readProblem?.(reading, message);
	if (own) return own;
	if (reading.kind === 'missingRoute') {
		const text = 'This Kibana has no route that deletes an entity';
		return { kind: 'halt', failure: failureOf(reading, { text }) };
	}
	if (reading.status === 404) {
		const text = 'Kibana has no such entity';
		return { kind: 'failed', failure: failureOf(reading, { reason: 'notFound', text }) };
	}
	if (reading.status === 409) {
		const text = 'Something else kept writing the entity at the same time';
		return { kind: 'transient', failure: failureOf(reading, { reason: 'overloaded', text }) };
	}
	return verdictOf(reading, DELETING);
};

/** Returns the step of a way of deleting. */
export const createDeletionStep = (deletion: Deletion): WriteStep => {
	/** Entities of which an answer was lost: they may be gone because of this run. */
	const lost = new Set<string>();
	return {
		carries: 'record',
		post: async ([record]) => {
			if (record === undefined) return DELETED;
			const verdict = readDeletion(await deletion.send(record), deletion);
			if (!('failure' in verdict)) return verdict;
			if (verdict.failure.reason === 'notFound' && lost.has(record.key)) return DELETED;
			if (verdict.failure.mayBeStored) lost.add(record.key);
			return verdict;
		},
	};
};
