/** Makes failures from problems of HTTP. */
import type { Failure, FailureReason, Fix } from '../failure';
import type { Problem } from './http/answer';

/** The texts of a failure that differ from those of its problem. */
export interface Wording {
	readonly reason?: FailureReason;
	readonly text?: string;
	readonly hint?: string | undefined;
	readonly fix?: Fix | undefined;
	/** Follows the sentence, such as what the problem means for an entity. */
	readonly addition?: string;
	readonly mayBeStored?: true;
}

/**
 * Returns the failure of a problem: what happened, followed by Kibana's own message.
 *
 * @param wording replaces parts of the problem's own text. A given text replaces hint and fix as well
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
