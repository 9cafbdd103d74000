/** What the panel of the node says about a run, beside its items. */
import type { IExecuteFunctions } from 'n8n-workflow';

import { addHint } from '../../../n8n/hint';
import { escapeHtml, formatCount, type ItemResult } from '../../../n8n/items';
import type { Mapper } from './records';
import type { Comparison } from './unchanged';
import type { Verification } from './verify';

const KEYS_LISTED = 20;
const LONGEST_KEY = 200;

const listKeys = (keys: readonly string[]): string => {
	const more = keys.length - KEYS_LISTED;
	// n8n shows hints as HTML, and the keys come from the items.
	const listed = keys.slice(0, KEYS_LISTED).map((key) => escapeHtml(key.slice(0, LONGEST_KEY)));
	return `${listed.join(', ')}${more > 0 ? ` and ${formatCount(more)} more` : ''}`;
};

/** Says once what automatic mapping has ignored. */
export const hintIgnored = (
	context: IExecuteFunctions,
	{ ignored, unknownHere, leftOut }: Mapper,
): void => {
	if (leftOut.size > 0) {
		const message = `Left out of stored documents, as Kibana manages them: ${listKeys([...leftOut])}`;
		context.addExecutionHints({ message });
	}
	if (ignored.size > 0) {
		const message = `Ignored: not entity fields: ${listKeys([...ignored])}`;
		addHint(context, message);
	}
	if (unknownHere.size > 0) {
		const message = `Ignored: known only to other versions of Kibana: ${listKeys([...unknownHere])}`;
		addHint(context, message);
	}
};

const QUEUED_ONLY =
	'This Kibana only queues them: they appear after the next run of the entity store, usually more than a minute later';

/** What Kibana did with entities, by the status of their items. */
const DEEDS = {
	created: 'created',
	updated: 'updated',
	stored: 'stored',
	accepted: 'accepted',
	unchanged: 'left unchanged',
} as const;

/** Returns a list as people read it: `one`, `one and two`, `one, two and three`. */
const inWords = (parts: readonly string[]): string =>
	[parts.slice(0, -1).join(', '), ...parts.slice(-1)].filter(Boolean).join(' and ');

const inRequests = (requests: number): string =>
	`in ${formatCount(requests)} ${requests === 1 ? 'request' : 'requests'}`;

/** Returns one sentence on what Kibana did with the items, for the panel of the node. */
export const hintDone = (results: readonly ItemResult[], requests: number): string => {
	const countOf = (status: string) =>
		results.filter((result) => 'outputs' in result && result.outputs[0]?.status === status).length;
	const counts = Object.entries(DEEDS).map(([status, deed]) => ({ deed, count: countOf(status) }));
	const happened = counts.filter(({ count }) => count > 0);
	const done = happened.length > 0 ? happened : [{ deed: DEEDS.stored, count: 0 }];
	const did = inWords(
		done.map(({ deed, count }) => `${deed} ${count > 0 ? formatCount(count) : 'none'}`),
	);
	const total = `${formatCount(results.length)} ${results.length === 1 ? 'entity' : 'entities'}`;
	const sentence = `Kibana ${did} of ${total} ${inRequests(requests)}`;
	return countOf('accepted') === 0 ? sentence : `${sentence}. ${QUEUED_ONLY}`;
};

/** Returns one sentence on what a dry run would send. */
export const hintPlanned = (results: readonly ItemResult[]): string => {
	const planned = results
		.flatMap((result) => ('outputs' in result ? result.outputs : []))
		.filter(({ status }) => status === 'dryRun');
	const requests = new Set(planned.map(({ chunk }) => chunk)).size;
	const counts = `${formatCount(planned.length)} of ${formatCount(results.length)}`;
	return `Dry run: ${counts} records would go ${inRequests(requests)}. Nothing was sent`;
};

/** Returns one sentence on what was read back. */
export const hintVerified = ({ verified, claimed, requests }: Verification): string =>
	`Read back ${formatCount(verified)} of ${formatCount(claimed)} ${inRequests(requests)}`;

/** Returns one sentence on what was left out, since it is stored already. */
export const hintSkipped = (comparisons: readonly Comparison[]): string => {
	const sum = (of: (one: Comparison) => number) =>
		comparisons.reduce((total, one) => total + of(one), 0);
	const unchanged = sum((one) => one.unchanged.length);
	return `Unchanged and not sent: ${formatCount(unchanged)}, compared ${inRequests(sum((one) => one.requests))}`;
};
