/**
 * The first API generation, `PUT /api/entity_store/entities/bulk` of Kibana 9.2 and 9.3 (contract §3):
 * the body of its request and the reading of its answer.
 */
import { z } from 'zod';

import type { BulkRecord, Failure, Verdict } from '../../bulk/outcome';
import { KIBANA_VERSIONS } from '../../entity/fields';
import { identifyByName } from '../../entity/identity';
import { leavesOf } from '../../entity/leaves';
import type { EntityRecord } from '../../entity/record';
import { createBulkPost, ENVELOPE_BYTES, forceQuery } from '../bulk/request';
import type { KibanaAnswer } from '../http/client';
import { failureOf, isFromKibana, isRouteMissing, readCommonAnswer, readMessage } from '../failure';
import type { Generation } from '../generation';
import { inUrl, PAGE_SIZE, type Listing } from '../listing';
import { readRefusal, type Row } from '../bulk/blame';

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
 * @param nowMs epoch milliseconds, for `Retry-After` dates
 */
export const readBulkAnswer = (
	answer: KibanaAnswer,
	records: readonly BulkRecord[],
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
	return readRefusal(answer, () => records.map(({ json }) => JSON.parse(json) as Row), nowMs);
};

/** It only queues records, and nothing tells whether an entity is there (§3.1). */
const ONLY_UPSERT: Failure = {
	reason: 'invalidSetting',
	message: `${KIBANA_VERSIONS.v1} cannot tell whether an entity exists, so they can only create or update`,
	hint: 'Choose the operation "Create or Update"',
};

const recordIn = (row: string): EntityRecord =>
	(JSON.parse(row) as { record: EntityRecord }).record;

// It keys on the entity ID within its type (§3.1).
const entityKey = (type: string, entityId: string): string => `${type} ${entityId}`;

/** The field that holds the entity ID in what is stored: Kibana puts it into the name (§3.1). */
const idPath = (type: string): string => (type === 'generic' ? 'entity.id' : `${type}.name`);

const listAnswerSchema = z.object({ records: z.array(z.unknown()) });

/**
 * What cannot be read back as it was sent, by Kibana's published source: it makes the names of the ID,
 * keeps the source that it has found by itself, and lists of `asset` the criticality alone.
 */
const NOT_LISTED =
	/^(entity\.(id|name|source)|(user|host|service)\.name|asset\.(?!criticality$).*)$/;

const SEPARATOR = inUrl(',');

/**
 * The list takes an Elasticsearch query (§3.4). Entities are asked for by the field that surely holds
 * their ID, type by type, since an ID is unique within its type only.
 */
const listing: Listing = {
	groupOf: ({ type }) => type,
	term: ({ json }) => {
		const { id } = recordIn(json).entity as { id: string };
		return inUrl(JSON.stringify(id));
	},
	separator: SEPARATOR,
	path: (type, terms) => {
		const [before, after] = JSON.stringify({ terms: { [idPath(type)]: ['?'] } }).split('"?"');
		const filter = `${inUrl(before as string)}${terms.join(SEPARATOR)}${inUrl(after as string)}`;
		return `/api/entity_store/entities/list?entity_types=${type}&page=1&per_page=${PAGE_SIZE}&filterQuery=${filter}`;
	},
	documentsIn: (body) => listAnswerSchema.safeParse(body).data?.records,
	read: (document, type) => {
		const leaves = new Map<string, unknown>();
		const ownEntity = `${type}.entity.`;
		for (const [path, value] of leavesOf(document)) {
			// Kibana upper-cases some keys when it stores, lower-cases some of them when it lists, and moves
			// `entity` into the section of its type on the way (§3.1).
			const sent = path.toLowerCase();
			leaves.set(sent.startsWith(ownEntity) ? sent.slice(type.length + 1) : sent, value);
		}
		const [id] = [leaves.get(idPath(type))].flat();
		return { key: entityKey(type, String(id)), leaves };
	},
	expected: ({ json }) =>
		new Map([...leavesOf(recordIn(json))].filter(([path]) => !NOT_LISTED.test(path))),
	// Unless the store was set up with another history length (§3.4).
	longestList: 10,
};

export const v1: Generation = {
	name: 'v1',
	since: [9, 2],
	statusPath: '/api/entity_store/status',
	identify: identifyByName,
	entityKey,
	toRow: (type, record) => JSON.stringify({ type, record }),
	recordIn,
	envelopeBytes: ENVELOPE_BYTES,
	stepsOf: (operation, client, force, now) => {
		if (operation !== 'upsert') return ONLY_UPSERT;
		const path = `${BULK}${forceQuery(force)}` as const;
		return [{ carries: 'chunk', post: createBulkPost(client, path, readBulkAnswer, now) }];
	},
	listing,
};
