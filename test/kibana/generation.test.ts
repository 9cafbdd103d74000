import fc from 'fast-check';

import type { BulkRecord } from '../../nodes/KibanaEntityStore/bulk/outcome';
import { bulkBody, ENVELOPE_BYTES } from '../../nodes/KibanaEntityStore/kibana/generation';

const recordOf = (value: unknown, index: number): BulkRecord => {
	const json = JSON.stringify(value);
	return { index, key: String(index), type: 'user', json, bytes: Buffer.byteLength(json) };
};

const anyText = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('é', '𝒳', ''));

describe('the body of a bulk request', () => {
	it('holds every row in UTF-8, in order, and has the length that chunks are cut by', () => {
		fc.assert(
			fc.property(fc.array(fc.dictionary(anyText, anyText), { maxLength: 8 }), (rows) => {
				const records = rows.map(recordOf);
				const body = bulkBody(records);
				expect(body.toString()).toBe(`{"entities":[${records.map(({ json }) => json).join(',')}]}`);
				const rowBytes = records.reduce((sum, { bytes }) => sum + bytes, 0);
				const separators = Math.max(0, records.length - 1);
				expect(body).toHaveLength(ENVELOPE_BYTES + rowBytes + separators);
			}),
		);
	});
});
