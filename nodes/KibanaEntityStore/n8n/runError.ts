/** The one error of a run that is set to stop: what happened in its headline, the rest below. */
import { NodeOperationError, type INode } from 'n8n-workflow';

import { ownText, shortened, type Failure } from '../failure';
import { LONGEST_MESSAGE, type FailedItem } from './results';

/** What the operation handles, and what it does with it, such as "entities" and "written". */
export interface Wording {
	readonly things: string;
	/** A past participle, or undefined where nothing can be said of the items that did not fail. */
	readonly done?: string | undefined;
}

/** Failed items with the same message, apart from their values and what Kibana says of each. */
interface Cause {
	readonly text: string;
	readonly hint: string | undefined;
	readonly items: readonly FailedItem[];
}

/** A number as people read it: 1,200. */
export const formatCount = (number: number): string => number.toLocaleString('en-US');

/** A number of things that something happened to. */
export const countOrNone = (number: number): string => (number > 0 ? formatCount(number) : 'none');

/** A number with what it counts: 1 entity, 2 entities. */
export const countOf = (number: number, one: string, several: string): string =>
	`${formatCount(number)} ${number === 1 ? one : several}`;

const CAUSES_LISTED = 10;
const ITEMS_LISTED = 5;
const QUOTES_LISTED = 3;
const LONGEST_NAME = 100;

const ERRORS_PAGE =
	'https://github.com/n8n-nodes-kibana-entity-store/n8n-nodes-kibana-entity-store/blob/main/docs/errors.md';

/** Returns a text as n8n is to show it where it takes HTML. */
export const escapeHtml = (text: string): string =>
	text
		.replace(/&/g, '&amp;')
		.replace(/</g, '&lt;')
		.replace(/>/g, '&gt;')
		.replace(/"/g, '&quot;')
		.replace(/'/g, '&#39;');

const groupBy = <Item>(items: readonly Item[], keyOf: (item: Item) => string): Item[][] => {
	const groups = new Map<string, Item[]>();
	for (const item of items) {
		const key = keyOf(item);
		const group = groups.get(key);
		if (group) group.push(item);
		else groups.set(key, [item]);
	}
	return [...groups.values()];
};

/** How a message names the wrong value, which differs from item to item. */
const GOT_VALUE = /, got ("[^"]*"|-?[\d.]+(?:e[+-]?\d+)?)/g;

/** The causes by the number of items that they hit; among equals the one that came first. */
const causesOf = (failed: readonly FailedItem[]): Cause[] => {
	const keyOf = ({ failure }: FailedItem) =>
		`${ownText(failure).replace(GOT_VALUE, '')}\n${failure.hint ?? ''}`;
	return groupBy(failed, keyOf)
		.map((items) => {
			const { failure } = items[0] as FailedItem;
			const text = ownText(failure);
			const isSame = items.every((item) => ownText(item.failure) === text);
			return {
				text: isSame ? text : text.replace(GOT_VALUE, ', got for example $1'),
				hint: failure.hint,
				items,
			};
		})
		.sort((one, other) => other.items.length - one.items.length);
};

/** What Kibana says of the items of a cause, each sentence once. */
const quotesOf = ({ items }: Cause): string[] => [
	...new Set(items.flatMap(({ failure }) => failure.serverMessage ?? [])),
];

/** The cause in one sentence, with Kibana's own words where they are the same for all of its items. */
const sentenceOf = (cause: Cause): string => {
	const messages = new Set(cause.items.map(({ failure }) => failure.message));
	const [message] = messages;
	return messages.size === 1 && message !== undefined ? message : cause.text;
};

/** The cause for the headline: Kibana's own words only where the node knows no fix. */
const shortSentenceOf = (cause: Cause): string =>
	cause.hint === undefined ? (sentenceOf(cause).split('\n', 1)[0] as string) : cause.text;

/** A failure of one item in the words of a headline. */
export const shortMessageOf = (failure: Failure): string =>
	failure.hint === undefined ? failure.message : ownText(failure);

/**
 * The first line, which is all that the canvas, the list of executions and error workflows show: the
 * cause itself when it is common to all items, and otherwise the most frequent one, with counts.
 */
const headlineOf = (
	causes: readonly [Cause, ...Cause[]],
	failed: number,
	total: number,
	{ things, done }: Wording,
): string => {
	const [first] = causes;
	if (causes.length === 1 && failed === total) return shortSentenceOf(first);
	const counts = `${formatCount(failed)} of ${formatCount(total)} ${things} failed`;
	const rest = total - failed;
	const others =
		rest > 0 && done !== undefined
			? `, ${formatCount(rest)} ${rest === 1 ? 'was' : 'were'} ${done}`
			: '';
	const share = causes.length > 1 ? ` (1 of ${formatCount(causes.length)} causes)` : '';
	return `${counts}${others}: ${shortSentenceOf(first)}${share}`;
};

const nameOf = ({ index, entityId }: FailedItem): string =>
	entityId === undefined ? String(index) : `${index} (${shortened(entityId, LONGEST_NAME)})`;

/** `Items 0 (jane), 3 and 12 more`. */
const nameAll = (items: readonly FailedItem[]): string => {
	const more = items.length - ITEMS_LISTED;
	const named = items.slice(0, ITEMS_LISTED).map(nameOf).join(', ');
	return `${items.length > 1 ? 'Items' : 'Item'} ${named}${more > 0 ? ` and ${formatCount(more)} more` : ''}`;
};

/** A cause as lines: its items with the message, what Kibana says where it differs, and the fix. */
const linesOf = (cause: Cause, reportedHints: Set<string>): string[] => {
	const quotes = quotesOf(cause);
	const listed = quotes.length > 1 ? quotes.slice(0, QUOTES_LISTED) : [];
	const more = quotes.length - listed.length;
	const lines = [`${nameAll(cause.items)}: ${sentenceOf(cause)}`, ...listed];
	if (listed.length > 0 && more > 0) lines.push(`… and ${formatCount(more)} more`);
	if (cause.hint !== undefined && !reportedHints.has(cause.hint)) {
		reportedHints.add(cause.hint);
		lines.push(cause.hint);
	}
	return lines.map((line) => escapeHtml(shortened(line, LONGEST_MESSAGE)));
};

const linkTo = (reason: string): string =>
	`<a href="${ERRORS_PAGE}#${reason.toLowerCase()}" target="_blank">${reason}</a>`;

/**
 * Returns the error of a run with failed items. n8n shows the description as HTML.
 *
 * @param failed at least one
 * @param total how many items there were
 */
export const toRunError = (
	node: INode,
	failed: readonly [FailedItem, ...FailedItem[]],
	total: number,
	wording: Wording,
): NodeOperationError => {
	const causes = causesOf(failed) as [Cause, ...Cause[]];
	const reportedHints = new Set<string>();
	const paragraphs = causes
		.slice(0, CAUSES_LISTED)
		.map((cause) => linesOf(cause, reportedHints).join('<br>'));
	const rest = causes.slice(CAUSES_LISTED).flatMap(({ items }) => items).length;
	if (rest > 0) paragraphs.push(`… and ${formatCount(rest)} more`);
	const reasons = [...new Set(failed.map(({ failure }) => failure.reason))];
	paragraphs.push(`More information: ${reasons.map(linkTo).join(', ')}`);

	const [only] = failed;
	const headline = headlineOf(causes, failed.length, total, wording);
	const error = new NodeOperationError(node, headline, {
		description: paragraphs.join('<br><br>'),
		// n8n puts the number of the item behind the message, which would be wrong for several.
		...(failed.length === 1 && { itemIndex: only.index }),
	});
	// n8n replaces a message that holds the code of a network error by one of its own.
	error.message = headline;
	return error;
};
