/** How far a run is, for the log. */
import type { BulkRecord } from '../../bulk/record';
import type { Verdict } from '../../bulk/verdict';
import type { WriteStep } from '../../kibana/generation';
import { countOf, formatCount } from '../../n8n/items';
import type { RunLog } from '../../n8n/log';

type Indexed = Pick<BulkRecord, 'index'>;

/** Counts the items that are done, and logs the counts. */
export interface Progress {
	/**
	 * Notes the answer to a request with these records.
	 *
	 * @param isLast no other way of writing follows for what is deferred
	 */
	readonly answered: (verdict: Verdict, sent: readonly BulkRecord[], isLast: boolean) => void;
	/** Notes items that need no answer, such as those without a record. */
	readonly settled: (items: Iterable<Indexed>) => void;
}

/** Returns the records for which an answer is the last. */
const settledBy = (
	verdict: Verdict,
	sent: readonly BulkRecord[],
	isLast: boolean,
): readonly BulkRecord[] => {
	switch (verdict.kind) {
		case 'stored':
		case 'failed':
			return sent;
		case 'halt':
			return sent.filter(({ type }) => verdict.type === undefined || verdict.type === type);
		case 'each':
			return sent.filter((_, position) => {
				const status = verdict.verdicts[position]?.status;
				return status !== 'retry' && (isLast || status !== 'deferred');
			});
		case 'rejected':
			return verdict.positions.flatMap((position) => sent[position] ?? []);
		case 'bisect':
			return sent.length === 1 && verdict.mayPass !== true ? sent : [];
		case 'transient':
			return [];
	}
};

/** @param total how many items the run has */
export const createProgress = (log: RunLog, total: number): Progress => {
	/** By item: 1 once it is done. */
	const isDone = new Uint8Array(total);
	let done = 0;
	let reported = 0;
	let requests = 0;
	const settled = (items: Iterable<Indexed>): void => {
		for (const { index } of items) {
			if (isDone[index] === 1) continue;
			isDone[index] = 1;
			done += 1;
		}
	};
	const describe = (sinceMs: number): string => {
		const rate = Math.round(((done - reported) * 1_000) / sinceMs);
		reported = done;
		return [
			`${formatCount(done)} of ${countOf(total, 'entity', 'entities')} done`,
			`${formatCount(total - done)} left`,
			`${formatCount(rate)} a second`,
			`${countOf(requests, 'request', 'requests')} so far`,
		].join(', ');
	};
	return {
		settled,
		answered: (verdict, sent, isLast) => {
			requests += 1;
			settled(settledBy(verdict, sent, isLast));
			log.progress(describe);
		},
	};
};

/**
 * Returns the request with each of its answers noted.
 *
 * @param isLast no other way of writing follows for what is deferred
 */
export const noteAnswers =
	(post: WriteStep['post'], progress: Progress | undefined, isLast: boolean): WriteStep['post'] =>
	async (sent) => {
		const verdict = await post(sent);
		progress?.answered(verdict, sent, isLast);
		return verdict;
	};
