import type { BulkRecord, Verdict } from '../../bulk/outcome';
import type { KibanaAnswer, KibanaClient } from '../http/client';
import type { WriteStep } from '../generation';

const OPENING = '{"entities":[';
const CLOSING = ']}';

/** Bytes of a bulk body around its rows; the envelope is the same in all generations (§3.1, §4.1). */
export const ENVELOPE_BYTES = OPENING.length + CLOSING.length;

/** The query of a request that may write protected fields (§3.1, §4.1). */
export const forceQuery = (force: boolean): string => (force ? '?force=true' : '');

const sizeOf = (records: readonly BulkRecord[]): number => {
	const separators = Math.max(0, records.length - 1);
	return records.reduce((sum, { bytes }) => sum + bytes, ENVELOPE_BYTES + separators);
};

/** Rows are written one by one: joined to one text first, all of them would be copied twice more. */
const writeBody = (body: Buffer, records: readonly BulkRecord[]): Buffer => {
	let at = body.write(OPENING);
	for (const { json, bytes } of records) {
		if (at > OPENING.length) at += body.write(',', at);
		// As many bytes as characters: all of them are ASCII, which takes no conversion.
		at += body.write(json, at, json.length === bytes ? 'latin1' : 'utf8');
	}
	body.write(CLOSING, at);
	return body;
};

/** Room for bodies of about the same size, so that one chunk's memory is large enough for the next. */
const STEP_BYTES = 256 * 1024;

/**
 * Sends bulk requests, and says what their answers mean. The memory of a body is used again for a later
 * one: it lies outside V8's heap, and every 64 MB of such memory make V8 search the whole heap for
 * garbage, which takes seconds with a million items in it.
 *
 * @param read what an answer means for the records of its request; `nowMs` is epoch milliseconds
 */
export const createBulkPost = (
	client: KibanaClient,
	path: `/${string}`,
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
		const answer = await client('PUT', path, writeBody(memory.subarray(0, bytes), records));
		const verdict = read(answer, records, now());
		// What Kibana has stored it has read to the end; after any other answer, or none, the rest of the
		// body may still be on its way.
		if (verdict.kind === 'stored' || verdict.kind === 'each') spare.push(memory);
		return verdict;
	};
};
