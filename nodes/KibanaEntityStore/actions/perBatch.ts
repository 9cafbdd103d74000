/** Operations that send many items in one request, each with an outcome of its own. */
import type { IDataObject } from 'n8n-workflow';

import type { StoredStatus } from '../bulk/outcomes';
import type { BulkRecord } from '../bulk/record';
import type { SendOptions } from '../bulk/send';
import { sendByStrategies } from '../bulk/strategies';
import type { Failure } from '../failure';
import type { WriteStep } from '../kibana/generation';
import type { ItemResult } from '../n8n/items';
import type { Session } from '../n8n/session';
import { expressionFailure, NEVER_SETTLED } from './itemFailures';
import type { Operation } from './operation';
import { callOf, type ItemCall } from './perItem';

/** Items whose records may share a request. */
export interface Group {
	/** Equal for items of the same group. */
	readonly key: string;
	/** What surrounds the records in a request. */
	readonly envelopeBytes: number;
	/** The ways of sending, in order. */
	readonly steps: readonly WriteStep[];
	/** Returns the json of the output item of a record that succeeded. */
	readonly output: (record: BulkRecord, status: StoredStatus) => IDataObject;
	/** Returns the failure of a record in the words of the operation. */
	readonly failure?: (failure: Failure) => Failure;
}

/** One item, ready to be sent, or why it cannot be. */
export type Prepared =
	| { readonly group: Group; readonly record: BulkRecord }
	| { readonly failure: Failure; readonly entityId?: string; readonly entityType?: string };

export interface BatchOperation {
	/** Reads the parameters of an item. It should send nothing that changes anything. */
	readonly prepare: (call: ItemCall) => Promise<Prepared>;
	/** Records of one entity in a group say the same, so that one of them is enough. */
	readonly mergesRepeats: boolean;
}

/** The most that the API takes in one request (docs/kibana-api.md#resolution, #asset-criticality). */
const MOST_RECORDS = 1_000;
/** A little less than Kibana's limit on bodies (docs/kibana-api.md#limits). */
const MOST_BYTES = 1_000_000;

const TOO_LARGE: Failure = {
	reason: 'tooLarge',
	message: 'The entity ID alone is larger than a request may be',
};

const toSendOptions = (
	{ carries, post, refuse }: WriteStep,
	{ envelopeBytes }: Group,
	{ patience, now }: Session,
): SendOptions => ({
	...patience,
	now,
	limits: {
		maxRecords: carries === 'record' ? 1 : MOST_RECORDS,
		maxBytes: MOST_BYTES,
		envelopeBytes,
	},
	// Requests of one group change the same thing, such as a watchlist.
	concurrency: 1,
	tooLarge: () => TOO_LARGE,
	post,
	...(refuse && { refuse }),
});

/** The records of a group, with the items that each of them stands for. */
interface Batch {
	readonly group: Group;
	readonly records: BulkRecord[];
	readonly indexesOf: Map<BulkRecord, number[]>;
	/** The record of each entity, where one is enough. */
	readonly byKey: Map<string, BulkRecord>;
}

const add = (batch: Batch, record: BulkRecord, mergesRepeats: boolean): void => {
	const same = mergesRepeats ? batch.byKey.get(record.key) : undefined;
	if (same) {
		batch.indexesOf.get(same)?.push(record.index);
		return;
	}
	batch.byKey.set(record.key, record);
	batch.records.push(record);
	batch.indexesOf.set(record, [record.index]);
};

const sendBatch = async (
	{ group, records, indexesOf }: Batch,
	session: Session,
	results: ItemResult[],
): Promise<void> => {
	const strategies = group.steps.map((step) => toSendOptions(step, group, session));
	const { outcomes } = (await sendByStrategies(records, strategies)).outcomes;
	for (const record of records) {
		const outcome = outcomes[record.index] ?? { status: 'failed', failure: NEVER_SETTLED };
		const { id: entityId, type } = record;
		for (const index of indexesOf.get(record) ?? []) {
			results[index] =
				'failure' in outcome
					? {
							failure: group.failure?.(outcome.failure) ?? outcome.failure,
							entityId,
							...(type !== '' && { entityType: type }),
						}
					: { outputs: [group.output(record, outcome.status)] };
		}
	}
};

/** Returns an `execute` that sends the items of each group together. */
export const perBatch =
	({ prepare, mergesRepeats }: BatchOperation): Operation['execute'] =>
	async (context, session) => {
		const items = context.getInputData();
		const detected = await session.detect();
		if ('failure' in detected) return items.map(() => ({ failure: detected.failure }));
		const prepareOne = async (index: number): Promise<Prepared> => {
			const call = callOf(context, session, detected.generation, index);
			return 'failure' in call ? call : await prepare(call);
		};

		const results: ItemResult[] = items.map(() => ({ failure: NEVER_SETTLED }));
		const batches = new Map<string, Batch>();
		for (const index of items.keys()) {
			try {
				const prepared = await prepareOne(index);
				if ('failure' in prepared) {
					results[index] = prepared;
					continue;
				}
				const { group, record } = prepared;
				const batch = batches.get(group.key) ?? {
					group,
					records: [],
					indexesOf: new Map(),
					byKey: new Map(),
				};
				batches.set(group.key, batch);
				add(batch, record, mergesRepeats);
			} catch (error) {
				results[index] = { failure: expressionFailure(error) };
			}
		}
		for (const batch of batches.values()) await sendBatch(batch, session, results);
		return results;
	};

/** Returns a function that makes each group once, by its key. */
export const createGroups = (): ((key: string, make: () => Omit<Group, 'key'>) => Group) => {
	const groups = new Map<string, Group>();
	return (key, make) => {
		const known = groups.get(key);
		if (known) return known;
		const group = { key, ...make() };
		groups.set(key, group);
		return group;
	};
};
