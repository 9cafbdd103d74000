import { sleep, type IDataObject, type IExecuteFunctions } from 'n8n-workflow';

import { planChunks, type ChunkLimits } from '../../bulk/chunk';
import type { BulkRecord, Failure, Outcome } from '../../bulk/outcome';
import { sendAll, type SendOptions } from '../../bulk/send';
import { createClient } from '../../kibana/client';
import { ENVELOPE_BYTES, entityKey, postBulk, toRow } from '../../kibana/v1';
import { readConnection, type Connection } from '../../n8n/connection';
import { formatCount, type ItemResult } from '../../n8n/items';
import { readUpsertOptions, type UpsertOptions } from '../../n8n/parameters';
import { mapItems, type MappedItem } from './mapping';

type ReadyItem = Exclude<MappedItem, { failure: Failure }>;

/** Records for one space; spaces share nothing, so each is delivered on its own. */
type RecordsBySpace = ReadonlyMap<string | undefined, BulkRecord[]>;

const toBulkRecord = ({ entityType, entityId, record }: ReadyItem, index: number): BulkRecord => {
	const json = toRow(entityType, record);
	return {
		index,
		key: entityKey(entityType, entityId),
		type: entityType,
		json,
		bytes: Buffer.byteLength(json),
	};
};

const groupBySpace = (items: readonly MappedItem[]): RecordsBySpace => {
	const groups = new Map<string | undefined, BulkRecord[]>();
	for (const [index, item] of items.entries()) {
		if ('failure' in item) continue;
		const group = groups.get(item.space) ?? [];
		if (group.length === 0) groups.set(item.space, group);
		group.push(toBulkRecord(item, index));
	}
	return groups;
};

const limitsOf = ({ chunkSize, maxChunkBytes }: UpsertOptions): ChunkLimits => ({
	maxRecords: chunkSize,
	maxBytes: maxChunkBytes,
	envelopeBytes: ENVELOPE_BYTES,
});

const tooLargeFor =
	({ maxChunkBytes }: UpsertOptions) =>
	({ bytes }: BulkRecord): Failure => ({
		reason: 'tooLarge',
		message: `The entity alone has ${formatCount(bytes)} bytes, more than fit into a request of ${formatCount(maxChunkBytes)}`,
		hint: 'Map fewer or shorter values. If server.maxPayload of Kibana is larger than its default, raise "Max Chunk Bytes" in the options',
	});

const CANCEL_CHECK_MS = 200;

/** Waits in short steps, so that a cancelled execution does not linger in a long pause. */
const sleepUnlessCancelled =
	(isCancelled: () => boolean) =>
	async (ms: number): Promise<void> => {
		for (let left = ms; left > 0 && !isCancelled(); left -= CANCEL_CHECK_MS) {
			await sleep(Math.min(left, CANCEL_CHECK_MS));
		}
	};

const deliver = async (
	context: IExecuteFunctions,
	{ baseUrl, transport }: Connection,
	bySpace: RecordsBySpace,
	options: UpsertOptions,
): Promise<{ outcomes: ReadonlyMap<number, Outcome>; requests: number }> => {
	const now = () => Date.now();
	const isCancelled = () => context.getExecutionCancelSignal()?.aborted === true;
	const outcomes = new Map<number, Outcome>();
	let requests = 0;
	for (const [space, records] of bySpace) {
		const client = createClient(transport, baseUrl, space);
		const sendOptions: SendOptions = {
			limits: limitsOf(options),
			concurrency: options.concurrency,
			maxRetries: options.maxRetries,
			random: Math.random,
			sleep: sleepUnlessCancelled(isCancelled),
			isCancelled,
			tooLarge: tooLargeFor(options),
			post: async (sent) => await postBulk(client, sent, options.force, now),
		};
		const report = await sendAll(records, sendOptions);
		for (const [index, outcome] of report.outcomes) outcomes.set(index, outcome);
		requests += report.requests;
	}
	return { outcomes, requests };
};

/** What a run would send, without sending it: each record with the number of its request, from 1. */
const planOnly = (
	items: readonly MappedItem[],
	bySpace: RecordsBySpace,
	options: UpsertOptions,
): ItemResult[] => {
	const results = new Map<number, ItemResult>();
	let chunkNumber = 0;
	for (const records of bySpace.values()) {
		const { waves, tooLarge } = planChunks(records, limitsOf(options));
		for (const record of tooLarge) {
			results.set(record.index, { failure: tooLargeFor(options)(record) });
		}
		for (const chunk of waves.flat()) {
			chunkNumber += 1;
			for (const { index, json } of chunk) {
				const { record } = JSON.parse(json) as { record: IDataObject };
				results.set(index, { output: { status: 'dryRun', chunk: chunkNumber, record } });
			}
		}
	}
	return items.map((item, index) => toResult(item, results.get(index)));
};

const NEVER_SETTLED: Failure = {
	reason: 'unexpectedAnswer',
	message: 'The fate of this entity is not known',
};

const toResult = (item: MappedItem, result: ItemResult | undefined): ItemResult => {
	const { entityId, entityType } = item;
	if ('failure' in item) return item;
	const known = result ?? { failure: NEVER_SETTLED };
	if ('failure' in known) return { ...known, entityId, entityType };
	return { output: { entityId, entityType, ...known.output } };
};

const fromOutcome = (outcome: Outcome): ItemResult =>
	outcome.status === 'failed' ? outcome : { output: { status: outcome.status } };

const KEYS_LISTED = 20;

const hintLeftOut = (leftOut: readonly string[]): string => {
	const listed = leftOut.slice(0, KEYS_LISTED).join(', ');
	const more = leftOut.length - KEYS_LISTED;
	return `Left out, because they are no entity fields: ${listed}${more > 0 ? ` and ${formatCount(more)} more` : ''}`;
};

const QUEUED_ONLY =
	'This Kibana only queues them: they appear after the next run of the entity store, usually more than a minute later';

const hintAccepted = (results: readonly ItemResult[], requests: number): string => {
	const accepted = results.filter((result) => 'output' in result).length;
	const sentence = `Kibana accepted ${formatCount(accepted)} of ${formatCount(results.length)} entities in ${formatCount(requests)} ${requests === 1 ? 'request' : 'requests'}`;
	return accepted === 0 ? sentence : `${sentence}. ${QUEUED_ONLY}`;
};

const failAll = (context: IExecuteFunctions, message: string): ItemResult[] =>
	context.getInputData().map(() => ({ failure: { reason: 'invalidSetting', message } }));

/**
 * Create or Update: maps all items, sends the records in chunks, and says of each item what became
 * of it. It does not throw for an item's or a setting's sake: under "continue", n8n would pass the
 * input on as if it had succeeded.
 */
export const upsert = async (context: IExecuteFunctions): Promise<ItemResult[]> => {
	const options = readUpsertOptions(context);
	if ('problem' in options) return failAll(context, options.problem);
	const { items, leftOut } = mapItems(context, options.force);
	if (leftOut.length > 0) context.addExecutionHints({ message: hintLeftOut(leftOut) });

	const bySpace = groupBySpace(items);
	if (options.dryRun) return planOnly(items, bySpace, options);

	const connection = await readConnection(context, options.timeout);
	if ('problem' in connection) return failAll(context, connection.problem);
	const { outcomes, requests } = await deliver(context, connection, bySpace, options);
	const results = items.map((item, index) => {
		const outcome = outcomes.get(index);
		return toResult(item, outcome && fromOutcome(outcome));
	});
	if (requests > 0) context.addExecutionHints({ message: hintAccepted(results, requests) });
	return results;
};
