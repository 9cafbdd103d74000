import type { BulkRecord, Failure, Outcome } from './outcome';
import { sendAll, type SendOptions, type SendReport } from './send';

/**
 * Delivers records in steps: what one step leaves over, the next tries in its own way. What the last
 * step leaves over has failed, for the reason given there.
 *
 * @param steps at least one
 * @returns exactly one outcome for each record, none of them left over
 */
export const sendInSteps = async (
	records: readonly BulkRecord[],
	steps: readonly SendOptions[],
): Promise<SendReport> => {
	const outcomes = new Map<number, Outcome>();
	let requests = 0;
	let waiting = records;
	for (const step of steps) {
		if (waiting.length === 0) break;
		const report = await sendAll(waiting, step);
		requests += report.requests;
		for (const [index, outcome] of report.outcomes) outcomes.set(index, outcome);
		waiting = waiting.filter(({ index }) => outcomes.get(index)?.status === 'leftOver');
	}
	for (const { index } of waiting) {
		const { failure } = outcomes.get(index) as { failure: Failure };
		outcomes.set(index, { status: 'failed', failure });
	}
	return { outcomes, requests };
};
