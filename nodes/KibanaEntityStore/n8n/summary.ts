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

/** Counts words, the most frequent first. */
const frequenciesOf = (words: readonly string[]): Record<string, number> => {
	const counts: Record<string, number> = {};
	for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
	const byCount = Object.entries(counts).sort(([, one], [, other]) => other - one);
	return Object.fromEntries(byCount);
};

const statusOf = (result: ItemResult): string => {
	if ('failure' in result) return result.failure.mayBeStored ? 'unknown' : 'failed';
	const status = result.outputs[0]?.status;
	return typeof status === 'string' ? status : 'succeeded';
};

/** `2 created, 1 failed`. */
const listCounts = (counts: Readonly<Record<string, number>>): string =>
	Object.entries(counts)
		.map(([word, count]) => `${formatCount(count)} ${STATUS_WORDS[word] ?? word}`)
		.join(', ');

/** The numbers of items by status, those that succeeded first. */
const statusesOf = (results: readonly ItemResult[]): Record<string, number> => ({
	...frequenciesOf(results.filter((result) => !('failure' in result)).map(statusOf)),
	...frequenciesOf(results.filter((result) => 'failure' in result).map(statusOf)),
});

const reasonsOf = (results: readonly ItemResult[]): Record<string, number> =>
	frequenciesOf(results.flatMap((result) => ('failure' in result ? result.failure.reason : [])));

/** Returns the numbers of a run as text: `4 entities: 2 created, 2 failed (2 invalidRecord)`. */
export const countResults = (results: readonly ItemResult[]): string => {
	const entities = countOf(results.length, 'entity', 'entities');
	const counted = `${entities}: ${listCounts(statusesOf(results))}`;
	const reasons = listCounts(reasonsOf(results));
	return reasons === '' ? counted : `${counted} (${reasons})`;
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
	const counted = countResults(results);
	const [text = counted] = failed.slice(0, 1).map((first) => {
		const message = shortened(shortMessageOf(first.failure), LONGEST_IN_LINE);
		return `${counted}. ${nameOf(first)}: ${message}`;
	});
	return {
		text: text.replace(/\s+/g, ' '),
		total: results.length,
		succeeded: results.length - failed.length,
		failed: failed.length,
		statuses: statusesOf(results),
		reasons: reasonsOf(results),
		failures: failures.map((failure) => ({ ...failure })),
	};
};
