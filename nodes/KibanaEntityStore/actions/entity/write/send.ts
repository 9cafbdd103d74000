/** Sending the records of a run, space by space. */
import type { CircuitBreaker } from '../../../bulk/breaker';
import type { ChunkLimits } from '../../../bulk/chunk';
import { mapFailures, NO_OUTCOMES, withRest, type Outcomes } from '../../../bulk/outcomes';
import { isUnmapped, type BulkRecord, type MappedRecord } from '../../../bulk/record';
import { thrown, type SendOptions, type SendReport } from '../../../bulk/send';
import { sendByStrategies } from '../../../bulk/strategies';
import type { Failure } from '../../../failure';
import { explainMissingRoute } from '../../../kibana/detect';
import type { Generation, WriteOperation, WriteStep } from '../../../kibana/generation';
import { formatCount } from '../../../n8n/items';
import type { Session } from '../../../n8n/session';
import { noteAnswers, type Progress } from '../progress';
import type { WriteOptions } from './options';
import type { SpaceItems } from './spaces';

/** What all requests of a run share. */
export interface Run {
	readonly session: Session;
	readonly operation: WriteOperation;
	readonly generation: Generation;
	/** How the generation is known, as the end of a sentence. */
	readonly because: string;
	readonly options: WriteOptions;
	/** When nothing more is sent, in epoch milliseconds. */
	readonly deadline: number;
	readonly breaker: CircuitBreaker;
	/** Of a run that logs how far it is. */
	readonly progress?: Progress;
}

export const limitsOf = (
	{ chunkSize, maxChunkBytes }: WriteOptions,
	{ write }: Generation,
): ChunkLimits => ({
	maxRecords: chunkSize,
	maxBytes: maxChunkBytes,
	envelopeBytes: write.envelopeBytes,
});

export const tooLargeFor =
	({ maxChunkBytes }: WriteOptions) =>
	({ bytes }: BulkRecord): Failure => ({
		reason: 'tooLarge',
		message: `The entity alone has ${formatCount(bytes)} bytes, more than fit into a request of ${formatCount(maxChunkBytes)}`,
		hint: 'Map fewer or shorter values. If server.maxPayload of Kibana is larger than its default, raise "Max Chunk Bytes" in the options',
	});

/** Creations at the same time until it is known how many Kibana can handle. */
const FIRST_CREATIONS = 8;

const toSendOptions = (
	{ carries, post, refuse }: WriteStep,
	{ session, generation, options, deadline, breaker, progress }: Run,
	isLast: boolean,
): SendOptions => {
	const limits = limitsOf(options, generation);
	return {
		...session.patience,
		now: session.now,
		deadline,
		breaker,
		...(carries === 'chunk'
			? { limits, concurrency: options.concurrency }
			: {
					limits: { ...limits, maxRecords: 1 },
					concurrency: options.createConcurrency,
					startConcurrency: FIRST_CREATIONS,
				}),
		tooLarge: tooLargeFor(options),
		post: noteAnswers(post, progress, isLast),
		...(refuse && { refuse }),
	};
};

/** Yields the records; those that cannot be sent are done. */
const noting = function* (
	records: Iterable<MappedRecord>,
	{ progress }: Run,
): Generator<MappedRecord> {
	for (const record of records) {
		if (isUnmapped(record)) progress?.settled([record]);
		yield record;
	}
};

const sendRecords = async (
	run: Run,
	space: string,
	records: Iterable<MappedRecord>,
): Promise<SendReport> => {
	const { session, operation, generation, options } = run;
	const client = session.clientOf(space);
	const steps = generation.write.stepsOf(operation, client, options.force, session.now);
	if (!('reason' in steps)) {
		return await sendByStrategies(
			noting(records, run),
			steps.map((step, nth) => toSendOptions(step, run, nth === steps.length - 1)),
		);
	}
	const refusal: WriteStep = { carries: 'chunk', refuse: () => steps, post: neverSent };
	return await sendByStrategies(records, [toSendOptions(refusal, run, true)]);
};

/**
 * Sends the records of one space, or fails all of them when this generation cannot do the operation. It
 * never throws: whatever is thrown concerns the items that have no outcome by then.
 */
export const sendSpace = async (
	run: Run,
	{ space, indexes }: SpaceItems,
	records: Iterable<MappedRecord>,
): Promise<SendReport> => {
	// Other spaces may have failed for reasons of their own.
	run.breaker.allowTrial();
	let report: SendReport;
	try {
		report = await sendRecords(run, space, records);
	} catch (error) {
		report = { outcomes: NO_OUTCOMES, requests: 0, broken: thrown(error) };
	}
	const { outcomes, broken } = report;
	return broken === undefined
		? report
		: { ...report, outcomes: withRest(outcomes, indexes(), broken) };
};

/** Of a step that refuses every record before it is sent. */
const neverSent: WriteStep['post'] = async () => ({ kind: 'each', verdicts: [] });

/** Returns the outcomes with what was tried, and what there is instead, where a route was missing. */
export const explainMissingRoutes = async (
	outcomes: Outcomes,
	{ session, generation, because }: Run,
): Promise<Outcomes> => {
	const isUnexplained = ({ reason, hint, fix }: Failure) =>
		reason === 'routeMissing' && hint === undefined && fix === undefined;
	const isAffected = outcomes.outcomes.some(
		(outcome) => outcome !== undefined && 'failure' in outcome && isUnexplained(outcome.failure),
	);
	if (!isAffected) return outcomes;
	let advice: Partial<Failure>;
	try {
		advice = await explainMissingRoute(session.clientOf(), generation, because, session.now());
	} catch {
		return outcomes;
	}
	return mapFailures(outcomes, (failure) =>
		isUnexplained(failure) ? { ...failure, ...advice } : failure,
	);
};
