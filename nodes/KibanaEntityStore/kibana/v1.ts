/**
 * The first API generation, `PUT /api/entity_store/entities/bulk` of Kibana 9.2 and 9.3 (contract §3):
 * the body of its request and the reading of its answer.
 */
import type { Failure, Verdict } from '../bulk/outcome';
import { SPOKEN_BY } from '../entity/fields';
import { identifyByName } from '../entity/identity';
import type { EntityRecord } from '../entity/record';
import type { KibanaAnswer } from './client';
import { failureOf, isFromKibana, isRouteMissing, readCommonAnswer, readMessage } from './failure';
import { bulkBody, ENVELOPE_BYTES, forceQuery, type Generation } from './generation';
import { readRefusal, type Row } from './refusal';

const BULK = '/api/entity_store/entities/bulk';

const ENGINE_OFF = /Entity Engine '(\w+)' is not running/;
const ENGINE_HINT =
	'Start the entity store for this entity type in Kibana (Security > Manage > Entity Store), in the space that the node writes to';
const CAPABILITY_OFF = /Capability .* not enabled/;
const RESTART_HINT = 'Turn the entity store of this space off and on again in Kibana';

/**
 * What the answer to a bulk request means for its records. Only the empty 200 of this generation is
 * a success, and only when it comes from Kibana: a proxy may answer as emptily by itself.
 *
 * @param rows the request's rows; only called when the answer blames records
 * @param nowMs epoch milliseconds, for `Retry-After` dates
 */
export const readBulkAnswer = (
	answer: KibanaAnswer,
	rows: () => readonly Row[],
	nowMs: number,
): Verdict => {
	if (answer.kind !== 'answer') return readCommonAnswer(answer, nowMs);
	const { status, body } = answer;
	if (status === 200 && body === '' && isFromKibana(answer)) {
		return { kind: 'stored', status: 'accepted' };
	}

	const message = readMessage(body) ?? '';
	if (isRouteMissing(answer)) {
		const said = `This Kibana has no bulk route of the API generation v1 (PUT ${BULK})`;
		return { kind: 'halt', failure: failureOf(answer, 'routeMissing', said) };
	}
	if (status === 503 && ENGINE_OFF.test(message)) {
		const failure = failureOf(answer, 'notRunning', 'The entity store is not running', ENGINE_HINT);
		return { kind: 'halt', failure, type: ENGINE_OFF.exec(message)?.[1] };
	}
	if (status === 503 && CAPABILITY_OFF.test(message)) {
		const said = 'The entity store was set up by an older Kibana';
		return { kind: 'halt', failure: failureOf(answer, 'notRunning', said, RESTART_HINT) };
	}
	return readRefusal(answer, rows, nowMs);
};

/** It only queues records, and nothing tells whether an entity is there (§3.1). */
const ONLY_UPSERT: Failure = {
	reason: 'invalidSetting',
	message: `${SPOKEN_BY.v1} cannot tell whether an entity exists, so they can only create or update`,
	hint: 'Choose the operation "Create or Update"',
};

export const v1: Generation = {
	name: 'v1',
	since: [9, 2],
	statusPath: '/api/entity_store/status',
	identify: identifyByName,
	// It keys on the entity ID within its type (§3.1).
	entityKey: (type, entityId) => `${type} ${entityId}`,
	toRow: (type, record) => JSON.stringify({ type, record }),
	recordIn: (row) => (JSON.parse(row) as { record: EntityRecord }).record,
	envelopeBytes: ENVELOPE_BYTES,
	stepsOf: (operation, client, force, now) => {
		if (operation !== 'upsert') return ONLY_UPSERT;
		return [
			{
				carries: 'chunk',
				post: async (records) => {
					const answer = await client('PUT', `${BULK}${forceQuery(force)}`, bulkBody(records));
					return readBulkAnswer(
						answer,
						() => records.map(({ json }) => JSON.parse(json) as Row),
						now(),
					);
				},
			},
		];
	},
};
