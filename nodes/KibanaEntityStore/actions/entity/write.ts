import { sleep, type IDataObject, type IExecuteFunctions } from 'n8n-workflow';

import { planChunks, type ChunkLimits } from '../../bulk/chunk';
import type { BulkRecord, Failure, Outcome, Outcomes } from '../../bulk/outcome';
import { askUntilFinal } from '../../bulk/retry';
import type { DeliveryReport, SendOptions } from '../../bulk/send';
import { sendInSteps } from '../../bulk/strategies';
import { createClient } from '../../kibana/http/client';
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
import { hintDone, hintLeftOut, hintVerified } from './hints';
import { createMapper, type FailedItem, type Mapper } from './mapping';
import { verifyWritten, type Verification } from './verify';

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

const now = (): number => Date.now();

/** How this run deals with time and chance. */
const paceOf = (context: IExecuteFunctions, { maxRetries }: WriteOptions) => {
	const isCancelled = () => context.getExecutionCancelSignal()?.aborted === true;
	return {
		maxRetries,
		random: Math.random,
		now,
		sleep: sleepUnlessCancelled(isCancelled),
		isCancelled,
	};
};

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

/** What becomes of each item, as far as it is known; one entry for each item in the end. */
interface Progress {
	/** Of items that made a record: which entity it writes, by index. */
	readonly entityIds: Array<string | undefined>;
	readonly entityTypes: Array<string | undefined>;
	/** Items that made none. */
	readonly failed: Map<number, FailedItem>;
}

/** Items that follow one another, from the first to the one before the last index. */
interface Range {
	readonly from: number;
	to: number;
}

const indexesOf = function* (ranges: readonly Range[]): Generator<number> {
	for (const { from, to } of ranges) {
		for (let index = from; index < to; index += 1) yield index;
	}
};

/** The records of some items, each mapped when it is asked for; items that fail are noted. */
const recordsOf = function* (
	ranges: readonly Range[],
	mapper: Mapper,
	{ entityKey }: Generation,
	{ entityIds, entityTypes, failed }: Progress,
): Generator<BulkRecord> {
	for (const index of indexesOf(ranges)) {
		const item = mapper.map(index);
		if ('failure' in item) {
			failed.set(index, item);
			continue;
		}
		const { entityType, entityId, json } = item;
		entityIds[index] = entityId;
		entityTypes[index] = entityType;
		const key = entityKey(entityType, entityId);
		yield { index, key, type: entityType, json, bytes: Buffer.byteLength(json) };
	}
};

/**
 * The items of each space; spaces share nothing, so each is delivered on its own. Most runs have one
 * space, and so one range.
 */
const groupBySpace = (
	count: number,
	mapper: Mapper,
	{ failed }: Progress,
): ReadonlyMap<string, readonly Range[]> => {
	const groups = new Map<string, Range[]>();
	for (let index = 0; index < count; index += 1) {
		const placed = mapper.spaceOf(index);
		if ('failure' in placed) {
			failed.set(index, placed);
			continue;
		}
		const ranges = groups.get(placed.space);
		const last = ranges?.at(-1);
		if (last?.to === index) last.to += 1;
		else if (ranges) ranges.push({ from: index, to: index + 1 });
		else groups.set(placed.space, [{ from: index, to: index + 1 }]);
	}
	return groups;
};

/** Records by space, none of them mapped before it is asked for. */
type RecordsBySpace = ReadonlyMap<string, Iterable<BulkRecord>>;

const deliver = async (delivery: Delivery, bySpace: RecordsBySpace): Promise<DeliveryReport> => {
	const { connection, operation, generation, options } = delivery;
	const outcomes: Outcome[] = [];
	let requests = 0;
	for (const [space, records] of bySpace) {
		const client = createClient(connection.transport, connection.baseUrl, space);
		const steps = generation.stepsOf(operation, client, options.force, now);
		if ('reason' in steps) {
			for (const { index } of records) outcomes[index] = { status: 'failed', failure: steps };
			continue;
		}
		const report = await sendInSteps(
			records,
			steps.map((step) => toSendOptions(step, delivery)),
			outcomes,
		);
		requests += report.requests;
	}
	return { outcomes, requests };
};

/** Adds to every record that met a missing route what was tried, why, and what there is instead. */
const explainRoutes = async (
	{ outcomes, requests }: DeliveryReport,
	{ connection, generation }: Delivery,
	because: string,
): Promise<DeliveryReport> => {
	const isMissing = (outcome?: Outcome): outcome is Extract<Outcome, { failure: Failure }> =>
		outcome !== undefined && 'failure' in outcome && outcome.failure.reason === 'routeMissing';
	if (!outcomes.some(isMissing)) return { outcomes, requests };
	const client = createClient(connection.transport, connection.baseUrl);
	const hint = await explainMissingRoute(client, generation, because, now());
	const explained = outcomes.map((outcome) =>
		isMissing(outcome) && outcome.failure.hint === undefined
			? { ...outcome, failure: { ...outcome.failure, hint } }
			: outcome,
	);
	return { outcomes: explained, requests };
};

/** Reads back what got through. */
const verifyDelivered = async (
	{ context, connection, generation, options }: Delivery,
	bySpace: ReadonlyMap<string, readonly BulkRecord[]>,
	outcomes: Outcomes,
): Promise<Verification> => {
	const spaces = [...bySpace].map(([space, records]) => ({
		client: createClient(connection.transport, connection.baseUrl, space),
		records,
	}));
	const pace = { ...paceOf(context, options), timeoutMs: options.verifyTimeout };
	return await verifyWritten(spaces, outcomes, generation.listing, pace);
};

/** What a run would send, without sending it: each record with the number of its request, from 1. */
const planOnly = (
	bySpace: RecordsBySpace,
	generation: Generation,
	options: WriteOptions,
): ReadonlyMap<number, ItemResult> => {
	const results = new Map<number, ItemResult>();
	let chunkNumber = 0;
	for (const records of bySpace.values()) {
		const { waves, tooLarge } = planChunks([...records], limitsOf(options, generation));
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
	return results;
};

const NEVER_SETTLED: Failure = {
	reason: 'unexpectedAnswer',
	message: 'The fate of this entity is not known',
	mayBeStored: true,
};

/** One result for each item: of its mapping if that failed, and else of what was done with its record. */
const collectResults = (
	count: number,
	{ entityIds, entityTypes, failed }: Progress,
	resultOf: (index: number) => ItemResult | undefined,
): ItemResult[] =>
	Array.from({ length: count }, (_, index) => {
		const item = failed.get(index);
		if (item) return item;
		const entity = { entityId: entityIds[index], entityType: entityTypes[index] };
		const result = resultOf(index) ?? { failure: NEVER_SETTLED };
		return 'failure' in result
			? { ...result, ...entity }
			: { output: { ...entity, ...result.output } };
	});

const fromOutcome = (outcome: Outcome): ItemResult =>
	'failure' in outcome ? { failure: outcome.failure } : { output: { status: outcome.status } };

const failAll = (context: IExecuteFunctions, failure: Failure): ItemResult[] =>
	context.getInputData().map(() => ({ failure }));

const invalidSetting = (message: string): Failure => ({ reason: 'invalidSetting', message });

/**
 * Create, Update, or Create or Update: maps all items, sends the records in chunks, reads them back if
 * it is to, and says of each item what became of it. It does not throw for an item's or a setting's
 * sake: under "continue", n8n would pass the input on as if it had succeeded.
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
	const { name, identify, toRow } = generation;
	const { force, identityProvider } = options;
	const mapper = createMapper(context, {
		generation: name,
		identify,
		toRow,
		force,
		identityProvider,
	});
	const count = context.getInputData().length;
	const progress: Progress = {
		entityIds: new Array<undefined>(count),
		entityTypes: new Array<undefined>(count),
		failed: new Map(),
	};
	const groups = groupBySpace(count, mapper, progress);
	const recordsBySpace = new Map(
		[...groups].map(([space, ranges]) => [space, recordsOf(ranges, mapper, generation, progress)]),
	);
	if (options.dryRun) {
		const planned = planOnly(recordsBySpace, generation, options);
		hintLeftOut(context, mapper);
		return collectResults(count, progress, (index) => planned.get(index));
	}

	const delivery: Delivery = { context, connection, operation, generation, options };
	// Verification looks at the records once more, so only then are they kept.
	const kept = options.verify
		? new Map([...recordsBySpace].map(([space, records]) => [space, [...records]]))
		: undefined;
	const delivered = await deliver(delivery, kept ?? recordsBySpace);
	hintLeftOut(context, mapper);
	const { outcomes: sent, requests } = await explainRoutes(delivered, delivery, because);
	const verification = kept && (await verifyDelivered(delivery, kept, sent));
	const { outcomes } = verification ?? { outcomes: sent };
	const results = collectResults(count, progress, (index) => {
		const outcome = outcomes[index];
		return outcome && fromOutcome(outcome);
	});
	if (requests > 0) context.addExecutionHints({ message: hintDone(results, requests) });
	if (verification) context.addExecutionHints({ message: hintVerified(verification) });
	return results;
};
