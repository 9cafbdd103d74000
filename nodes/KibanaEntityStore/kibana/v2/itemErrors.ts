/** Errors of single records in the answer to a bulk update. */
import { createHash } from 'node:crypto';
import { z } from 'zod';

import type { Outcome } from '../../bulk/outcomes';
import type { BulkRecord } from '../../bulk/record';
import type { RecordVerdict, Verdict } from '../../bulk/verdict';
import {
	joinSentences,
	shortened,
	type Failure,
	type FailureReason,
	type Fix,
} from '../../failure';

const itemErrorSchema = z.object({
	_id: z.string(),
	status: z.number().int(),
	type: z.string().nullish(),
	reason: z.string().nullish(),
});

export const itemErrorsSchema = z.array(itemErrorSchema);

type ItemError = z.infer<typeof itemErrorSchema>;

/** Returns the failure of one record, with the reason of Elasticsearch if there is one besides the status. */
const itemFailure = (
	{ status, type, reason }: ItemError,
	because: FailureReason,
	text: string,
	{ hint, fix }: { readonly hint?: string; readonly fix?: Fix } = {},
): Failure => {
	const quote = [type, reason].filter(Boolean).join(': ');
	const serverMessage = quote === '' ? undefined : shortened(quote);
	return {
		reason: because,
		message: serverMessage === undefined ? text : `${text}: ${serverMessage}`,
		httpStatus: status,
		...(hint !== undefined && { hint }),
		...(fix !== undefined && { fix }),
		...(serverMessage !== undefined && { serverMessage }),
	};
};

/** Kibana has already retried a conflicting update three times. */
const CONFLICT_PAUSE_MS = 500;
const AGAIN_LATER = { hint: 'Run the failed items again later' };

/** Returns the outcome of one record that has an error in the answer. */
const readItemError = (error: ItemError): RecordVerdict => {
	const { status } = error;
	if (status === 404) {
		const failure = itemFailure(error, 'notFound', 'Kibana has no such entity', {
			hint: 'Check the fields that name the entity',
			fix: 'createOrUpdate',
		});
		return { status: 'deferred', failure };
	}
	if (status === 409) {
		const text = 'Something else kept writing the entity at the same time';
		const failure = itemFailure(error, 'overloaded', text, AGAIN_LATER);
		return { status: 'retry', failure, pauseMs: CONFLICT_PAUSE_MS };
	}
	if (status === 429 || status >= 500) {
		const text = 'Elasticsearch could not store the entity right now';
		return { status: 'retry', failure: itemFailure(error, 'overloaded', text, AGAIN_LATER) };
	}
	const failure = itemFailure(error, 'refused', 'Elasticsearch refused the entity');
	return { status: 'failed', failure };
};

/** By the length of a digest. MD5 is used only when an answer has it: a FIPS Node.js refuses MD5 (docs/kibana-api.md#bulk-update). */
const ALGORITHMS: Readonly<Record<number, string>> = { 32: 'md5', 64: 'sha256' };

const digestOf = (euid: string, algorithm: string): string | undefined => {
	try {
		return createHash(algorithm).update(euid).digest('hex');
	} catch {
		return undefined;
	}
};

/**
 * Returns which records the errors belong to, by position. An error names its record only by a digest of the
 * EUID, without a position. Each record of an entity has its own error (docs/kibana-api.md#bulk-update).
 *
 * @returns undefined when the errors do not match the records: an error fits no record, or an entity has more
 *   or fewer errors than records
 */
const attribute = (
	errors: readonly ItemError[],
	records: readonly BulkRecord[],
): ReadonlyMap<number, ItemError> | undefined => {
	const positionsOf = new Map<string, number[]>();
	const lengths = new Set(errors.map(({ _id }) => _id.length));
	for (const algorithm of [...lengths].flatMap((length) => ALGORITHMS[length] ?? [])) {
		for (const [position, { key }] of records.entries()) {
			const digest = digestOf(key, algorithm);
			if (digest === undefined) return undefined;
			const positions = positionsOf.get(digest) ?? [];
			if (positions.length === 0) positionsOf.set(digest, positions);
			positions.push(position);
		}
	}
	const errorsOf = new Map<string, ItemError[]>();
	for (const error of errors) {
		const found = errorsOf.get(error._id) ?? [];
		if (found.length === 0) errorsOf.set(error._id, found);
		found.push(error);
	}

	const blamed = new Map<number, ItemError>();
	for (const [digest, found] of errorsOf) {
		const positions = positionsOf.get(digest) ?? [];
		if (positions.length !== found.length) return undefined;
		for (const [nth, position] of positions.entries())
			blamed.set(position, found[nth] as ItemError);
	}
	return blamed;
};

const DOES_NOT_ADD_UP: Failure = {
	reason: 'unexpectedAnswer',
	message:
		'Kibana reported failures that fit none of the entities sent, so this entity may or may not have been stored',
	hint: 'Run the item again: writing an entity twice does no harm',
	httpStatus: 200,
	mayBeStored: true,
};

const UNRECOGNISED =
	'Kibana names the entity by something that fits none of those sent, so it may or may not have been stored';

/**
 * Returns the outcome of a record that was sent alone, when the name in the error does not match it. Kibana
 * probably names entities in a new way and means this one, but this is not certain.
 */
const unrecognised = (error: ItemError): RecordVerdict => {
	const verdict = readItemError(error);
	if (!('failure' in verdict)) return verdict;
	const message = joinSentences(verdict.failure.message, UNRECOGNISED);
	return { ...verdict, failure: { ...verdict.failure, message, mayBeStored: true } };
};

/** Returns what became of a record that the answer to an update does not complain about. */
export const outcomeOfUpdate = ({ isEmpty = false }: BulkRecord): Outcome => ({
	status: isEmpty ? 'unchanged' : 'updated',
});

/**
 * Returns what the errors mean for the records of the request.
 *
 * @param errors at least one
 */
export const verdictsOf = (
	errors: readonly ItemError[],
	records: readonly BulkRecord[],
): Verdict => {
	const isNonsense = errors.some(({ status }) => status < 400);
	const errorOf = isNonsense ? undefined : attribute(errors, records);
	if (errorOf === undefined) {
		const [only] = errors as [ItemError];
		return !isNonsense && errors.length === 1 && records.length === 1
			? { kind: 'each', verdicts: [unrecognised(only)] }
			: { kind: 'bisect', failure: DOES_NOT_ADD_UP };
	}
	const verdicts = records.map((record, position): RecordVerdict => {
		const error = errorOf.get(position);
		return error === undefined ? outcomeOfUpdate(record) : readItemError(error);
	});
	return { kind: 'each', verdicts };
};
