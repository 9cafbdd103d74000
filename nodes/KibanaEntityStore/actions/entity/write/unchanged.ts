/** Leaving out what is stored already. */
import type { Outcomes } from '../../../bulk/outcomes';
import { isUnmapped, type BulkRecord, type MappedRecord } from '../../../bulk/record';
import { askUntilFinal } from '../../../bulk/retry';
import { lookUp, MAX_TERM_BYTES, MAX_TERMS } from '../../../kibana/lookUp';
import type { Run } from './send';

export interface Comparison {
	/** What is to be sent, in item order: new, changed, not comparable, or not even mapped. */
	readonly changed: readonly MappedRecord[];
	/** Records that the store holds as they are. */
	readonly unchanged: ReadonlyArray<Pick<BulkRecord, 'index' | 'type' | 'id'>>;
	/** Requests made to read, repeats not counted. */
	readonly requests: number;
}

/** Requests that only read wait for no refresh; the records of the next one are mapped meanwhile. */
const CONCURRENCY = 2;

/** The records that one request asks for. */
interface Page {
	readonly group: string;
	readonly records: BulkRecord[];
	bytes: number;
}

/**
 * Looks up the entities of records and finds out which records would change nothing. Records are taken from
 * their source when a request may start, and those that are unchanged are not kept.
 *
 * A further record of an entity always counts as changed: what it would change depends on those before it.
 * Where Kibana cannot be asked, everything counts as changed.
 */
export const compareWithStored = async (
	{ session, generation }: Run,
	space: string,
	records: Iterable<MappedRecord>,
): Promise<Comparison> => {
	const { list, comparison } = generation;
	const client = session.clientOf(space);
	const { patience, now } = session;
	const changed: MappedRecord[] = [];
	const unchanged: Array<Pick<BulkRecord, 'index' | 'type' | 'id'>> = [];
	let requests = 0;
	let isHalted = false;

	/** Yields pages of records to look up, and puts aside what needs no look. */
	const pages = (function* (): Generator<Page> {
		const seen = new Set<string>();
		const open = new Map<string, Page>();
		for (const record of records) {
			if (isUnmapped(record) || seen.has(record.key)) {
				changed.push(record);
				continue;
			}
			seen.add(record.key);
			const group = list.groupOf(record);
			const bytes = list.term(record).length + list.separator.length;
			let page = open.get(group);
			if (page && (page.records.length >= MAX_TERMS || page.bytes + bytes > MAX_TERM_BYTES)) {
				yield page;
				page = undefined;
			}
			if (page === undefined) {
				page = { group, records: [], bytes: 0 };
				open.set(group, page);
			}
			page.records.push(record);
			page.bytes += bytes;
		}
		yield* open.values();
	})();

	const compare = async ({ group, records: asked }: Page): Promise<void> => {
		if (isHalted || patience.isCancelled()) return void changed.push(...asked);
		requests += 1;
		const terms = asked.map(list.term);
		const answer = await askUntilFinal(
			async () => await lookUp(client, list, group, terms, now),
			(one) => (one.kind === 'transient' && !patience.isCancelled() ? one : undefined),
			patience,
		);
		if (answer.kind !== 'listed') {
			isHalted ||= answer.kind === 'halt' || answer.kind === 'transient';
			return void changed.push(...asked);
		}
		for (const record of asked) {
			const document = answer.documents.get(record.key);
			if (document !== undefined && comparison.isUnchanged(record, document, group)) {
				unchanged.push({ index: record.index, type: record.type, id: record.id });
			} else changed.push(record);
		}
	};

	const worker = async () => {
		for (const page of pages) await compare(page);
	};
	await Promise.all(Array.from({ length: CONCURRENCY }, worker));
	changed.sort((one, other) => one.index - other.index);
	return { changed, unchanged, requests };
};

/** Returns the outcomes of what was sent, with those of the records that were left out. */
export const withUnchanged = (
	{ outcomes, types, ids }: Outcomes,
	{ unchanged }: Comparison,
): Outcomes => {
	const all = { outcomes: [...outcomes], types: [...types], ids: [...ids] };
	for (const { index, type, id } of unchanged) {
		all.outcomes[index] = { status: 'unchanged' };
		all.types[index] = type;
		all.ids[index] = id;
	}
	return all;
};
