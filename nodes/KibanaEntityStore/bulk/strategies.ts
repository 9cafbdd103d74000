import type { Failure } from '../failure';
import { NO_OUTCOMES, withLater, type Outcome, type Outcomes } from './outcomes';
import type { BulkRecord, MappedRecord } from './record';
import { sendAll, type SendOptions, type SendReport } from './send';

/** A record that no way of writing remains for has failed, for the reason for which it was deferred. */
const withoutDeferred = (report: Outcomes): Outcomes => ({
	...report,
	outcomes: report.outcomes.map((outcome): Outcome | undefined =>
		outcome?.status === 'deferred' ? { ...outcome, status: 'failed' } : outcome,
	),
});

/**
 * Sends records by several strategies: what one defers, the next tries in its own way. What the last one
 * defers has failed.
 *
 * @param strategies at least one
 * @returns exactly one outcome for each record and each unmapped item, none of them deferred
 */
export const sendByStrategies = async (
	mapped: Iterable<MappedRecord>,
	strategies: readonly SendOptions[],
): Promise<SendReport> => {
	let outcomes: Outcomes | undefined;
	let deferred: readonly BulkRecord[] = [];
	let requests = 0;
	let broken: Failure | undefined;
	for (const [nth, strategy] of strategies.entries()) {
		if (outcomes !== undefined && deferred.length === 0) break;
		const isLast = nth === strategies.length - 1;
		const report = await sendAll(outcomes === undefined ? mapped : deferred, {
			...strategy,
			isLast,
		});
		requests += report.requests;
		broken ??= report.broken;
		outcomes =
			outcomes === undefined ? report.outcomes : withLater(outcomes, deferred, report.outcomes);
		({ deferred } = report);
	}
	const all = outcomes ?? NO_OUTCOMES;
	return {
		outcomes: deferred.length > 0 ? withoutDeferred(all) : all,
		requests,
		...(broken && { broken }),
	};
};
