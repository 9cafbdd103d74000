/** What a problem of HTTP means for the records of the request. */
import type { Verdict } from '../../bulk/verdict';
import { failureOf } from '../failures';
import type { Problem } from '../http/answer';

const OPEN = ', so the entity may or may not have been stored';

const AGAIN = 'Run the item again: writing an entity twice does no harm';

/** Returns the failure of a record whose answer was lost. */
const lost = (problem: Problem): Verdict => {
	const hint = problem.reason === 'noAnswer' || problem.hint === undefined ? AGAIN : problem.hint;
	return {
		kind: 'transient',
		failure: failureOf(problem, {
			hint,
			fix: problem.fix,
			addition: OPEN,
			mayBeStored: true,
		}),
		...(problem.retryAfterMs !== undefined && { retryAfterMs: problem.retryAfterMs }),
	};
};

/** Returns what a problem means for the records of a request that writes. */
export const verdictOf = (problem: Problem): Verdict => {
	switch (problem.kind) {
		case 'cancelled':
			// This request was in flight. Only records that were not sent are known not to be stored.
			return {
				kind: 'failed',
				failure: failureOf(problem, { addition: OPEN, mayBeStored: true }),
			};
		case 'lost':
			return lost(problem);
		case 'overloaded':
		case 'unreachable':
			return {
				kind: 'transient',
				failure: failureOf(problem),
				...(problem.retryAfterMs !== undefined && { retryAfterMs: problem.retryAfterMs }),
			};
		case 'misaddressed':
		case 'unauthorized':
		case 'forbidden':
		case 'redirected':
		case 'missingRoute':
			return { kind: 'halt', failure: failureOf(problem) };
		case 'tooLarge': {
			const text = 'The entity alone is larger than this Kibana takes';
			return { kind: 'bisect', failure: failureOf(problem, { text, hint: problem.hint }) };
		}
		case 'refused':
			return { kind: 'bisect', failure: failureOf(problem, { text: 'Kibana refused the entity' }) };
		case 'broken':
			return { kind: 'bisect', failure: failureOf(problem), mayPass: true };
	}
};
