/**
 * The second API generation, `/api/security/entity_store` of Kibana 9.4 and later (contract §4): bulk
 * update, creation one by one, and the reading of their answers.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';

import type { BulkRecord, Failure, RecordVerdict, Verdict } from '../../bulk/outcome';
import type { EntityType } from '../../entity/fields';
import { explainNotCreatable, identifyByEuid } from '../../entity/identity';
import { leavesOf } from '../../entity/leaves';
import type { EntityRecord } from '../../entity/record';
import { createBulkPost, ENVELOPE_BYTES, forceQuery } from '../bulk/request';
import type { Answer, KibanaAnswer } from '../http/client';
import {
	failureOf,
	isRouteMissing,
	parseBody,
	quotingFailure,
	readCommonAnswer,
	readMessage,
	unexpected,
} from '../failure';
import type { Generation, WriteStep } from '../generation';
import { inUrl, PAGE_SIZE, type Listing } from '../listing';
import { readRefusal } from '../bulk/blame';

const BASE = '/api/security/entity_store';
const BULK = `${BASE}/entities/bulk` as const;

const rowOpening = (type: string): string => `{"type":"${type}","doc":`;

/** The document of a row as JSON text: it was serialised once, and creation sends it alone. */
const documentText = ({ type, json }: BulkRecord): string =>
	json.slice(rowOpening(type).length, -1);

const documentIn = (row: string): EntityRecord => (JSON.parse(row) as { doc: EntityRecord }).doc;

const rowsOf = (records: readonly BulkRecord[]) =>
	records.map(({ type, json }) => ({ type, record: documentIn(json) }));

const itemErrorSchema = z.object({
	_id: z.string(),
	status: z.number().int(),
	type: z.string().optional(),
	reason: z.string().optional(),
});

type ItemError = z.infer<typeof itemErrorSchema>;

const bulkAnswerSchema = z.object({ ok: z.boolean(), errors: z.array(itemErrorSchema) });

/** By the length of a digest. MD5 only where an answer forces it: a FIPS Node.js refuses it (§4.1). */
const ALGORITHMS: Readonly<Record<number, string>> = { 32: 'md5', 64: 'sha256' };

const digestOf = (euid: string, algorithm: string): string | undefined => {
	try {
		return createHash(algorithm).update(euid).digest('hex');
	} catch {
		return undefined;
	}
};

const NOT_FOUND_HINT =
	'Choose the operation "Create or Update", or check the fields that name the entity';

/** What Elasticsearch says of a record; it may have given nothing but a status (contract §4.1). */
const itemFailure = (
	{ status, type, reason }: ItemError,
	...described: [reason: Failure['reason'], said: string, hint?: string]
): Failure => {
	const quote = [type, reason].filter(Boolean).join(': ') || undefined;
	return quotingFailure({ status, quote }, ...described);
};

/** Kibana has already tried a conflicting update three times by itself (contract §4.1). */
const CONFLICT_PAUSE_MS = 500;
const AGAIN_LATER = 'Run the failed items again later';

/** What became of one record that the answer complains of (contract §4.1, §7 retry table). */
const readItemError = (error: ItemError): RecordVerdict => {
	const { status } = error;
	if (status === 404) {
		const failure = itemFailure(error, 'notFound', 'Kibana has no such entity', NOT_FOUND_HINT);
		return { status: 'deferred', failure };
	}
	if (status === 409) {
		const said = 'Something else kept writing the entity at the same time';
		const failure = itemFailure(error, 'overloaded', said, AGAIN_LATER);
		return { status: 'retry', failure, pauseMs: CONFLICT_PAUSE_MS };
	}
	if (status === 429 || status >= 500) {
		const said = 'Elasticsearch could not store the entity right now';
		return { status: 'retry', failure: itemFailure(error, 'overloaded', said, AGAIN_LATER) };
	}
	const failure = itemFailure(error, 'refused', 'Elasticsearch refused the entity');
	return { status: 'failed', failure };
};

/**
 * Which records the errors belong to, by position. An error names its record only by a digest of the
 * EUID, without a position, and repeats of an entity give one error each (contract §4.1).
 *
 * @returns undefined when the errors do not add up: one that fits no record, or more or fewer of
 *   them than there are records of that entity
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
 * What became of a record that was sent alone, by an error whose name does not fit it: most likely
 * Kibana names entities in a new way and means this one, but nothing proves it.
 */
const unrecognised = (error: ItemError): RecordVerdict => {
	const verdict = readItemError(error);
	if (!('failure' in verdict)) return verdict;
	const message = `${verdict.failure.message}. ${UNRECOGNISED}`;
	return { ...verdict, failure: { ...verdict.failure, message, mayBeStored: true } };
};

const NOT_INSTALLED = /^Entity Store is not installed/;
const INSTALL_HINT =
	'Install the entity store in Kibana (Security > Entity Store), in the space that the node writes to';
const IDENTITY_REFUSED = /Could not derive EUID|does not match generated EUID/;
const IDENTITY_HINT =
	'Kibana names the entity by other fields than this node does. Map Entity ID (entity.id) alone, or the naming fields alone';

/** Refusals that all routes of this generation share; undefined for any other answer. */
const readOwnRefusal = (answer: Answer, route: string): Verdict | undefined => {
	const message = readMessage(answer.body) ?? '';
	if (isRouteMissing(answer)) {
		const said = `This Kibana has no route ${route} of the API generation v2`;
		return { kind: 'halt', failure: failureOf(answer, 'routeMissing', said) };
	}
	if (answer.status === 400 && NOT_INSTALLED.test(message)) {
		const said = 'Nothing can be written';
		return { kind: 'halt', failure: failureOf(answer, 'notInstalled', said, INSTALL_HINT) };
	}
	if (answer.status === 400 && IDENTITY_REFUSED.test(message)) {
		const said = 'Kibana refused the ID of the entity';
		return { kind: 'bisect', failure: failureOf(answer, 'refused', said, IDENTITY_HINT) };
	}
	return undefined;
};

/**
 * What the answer to a bulk update means for its records. `ok` says nothing: it is true even when
 * every record failed (contract §4.1).
 *
 * @param nowMs epoch milliseconds, for `Retry-After` dates
 */
export const readBulkAnswer = (
	answer: KibanaAnswer,
	records: readonly BulkRecord[],
	nowMs: number,
): Verdict => {
	if (answer.kind !== 'answer') return readCommonAnswer(answer, nowMs);
	if (answer.status !== 200) {
		return (
			readOwnRefusal(answer, `PUT ${BULK}`) ?? readRefusal(answer, () => rowsOf(records), nowMs)
		);
	}
	const read = bulkAnswerSchema.safeParse(parseBody(answer.body));
	if (!read.success) return { kind: 'failed', failure: unexpected(answer.status) };
	const { errors } = read.data;
	if (errors.length === 0) return { kind: 'stored', status: 'updated' };
	const isNonsense = errors.some(({ status }) => status < 400);
	const blamed = isNonsense ? undefined : attribute(errors, records);
	if (blamed === undefined) {
		const [only] = errors as [ItemError];
		return !isNonsense && errors.length === 1 && records.length === 1
			? { kind: 'each', verdicts: [unrecognised(only)] }
			: { kind: 'bisect', failure: DOES_NOT_ADD_UP };
	}
	const verdicts = records.map((_, position): RecordVerdict => {
		const error = blamed.get(position);
		return error === undefined ? { status: 'updated' } : readItemError(error);
	});
	return { kind: 'each', verdicts };
};

const createdSchema = z.object({ ok: z.literal(true) });

/**
 * What the answer to the creation of one entity means for it (contract §4.6).
 *
 * @param nowMs epoch milliseconds, for `Retry-After` dates
 */
export const readCreateAnswer = (
	answer: KibanaAnswer,
	record: BulkRecord,
	nowMs: number,
): Verdict => {
	if (answer.kind !== 'answer') return readCommonAnswer(answer, nowMs);
	if (answer.status === 200) {
		return createdSchema.safeParse(parseBody(answer.body)).success
			? { kind: 'stored', status: 'created' }
			: { kind: 'failed', failure: unexpected(answer.status) };
	}
	if (answer.status === 409) {
		const hint = 'Choose the operation "Create or Update" to write it all the same';
		const failure = failureOf(answer, 'alreadyExists', 'The entity exists already', hint);
		return { kind: 'each', verdicts: [{ status: 'deferred', failure }] };
	}
	return (
		readOwnRefusal(answer, `POST ${BASE}/entities/${record.type}`) ??
		readRefusal(answer, () => rowsOf([record]), nowMs)
	);
};

/** Reads a document's fields by path, as `entity/identity` asks for them. */
const readerOf =
	(document: EntityRecord) =>
	(path: string): unknown =>
		path
			.split('.')
			.reduce<unknown>((section, key) => (section as EntityRecord | undefined)?.[key], document);

const refuseCreation = ({ type, key, json }: BulkRecord): Failure | undefined => {
	const explained = explainNotCreatable(type as EntityType, key, readerOf(documentIn(json)));
	return explained && { reason: 'notCreatable', ...explained };
};

const listAnswerSchema = z.object({ entities: z.array(z.unknown()) });

/** Names the entity, or is stamped by Kibana (§4.1). */
const NOT_KEPT = new Set(['entity.id', '@timestamp', 'event.ingested']);

/** Keys of labels that Kibana makes lists or nothing of, as lodash does with paths (§4.2). */
const MADE_OTHERWISE = /[[\]]|^(\d+|__proto__|constructor|prototype)$/;

const isKept = (path: string): boolean =>
	!NOT_KEPT.has(path) &&
	!(path.startsWith('labels.') && path.split('.').some((key) => MADE_OTHERWISE.test(key)));

const SEPARATOR = inUrl(' or ');

/**
 * Listed by KQL (§4.9): the other mode, page by page, shows only some of the fields of `asset`, by
 * Kibana's published source. The entities of all types share one index.
 */
const listing: Listing = {
	groupOf: () => '',
	term: ({ key }) => inUrl(`"${key.replace(/["\\]/g, '\\$&')}"`),
	separator: SEPARATOR,
	path: (_group, terms) =>
		`${BASE}/entities?size=${PAGE_SIZE}&filter=${inUrl('entity.id:(')}${terms.join(SEPARATOR)}${inUrl(')')}`,
	documentsIn: (body) => listAnswerSchema.safeParse(body).data?.entities,
	read: (document) => {
		const leaves = leavesOf(document);
		return { key: String(leaves.get('entity.id')), leaves };
	},
	expected: ({ json }) => new Map([...leavesOf(documentIn(json))].filter(([path]) => isKept(path))),
	longestList: Infinity,
};

export const v2: Generation = {
	name: 'v2',
	since: [9, 4],
	statusPath: `${BASE}/status`,
	identify: identifyByEuid,
	// One index holds the entities of all types, so an ID is unique across types (§4.4).
	entityKey: (_type, entityId) => entityId,
	toRow: (type, record) => `${rowOpening(type)}${JSON.stringify(record)}}`,
	recordIn: documentIn,
	envelopeBytes: ENVELOPE_BYTES,
	stepsOf: (operation, client, force, now) => {
		const update: WriteStep = {
			carries: 'chunk',
			post: createBulkPost(client, `${BULK}${forceQuery(force)}`, readBulkAnswer, now),
		};
		const create: WriteStep = {
			carries: 'record',
			refuse: refuseCreation,
			post: async (records) => {
				const [record] = records as [BulkRecord];
				const answer = await client(
					'POST',
					`${BASE}/entities/${record.type as EntityType}`,
					Buffer.from(documentText(record)),
				);
				return readCreateAnswer(answer, record, now());
			},
		};
		// Bulk only updates (§1.1): what it misses is created, and what somebody else has created in
		// the meantime is updated after all (§7).
		const steps = { create: [create], update: [update], upsert: [update, create, update] };
		return steps[operation];
	},
	listing,
};
