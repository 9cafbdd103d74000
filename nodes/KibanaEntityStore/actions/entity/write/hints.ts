/** What the panel of the node says about a run, beside its items. */
import type { IExecuteFunctions } from 'n8n-workflow';

import { addHint } from '../../../n8n/hint';
import {
	countOf,
	countOrNone,
	escapeHtml,
	formatCount,
	type ItemResult,
	type Totals,
} from '../../../n8n/items';
import { listKeys, type Mapper } from './records';
import type { Comparison } from './unchanged';
import type { Verification } from './verify';

/** n8n shows hints as HTML, and the keys come from the items. */
const listEscaped = (keys: readonly string[]): string => escapeHtml(listKeys(keys));

/** Returns one or two sentences on a naming field that is empty, so that the entity has another ID. */
const hintEmpty = (path: string, count: number): string =>
	count === 1
		? `1 item has an empty ${path}, so its entity ID comes from another field. With a value there, it would be another entity`
		: `${formatCount(count)} items have an empty ${path}, so their entity IDs come from another field. With a value there, they would be other entities`;

/** Says once what the mapping has ignored, and which naming fields are empty. */
export const hintMapped = (
	context: IExecuteFunctions,
	{ ignored, showKeys, unknownHere, leftOut, emptyNaming }: Mapper,
): void => {
	if (leftOut.size > 0) {
		const message = `Left out of stored documents, as Kibana manages them: ${listEscaped([...leftOut])}`;
		addHint(context, message);
	}
	if (ignored.size > 0) {
		addHint(context, `Ignored: not entity fields: ${listEscaped(showKeys(ignored))}`);
	}
	if (unknownHere.size > 0) {
		const message = `Ignored: known only to other versions of Kibana: ${listEscaped([...unknownHere])}`;
		addHint(context, message);
	}
	for (const [path, count] of emptyNaming) addHint(context, hintEmpty(path, count));
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

const inRequests = (requests: number): string => `in ${countOf(requests, 'request', 'requests')}`;

/** Returns one sentence on what Kibana did with the items, for the panel of the node. */
export const hintDone = ({ total, statuses }: Totals, requests: number): string => {
	const counts = Object.entries(DEEDS).map(([status, deed]) => ({
		deed,
		count: statuses[status] ?? 0,
	}));
	const happened = counts.filter(({ count }) => count > 0);
	const done = happened.length > 0 ? happened : [{ deed: DEEDS.stored, count: 0 }];
	const did = inWords(done.map(({ deed, count }) => `${deed} ${countOrNone(count)}`));
	const entities = countOf(total, 'entity', 'entities');
	const sentence = `Kibana ${did} of ${entities} ${inRequests(requests)}`;
	return statuses.accepted === undefined ? sentence : `${sentence}. ${QUEUED_ONLY}`;
};

/** Returns one sentence on what a dry run would send. */
export const hintPlanned = (results: readonly ItemResult[]): string => {
	const planned = results
		.flatMap((result) => ('outputs' in result ? result.outputs : []))
		.filter(({ status }) => status === 'dryRun');
	const requests = new Set(planned.map(({ chunk }) => chunk)).size;
	const records = countOf(results.length, 'record', 'records');
	return requests === 0
		? `Dry run: none of ${records} would be sent`
		: `Dry run: ${formatCount(planned.length)} of ${records} would go ${inRequests(requests)}. Nothing was sent`;
};

/** Returns one sentence on what was read back. */
export const hintVerified = ({ verified, claimed, requests }: Verification): string =>
	claimed === 0
		? 'Nothing was stored, so nothing was read back'
		: `Read back ${countOrNone(verified)} of ${formatCount(claimed)} ${inRequests(requests)}`;

/** Returns one sentence on what was left out, since it is stored already. */
export const hintSkipped = (comparisons: readonly Comparison[]): string => {
	const sum = (of: (one: Comparison) => number) =>
		comparisons.reduce((total, one) => total + of(one), 0);
	const unchanged = sum((one) => one.unchanged.length);
	return `Unchanged and not sent: ${countOrNone(unchanged)}, compared ${inRequests(sum((one) => one.requests))}`;
};
