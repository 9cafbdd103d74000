/**
 * The first API generation, `PUT /api/entity_store/entities/bulk` of Kibana 9.2 and 9.3 (contract §3):
 * the body of its request and the reading of its answer.
 */
import type { BulkRecord, Failure, Verdict } from '../bulk/outcome';
import type { EntityRecord } from '../entity/record';
import type { EntityType } from '../entity/fields';
import type { KibanaAnswer, KibanaClient } from './client';
import { failureOf, FORCE_HINT, isRouteMissing, readCommonAnswer, readMessage } from './failure';

const OPENING = '{"entities":[';
const CLOSING = ']}';

/** Bytes of a bulk body around its rows. */
export const ENVELOPE_BYTES = OPENING.length + CLOSING.length;

/** The row of a bulk body that carries this record, as JSON text. */
export const toRow = (type: EntityType, record: EntityRecord): string =>
	JSON.stringify({ type, record });

/** The entity that a record writes: the generation keys on the entity ID, within its type (§3.1). */
export const entityKey = (type: EntityType, entityId: string): string => `${type} ${entityId}`;

interface Row {
	readonly type: string;
	readonly record: unknown;
}

/** All leaf paths of a row's record, in the spelling of `sameAttribute`. */
const leafPaths = (value: unknown, prefix = ''): string[] => {
	if (typeof value !== 'object' || value === null || Array.isArray(value)) return [prefix];
	return Object.entries(value).flatMap(([key, child]) =>
		leafPaths(child, prefix === '' ? key : `${prefix}.${key}`),
	);
};

/** Kibana reports `entity.attributes.Privileged` for `entity.attributes.privileged` (§3.1). */
const sameAttribute = (path: string): string =>
	path.replace(/(^|\.)\p{Lu}/gu, (start) => start.toLowerCase());

const ATTRIBUTES_REFUSED =
	/attributes are not allowed to be updated(?: without forcing it \(\?force=true\))?: (.+)$/s;
const NEEDS_FORCE = 'without forcing it';
const UNKNOWN_HINT =
	'This Kibana does not let a client write these fields for this entity type. Leave them out of the mapping';

/**
 * The message lists the attributes of the first offending row, and whether an attribute is refused
 * depends on the entity type alone (§3.1). So among rows of one type, those that carry a listed
 * attribute are all guilty; when rows of several types carry them, only asking type by type tells.
 */
const blameAttributes = (
	list: string,
	isProtected: boolean,
	failure: Failure,
	rows: readonly Row[],
): Verdict => {
	const listed = list.split(', ').map((path) => sameAttribute(path.trim()));
	const carried = rows.map(({ record }) => new Set(leafPaths(record).map(sameAttribute)));
	const positionsWhere = (matches: (position: number) => boolean) =>
		rows.map((_, position) => position).filter(matches);

	const carriesAll = positionsWhere((at) => listed.every((path) => carried[at]?.has(path)));
	const suspectTypes = new Set(carriesAll.map((at) => rows[at]?.type));
	const described: Failure = {
		...failure,
		reason: isProtected ? 'protectedFields' : 'invalidRecord',
		hint: isProtected ? FORCE_HINT : UNKNOWN_HINT,
		fields: listed,
	};
	if (suspectTypes.size === 1) {
		const positions = positionsWhere(
			(at) => suspectTypes.has(rows[at]?.type) && listed.some((path) => carried[at]?.has(path)),
		);
		return { kind: 'guilty', positions, failure: described };
	}
	const types = [...new Set(rows.map(({ type }) => type))];
	const parts = types.map((type) => positionsWhere((at) => rows[at]?.type === type));
	return { kind: 'narrow', failure: described, parts };
};

/**
 * Only the first place that a message names is believed: it stands at a fixed position, while later
 * text may quote what a record holds (§5.2).
 */
const NAMED_ROW = /^\[request body\]: entities\.(\d+)\b/;

const ROUTE_MISSING_HINT =
	'Bulk writes at this address exist in Kibana 9.2 and 9.3 only. Check the version of Kibana, and the base URL in the credential with its base path';
const ENGINE_OFF = /Entity Engine '(\w+)' is not running/;
const ENGINE_HINT =
	'Start the entity store for this entity type in Kibana (Security > Manage > Entity Store), in the space that the node writes to';
const CAPABILITY_OFF = /Capability .* not enabled/;
const RESTART_HINT = 'Turn the entity store of this space off and on again in Kibana';
const OUR_HEADERS_REFUSED = /kbn-xsrf|elastic-api-version|^No version "|^Invalid version\./;

const isFailed = (verdict: Verdict): verdict is Extract<Verdict, { failure: Failure }> =>
	'failure' in verdict;

/**
 * What the answer to a bulk request means for its records. Only the empty 200 of this generation is
 * a success; any other 2xx is not.
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
	if (status === 200 && body === '') return { kind: 'accepted' };

	const message = readMessage(body) ?? '';
	if (isRouteMissing(answer)) {
		const said =
			'This Kibana has no bulk route of the Entity Store (PUT /api/entity_store/entities/bulk)';
		const failure = failureOf(answer, 'routeMissing', said, ROUTE_MISSING_HINT);
		return { kind: 'halt', failure };
	}
	if (status === 503 && ENGINE_OFF.test(message)) {
		const failure = failureOf(answer, 'notRunning', 'The entity store is not running', ENGINE_HINT);
		return { kind: 'halt', failure, type: ENGINE_OFF.exec(message)?.[1] };
	}
	if (status === 503 && CAPABILITY_OFF.test(message)) {
		const said = 'The entity store was set up by an older Kibana';
		return { kind: 'halt', failure: failureOf(answer, 'notRunning', said, RESTART_HINT) };
	}
	if (status === 400 || status === 403) {
		const refused = ATTRIBUTES_REFUSED.exec(message);
		if (refused) {
			const failure = failureOf(answer, 'invalidRecord', 'Kibana refused the entity');
			return blameAttributes(refused[1] ?? '', message.includes(NEEDS_FORCE), failure, rows());
		}
	}
	if (status === 400 && OUR_HEADERS_REFUSED.test(message)) {
		const failure = failureOf(answer, 'refused', 'Kibana refused the request itself');
		return { kind: 'halt', failure };
	}
	const verdict = readCommonAnswer(answer, nowMs);
	const named = status === 400 ? NAMED_ROW.exec(message) : null;
	if (named && isFailed(verdict)) {
		return { kind: 'guilty', positions: [Number(named[1])], failure: verdict.failure };
	}
	return verdict;
};

/**
 * Sends records in one bulk request and says what the answer means for them.
 *
 * @param force whether protected fields may be written (§3.2)
 * @param now epoch milliseconds
 */
export const postBulk = async (
	client: KibanaClient,
	records: readonly BulkRecord[],
	force: boolean,
	now: () => number,
): Promise<Verdict> => {
	const rows = records.map(({ json }) => json);
	const answer = await client(
		'PUT',
		`/api/entity_store/entities/bulk${force ? '?force=true' : ''}`,
		`${OPENING}${rows.join(',')}${CLOSING}`,
	);
	return readBulkAnswer(answer, () => rows.map((row) => JSON.parse(row) as Row), now());
};
