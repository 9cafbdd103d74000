/** Writes entities to Kibana 9.4 and later: updates in bulk, and creates one by one. */
import { z } from 'zod';

import type { BulkRecord } from '../../bulk/record';
import type { RecordVerdict, Verdict } from '../../bulk/verdict';
import { ENGINE_TYPE, type EntityType } from '../../entity/fields';
import { verdictOfRefusal } from '../bulk/blame';
import { createBulkPost, ENVELOPE_BYTES, forceQuery, rowBytes } from '../bulk/request';
import { verdictOf } from '../bulk/verdict';
import { failureOf } from '../failures';
import type { WriteStep, Writing } from '../generation';
import { readAnswer, unreadable, type Problem } from '../http/answer';
import type { KibanaAnswer } from '../http/client';
import { parseBody, messageIn } from '../http/words';
import { notCreatable } from './identity';
import { itemErrorsSchema, outcomeOfUpdate, verdictsOf } from './itemErrors';
import { BASE } from './paths';

const BULK = `${BASE}/entities/bulk` as const;

const NOT_INSTALLED = /^Entity Store is not installed/;
const INSTALL_HINT =
	'Install the entity store in Kibana (Security > Entity Store), in the space that the node writes to';
const IDENTITY_REFUSED = /Could not derive EUID|does not match generated EUID/;
const IDENTITY_HINT =
	'Kibana names the entity by other fields than this node does. Map Entity ID (entity.id) alone, or the naming fields alone';

const CRITICALITY_REFUSED = /^\[request body\]: (?:.*, )?asset\.criticality: Invalid/s;
const CRITICALITY = 'asset.criticality';
const UNASSIGN_HINT = 'Unassign it on the page of the entity in Kibana, or assign another value';

interface Document {
	readonly entity?: object;
	readonly asset?: { readonly criticality?: unknown };
}

/** Whether the record removes the criticality of its entity. */
const unassigns = ({ json }: BulkRecord): boolean =>
	json.includes('"criticality":null') && (JSON.parse(json) as Document).asset?.criticality === null;

/**
 * Returns what a refused criticality means. Only null can be refused, because other values are checked before
 * they are sent. Whether Kibana accepts null depends on the revision (docs/kibana-api.md#unassign-criticality).
 */
const verdictOfUnassigning = (
	problem: Problem,
	message: string,
	records: readonly BulkRecord[],
): Verdict | undefined => {
	if (problem.status !== 400 || !CRITICALITY_REFUSED.test(message)) return undefined;
	const positions = [...records.keys()].filter((at) => unassigns(records[at] as BulkRecord));
	if (positions.length === 0) return undefined;
	const text = 'This Kibana does not unassign the criticality';
	const failure = failureOf(problem, { text, hint: UNASSIGN_HINT });
	return { kind: 'rejected', positions, failure: { ...failure, fields: [CRITICALITY] } };
};

/** Returns what a problem of any route that writes means for the records of its request. */
const verdictOfProblem = (
	problem: Problem,
	answer: KibanaAnswer,
	route: string,
	records: readonly BulkRecord[],
): Verdict => {
	const message = messageIn(answer);
	if (problem.kind === 'missingRoute') {
		const text = `This Kibana has no route ${route} of the API generation v2`;
		return { kind: 'halt', failure: failureOf(problem, { text }) };
	}
	if (problem.status === 400 && NOT_INSTALLED.test(message)) {
		const text = 'Nothing can be written';
		const failure = failureOf(problem, {
			reason: 'notInstalled',
			text,
			hint: INSTALL_HINT,
			fix: 'installStore',
		});
		return { kind: 'halt', failure };
	}
	if (problem.status === 400 && IDENTITY_REFUSED.test(message)) {
		const text = 'Kibana refused the ID of the entity';
		return { kind: 'bisect', failure: failureOf(problem, { text, hint: IDENTITY_HINT }) };
	}
	return (
		verdictOfUnassigning(problem, message, records) ?? verdictOfRefusal(problem, message, records)
	);
};

const bulkSchema = z.object({ ok: z.boolean(), errors: itemErrorsSchema });

/**
 * Returns what the answer to a bulk update means for its records. `ok` is true even when every record failed,
 * so it is not used.
 *
 * @param nowMs epoch milliseconds, for `Retry-After` dates
 */
export const readBulkAnswer = (
	answer: KibanaAnswer,
	records: readonly BulkRecord[],
	nowMs: number,
): Verdict => {
	const reading = readAnswer(answer, nowMs);
	if (reading.kind !== 'ok') return verdictOfProblem(reading, answer, `PUT ${BULK}`, records);
	const read = bulkSchema.safeParse(parseBody(reading.answer.body));
	if (!read.success) return verdictOf(unreadable(200));
	const { errors } = read.data;
	if (errors.length > 0) return verdictsOf(errors, records);
	return records.some(({ isEmpty }) => isEmpty)
		? { kind: 'each', verdicts: records.map(outcomeOfUpdate) }
		: { kind: 'stored', status: 'updated' };
};

const createdSchema = z.object({ ok: z.literal(true) });

/**
 * Returns what the answer to the creation of one entity means for it.
 *
 * @param nowMs epoch milliseconds, for `Retry-After` dates
 */
export const readCreateAnswer = (
	answer: KibanaAnswer,
	record: BulkRecord,
	nowMs: number,
): Verdict => {
	const reading = readAnswer(answer, nowMs);
	if (reading.kind === 'ok') {
		return createdSchema.safeParse(parseBody(reading.answer.body)).success
			? { kind: 'stored', status: 'created' }
			: verdictOf(unreadable(200));
	}
	if (reading.status === 409) {
		const text = 'The entity exists already';
		const failure = failureOf(reading, { reason: 'alreadyExists', text, fix: 'createOrUpdate' });
		const verdict: RecordVerdict = { status: 'deferred', failure };
		return { kind: 'each', verdicts: [verdict] };
	}
	return verdictOfProblem(reading, answer, `POST ${BASE}/entities/${record.type}`, [record]);
};

/**
 * Returns the body of a creation. It names the entity type, by which Kibana lists entities and which it does
 * not set itself (docs/kibana-api.md#create). An update may carry that with force alone, so the record may
 * lack it. A criticality that is to be taken away is left out: there is none yet.
 */
const bodyOfCreation = ({ type, json }: BulkRecord): Buffer => {
	const { entity, asset, ...others } = JSON.parse(json) as Document;
	const { criticality, ...ofAsset } = asset ?? {};
	const isAssigned = criticality !== undefined && criticality !== null;
	const document = {
		...others,
		entity: { ...entity, EngineMetadata: { Type: type } },
		...(asset && { asset: isAssigned ? asset : ofAsset }),
	};
	return Buffer.from(JSON.stringify(document));
};

export const write: Writing = {
	bytesOf: (type, json) => rowBytes(type, json, 'doc'),
	typePath: (force) => (force ? ENGINE_TYPE : undefined),
	envelopeBytes: ENVELOPE_BYTES,
	stepsOf: (operation, client, force, now) => {
		const path = `${BULK}${forceQuery(force)}` as const;
		const update: WriteStep = {
			carries: 'chunk',
			post: createBulkPost(client, path, 'doc', readBulkAnswer, now),
		};
		const create: WriteStep = {
			carries: 'record',
			refuse: ({ type, id, isSelfNamed }) =>
				isSelfNamed ? undefined : notCreatable(type as EntityType, id),
			post: async (records) => {
				const [record] = records as [BulkRecord];
				const route = `${BASE}/entities/${record.type as EntityType}` as const;
				const answer = await client('POST', route, bodyOfCreation(record));
				return readCreateAnswer(answer, record, now());
			},
		};
		// Bulk only updates. Missing entities are created. Those that another client creates in the meantime
		// are updated in the last step.
		const steps = { create: [create], update: [update], upsert: [update, create, update] };
		return steps[operation];
	},
};
