import type { BulkRecord, Failure, Outcome } from './outcome';
import { sendAll, type DeliveryReport, type SendOptions } from './send';

/**
 * Delivers records in steps: what one step leaves over, the next tries in its own way. What the last
 * step leaves over has failed, for the reason given there.
 *
 * @param steps at least one
 * @param outcomes where the outcomes go, beside those of other deliveries
 * @returns exactly one outcome for each record, none of them left over
 */
export const sendInSteps = async (
	records: Iterable<BulkRecord>,
	steps: readonly SendOptions[],
	outcomes: Outcome[] = [],
): Promise<DeliveryReport> => {
	let requests = 0;
	let waiting: Iterable<BulkRecord> = records;
	let deferred: readonly BulkRecord[] = [];
	for (const [nth, step] of steps.entries()) {
		if (nth > 0 && deferred.length === 0) break;
		const isLast = nth === steps.length - 1;
		const report = await sendAll(waiting, { ...step, isLast }, outcomes);
		requests += report.requests;
		({ deferred } = report);
		waiting = deferred;
	}
	for (const { index } of deferred) {
		const { failure } = outcomes[index] as { failure: Failure };
		outcomes[index] = { status: 'failed', failure };
	}
	return { outcomes, requests };
};
