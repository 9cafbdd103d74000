/** Failures made of what HTTP said. */
import type { Failure, FailureReason, Fix } from '../failure';
import type { Problem } from './http/answer';

/** What a failure says otherwise than the problem that it is made of. */
export interface Wording {
	readonly reason?: FailureReason;
	readonly text?: string;
	readonly hint?: string | undefined;
	readonly fix?: Fix | undefined;
	/** What follows the sentence, such as what it means for an entity. */
	readonly addition?: string;
	readonly mayBeStored?: true;
}

/**
 * Returns the failure of a problem: what happened, with Kibana's own words behind it.
 *
 * @param wording replaces parts of the problem's own text. A given text brings its own hint and fix
 */
export const failureOf = (problem: Problem, wording: Wording = {}): Failure => {
	const { status, serverMessage } = problem;
	const { reason = problem.reason, text = problem.text, addition = '', mayBeStored } = wording;
	const { hint, fix } = wording.text === undefined ? { ...problem, ...wording } : wording;
	const quote = serverMessage === undefined ? '' : `: ${serverMessage}`;
	return {
		reason,
		message: `${text}${addition}${quote}`,
		...(hint !== undefined && { hint }),
		...(fix !== undefined && { fix }),
		...(status !== undefined && { httpStatus: status }),
		...(serverMessage !== undefined && { serverMessage }),
		...(mayBeStored && { mayBeStored }),
	};
};
