import type { BulkRecord } from './record';

export interface ChunkLimits {
	/** Most records in one request. */
	readonly maxRecords: number;
	/** Most bytes of one request body, everything included. */
	readonly maxBytes: number;
	/** Bytes of the body around all its records. */
	readonly envelopeBytes: number;
}

const SEPARATOR_BYTES = 1;

/** Whether a request with just this record would exceed the byte limit. */
export const isTooLarge = (record: BulkRecord, { envelopeBytes, maxBytes }: ChunkLimits): boolean =>
	envelopeBytes + record.bytes > maxBytes;

/**
 * The first record of each entity, in order. The others are put aside, in order too: an entity occurs at
 * most once at a time, so two records of one entity never share a request and are never in flight
 * together (docs/kibana-api.md#ordering).
 *
 * @param later takes the records that must wait until those yielded are settled
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
 * Cuts records into chunks by count and by bytes, checked before a record is added. The chunks, one
 * after another, are the records in their order; each is made when it is asked for. A record that is
 * too large even alone gets a chunk of its own: the caller decides about it.
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
	/** Waves of chunks: a wave may start when the one before it has ended. */
	readonly waves: BulkRecord[][][];
	/** Records that exceed the byte limit even alone. */
	readonly tooLarge: BulkRecord[];
}

/** Which records would travel together and in which order, when nothing goes wrong. */
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
