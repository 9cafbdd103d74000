/** Requests that are about no record: one question, and its answer or why there is none. */
import type { z, ZodTypeAny } from 'zod';

import type { Failure } from '../failure';
import { failureOf, type Wording } from './failures';
import { readAnswer, unreadable, type Problem } from './http/answer';
import type { KibanaAnswer, KibanaClient, KibanaRequest } from './http/client';
import { parseBody, messageIn } from './http/words';
import { wordingOfRefusal } from './refusals';

/** Why there is no answer. `isTransient`: asking again later may give one. */
export interface NoReply {
	readonly failure: Failure;
	readonly isTransient?: boolean;
	readonly retryAfterMs?: number;
}

/** What came of one request. */
export type Reply<Value> = { readonly value: Value } | NoReply;

/** One request, and how its answer is to be read. */
export interface Question<Schema extends ZodTypeAny> {
	readonly method: KibanaRequest['method'];
	readonly path: `/${string}`;
	readonly body?: object;
	/** The form of the body of an answer. */
	readonly answer: Schema;
	/** Sending it twice does harm, so a request whose answer was lost is not repeated. */
	readonly isOnce?: boolean;
	/** Returns what a problem means on this route, where that is more than what it means on all routes. */
	readonly wording?: (problem: Problem, message: string) => Wording | undefined;
}

/** 201 says that something was created, and means the same as 200 to whoever asked. */
const withoutCreated = (answer: KibanaAnswer): KibanaAnswer =>
	answer.kind === 'answer' && answer.status === 201 ? { ...answer, status: 200 } : answer;

const AGAIN = 'Run the item again: doing it twice does no harm';
const LOOK_FIRST = 'Look in Kibana whether it was done before you run the item again';

const OPEN = ', so Kibana may or may not have done it';

/** The answer to a request that changes something was lost: nothing tells whether the change was made. */
const lostChange = (problem: Problem, isOnce: boolean): Failure => {
	const hint = isOnce ? LOOK_FIRST : AGAIN;
	return failureOf(problem, { hint, fix: problem.fix, addition: OPEN, mayBeStored: true });
};

const noReply = (
	problem: Problem,
	message: string,
	{ method, isOnce = false, wording }: Question<ZodTypeAny>,
): NoReply => {
	const { kind, retryAfterMs } = problem;
	const known = wording?.(problem, message) ?? wordingOfRefusal(problem, message);
	if (known) return { failure: failureOf(problem, known) };
	const isOpen = (kind === 'lost' || kind === 'cancelled') && method !== 'GET';
	const failure = isOpen ? lostChange(problem, isOnce) : failureOf(problem);
	const isTransient =
		kind === 'overloaded' ||
		kind === 'unreachable' ||
		((kind === 'lost' || kind === 'broken') && !isOnce);
	return { failure, isTransient, ...(retryAfterMs !== undefined && { retryAfterMs }) };
};

/**
 * Sends one request and reads its answer. It never throws.
 *
 * @param now epoch milliseconds, for `Retry-After` dates
 */
export const ask = async <Schema extends ZodTypeAny>(
	client: KibanaClient,
	question: Question<Schema>,
	now: () => number,
): Promise<Reply<z.infer<Schema>>> => {
	const { method, path, body, answer: schema } = question;
	const sent = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
	const answer = withoutCreated(await client(method, path, sent));
	const reading = readAnswer(answer, now());
	if (reading.kind !== 'ok') {
		const message = messageIn(answer);
		return noReply(reading, message, question);
	}
	const read = schema.safeParse(parseBody(reading.answer.body));
	return read.success ? { value: read.data } : noReply(unreadable(200), '', question);
};
