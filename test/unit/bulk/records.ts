import fc from 'fast-check';

import type { BulkRecord } from '../../../nodes/KibanaEntityStore/bulk/record';

const OPENING = '{"entities":[';
const CLOSING = ']}';

/** Bytes of a body without records. */
export const ENVELOPE_BYTES = OPENING.length + CLOSING.length;

const rowOf = ({ type, json }: Pick<BulkRecord, 'type' | 'json'>): string =>
	`{"type":${JSON.stringify(type)},"record":${json}}`;

/** Builds the body with these records, without code of the package. */
export const bodyOf = (records: readonly BulkRecord[]): string =>
	`${OPENING}${records.map(rowOf).join(',')}${CLOSING}`;

export const recordOf = (index: number, id: string, type: string, text: string): BulkRecord => {
	const json = JSON.stringify({ entity: { id }, text });
	const bytes = Buffer.byteLength(rowOf({ type, json }));
	return { index, key: `${type} ${id}`, type, id, json, bytes, isSelfNamed: true };
};

/** Records of mixed types and sizes, with entities that occur several times and any Unicode text. */
export const anyRecords: fc.Arbitrary<BulkRecord[]> = fc
	.array(
		fc.record({
			key: fc.oneof(fc.constantFrom('a', 'b', 'c'), fc.string({ maxLength: 12 })),
			type: fc.constantFrom('user', 'host', 'service', 'generic'),
			text: fc.string({ unit: 'binary', maxLength: 60 }),
		}),
		{ maxLength: 60 },
	)
	.map((rows) => rows.map(({ key, type, text }, index) => recordOf(index, key, type, text)));
