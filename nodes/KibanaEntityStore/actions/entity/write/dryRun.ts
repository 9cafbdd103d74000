/** What a run would send, without sending it. */
import type { IDataObject } from 'n8n-workflow';

import { planChunks } from '../../../bulk/chunk';
import type { BulkRecord } from '../../../bulk/record';
import type { Generation } from '../../../kibana/generation';
import type { ItemResult } from '../../../n8n/items';
import type { WriteOptions } from './options';
import type { MappedItem, Mapper } from './records';
import { limitsOf, tooLargeFor } from './send';
import type { ItemsBySpace } from './spaces';

/**
 * Maps all items and plans their requests.
 *
 * @returns the result of each item by its index: its record with the number of its request, from 1
 */
export const dryRun = (
	{ spaces, unmapped }: ItemsBySpace,
	mapper: Mapper,
	generation: Generation,
	options: WriteOptions,
): ItemResult[] => {
	const results: ItemResult[] = [];
	for (const { index, failure } of unmapped) results[index] = { failure };
	let chunkNumber = 0;
	for (const { indexes } of spaces) {
		const mapped = new Map<number, MappedItem>();
		for (const index of indexes()) {
			const item = mapper.map(index);
			if ('failure' in item) {
				const { failure, type: entityType, id: entityId } = item;
				results[index] = { failure, entityId, entityType };
			} else mapped.set(index, item);
		}
		const records = [...mapped.values()].map(({ bulk }) => bulk);
		const { waves, tooLarge } = planChunks(records, limitsOf(options, generation));
		const entityOf = ({ id, type }: BulkRecord) => ({ entityId: id, entityType: type });
		for (const record of tooLarge) {
			results[record.index] = { failure: tooLargeFor(options)(record), ...entityOf(record) };
		}
		for (const chunk of waves.flat()) {
			chunkNumber += 1;
			for (const bulk of chunk) {
				const record = mapped.get(bulk.index)?.record as IDataObject;
				const output = { ...entityOf(bulk), status: 'dryRun', chunk: chunkNumber, record };
				results[bulk.index] = { outputs: [output] };
			}
		}
	}
	return results;
};
