import type { BulkRecord } from './outcome';

export interface ChunkLimits {
	/** Most records in one request. */
	readonly maxRecords: number;
	/** Most bytes of one request body, everything included. */
	readonly maxBytes: number;
	/** Bytes of the body around its records. */
	readonly envelopeBytes: number;
}

const SEPARATOR_BYTES = 1;

/** Bytes of the body that would carry just this record. */
export const bodyBytes = (record: BulkRecord, { envelopeBytes }: ChunkLimits): number =>
	envelopeBytes + record.bytes;

/**
 * Groups records into waves that must follow one another: an entity occurs at most once in a wave,
 * and its records keep their order from wave to wave. So two records of one entity never share a
 * request and are never in flight together (contract §7, ordering and duplicates).
 *
 * @returns as many waves as the most frequent entity has records; each wave in the order given
 */
export const groupIntoWaves = (records: readonly BulkRecord[]): BulkRecord[][] => {
	const waves: BulkRecord[][] = [];
	const occurrences = new Map<string, number>();
	for (const record of records) {
		const occurrence = occurrences.get(record.key) ?? 0;
		occurrences.set(record.key, occurrence + 1);
		(waves[occurrence] ??= []).push(record);
	}
	return waves;
};

/**
 * Cuts records into chunks by count and by bytes, checked before a record is added. The chunks, one
 * after another, are the records in their order. A record that is too large even alone gets a chunk
 * of its own: the caller decides about it.
 */
export const cutIntoChunks = (
	records: readonly BulkRecord[],
	limits: ChunkLimits,
): BulkRecord[][] => {
	const chunks: BulkRecord[][] = [];
	let chunk: BulkRecord[] = [];
	let bytes = limits.envelopeBytes;
	for (const record of records) {
		const added = record.bytes + (chunk.length > 0 ? SEPARATOR_BYTES : 0);
		if (
			chunk.length > 0 &&
			(chunk.length >= limits.maxRecords || bytes + added > limits.maxBytes)
		) {
			chunks.push(chunk);
			chunk = [record];
			bytes = limits.envelopeBytes + record.bytes;
		} else {
			chunk.push(record);
			bytes += added;
		}
	}
	if (chunk.length > 0) chunks.push(chunk);
	return chunks;
};

export interface Plan {
	/** Waves of chunks: a wave may start when the one before it has ended. */
	readonly waves: BulkRecord[][][];
	/** Records that exceed the byte limit even alone. */
	readonly tooLarge: BulkRecord[];
}

/** Decides which records travel together and in which order, before anything is sent. */
export const planChunks = (records: readonly BulkRecord[], limits: ChunkLimits): Plan => {
	const fits = (record: BulkRecord) => bodyBytes(record, limits) <= limits.maxBytes;
	return {
		waves: groupIntoWaves(records.filter(fits)).map((wave) => cutIntoChunks(wave, limits)),
		tooLarge: records.filter((record) => !fits(record)),
	};
};
