import { sleep, type IDataObject, type IExecuteFunctions } from 'n8n-workflow';

import { planChunks, type ChunkLimits } from '../../bulk/chunk';
import type { BulkRecord, Failure, Outcome } from '../../bulk/outcome';
import { askUntilFinal } from '../../bulk/retry';
import type { SendOptions, SendReport } from '../../bulk/send';
import { sendInSteps } from '../../bulk/steps';
import { createClient } from '../../kibana/client';
import {
	detectGeneration,
	explainMissingRoute,
	generationNamed,
	type Detected,
} from '../../kibana/detect';
import type { Generation, WriteOperation, WriteStep } from '../../kibana/generation';
import { readConnection, type Connection } from '../../n8n/connection';
import { formatCount, type ItemResult } from '../../n8n/items';
import { readWriteOptions, type WriteOptions } from '../../n8n/parameters';
import { mapItems, type MappedItem } from './mapping';

type ReadyItem = Exclude<MappedItem, { failure: Failure }>;

/** Records for one space; spaces share nothing, so each is delivered on its own. */
type RecordsBySpace = ReadonlyMap<string | undefined, BulkRecord[]>;

const toBulkRecord = (
	{ entityType, entityId, record }: ReadyItem,
	index: number,
	{ toRow, entityKey }: Generation,
): BulkRecord => {
	const json = toRow(entityType, record);
	return {
		index,
		key: entityKey(entityType, entityId),
		type: entityType,
		json,
		bytes: Buffer.byteLength(json),
	};
};

const groupBySpace = (items: readonly MappedItem[], generation: Generation): RecordsBySpace => {
	const groups = new Map<string | undefined, BulkRecord[]>();
	for (const [index, item] of items.entries()) {
		if ('failure' in item) continue;
		const group = groups.get(item.space) ?? [];
		if (group.length === 0) groups.set(item.space, group);
		group.push(toBulkRecord(item, index, generation));
	}
	return groups;
};

const limitsOf = (
	{ chunkSize, maxChunkBytes }: WriteOptions,
	{ envelopeBytes }: Generation,
): ChunkLimits => ({ maxRecords: chunkSize, maxBytes: maxChunkBytes, envelopeBytes });

const tooLargeFor =
	({ maxChunkBytes }: WriteOptions) =>
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

/** How this run deals with time and chance. */
const paceOf = (context: IExecuteFunctions, { maxRetries }: WriteOptions) => {
	const isCancelled = () => context.getExecutionCancelSignal()?.aborted === true;
	return { maxRetries, random: Math.random, sleep: sleepUnlessCancelled(isCancelled), isCancelled };
};

const now = (): number => Date.now();

const findGeneration = async (
	context: IExecuteFunctions,
	{ baseUrl, transport }: Connection,
	options: WriteOptions,
): Promise<Detected> => {
	const { apiGeneration } = options;
	if (apiGeneration !== 'auto') {
		const generation = generationNamed(apiGeneration);
		if (generation) return { generation, because: '"API Generation" in the options says so' };
		const message = `Option apiGeneration: there is no generation "${apiGeneration}"`;
		return { failure: { reason: 'invalidSetting', message } };
	}
	const client = createClient(transport, baseUrl);
	return await askUntilFinal(
		async () => await detectGeneration(client, now()),
		(answer) => ('isTransient' in answer && answer.isTransient ? answer : undefined),
		paceOf(context, options),
	);
};

interface Delivery {
	readonly context: IExecuteFunctions;
	readonly connection: Connection;
	readonly operation: WriteOperation;
	readonly generation: Generation;
	readonly options: WriteOptions;
}

const toSendOptions = (
	{ carries, post, refuse }: WriteStep,
	{ context, generation, options }: Delivery,
): SendOptions => {
	const limits = limitsOf(options, generation);
	return {
		...paceOf(context, options),
		...(carries === 'chunk'
			? { limits, concurrency: options.concurrency }
			: { limits: { ...limits, maxRecords: 1 }, concurrency: options.createConcurrency }),
		tooLarge: tooLargeFor(options),
		post,
		refuse,
	};
};

const failEach = (records: readonly BulkRecord[], failure: Failure): SendReport => ({
	outcomes: new Map(records.map(({ index }) => [index, { status: 'failed', failure }])),
	requests: 0,
});

const deliver = async (delivery: Delivery, bySpace: RecordsBySpace): Promise<SendReport> => {
	const { connection, operation, generation, options } = delivery;
	const outcomes = new Map<number, Outcome>();
	let requests = 0;
	for (const [space, records] of bySpace) {
		const client = createClient(connection.transport, connection.baseUrl, space);
		const steps = generation.stepsOf(operation, client, options.force, now);
		const report =
			'reason' in steps
				? failEach(records, steps)
				: await sendInSteps(
						records,
						steps.map((step) => toSendOptions(step, delivery)),
					);
		for (const [index, outcome] of report.outcomes) outcomes.set(index, outcome);
		requests += report.requests;
	}
	return { outcomes, requests };
};

/** Adds to every record that met a missing route what was tried, why, and what there is instead. */
const explainRoutes = async (
	{ outcomes, requests }: SendReport,
	{ connection, generation }: Delivery,
	because: string,
): Promise<SendReport> => {
	const isMissing = (outcome: Outcome): outcome is Extract<Outcome, { failure: Failure }> =>
		'failure' in outcome && outcome.failure.reason === 'routeMissing';
	if (![...outcomes.values()].some(isMissing)) return { outcomes, requests };
	const client = createClient(connection.transport, connection.baseUrl);
	const hint = await explainMissingRoute(client, generation, because, now());
	const explained = [...outcomes].map(([index, outcome]): [number, Outcome] => [
		index,
		isMissing(outcome) && outcome.failure.hint === undefined
			? { ...outcome, failure: { ...outcome.failure, hint } }
			: outcome,
	]);
	return { outcomes: new Map(explained), requests };
};

/** What a run would send, without sending it: each record with the number of its request, from 1. */
const planOnly = (
	items: readonly MappedItem[],
	bySpace: RecordsBySpace,
	generation: Generation,
	options: WriteOptions,
): ItemResult[] => {
	const results = new Map<number, ItemResult>();
	let chunkNumber = 0;
	for (const records of bySpace.values()) {
		const { waves, tooLarge } = planChunks(records, limitsOf(options, generation));
		for (const record of tooLarge) {
			results.set(record.index, { failure: tooLargeFor(options)(record) });
		}
		for (const chunk of waves.flat()) {
			chunkNumber += 1;
			for (const { index, json } of chunk) {
				const record = generation.recordIn(json) as IDataObject;
				results.set(index, { output: { status: 'dryRun', chunk: chunkNumber, record } });
			}
		}
	}
	return items.map((item, index) => toResult(item, results.get(index)));
};

const NEVER_SETTLED: Failure = {
	reason: 'unexpectedAnswer',
	message: 'The fate of this entity is not known',
	mayBeStored: true,
};

const toResult = (item: MappedItem, result: ItemResult | undefined): ItemResult => {
	const { entityId, entityType } = item;
	if ('failure' in item) return item;
	const known = result ?? { failure: NEVER_SETTLED };
	if ('failure' in known) return { ...known, entityId, entityType };
	return { output: { entityId, entityType, ...known.output } };
};

const fromOutcome = (outcome: Outcome): ItemResult =>
	'failure' in outcome ? { failure: outcome.failure } : { output: { status: outcome.status } };

const KEYS_LISTED = 20;
const LONGEST_KEY = 200;

const listKeys = (keys: readonly string[]): string => {
	const more = keys.length - KEYS_LISTED;
	const listed = keys.slice(0, KEYS_LISTED).map((key) => key.slice(0, LONGEST_KEY));
	return `${listed.join(', ')}${more > 0 ? ` and ${formatCount(more)} more` : ''}`;
};

const QUEUED_ONLY =
	'This Kibana only queues them: they appear after the next run of the entity store, usually more than a minute later';

const STATUSES = ['created', 'updated', 'accepted'] as const;

/** One sentence on what Kibana did with the items, for the panel of the node. */
const hintDone = (results: readonly ItemResult[], requests: number): string => {
	const countOf = (status: string) =>
		results.filter((result) => 'output' in result && result.output.status === status).length;
	const counts = STATUSES.map((status) => ({ status, count: countOf(status) }));
	const happened = counts.filter(({ count }) => count > 0);
	const did = (happened.length > 0 ? happened : [{ status: 'stored', count: 0 }])
		.map(({ status, count }) => `${status} ${formatCount(count)}`)
		.join(' and ');
	const sentence = `Kibana ${did} of ${formatCount(results.length)} entities in ${formatCount(requests)} ${requests === 1 ? 'request' : 'requests'}`;
	return countOf('accepted') === 0 ? sentence : `${sentence}. ${QUEUED_ONLY}`;
};

const failAll = (context: IExecuteFunctions, failure: Failure): ItemResult[] =>
	context.getInputData().map(() => ({ failure }));

const invalidSetting = (message: string): Failure => ({ reason: 'invalidSetting', message });

/**
 * Create, Update, or Create or Update: maps all items, sends the records in chunks, and says of each
 * item what became of it. It does not throw for an item's or a setting's sake: under "continue", n8n
 * would pass the input on as if it had succeeded.
 */
export const write = async (
	context: IExecuteFunctions,
	operation: WriteOperation,
): Promise<ItemResult[]> => {
	const options = readWriteOptions(context);
	if ('problem' in options) return failAll(context, invalidSetting(options.problem));
	const connection = await readConnection(context, options.timeout);
	if ('problem' in connection) return failAll(context, invalidSetting(connection.problem));
	const detected = await findGeneration(context, connection, options);
	if ('failure' in detected) return failAll(context, detected.failure);

	const { generation, because } = detected;
	const { name, identify } = generation;
	const { force, identityProvider } = options;
	const mapping = mapItems(context, { generation: name, identify, force, identityProvider });
	const { items, leftOut, unknownHere } = mapping;
	if (leftOut.length > 0) {
		const message = `Left out, because they are no entity fields: ${listKeys(leftOut)}`;
		context.addExecutionHints({ message });
	}
	if (unknownHere.length > 0) {
		const message = `Left out, because only other versions of Kibana know them: ${listKeys(unknownHere)}`;
		context.addExecutionHints({ message });
	}

	const bySpace = groupBySpace(items, generation);
	if (options.dryRun) return planOnly(items, bySpace, generation, options);

	const delivery: Delivery = { context, connection, operation, generation, options };
	const delivered = await deliver(delivery, bySpace);
	const { outcomes, requests } = await explainRoutes(delivered, delivery, because);
	const results = items.map((item, index) => {
		const outcome = outcomes.get(index);
		return toResult(item, outcome && fromOutcome(outcome));
	});
	if (requests > 0) context.addExecutionHints({ message: hintDone(results, requests) });
	return results;
};
