/** What became of a run in one item, so that a notification is one line. */
import type { IDataObject } from 'n8n-workflow';

import { shortened } from '../failure';
import { failedItemsOf, LONGEST_MESSAGE, type FailedItem, type ItemResult } from './results';
import { countOf, formatCount, shortMessageOf } from './runError';

const FAILURES_LISTED = 10;
/** Of a message in the line, which goes into a chat. */
const LONGEST_IN_LINE = 300;
const LONGEST_NAME = 100;

/** The words for a status, where it does not read as such behind a number. */
const STATUS_WORDS: Readonly<Record<string, string>> = {
	dryRun: 'in a dry run',
	notFound: 'not found',
};

/** The numbers of items by word, the most frequent first. */
type Counts = Readonly<Record<string, number>>;

/** Counts the results in one pass, as there may be a million. */
const countWords = (results: readonly ItemResult[]) => {
	const succeeded = new Map<string, number>();
	const failed = new Map<string, number>();
	const reasons = new Map<string, number>();
	const count = (counts: Map<string, number>, word: string) =>
		counts.set(word, (counts.get(word) ?? 0) + 1);
	for (const result of results) {
		if ('failure' in result) {
			count(failed, result.failure.mayBeStored ? 'unknown' : 'failed');
			count(reasons, result.failure.reason);
		} else {
			const status = result.outputs[0]?.status;
			count(succeeded, typeof status === 'string' ? status : 'succeeded');
		}
	}
	return { succeeded, failed, reasons };
};

const byFrequency = (counts: ReadonlyMap<string, number>): Counts =>
	Object.fromEntries([...counts].sort(([, one], [, other]) => other - one));

/** What the results of a run come to. */
export interface Totals {
	readonly total: number;
	/** Items by status, those that succeeded first. */
	readonly statuses: Counts;
	/** Failed items by reason. */
	readonly reasons: Counts;
}

/** Adds up the results of a run. */
export const totalsOf = (results: readonly ItemResult[]): Totals => {
	const { succeeded, failed, reasons } = countWords(results);
	return {
		total: results.length,
		statuses: { ...byFrequency(succeeded), ...byFrequency(failed) },
		reasons: byFrequency(reasons),
	};
};

/** `2 created, 1 failed`. */
const listCounts = (counts: Counts): string =>
	Object.entries(counts)
		.map(([word, count]) => `${formatCount(count)} ${STATUS_WORDS[word] ?? word}`)
		.join(', ');

/** Returns the numbers of a run as text: `4 entities: 2 created, 2 failed (2 invalidRecord)`. */
export const totalsInWords = ({ total, statuses, reasons }: Totals): string => {
	const counted = `${countOf(total, 'entity', 'entities')}: ${listCounts(statuses)}`;
	const because = listCounts(reasons);
	return because === '' ? counted : `${counted} (${because})`;
};

interface ListedFailure {
	readonly item: number;
	readonly entityId?: string;
	readonly reason: string;
	readonly message: string;
}

const nameOf = ({ index, entityId }: FailedItem): string =>
	entityId === undefined ? `Item ${index}` : `Item ${index} (${shortened(entityId, LONGEST_NAME)})`;

/**
 * Returns the json of the one item that stands for all results of entities: `text`, a line to send; `total`, `succeeded` and
 * `failed`, numbers of items; `statuses` and `reasons`, numbers of items by word; and `failures`, the first ten.
 * An item whose outcome is unknown counts as failed.
 */
export const summaryOf = (results: readonly ItemResult[]): IDataObject => {
	const failed = failedItemsOf(results);
	const failures = failed.slice(0, FAILURES_LISTED).map(
		({ index, entityId, failure }): ListedFailure => ({
			item: index,
			...(entityId !== undefined && { entityId: shortened(entityId) }),
			reason: failure.reason,
			message: shortened(failure.message, LONGEST_MESSAGE),
		}),
	);
	const { total, statuses, reasons } = totalsOf(results);
	const counted = totalsInWords({ total, statuses, reasons });
	const [text = counted] = failed.slice(0, 1).map((first) => {
		const message = shortened(shortMessageOf(first.failure), LONGEST_IN_LINE);
		return `${counted}. ${nameOf(first)}: ${message}`;
	});
	return {
		text: text.replace(/\s+/g, ' '),
		total,
		succeeded: total - failed.length,
		failed: failed.length,
		statuses: { ...statuses },
		reasons: { ...reasons },
		failures: failures.map((failure) => ({ ...failure })),
	};
};
