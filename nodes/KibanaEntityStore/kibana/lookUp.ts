/** Looks up entities by their IDs in the list of a generation, many in one request. */
import type { LookupResult } from '../bulk/poll';
import { failureOf } from './failures';
import type { Listing } from './generation';
import { readAnswer, unreadable, type Problem, type ProblemKind } from './http/answer';
import type { KibanaClient } from './http/client';
import { parseBody } from './http/words';
import { readProblem } from './readProblem';

/**
 * Maximum number of bytes for terms and separators in a URL. Proxies accept request lines of up to 8 kB, and
 * Node.js accepts headers of up to 16 kB in total.
 */
export const MAX_TERM_BYTES = 6_000;
/** Maximum number of entities in one request: documents have a few kB each, and many terms make a slow query. */
export const MAX_TERMS = 200;
/** More than `MAX_TERMS`, so that one page contains all. */
export const PAGE_SIZE = 1_000;

/** Encodes text for a URL. A lone surrogate cannot be encoded and is replaced. */
export const inUrl = (text: string): string =>
	encodeURIComponent(Buffer.from(text, 'utf8').toString('utf8'));

/** Problems of the access, which the user can fix whatever the entities are. */
const OF_ACCESS: ReadonlySet<ProblemKind> = new Set([
	'misaddressed',
	'unauthorized',
	'forbidden',
	'redirected',
]);

/** Why there is no list. The message is the end of a sentence. */
const resultOf = (problem: Problem): LookupResult<unknown> => {
	const { kind, status, serverMessage, hint, fix } = problem;
	const text =
		status === undefined || serverMessage === undefined ? problem.text : `HTTP ${status}`;
	return readProblem(
		problem,
		failureOf(problem, { text, ...(OF_ACCESS.has(kind) && { hint, fix }) }),
	);
};

/**
 * Looks up entities of one group in one request. It never throws.
 *
 * @param terms of the entities, made by `listing.term`
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
