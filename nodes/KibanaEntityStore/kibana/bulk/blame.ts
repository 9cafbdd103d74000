/** Finding out which records of a request a refusal is about. Both generations word these alike. */
import type { BulkRecord } from '../../bulk/record';
import type { Verdict } from '../../bulk/verdict';
import { listedFields, type Failure } from '../../failure';
import { failureOf } from '../failures';
import type { Problem } from '../http/answer';
import { verdictOf } from './verdict';

/** All leaf paths of a record, in the spelling of `sameAttribute`. */
const leafPaths = (value: unknown, prefix = ''): string[] => {
	if (typeof value !== 'object' || value === null || Array.isArray(value)) return [prefix];
	return Object.entries(value).flatMap(([key, child]) =>
		leafPaths(child, prefix === '' ? key : `${prefix}.${key}`),
	);
};

/** Kibana 9.2 and 9.3 report `entity.attributes.Privileged` for `entity.attributes.privileged`. */
const sameAttribute = (path: string): string =>
	path.replace(/(^|\.)\p{Lu}/gu, (start) => start.toLowerCase());

const ATTRIBUTES_REFUSED =
	/attributes are not allowed to be updated(?: without forcing it \(\?force=true\))?: (.+)$/s;
const NEEDS_FORCE = 'without forcing it';
/**
 * All attributes of a record take some 6,000 characters. A longer list is not Kibana's, and comparing it with
 * every record of a request would take long.
 */
const LONGEST_LIST = 20_000;
const UNKNOWN_HINT =
	'This Kibana does not let a client write these fields for this entity type. Leave them out of the mapping';

const attributesFailure = (problem: Problem, isProtected: boolean, fields: string[]): Failure => ({
	...failureOf(problem, {
		text: 'Kibana refused the entity',
		...(isProtected
			? { reason: 'protectedFields', fix: 'force' }
			: { reason: 'invalidRecord', hint: UNKNOWN_HINT }),
	}),
	fields: listedFields(fields),
});

/**
 * The message lists the attributes of the first offending row, and whether an attribute is refused
 * depends on the entity type alone. So among rows of one type, all those that carry a listed attribute
 * are rejected. When rows of several types carry them, only asking type by type tells.
 */
const blameAttributes = (
	list: string,
	isProtected: boolean,
	problem: Problem,
	records: readonly BulkRecord[],
): Verdict => {
	const listed = list
		.replace(/^\[|\]$/g, '')
		.split(', ')
		.map((path) => sameAttribute(path.trim()));
	// Parsed again, because only a refusal needs it: kept for all records it would double their memory.
	const carried = records.map(
		({ json }) => new Set(leafPaths(JSON.parse(json)).map(sameAttribute)),
	);
	const positionsWhere = (matches: (position: number) => boolean) =>
		records.map((_, position) => position).filter(matches);

	const carriesAll = positionsWhere((at) => listed.every((path) => carried[at]?.has(path)));
	const suspectTypes = new Set(carriesAll.map((at) => records[at]?.type));
	const failure = attributesFailure(problem, isProtected, listed);
	if (suspectTypes.size === 1) {
		const positions = positionsWhere(
			(at) => suspectTypes.has(records[at]?.type) && listed.some((path) => carried[at]?.has(path)),
		);
		return { kind: 'rejected', positions, failure };
	}
	const types = [...new Set(records.map(({ type }) => type))];
	const parts = types.map((type) => positionsWhere((at) => records[at]?.type === type));
	return { kind: 'bisect', failure, parts };
};

/**
 * Only the first place that a message names is believed: it stands at a fixed position, while later text
 * may quote what a record holds.
 */
const NAMED_ROW = /^\[request body\]: entities\.(\d+)\b/;

const OUR_HEADERS_REFUSED = /kbn-xsrf|elastic-api-version|^No version "|^Invalid version\./;

/**
 * Returns what a problem means for the records of a bulk request, where its message tells more than its
 * status.
 *
 * @param message of Kibana, word for word
 */
export const verdictOfRefusal = (
	problem: Problem,
	message: string,
	records: readonly BulkRecord[],
): Verdict => {
	const { status } = problem;
	if (status === 400 || status === 403) {
		const refused = ATTRIBUTES_REFUSED.exec(message);
		const list = refused?.[1] ?? '';
		if (refused && list.length <= LONGEST_LIST) {
			return blameAttributes(list, message.includes(NEEDS_FORCE), problem, records);
		}
	}
	if (status === 400 && OUR_HEADERS_REFUSED.test(message)) {
		const text = 'Kibana refused the request itself';
		return { kind: 'halt', failure: failureOf(problem, { text }) };
	}
	const verdict = verdictOf(problem);
	const named = status === 400 ? NAMED_ROW.exec(message) : null;
	if (named && 'failure' in verdict) {
		return { kind: 'rejected', positions: [Number(named[1])], failure: verdict.failure };
	}
	return verdict;
};
