import type { Failure, LookupResult } from './outcome';

/** An entity to look for, with all records that are said to have been written to it. */
export interface Lookup<Document> {
	readonly key: string;
	/** Of the input items of its records. */
	readonly indexes: readonly number[];
	/**
	 * For each record, in the order of `indexes`: the paths at which the stored document has not what is
	 * expected, none when the record is there.
	 */
	readonly mismatches: (document: Document) => ReadonlyArray<readonly string[]>;
	/** Bytes that it adds to a request. */
	readonly bytes: number;
}

/** Entities that one request may ask for together. */
export interface LookupGroup<Document> {
	readonly sought: ReadonlyArray<Lookup<Document>>;
	/** Makes one request for these entities and says what the answer means. It must not throw. */
	readonly look: (keys: readonly string[]) => Promise<LookupResult<Document>>;
}

export interface VerifyOptions {
	/** Milliseconds in which everything should be there; the last look begins no earlier. */
	readonly timeoutMs: number;
	/** Most entities in one request, and most bytes that they may add to it. */
	readonly limits: { readonly maxEntities: number; readonly maxBytes: number };
	/** Milliseconds on any clock. */
	readonly now: () => number;
	readonly sleep: (ms: number) => Promise<void>;
	readonly isCancelled: () => boolean;
}

/** What the looks have found out about one record. */
export type Finding =
	/** It is there, with all its values. */
	| { readonly kind: 'found' }
	/** The entity is not there. */
	| { readonly kind: 'missing' }
	/** The entity is there, but not with the values that were sent at these paths. */
	| { readonly kind: 'differs'; readonly paths: readonly string[] }
	/** The last look at it failed, so nothing is known. */
	| { readonly kind: 'unseen'; readonly failure: Failure }
	/** The execution was cancelled before it was there. */
	| { readonly kind: 'cancelled' };

export interface VerifyReport {
	/** Exactly one for each record, by the index of its item. */
	readonly findings: ReadonlyMap<number, Finding>;
	/** Requests made. */
	readonly requests: number;
}

const FIRST_PAUSE_MS = 250;
/** Stores that are filled by a job do so once a minute, so looking more often finds nothing new. */
const LONGEST_PAUSE_MS = 10_000;

/**
 * A page that is refused is halved until the entity to blame stands alone. When so many looks were
 * refused, it is not for the sake of single entities.
 */
const MOST_REFUSALS = 50;

/** Cuts entities into pages; one that is too large even alone gets a page of its own. */
const cutIntoPages = <Document>(
	sought: ReadonlyArray<Lookup<Document>>,
	{ maxEntities, maxBytes }: VerifyOptions['limits'],
): Array<Array<Lookup<Document>>> => {
	const pages: Array<Array<Lookup<Document>>> = [];
	let bytes = Infinity;
	for (const one of sought) {
		bytes += one.bytes;
		const page = pages.at(-1);
		if (page === undefined || page.length >= maxEntities || bytes > maxBytes) {
			pages.push([one]);
			bytes = one.bytes;
		} else page.push(one);
	}
	return pages;
};

const FOUND: Finding = { kind: 'found' };

/**
 * Looks for records until each is there with its values, or time runs out: at once, then with pauses
 * that double from 250 ms to 10 s, and a last time when the time is up.
 *
 * In each round one page of a group is asked for, and the next only while pages bring something new:
 * what a job has not stored yet, it has not stored for all. What is still missing goes to the end of
 * the line, so that lost records do not hide others. The last round asks for all that is missing. So
 * there are no more requests than rounds, pages that brought something new, and pages of what is missing
 * in the end.
 *
 * @returns what the last look at each record has found
 */
export const verifyAll = async <Document>(
	groups: ReadonlyArray<LookupGroup<Document>>,
	options: VerifyOptions,
): Promise<VerifyReport> => {
	const { timeoutMs, limits, now, sleep, isCancelled } = options;
	const findings = new Map<number, Finding>();
	const deadline = now() + timeoutMs;
	let requests = 0;
	let refusals = 0;

	const note = (sought: ReadonlyArray<Lookup<Document>>, finding: Finding) => {
		for (const { indexes } of sought) {
			for (const index of indexes) {
				if (findings.get(index) !== FOUND) findings.set(index, finding);
			}
		}
	};

	/** Notes what the document tells of each record; whether it holds them all. */
	const compare = ({ indexes, mismatches }: Lookup<Document>, document: Document): boolean => {
		for (const [position, paths] of mismatches(document).entries()) {
			const index = indexes[position] as number;
			if (findings.get(index) === FOUND) continue;
			findings.set(index, paths.length === 0 ? FOUND : { kind: 'differs', paths });
		}
		return indexes.every((index) => findings.get(index) === FOUND);
	};

	interface Line {
		readonly look: LookupGroup<Document>['look'];
		/** Those that are not there yet, in the order in which they are asked for. */
		waiting: ReadonlyArray<Lookup<Document>>;
	}

	/** One round of looks for a group; says how long the server wants to be left alone. */
	const lookFor = async (line: Line, isLast: boolean): Promise<number> => {
		const pages = cutIntoPages(line.waiting, limits).reverse();
		const missed: Array<Lookup<Document>> = [];
		const leave = (rest: ReadonlyArray<Lookup<Document>> = []) => {
			line.waiting = [...rest, ...pages.reverse().flat(), ...missed];
		};
		for (let page = pages.pop(); page; page = pages.pop()) {
			if (isCancelled()) {
				leave(page);
				return 0;
			}
			requests += 1;
			const answer = await line.look(page.map(({ key }) => key));
			if (isCancelled()) {
				leave(page);
				return 0;
			}
			if (answer.kind === 'seen') {
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
				note([...page, ...pages.flat()], { kind: 'unseen', failure });
				leave(page);
				return retryAfterMs;
			}
			if (answer.kind === 'refused' && (refusals += 1) < MOST_REFUSALS) {
				if (page.length === 1) note(page, { kind: 'unseen', failure });
				else {
					const middle = Math.ceil(page.length / 2);
					pages.push(page.slice(middle), page.slice(0, middle));
				}
				continue;
			}
			note([...page, ...pages.flat(), ...missed], { kind: 'unseen', failure });
			line.waiting = [];
			return 0;
		}
		leave();
		return 0;
	};

	const lines = groups.map(({ sought, look }): Line => ({ look, waiting: sought }));
	for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
		const isLast = now() >= deadline;
		let retryAfterMs = 0;
		for (const line of lines) {
			if (line.waiting.length > 0) {
				retryAfterMs = Math.max(retryAfterMs, await lookFor(line, isLast));
			}
		}
		const waiting = lines.flatMap((line) => line.waiting);
		if (waiting.length === 0) break;
		if (!isCancelled() && !isLast) {
			await sleep(Math.max(retryAfterMs, Math.min(pauseMs, Math.max(deadline - now(), 0))));
		}
		if (isCancelled()) note(waiting, { kind: 'cancelled' });
		if (isCancelled() || isLast) break;
	}
	return { findings, requests };
};
