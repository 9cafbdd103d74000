import type { Failure } from '../failure';
import { cutIntoPages, type PageLimits } from './pages';
import type { Patience } from './retry';

/** An entity to look up, with all records that are said to have been written to it. */
export interface Lookup<Document> {
	readonly key: string;
	/** Of the input items of its records. */
	readonly indexes: readonly number[];
	/**
	 * Returns for each record, in the order of `indexes`, the paths where the stored document differs from
	 * what is expected. There are none when the record is stored.
	 */
	readonly mismatches: (document: Document) => ReadonlyArray<readonly string[]>;
	/** Bytes that it adds to a request. */
	readonly bytes: number;
}

/** Entities that one request may ask for together. */
export interface LookupGroup<Document> {
	readonly lookups: ReadonlyArray<Lookup<Document>>;
	/** Makes one request for these entities and says what the answer means. It must not throw. */
	readonly ask: (keys: readonly string[]) => Promise<LookupResult<Document>>;
}

/** What the answer to one request for entities says of them. */
export type LookupResult<Document> =
	/** What is stored, by the key of the entity. An entity that is not stored is missing here too. */
	| { readonly kind: 'listed'; readonly documents: ReadonlyMap<string, Document> }
	/** Nothing is known, and the same request may tell later. */
	| { readonly kind: 'transient'; readonly failure: Failure; readonly retryAfterMs?: number }
	/** One or more of the entities cannot be asked for. */
	| { readonly kind: 'refused'; readonly failure: Failure }
	/** No request at all can tell. */
	| { readonly kind: 'halt'; readonly failure: Failure };

export interface PollOptions extends Pick<Patience, 'sleep' | 'isCancelled'> {
	/** Milliseconds in which everything should be found. The last request begins no earlier. */
	readonly timeoutMs: number;
	/** Most entities in one request, and most bytes that they may add to it. */
	readonly limits: PageLimits;
	/** Milliseconds on any clock. */
	readonly now: () => number;
}

/** What the requests have found out about one record. */
export type Finding =
	/** The entity is stored, with all values of the record. */
	| { readonly kind: 'found' }
	/** The entity is not stored. */
	| { readonly kind: 'missing' }
	/** The entity is stored, but differs from the record at these paths. */
	| { readonly kind: 'differs'; readonly paths: readonly string[] }
	/** The last request for it failed, so nothing is known. */
	| { readonly kind: 'unknown'; readonly failure: Failure }
	/** The execution was cancelled before it was found. */
	| { readonly kind: 'cancelled' };

export interface PollReport {
	/** Exactly one for each record, by the index of its item. */
	readonly findings: ReadonlyMap<number, Finding>;
	/** Requests made. */
	readonly requests: number;
}

const FIRST_PAUSE_MS = 250;
/** A job fills some stores once a minute, so more frequent requests find nothing new. */
const LONGEST_PAUSE_MS = 10_000;

/**
 * A refused page is bisected until the rejected entity stands alone. After so many refusals the cause is
 * not a single entity.
 */
const MOST_REFUSALS = 50;

const FOUND: Finding = { kind: 'found' };

/**
 * Asks for entities until each record is found with its values, or time runs out: at once, then with
 * pauses that double from 250 ms to 10 s, and a last time when the time is up.
 *
 * Each round asks for one page of a group, and for the next only while pages bring something new: a job
 * that has not stored the first page has not stored the others. What is still missing goes to the end of
 * the queue, so that lost records do not hide others. The last round asks for all that is missing. The
 * number of requests is at most the sum of the rounds, the pages that brought something new, and the
 * pages of what is missing in the end.
 *
 * @returns what the last request for each record has found
 */
export const pollUntilFound = async <Document>(
	groups: ReadonlyArray<LookupGroup<Document>>,
	options: PollOptions,
): Promise<PollReport> => {
	const { timeoutMs, limits, now, sleep, isCancelled } = options;
	const findings = new Map<number, Finding>();
	const deadline = now() + timeoutMs;
	let requests = 0;
	let refusals = 0;

	const note = (lookups: ReadonlyArray<Lookup<Document>>, finding: Finding) => {
		for (const { indexes } of lookups) {
			for (const index of indexes) {
				if (findings.get(index) !== FOUND) findings.set(index, finding);
			}
		}
	};

	/** Notes what the document tells of each record, and returns whether it holds them all. */
	const compare = ({ indexes, mismatches }: Lookup<Document>, document: Document): boolean => {
		for (const [position, paths] of mismatches(document).entries()) {
			const index = indexes[position] as number;
			if (findings.get(index) === FOUND) continue;
			findings.set(index, paths.length === 0 ? FOUND : { kind: 'differs', paths });
		}
		return indexes.every((index) => findings.get(index) === FOUND);
	};

	interface Queue {
		readonly ask: LookupGroup<Document>['ask'];
		/** Those that are not found yet, in the order in which they are asked for. */
		waiting: ReadonlyArray<Lookup<Document>>;
	}

	/** Makes one round of requests for a group. Returns the milliseconds that the server asks to wait. */
	const askFor = async (queue: Queue, isLast: boolean): Promise<number> => {
		const pages = [...cutIntoPages(queue.waiting, ({ bytes }) => bytes, limits)].reverse();
		const missed: Array<Lookup<Document>> = [];
		const leave = (rest: ReadonlyArray<Lookup<Document>> = []) => {
			queue.waiting = [...rest, ...pages.reverse().flat(), ...missed];
		};
		for (let page = pages.pop(); page; page = pages.pop()) {
			if (isCancelled()) {
				leave(page);
				return 0;
			}
			requests += 1;
			const answer = await queue.ask(page.map(({ key }) => key));
			if (isCancelled()) {
				leave(page);
				return 0;
			}
			if (answer.kind === 'listed') {
				const { documents } = answer;
				note(
					page.filter(({ key }) => !documents.has(key)),
					{ kind: 'missing' },
				);
				const still = page.filter((one) => {
					const document = documents.get(one.key);
					return document === undefined || !compare(one, document);
				});
				missed.push(...still);
				if (still.length < page.length || isLast) continue;
				leave();
				return 0;
			}
			const { failure } = answer;
			const { retryAfterMs = 0 } = answer.kind === 'transient' ? answer : {};
			if (answer.kind === 'transient' && retryAfterMs <= Math.max(deadline - now(), 0)) {
				note([...page, ...pages.flat()], { kind: 'unknown', failure });
				leave(page);
				return retryAfterMs;
			}
			if (answer.kind === 'refused' && (refusals += 1) < MOST_REFUSALS) {
				if (page.length === 1) note(page, { kind: 'unknown', failure });
				else {
					const middle = Math.ceil(page.length / 2);
					pages.push(page.slice(middle), page.slice(0, middle));
				}
				continue;
			}
			note([...page, ...pages.flat(), ...missed], { kind: 'unknown', failure });
			queue.waiting = [];
			return 0;
		}
		leave();
		return 0;
	};

	const queues = groups.map(({ lookups, ask }): Queue => ({ ask, waiting: lookups }));
	for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
		const isLast = now() >= deadline;
		let retryAfterMs = 0;
		for (const queue of queues) {
			if (queue.waiting.length > 0) {
				retryAfterMs = Math.max(retryAfterMs, await askFor(queue, isLast));
			}
		}
		const waiting = queues.flatMap((queue) => queue.waiting);
		if (waiting.length === 0) break;
		if (!isCancelled() && !isLast) {
			await sleep(Math.max(retryAfterMs, Math.min(pauseMs, Math.max(deadline - now(), 0))));
		}
		if (isCancelled()) note(waiting, { kind: 'cancelled' });
		if (isCancelled() || isLast) break;
	}
	return { findings, requests };
};
