import type { BulkRecord } from './record';

export interface ChunkLimits {
	/** Maximum number of records in one request. */
	readonly maxRecords: number;
	/** Maximum number of bytes of one request body, including its envelope. */
	readonly maxBytes: number;
	/** Bytes of the body around all its records. */
	readonly envelopeBytes: number;
}

const SEPARATOR_BYTES = 1;

/** Whether a request with only this record would exceed the byte limit. */
export const isTooLarge = (record: BulkRecord, { envelopeBytes, maxBytes }: ChunkLimits): boolean =>
	envelopeBytes + record.bytes > maxBytes;

/**
 * Yields the first record of each entity, in order. The other records are kept for a later wave, also in order.
 * Two records of one entity are therefore never in the same request, and never in flight at the same time
 * (docs/kibana-api.md#ordering).
 *
 * @param later receives the records that must wait until the yielded records are settled
 */
export const firstOfEach = function* (
	records: Iterable<BulkRecord>,
	later: BulkRecord[],
): Generator<BulkRecord> {
	const seen = new Set<string>();
	for (const record of records) {
		if (seen.has(record.key)) later.push(record);
		else {
			seen.add(record.key);
			yield record;
		}
	}
};

/**
 * Splits records into chunks by count and by bytes, and checks both limits before it adds a record. The chunks
 * keep the order of the records. Each chunk is made on demand. A record that is too large alone gets its own
 * chunk: the caller decides what to do with it.
 */
export const cutIntoChunks = function* (
	records: Iterable<BulkRecord>,
	limits: ChunkLimits,
): Generator<BulkRecord[]> {
	let chunk: BulkRecord[] = [];
	let bytes = limits.envelopeBytes;
	for (const record of records) {
		const added = record.bytes + (chunk.length > 0 ? SEPARATOR_BYTES : 0);
		if (
			chunk.length > 0 &&
			(chunk.length >= limits.maxRecords || bytes + added > limits.maxBytes)
		) {
			yield chunk;
			chunk = [record];
			bytes = limits.envelopeBytes + record.bytes;
		} else {
			chunk.push(record);
			bytes += added;
		}
	}
	if (chunk.length > 0) yield chunk;
};

export interface Plan {
	/** Waves of chunks: a wave may start when the previous one has ended. */
	readonly waves: BulkRecord[][][];
	/** Records that exceed the byte limit alone. */
	readonly tooLarge: BulkRecord[];
}

/** Returns which records are sent together, and in which order, when nothing fails. */
export const planChunks = (records: readonly BulkRecord[], limits: ChunkLimits): Plan => {
	const waves: BulkRecord[][][] = [];
	let wave = records.filter((record) => !isTooLarge(record, limits));
	while (wave.length > 0) {
		const later: BulkRecord[] = [];
		waves.push([...cutIntoChunks(firstOfEach(wave, later), limits)]);
		wave = later;
	}
	return { waves, tooLarge: records.filter((record) => isTooLarge(record, limits)) };
};
