/** What a problem means for a request that only reads. */
import type { FindResult } from '../bulk/find';
import type { Failure } from '../failure';
import { failureOf } from './failures';
import type { Problem } from './http/answer';
import { SWITCHED_OFF } from './refusals';

/** What a request for entities met instead of a list. */
export type ReadProblem = Exclude<FindResult<never>, { kind: 'listed' }>;

/**
 * Returns whether asking again, or asking for less, can help.
 *
 * @param failure of the problem, in the words of whoever asked
 */
export const readProblem = (problem: Problem, failure: Failure): ReadProblem => {
	const { kind, status, retryAfterMs } = problem;
	switch (kind) {
		case 'switchedOff':
			return { kind: 'halt', failure: failureOf(problem, SWITCHED_OFF) };
		// None of these, nor a missing space below, depends on the entities in the request.
		case 'cancelled':
		case 'misaddressed':
		case 'unauthorized':
		case 'forbidden':
		case 'redirected':
		case 'missingRoute':
			return { kind: 'halt', failure };
		case 'refused':
			return { kind: status === 404 ? 'halt' : 'refused', failure };
		case 'tooLarge':
			return { kind: 'refused', failure };
		default:
			return { kind: 'transient', failure, ...(retryAfterMs !== undefined && { retryAfterMs }) };
	}
};
