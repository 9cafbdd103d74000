/** Create, Update, and Create or Update. */
import type { IExecuteFunctions } from 'n8n-workflow';

import { createBreaker } from '../../../bulk/breaker';
import type { Outcomes } from '../../../bulk/outcomes';
import type { BulkRecord } from '../../../bulk/record';
import type { Failure } from '../../../failure';
import type { WriteOperation } from '../../../kibana/generation';
import { addHint } from '../../../n8n/hint';
import { totalsInWords, totalsOf, type ItemResult } from '../../../n8n/items';
import { createRunLog } from '../../../n8n/log';
import type { Session } from '../../../n8n/session';
import { NEVER_SETTLED } from '../../itemFailures';
import { createProgress } from '../progress';
import { dryRun } from './dryRun';
import { hintDone, hintMapped, hintPlanned, hintSkipped, hintVerified } from './hints';
import { linkWritten } from './link';
import { readWriteOptions } from './options';
import { createMapper, mapAll } from './records';
import { explainMissingRoutes, sendSpace, type Run } from './send';
import { groupBySpace, joinOutcomes, type SpaceItems } from './spaces';
import { compareWithStored, withUnchanged, type Comparison } from './unchanged';
import { verifyWritten } from './verify';

const MINUTE_MS = 60_000;

/** Returns one result for each item. */
const toResults = (count: number, { outcomes, types, ids }: Outcomes): ItemResult[] =>
	Array.from({ length: count }, (_, index) => {
		const entityId = ids[index];
		const entityType = types[index];
		const outcome = outcomes[index] ?? { status: 'failed', failure: NEVER_SETTLED };
		return 'failure' in outcome
			? { failure: outcome.failure, entityId, entityType }
			: { outputs: [{ entityId, entityType, status: outcome.status }] };
	});

/** Verification looks at the records once more, so only then are they kept. */
const keepRecords = function* <Item extends object>(
	records: Iterable<Item | BulkRecord>,
	kept: BulkRecord[],
): Generator<Item | BulkRecord> {
	for (const record of records) {
		if ('json' in record) kept.push(record);
		yield record;
	}
};

/**
 * Maps all items, sends the records in chunks, reads them back if the options say so, and reports what
 * became of each item. It does not throw because of an item or a setting: under "continue", n8n would pass
 * the input on as if it had succeeded.
 */
export const write = async (
	context: IExecuteFunctions,
	session: Session,
	operation: WriteOperation,
): Promise<ItemResult[]> => {
	const count = context.getInputData().length;
	const failAll = (failure: Failure): ItemResult[] =>
		Array.from({ length: count }, () => ({ failure }));
	const options = readWriteOptions(context);
	if ('problem' in options) return failAll({ reason: 'invalidSetting', message: options.problem });
	const deadline =
		options.maxRunTime > 0 ? session.now() + options.maxRunTime * MINUTE_MS : Infinity;
	const detected = await session.detect();
	if ('failure' in detected) return failAll(detected.failure);

	const { generation } = detected;
	const mapper = createMapper(context, generation, options);
	const items = groupBySpace(count, mapper);
	if (options.dryRun) {
		const planned = dryRun(items, mapper, generation, options);
		hintMapped(context, mapper);
		addHint(context, hintPlanned(planned));
		return planned;
	}

	const breaker = createBreaker();
	const log = createRunLog(context, session.now);
	const progress = createProgress(log, count);
	progress.settled(items.unmapped);
	const run: Run = { session, operation, options, deadline, breaker, progress, ...detected };
	const sent: Array<readonly [SpaceItems, Outcomes]> = [];
	const written: Array<{ readonly space: string; readonly records: BulkRecord[] }> = [];
	const comparisons: Comparison[] = [];
	const isSkipping = options.skipUnchanged && operation !== 'create';
	let requests = 0;
	for (const ofSpace of items.spaces) {
		const records: BulkRecord[] = [];
		const { space } = ofSpace;
		const mapped = () => mapAll(ofSpace.indexes(), mapper);
		// Where comparing fails, everything is sent.
		const compared = isSkipping
			? await compareWithStored(run, space, mapped()).catch(() => undefined)
			: undefined;
		if (compared) progress.settled(compared.unchanged);
		const toSend = compared?.changed ?? mapped();
		const report = await sendSpace(
			run,
			ofSpace,
			options.verify ? keepRecords(toSend, records) : toSend,
		);
		sent.push([ofSpace, compared ? withUnchanged(report.outcomes, compared) : report.outcomes]);
		if (compared) comparisons.push(compared);
		written.push({ space, records });
		requests += report.requests;
	}
	hintMapped(context, mapper);
	const joined = joinOutcomes(sent, items.unmapped);
	const explained = await explainMissingRoutes(joined, run);
	const verification = options.verify ? await verifyWritten(run, written, explained) : undefined;
	const results = toResults(count, verification?.outcomes ?? explained);
	const totals = totalsOf(results);
	log.end(totalsInWords(totals));
	if (requests > 0) addHint(context, hintDone(totals, requests));
	if (isSkipping) addHint(context, hintSkipped(comparisons));
	if (verification) addHint(context, hintVerified(verification));
	return operation === 'upsert' ? await linkWritten(context, run, items.spaces, results) : results;
};
