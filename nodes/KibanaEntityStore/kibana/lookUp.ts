/** Asking the list of a generation for entities by their IDs, many in one request. */
import type { LookupResult } from '../bulk/poll';
import { failureOf } from './failures';
import type { Listing } from './generation';
import { readAnswer, unreadable, type Problem } from './http/answer';
import type { KibanaClient } from './http/client';
import { parseBody } from './http/words';

/**
 * Most bytes that terms and separators may take in a URL. Proxies take request lines of up to 8 kB, and
 * Node.js headers of up to 16 kB in all.
 */
export const MAX_TERM_BYTES = 6_000;
/** Most entities in one request: documents are a few kB each, and many terms make a slow query. */
export const MAX_TERMS = 200;
/** More than `MAX_TERMS`, so that one page holds all. */
export const PAGE_SIZE = 1_000;

/** Returns text for a URL. A lone half of a surrogate pair has no place in one. */
export const inUrl = (text: string): string =>
	encodeURIComponent(Buffer.from(text, 'utf8').toString('utf8'));

/** What happened instead of a list. Its message is the end of a sentence. */
const resultOf = (problem: Problem): LookupResult<unknown> => {
	const { kind, retryAfterMs, status, serverMessage } = problem;
	const text =
		status === undefined || serverMessage === undefined ? problem.text : `HTTP ${status}`;
	const failure = { ...failureOf(problem, { text, hint: undefined }) };
	switch (kind) {
		case 'cancelled':
			return { kind: 'halt', failure };
		case 'misaddressed':
		case 'unauthorized':
		case 'forbidden':
		case 'redirected': {
			const { hint, fix } = problem;
			return { kind: 'halt', failure: failureOf(problem, { text, hint, fix }) };
		}
		// A route that is missing, or a space, has nothing to do with the entities asked for.
		case 'missingRoute':
			return { kind: 'halt', failure };
		case 'refused':
			return { kind: status === 404 ? 'halt' : 'refused', failure };
		case 'tooLarge':
			return { kind: 'refused', failure };
		default:
			return { kind: 'transient', failure, ...(retryAfterMs !== undefined && { retryAfterMs }) };
	}
};

/**
 * Asks for entities of one group in one request. It never throws.
 *
 * @param terms of the entities, as `listing.term` makes them
 * @param now epoch milliseconds, for `Retry-After` dates
 * @returns the stored documents, by the key of their entity
 */
export const lookUp = async (
	client: KibanaClient,
	{ path, documentsIn, keyOf }: Listing,
	group: string,
	terms: readonly string[],
	now: () => number,
): Promise<LookupResult<unknown>> => {
	const reading = readAnswer(await client('GET', path(group, terms)), now());
	if (reading.kind !== 'ok') return resultOf(reading);
	const found = documentsIn(parseBody(reading.answer.body));
	if (found === undefined) return resultOf(unreadable(200));
	return {
		kind: 'listed',
		documents: new Map(found.map((document) => [keyOf(document, group), document])),
	};
};
