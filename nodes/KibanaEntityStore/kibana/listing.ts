/** Reading entities back from the list of a generation, many at a time (contract §3.4, §4.9). */
import type { BulkRecord, LookupResult } from '../bulk/outcome';
import type { Leaves } from '../entity/leaves';
import type { KibanaAnswer, KibanaClient } from './http/client';
import {
	isFailed,
	parseBody,
	readCommonAnswer,
	readMessage,
	shortened,
	unexpected,
} from './failure';

/** How one generation lists entities, and what its list shows of what was sent. */
export interface Listing {
	/** Records of different groups are never asked for in one request. */
	readonly groupOf: (record: BulkRecord) => string;
	/** What asks for the entity of a record, as it stands in the URL. */
	readonly term: (record: BulkRecord) => string;
	/** What stands between two terms in the URL. */
	readonly separator: string;
	/** The list of the entities of one group for which the terms ask, on one page. */
	readonly path: (group: string, terms: readonly string[]) => `/${string}`;
	/** The documents in an answer, or undefined for one that is no list. */
	readonly documentsIn: (body: unknown) => readonly unknown[] | undefined;
	/** The key of a document's entity, and its leaves at the paths at which they were sent. */
	readonly read: (
		document: unknown,
		group: string,
	) => { readonly key: string; readonly leaves: Leaves };
	/**
	 * What a record has sent, by path, as far as the list shows it and Kibana keeps it: what Kibana sets
	 * by itself would be found different for ever.
	 */
	readonly expected: (record: BulkRecord) => Leaves;
	/** How many values it keeps of a list. */
	readonly longestList: number;
}

/**
 * Most bytes that terms and separators may take in a URL. Proxies take request lines of up to 8 kB, and Node.js
 * headers of up to 16 kB in all.
 */
export const MAX_TERM_BYTES = 6_000;
/** Most entities in one request: documents are a few kB each, and many terms make a slow query. */
export const MAX_TERMS = 200;
/** More than `MAX_TERMS`, so that one page holds all. */
export const PAGE_SIZE = 1_000;

/** Text for a URL; a lone half of a surrogate pair has no place in one. */
export const inUrl = (text: string): string =>
	encodeURIComponent(Buffer.from(text, 'utf8').toString('utf8'));

/** What came instead of a list, as the end of a sentence. */
const causeIn = (answer: KibanaAnswer): string => {
	if (answer.kind !== 'answer') {
		return answer.kind === 'noAnswer' ? `Kibana did not answer (${answer.code})` : 'cancelled';
	}
	const said = readMessage(answer.body);
	if (said !== undefined) return `HTTP ${answer.status}: ${shortened(said)}`;
	return `HTTP ${answer.status} came back, but not as Kibana answers`;
};

const readLook = (
	answer: KibanaAnswer,
	{ documentsIn, read }: Listing,
	group: string,
	nowMs: number,
): LookupResult<Leaves> => {
	if (answer.kind === 'answer' && answer.status === 200) {
		const documents = documentsIn(parseBody(answer.body));
		if (documents !== undefined) {
			const found = documents.map((document) => read(document, group));
			return { kind: 'seen', documents: new Map(found.map(({ key, leaves }) => [key, leaves])) };
		}
	}
	const verdict = readCommonAnswer(answer, nowMs);
	const { reason, hint, httpStatus, serverMessage } = isFailed(verdict)
		? verdict.failure
		: unexpected(200);
	const failure = { reason, message: causeIn(answer), httpStatus, serverMessage };
	if (answer.kind === 'cancelled') return { kind: 'halt', failure };
	switch (verdict.kind) {
		case 'halt':
			return { kind: 'halt', failure: { ...failure, hint } };
		case 'transient':
			return { kind: 'transient', failure, retryAfterMs: verdict.retryAfterMs };
		case 'bisect':
			// A route that is missing, or a space, is no matter of the entities asked for.
			if (httpStatus === 404 || httpStatus === 405) return { kind: 'halt', failure };
			return { kind: verdict.mayPass ? 'transient' : 'refused', failure };
		default:
			// Whoever answers in place of Kibana may be gone a moment later.
			return { kind: 'transient', failure };
	}
};

/**
 * Asks for the entities of some records, all of one group, in one request. It never throws.
 *
 * @param terms of the entities, as `listing.term` makes them
 * @param nowMs epoch milliseconds, for `Retry-After` dates
 * @returns what is stored of each, by its key
 */
export const lookUp = async (
	client: KibanaClient,
	listing: Listing,
	group: string,
	terms: readonly string[],
	now: () => number,
): Promise<LookupResult<Leaves>> =>
	readLook(await client('GET', listing.path(group, terms)), listing, group, now());
