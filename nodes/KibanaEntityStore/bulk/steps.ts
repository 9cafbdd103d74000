import { afterLostAnswer, type BulkRecord, type Failure, type Outcome } from './outcome';
import { sendAll, type DeliveryReport, type SendOptions } from './send';

/** An answer that was lost in one step stays lost in the next. */
const following = (earlier: Outcome | undefined, outcome: Outcome): Outcome => {
	const wasLost = earlier !== undefined && 'failure' in earlier && earlier.failure.mayBeStored;
	if (!wasLost || !('failure' in outcome)) return outcome;
	return { ...outcome, failure: afterLostAnswer(outcome.failure) };
};

/**
 * Delivers records in steps: what one step leaves over, the next tries in its own way. What the last
 * step leaves over has failed, for the reason given there.
 *
 * @param steps at least one
 * @returns exactly one outcome for each record, none of them left over
 */
export const sendInSteps = async (
	records: Iterable<BulkRecord>,
	steps: readonly SendOptions[],
): Promise<DeliveryReport> => {
	const outcomes: Outcome[] = [];
	let requests = 0;
	let waiting: Iterable<BulkRecord> = records;
	let leftOver: readonly BulkRecord[] = [];
	for (const [nth, step] of steps.entries()) {
		if (nth > 0 && leftOver.length === 0) break;
		const report = await sendAll(waiting, { ...step, isLast: nth === steps.length - 1 });
		requests += report.requests;
		report.outcomes.forEach((outcome, index) => {
			if (outcome) outcomes[index] = following(outcomes[index], outcome);
		});
		({ leftOver } = report);
		waiting = leftOver;
	}
	for (const { index } of leftOver) {
		const { failure } = outcomes[index] as { failure: Failure };
		outcomes[index] = { status: 'failed', failure };
	}
	return { outcomes, requests };
};
