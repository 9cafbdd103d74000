/** What a problem of HTTP means for the records of the request. */
import type { Verdict } from '../../bulk/verdict';
import { failureOf } from '../failures';
import type { Problem } from '../http/answer';
import { SWITCHED_OFF } from '../refusals';

/** How what was asked for is called where it may or may not have been done. */
export interface Work {
	/** What follows the sentence on what happened. */
	readonly open: string;
	/** Why the item can be run again. */
	readonly again: string;
}

const WRITING: Work = {
	open: ', so the entity may or may not have been stored',
	again: 'Run the item again: writing an entity twice does no harm',
};

/** Returns the failure of a record whose answer was lost. */
const lost = (problem: Problem, { open, again }: Work): Verdict => {
	const hint = problem.reason === 'noAnswer' || problem.hint === undefined ? again : problem.hint;
	return {
		kind: 'transient',
		failure: failureOf(problem, {
			hint,
			fix: problem.fix,
			addition: open,
			mayBeStored: true,
		}),
		...(problem.retryAfterMs !== undefined && { retryAfterMs: problem.retryAfterMs }),
	};
};

/** Returns what a problem means for the records of a request that writes. */
export const verdictOf = (problem: Problem, work: Work = WRITING): Verdict => {
	switch (problem.kind) {
		case 'cancelled':
			// This request was in flight. Only records that were not sent are known not to be stored.
			return {
				kind: 'failed',
				failure: failureOf(problem, { addition: work.open, mayBeStored: true }),
			};
		case 'lost':
			return lost(problem, work);
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
		case 'switchedOff':
			return { kind: 'halt', failure: failureOf(problem, SWITCHED_OFF) };
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
