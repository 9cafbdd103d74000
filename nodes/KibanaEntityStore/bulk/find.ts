import type { Failure } from '../failure';
import type { LookupResult } from './poll';
import { createLimiter } from './limiter';
import { cutIntoPages, type PageLimits } from './pages';
import { nextDelay, type Patience } from './retry';

/** What the answer to one request says of what was asked for. */
export type FindResult<Document> =
	/** Everything that fits one of the queries; `isWhole` is false when there may be more. */
	| {
			readonly kind: 'listed';
			readonly documents: readonly Document[];
			readonly isWhole: boolean;
	  }
	| Exclude<LookupResult<Document>, { readonly kind: 'listed' }>;

/** Queries that one request may ask for together. */
export interface FindGroup<Query, Document> {
	/** Each of them once. */
	readonly queries: readonly Query[];
	/** Makes one request and says what the answer means. It must not throw. */
	readonly ask: (queries: readonly Query[]) => Promise<FindResult<Document>>;
}

export interface FindOptions<Query, Document> extends Patience {
	/** Most queries in one request, and most bytes that they may add to it. */
	readonly limits: PageLimits;
	readonly bytesOf: (query: Query) => number;
	/** Whether a document is what a query asks for. */
	readonly fits: (query: Query, document: Document) => boolean;
	/** Most requests in flight at the same time. */
	readonly concurrency: number;
	/** Milliseconds on any clock. */
	readonly now: () => number;
	/** The failure of a query that more documents fit than one answer holds. */
	readonly tooMany: () => Failure;
}

/** What fits a query, in the order of the answer, or why that is not known. */
export type Found<Document> =
	| { readonly documents: readonly Document[] }
	| { readonly failure: Failure };

export interface FindReport<Query, Document> {
	/** One for each query. */
	readonly found: ReadonlyMap<Query, Found<Document>>;
	/** Requests made, repeats included. */
	readonly requests: number;
}

/** After so many refusals the cause is not a single query. */
const MOST_REFUSALS = 50;

interface Page<Query, Document> {
	readonly queries: readonly Query[];
	readonly group: FindGroup<Query, Document>;
}

const CANCELLED: Failure = {
	reason: 'cancelled',
	message: 'Not read: the execution was cancelled',
};

/**
 * Asks for everything that the queries look for, many in one request and several requests at a time.
 *
 * A request that meets a transient failure is repeated. Once its attempts are used up, later requests get
 * one attempt each until one of them succeeds, so that a server that is down is not waited for again and
 * again. A request that is refused, or has more results than one answer holds, is cut in halves. What no request
 * can tell concerns its group alone: the privileges of one space say nothing of another.
 */
export const findAll = async <Query, Document>(
	groups: ReadonlyArray<FindGroup<Query, Document>>,
	options: FindOptions<Query, Document>,
): Promise<FindReport<Query, Document>> => {
	const { limits, bytesOf, fits, concurrency, now, tooMany, sleep, isCancelled } = options;
	const found = new Map<Query, Found<Document>>();
	const limiter = createLimiter({ most: concurrency, now, sleep });
	/** A stack: the first page is asked for first. */
	const pages = groups
		.flatMap((group) =>
			[...cutIntoPages(group.queries, bytesOf, limits)].map((queries) => ({ queries, group })),
		)
		.reverse();
	let requests = 0;
	let refusals = 0;
	let isPatient = true;
	const halted = new Map<FindGroup<Query, Document>, Failure>();

	const fail = (queries: readonly Query[], failure: Failure) => {
		for (const query of queries) found.set(query, { failure });
	};

	/** Asks until the answer is final, or attempts or time are used up. */
	const askFor = async ({ queries, group }: Page<Query, Document>) => {
		let waitedMs = 0;
		for (let attempt = 1; ; attempt += 1) {
			requests += 1;
			const answer = await limiter.run(
				async () => await group.ask(queries),
				(one) => one.kind === 'transient' && one.failure.reason === 'overloaded',
			);
			if (answer.kind !== 'transient') {
				isPatient = true;
				return answer;
			}
			const delayMs = isPatient
				? nextDelay(attempt, waitedMs, answer.retryAfterMs, options)
				: undefined;
			if (delayMs === undefined) {
				isPatient = false;
				return answer;
			}
			waitedMs += delayMs;
			await sleep(delayMs);
			if (isCancelled()) return { kind: 'halt', failure: CANCELLED } as const;
		}
	};

	const cut = ({ queries, group }: Page<Query, Document>) => {
		const middle = Math.ceil(queries.length / 2);
		const [first, second] = [queries.slice(0, middle), queries.slice(middle)];
		pages.push({ queries: second, group }, { queries: first, group });
	};

	const settle = async (page: Page<Query, Document>) => {
		const { queries, group } = page;
		const reason = halted.get(group) ?? (isCancelled() ? CANCELLED : undefined);
		if (reason) return fail(queries, reason);
		const answer = await askFor(page);
		if (answer.kind === 'listed' && answer.isWhole) {
			for (const query of queries) {
				const documents = answer.documents.filter((document) => fits(query, document));
				found.set(query, { documents });
			}
		} else if (answer.kind === 'listed') {
			if (queries.length > 1) cut(page);
			else fail(queries, tooMany());
		} else if (answer.kind === 'refused' && (refusals += 1) < MOST_REFUSALS && queries.length > 1) {
			cut(page);
		} else {
			if (answer.kind === 'halt' || refusals >= MOST_REFUSALS) halted.set(group, answer.failure);
			fail(queries, answer.failure);
		}
	};

	const worker = async () => {
		for (let page = pages.pop(); page; page = pages.pop()) await settle(page);
	};
	// A worker may end while another cuts the last page, so there are rounds.
	while (pages.length > 0) await Promise.all(Array.from({ length: concurrency }, worker));
	return { found, requests };
};
