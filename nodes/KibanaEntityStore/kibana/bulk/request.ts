import type { BulkRecord } from '../../bulk/record';
import type { Verdict } from '../../bulk/verdict';
import type { WriteStep } from '../generation';
import type { KibanaAnswer, KibanaClient } from '../http/client';

const OPENING = '{"entities":[';
const CLOSING = ']}';

/** Bytes of a bulk body around its rows. The envelope is the same in all generations. */
export const ENVELOPE_BYTES = OPENING.length + CLOSING.length;

/** The key of the record in a row. It differs between generations. */
export type RowKey = 'record' | 'doc';

const ROW_CLOSING = '}';
const rowOpening = (type: string, key: RowKey): string => `{"type":"${type}","${key}":`;

/** Returns the bytes of a record in a bulk body, its row included, without separators. */
export const rowBytes = (type: string, json: string, key: RowKey): number =>
	rowOpening(type, key).length + Buffer.byteLength(json) + ROW_CLOSING.length;

/** The query of a request that may write protected fields (docs/kibana-api.md#v1-bulk-upsert, #bulk-update). */
export const forceQuery = (force: boolean): string => (force ? '?force=true' : '');

const sizeOf = (records: readonly BulkRecord[]): number => {
	const separators = Math.max(0, records.length - 1);
	return records.reduce((sum, { bytes }) => sum + bytes, ENVELOPE_BYTES + separators);
};

/** Writes the rows one by one. Joining them to one text first would copy all of them twice more. */
const writeBody = (body: Buffer, records: readonly BulkRecord[], key: RowKey): Buffer => {
	let at = body.write(OPENING);
	for (const { type, json, bytes } of records) {
		if (at > OPENING.length) at += body.write(',', at);
		const opening = rowOpening(type, key);
		at += body.write(opening, at, 'latin1');
		// As many bytes as characters: the text is ASCII and needs no conversion.
		const isAscii = opening.length + json.length + ROW_CLOSING.length === bytes;
		at += body.write(json, at, isAscii ? 'latin1' : 'utf8');
		at += body.write(ROW_CLOSING, at, 'latin1');
	}
	body.write(CLOSING, at);
	return body;
};

/** Bodies have about the same size. The margin makes the memory of one chunk large enough for the next. */
const STEP_BYTES = 256 * 1024;

/**
 * Returns a function that sends bulk requests and returns what their answers mean. The memory of a body is
 * reused for a later body. This memory is outside V8's heap, and every 64 MB of it start a full garbage
 * collection, which takes seconds with a million items in the heap.
 *
 * @param key of the record in a row
 * @param read returns what an answer means for the records of its request; `nowMs` is epoch milliseconds
 */
export const createBulkPost = (
	client: KibanaClient,
	path: `/${string}`,
	key: RowKey,
	read: (answer: KibanaAnswer, records: readonly BulkRecord[], nowMs: number) => Verdict,
	now: () => number,
): WriteStep['post'] => {
	const spare: Buffer[] = [];
	const take = (bytes: number): Buffer => {
		const memory = spare.pop();
		return memory !== undefined && memory.length >= bytes
			? memory
			: Buffer.allocUnsafeSlow(Math.ceil(bytes / STEP_BYTES) * STEP_BYTES);
	};
	return async (records) => {
		const bytes = sizeOf(records);
		const memory = take(bytes);
		const answer = await client('PUT', path, writeBody(memory.subarray(0, bytes), records, key));
		const verdict = read(answer, records, now());
		// Kibana has read the whole body of a stored request. After any other answer, or none, the rest of
		// the body may still be in transit.
		if (verdict.kind === 'stored' || verdict.kind === 'each') spare.push(memory);
		return verdict;
	};
};
