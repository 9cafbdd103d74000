/**
 * Reading the refusals that both generations word alike: attributes that may not be written, a row
 * that a message names, headers that are not to Kibana's liking (contract §2.2, §3.1, §4.1, §5).
 */
import type { Failure, Verdict } from '../../bulk/outcome';
import type { Answer } from '../http/client';
import { failureOf, FORCE_HINT, isFailed, readCommonAnswer, readMessage } from '../failure';

/** A row of a bulk request, as far as blame needs it. */
export interface Row {
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
 * attribute are all rejected; when rows of several types carry them, only asking type by type tells.
 */
const blameAttributes = (
	list: string,
	isProtected: boolean,
	failure: Failure,
	rows: readonly Row[],
): Verdict => {
	const listed = list
		.replace(/^\[|\]$/g, '')
		.split(', ')
		.map((path) => sameAttribute(path.trim()));
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
		return { kind: 'rejected', positions, failure: described };
	}
	const types = [...new Set(rows.map(({ type }) => type))];
	const parts = types.map((type) => positionsWhere((at) => rows[at]?.type === type));
	return { kind: 'bisect', failure: described, parts };
};

/**
 * Only the first place that a message names is believed: it stands at a fixed position, while later
 * text may quote what a record holds (§5.2).
 */
const NAMED_ROW = /^\[request body\]: entities\.(\d+)\b/;

const OUR_HEADERS_REFUSED = /kbn-xsrf|elastic-api-version|^No version "|^Invalid version\./;

/**
 * What an answer means that is no success and nothing particular to one generation.
 *
 * @param rows the request's rows; only called when the answer blames records
 * @param nowMs epoch milliseconds, for `Retry-After` dates
 */
export const readRefusal = (answer: Answer, rows: () => readonly Row[], nowMs: number): Verdict => {
	const { status, body } = answer;
	const message = readMessage(body) ?? '';
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
		return { kind: 'rejected', positions: [Number(named[1])], failure: verdict.failure };
	}
	return verdict;
};
