/** Writes entities to Kibana 9.2 and 9.3: one bulk route queues both new and known entities. */
import type { BulkRecord } from '../../bulk/record';
import type { Verdict } from '../../bulk/verdict';
import { KIBANA_VERSIONS } from '../../entity/fields';
import type { Failure } from '../../failure';
import { verdictOfRefusal } from '../bulk/blame';
import { createBulkPost, ENVELOPE_BYTES, forceQuery, rowBytes } from '../bulk/request';
import { verdictOf } from '../bulk/verdict';
import { failureOf } from '../failures';
import type { Writing } from '../generation';
import { isFromKibana, readAnswer, unreadable, type Problem } from '../http/answer';
import type { KibanaAnswer } from '../http/client';
import { messageIn } from '../http/words';

const BULK = '/api/entity_store/entities/bulk';

const ENGINE_OFF = /Entity Engine '(\w+)' is not running/;
const ENGINE_HINT =
	'Start the entity store for this entity type in Kibana (Security > Manage > Entity Store), in the space that the node writes to';
const CAPABILITY_OFF = /Capability .* not enabled/;
const RESTART_HINT = 'Turn the entity store of this space off and on again in Kibana';

/** Returns what it means that the engine of an entity type takes nothing, or undefined. */
export const readEngineOff = (problem: Problem, message: string): Verdict | undefined => {
	if (problem.status !== 503) return undefined;
	const engineOff = ENGINE_OFF.exec(message);
	if (engineOff) {
		const text = 'The entity store is not running';
		const failure = failureOf(problem, {
			reason: 'notRunning',
			text,
			hint: ENGINE_HINT,
			fix: 'startStore',
		});
		return { kind: 'halt', failure, ...(engineOff[1] !== undefined && { type: engineOff[1] }) };
	}
	if (!CAPABILITY_OFF.test(message)) return undefined;
	const text = 'The entity store was set up by an older Kibana';
	const failure = failureOf(problem, { reason: 'notRunning', text, hint: RESTART_HINT });
	return { kind: 'halt', failure };
};

/**
 * Returns what the answer to a bulk request means for its records. Only an empty 200 that comes from Kibana
 * is a success: a proxy may also answer with an empty 200.
 *
 * @param nowMs epoch milliseconds, for `Retry-After` dates
 */
export const readBulkAnswer = (
	answer: KibanaAnswer,
	records: readonly BulkRecord[],
	nowMs: number,
): Verdict => {
	const reading = readAnswer(answer, nowMs);
	if (reading.kind === 'ok') {
		return reading.answer.body === '' && isFromKibana(reading.answer)
			? { kind: 'stored', status: 'accepted' }
			: verdictOf(unreadable(200));
	}
	if (reading.kind === 'missingRoute') {
		const text = `This Kibana has no bulk route of the API generation v1 (PUT ${BULK})`;
		return { kind: 'halt', failure: failureOf(reading, { text }) };
	}
	const message = messageIn(answer);
	const off = readEngineOff(reading, message);
	if (off) return off;
	return verdictOfRefusal(reading, message, records);
};

/** The API only queues records, and does not report whether an entity exists. */
const ONLY_UPSERT: Failure = {
	reason: 'invalidSetting',
	message: `${KIBANA_VERSIONS.v1} cannot tell whether an entity exists, so they can only create or update`,
	fix: 'createOrUpdate',
};

export const write: Writing = {
	bytesOf: (type, json) => rowBytes(type, json, 'record'),
	typePath: () => undefined,
	envelopeBytes: ENVELOPE_BYTES,
	stepsOf: (operation, client, force, now) => {
		if (operation !== 'upsert') return ONLY_UPSERT;
		const path = `${BULK}${forceQuery(force)}` as const;
		const post = createBulkPost(client, path, 'record', readBulkAnswer, now);
		return [{ carries: 'chunk', post }];
	},
};
