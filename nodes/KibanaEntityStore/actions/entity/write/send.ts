/** Sending the records of a run, space by space. */
import type { ChunkLimits } from '../../../bulk/chunk';
import { mapFailures, type Outcomes } from '../../../bulk/outcomes';
import type { BulkRecord, MappedRecord } from '../../../bulk/record';
import type { SendOptions, SendReport } from '../../../bulk/send';
import { sendByStrategies } from '../../../bulk/strategies';
import type { Failure } from '../../../failure';
import { explainMissingRoute } from '../../../kibana/detect';
import type { Generation, WriteOperation, WriteStep } from '../../../kibana/generation';
import { formatCount } from '../../../n8n/items';
import type { Session } from '../../../n8n/session';
import type { WriteOptions } from './options';

/** What all requests of a run share. */
export interface Run {
	readonly session: Session;
	readonly operation: WriteOperation;
	readonly generation: Generation;
	/** How the generation is known, as the end of a sentence. */
	readonly because: string;
	readonly options: WriteOptions;
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

const toSendOptions = (
	{ carries, post, refuse }: WriteStep,
	{ session, generation, options }: Run,
): SendOptions => {
	const limits = limitsOf(options, generation);
	return {
		...session.patience,
		now: session.now,
		...(carries === 'chunk'
			? { limits, concurrency: options.concurrency }
			: { limits: { ...limits, maxRecords: 1 }, concurrency: options.createConcurrency }),
		tooLarge: tooLargeFor(options),
		post,
		...(refuse && { refuse }),
	};
};

/** Sends the records of one space, or fails all of them when this generation cannot do the operation. */
export const sendSpace = async (
	run: Run,
	space: string,
	records: Iterable<MappedRecord>,
): Promise<SendReport> => {
	const { session, operation, generation, options } = run;
	const client = session.clientOf(space);
	const steps = generation.write.stepsOf(operation, client, options.force, session.now);
	if (!('reason' in steps)) {
		return await sendByStrategies(
			records,
			steps.map((step) => toSendOptions(step, run)),
		);
	}
	const refusal: WriteStep = { carries: 'chunk', refuse: () => steps, post: neverSent };
	return await sendByStrategies(records, [toSendOptions(refusal, run)]);
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
	const advice = await explainMissingRoute(session.clientOf(), generation, because, session.now());
	return mapFailures(outcomes, (failure) =>
		isUnexplained(failure) ? { ...failure, ...advice } : failure,
	);
};
