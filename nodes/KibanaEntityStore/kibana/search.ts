/** Asking a generation for entities by ID or by fields, and what the answers of lists mean. */
import type { FindResult } from '../bulk/find';
import { failureOf } from './failures';
import type { EntityMatch, Generation, ListedEntity } from './generation';
import { readAnswer, unreadable, type Problem } from './http/answer';
import type { KibanaClient } from './http/client';
import { parseBody } from './http/words';
import { PAGE_SIZE } from './lookUp';
import { readProblem, type ReadProblem } from './readProblem';

const resultOf = (problem: Problem): ReadProblem =>
	readProblem(
		problem,
		// Of the settings for requests a reader has only the time to wait.
		failureOf(problem, problem.fix === 'requestSize' ? { fix: 'timeout' } : {}),
	);

/**
 * Asks for all entities that fit one of the matches of a group, in one request. It never throws.
 *
 * @param now epoch milliseconds, for `Retry-After` dates
 */
export const findEntities = async (
	client: KibanaClient,
	{ list, search, readDocument }: Generation,
	group: string,
	matches: readonly EntityMatch[],
	now: () => number,
): Promise<FindResult<ListedEntity>> => {
	const reading = readAnswer(await client('GET', search.path(group, matches)), now());
	if (reading.kind !== 'ok') return resultOf(reading);
	const documents = list.documentsIn(parseBody(reading.answer.body));
	if (documents === undefined) return resultOf(unreadable(200));
	return {
		kind: 'listed',
		documents: documents
			.map((document) => readDocument(document, group))
			.filter(({ id }) => id !== ''),
		isWhole: documents.length < PAGE_SIZE,
	};
};

const holds = (leaf: unknown, wanted: string): boolean =>
	Array.isArray(leaf) ? leaf.some((one) => String(one) === wanted) : String(leaf) === wanted;

/** Whether an entity is one that a match looks for. Entities of all types have some of the fields. */
export const fits = ({ type, id, fields }: EntityMatch, entity: ListedEntity): boolean =>
	(id !== undefined && id === entity.id) ||
	(fields.size > 0 &&
		entity.type === type &&
		[...fields].every(([path, wanted]) => holds(entity.leaves.get(path), wanted)));

/** What one request for a list brought. */
export type ListAnswer = { readonly kind: 'answer'; readonly body: unknown } | ReadProblem;

/**
 * Makes one request for a list. It never throws.
 *
 * @param now epoch milliseconds, for `Retry-After` dates
 */
export const askForList = async (
	client: KibanaClient,
	{ list }: Generation,
	path: `/${string}`,
	now: () => number,
): Promise<ListAnswer> => {
	const reading = readAnswer(await client('GET', path), now());
	if (reading.kind !== 'ok') return resultOf(reading);
	const body = parseBody(reading.answer.body);
	return list.documentsIn(body) === undefined
		? resultOf(unreadable(200))
		: { kind: 'answer', body };
};
