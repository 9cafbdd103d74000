import fc from 'fast-check';

import { planChunks } from '../../../nodes/KibanaEntityStore/bulk/chunk';
import { anyRecords, bodyOf, ENVELOPE_BYTES } from './records';

const limits = fc.record({
	maxRecords: fc.integer({ min: 1, max: 20 }),
	maxBytes: fc.integer({ min: 20, max: 600 }),
	envelopeBytes: fc.constant(ENVELOPE_BYTES),
});

describe('chunk plan', () => {
	it('contains every record exactly once, in a chunk or as too large', () => {
		fc.assert(
			fc.property(anyRecords, limits, (records, limit) => {
				const { waves, tooLarge } = planChunks(records, limit);
				const planned = [...waves.flat(2), ...tooLarge].map(({ index }) => index);
				expect(planned.sort((a, b) => a - b)).toEqual(records.map(({ index }) => index));
			}),
		);
	});

	it('keeps every chunk within both limits, measured on the body that is sent', () => {
		fc.assert(
			fc.property(anyRecords, limits, (records, limit) => {
				const { waves, tooLarge } = planChunks(records, limit);
				for (const chunk of waves.flat()) {
					expect(chunk.length).toBeGreaterThan(0);
					expect(chunk.length).toBeLessThanOrEqual(limit.maxRecords);
					expect(Buffer.byteLength(bodyOf(chunk))).toBeLessThanOrEqual(limit.maxBytes);
				}
				for (const record of tooLarge) {
					expect(Buffer.byteLength(bodyOf([record]))).toBeGreaterThan(limit.maxBytes);
				}
			}),
		);
	});

	it('fills a chunk before it begins the next one', () => {
		fc.assert(
			fc.property(anyRecords, limits, (records, limit) => {
				for (const wave of planChunks(records, limit).waves) {
					for (const [position, chunk] of wave.slice(0, -1).entries()) {
						const grown = [...chunk, ...(wave[position + 1] ?? []).slice(0, 1)];
						const isFull =
							grown.length > limit.maxRecords || Buffer.byteLength(bodyOf(grown)) > limit.maxBytes;
						expect(isFull).toBe(true);
					}
				}
			}),
		);
	});

	it('uses the byte limit to the last byte, separators included', () => {
		fc.assert(
			fc.property(anyRecords, fc.nat(), fc.constantFrom(0, 1), (records, pick, missing) => {
				fc.pre(new Set(records.map(({ key }) => key)).size === records.length);
				fc.pre(records.length > 1);
				const together = records.slice(0, 2 + (pick % (records.length - 1)));
				const maxBytes = Buffer.byteLength(bodyOf(together)) - missing;
				const limit = { maxRecords: 1_000, maxBytes, envelopeBytes: ENVELOPE_BYTES };
				const [first] = planChunks(together, limit).waves[0] ?? [];
				expect(first?.length).toBe(together.length - missing);
			}),
		);
	});

	it('has each entity at most once in a wave, and its records in item order from wave to wave', () => {
		fc.assert(
			fc.property(anyRecords, limits, (records, limit) => {
				const { waves } = planChunks(records, limit);
				const lastIndex = new Map<string, number>();
				for (const wave of waves) {
					const keys = wave.flat().map(({ key }) => key);
					expect(new Set(keys).size).toBe(keys.length);
					for (const { key, index } of wave.flat()) {
						expect(index).toBeGreaterThan(lastIndex.get(key) ?? -1);
						lastIndex.set(key, index);
					}
				}
			}),
		);
	});

	it('keeps item order within a wave: without duplicates the chunks are the items in order', () => {
		fc.assert(
			fc.property(anyRecords, limits, (records, limit) => {
				for (const wave of planChunks(records, limit).waves) {
					const indexes = wave.flat().map(({ index }) => index);
					expect(indexes).toEqual([...indexes].sort((a, b) => a - b));
				}
			}),
		);
	});
});
