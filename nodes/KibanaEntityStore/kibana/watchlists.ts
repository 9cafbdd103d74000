/** Watchlists of entities (docs/kibana-api.md#watchlists). */
import { z } from 'zod';

import type { BulkRecord } from '../bulk/record';
import type { RecordVerdict, Verdict } from '../bulk/verdict';
import { shortened } from '../failure';
import { verdictOf } from './bulk/verdict';
import { failureOf, type Wording } from './failures';
import type { WriteStep } from './step';
import { readAnswer, unreadable, type Problem } from './http/answer';
import type { KibanaAnswer, KibanaClient } from './http/client';
import { parseBody, messageIn } from './http/words';
import { inUrl } from './lookUp';
import { NOT_NAMED, wordingOfRefusal } from './refusals';
import { ask, type Reply } from './reply';

const BASE = '/api/entity_analytics/watchlists';

const watchlistSchema = z.object({ id: z.string(), name: z.string() }).passthrough();

/** As Kibana reports it: also its description, its risk modifier, times and counts. */
export type Watchlist = z.infer<typeof watchlistSchema>;

/** What a client says of a watchlist. */
export interface WatchlistValues {
	readonly name: string;
	readonly description: string;
	/** By which the risk score of its entities is multiplied, from 0 to 2. */
	readonly riskModifier: number;
}

/**
 * Kibana takes a missing watchlist for a failure of its own. Other things may be missing too, such as the index of the
 * entities, of which Elasticsearch says so in other words.
 */
const isMissing = ({ status, kind }: Problem, message: string): boolean =>
	kind !== 'missingRoute' && (status === 500 || status === 404) && /not found/i.test(message);

const wording = (problem: Problem, message: string): Wording | undefined => {
	if (problem.kind === 'missingRoute') {
		return {
			text: 'This Kibana has no watchlists',
			hint: 'Kibana 9.4 is the first that has them',
		};
	}
	if (isMissing(problem, message)) {
		return {
			reason: 'notFound',
			text: 'Kibana has no such watchlist',
			hint: 'Check the watchlist and the space',
		};
	}
	return wordingOfRefusal(problem, message);
};

/** Whether a text can be an ID: slashes and dots alone would lead to another route. */
export const isWatchlistId = (id: string): boolean => /^[^/\\]+$/.test(id) && !/^\.+$/.test(id);

const pathOf = (id: string): `/${string}` => `${BASE}/${inUrl(id)}`;

type Clock = () => number;

export const listWatchlists = async (
	client: KibanaClient,
	now: Clock,
): Promise<Reply<readonly Watchlist[]>> => {
	const path = `${BASE}/list` as const;
	return await ask(client, { method: 'GET', path, answer: z.array(watchlistSchema), wording }, now);
};

export const getWatchlist = async (
	client: KibanaClient,
	now: Clock,
	id: string,
): Promise<Reply<Watchlist>> =>
	await ask(client, { method: 'GET', path: pathOf(id), answer: watchlistSchema, wording }, now);

export const createWatchlist = async (
	client: KibanaClient,
	now: Clock,
	body: WatchlistValues,
): Promise<Reply<Watchlist>> => {
	const question = { method: 'POST', path: BASE, body, answer: watchlistSchema, wording } as const;
	// Kibana lets several watchlists have one name, so a repeat could make a second one.
	return await ask(client, { ...question, isOnce: true }, now);
};

/** Changes a watchlist. Kibana wants all values, so those that stay are read first. */
export const updateWatchlist = async (
	client: KibanaClient,
	now: Clock,
	id: string,
	changes: Partial<WatchlistValues>,
): Promise<Reply<Watchlist>> => {
	const before = await getWatchlist(client, now, id);
	if ('failure' in before) return before;
	const { name, description, riskModifier } = before.value;
	const body = { name, description: description ?? '', riskModifier, ...changes };
	const question = { method: 'PUT', path: pathOf(id), body, answer: watchlistSchema } as const;
	return await ask(client, { ...question, wording }, now);
};

export const deleteWatchlist = async (
	client: KibanaClient,
	now: Clock,
	id: string,
): Promise<Reply<object>> => {
	const answer = z.object({ deleted: z.literal(true) });
	return await ask(client, { method: 'DELETE', path: pathOf(id), answer, wording }, now);
};

const OPENING = '{"euids":[';
const CLOSING = ']}';

/** Bytes of a request around its entities, each of which is a JSON text of its ID. */
export const ENVELOPE_BYTES = OPENING.length + CLOSING.length;

const itemsSchema = z.object({
	items: z.array(
		z.object({
			euid: z.string(),
			status: z.enum(['success', 'failure', 'not_found']),
			error: z.string().nullish(),
		}),
	),
});

type AssignedItem = z.infer<typeof itemsSchema>['items'][number];

const quoted = (text: string, error: string | null | undefined): string =>
	error ? `${text}: ${shortened(error)}` : text;

const verdictOfItem = (
	item: AssignedItem | undefined,
	verb: 'assign' | 'unassign',
): RecordVerdict => {
	if (item === undefined) return { status: 'failed', failure: NOT_NAMED };
	const { status, error } = item;
	if (status === 'success') return { status: 'updated' };
	if (status === 'not_found') {
		// What is not on the list need not be taken off. An answer that was lost may have done it.
		if (verb === 'unassign') return { status: 'unchanged' };
		const message = quoted('Kibana has no such entity', error);
		const hint = 'Only an entity that is in the entity store can be put on a watchlist';
		return { status: 'failed', failure: { reason: 'notFound', message, hint } };
	}
	const message = quoted('Kibana refused the entity', error);
	return { status: 'failed', failure: { reason: 'refused', message } };
};

const readItems = (
	answer: KibanaAnswer,
	records: readonly BulkRecord[],
	verb: 'assign' | 'unassign',
	nowMs: number,
): Verdict => {
	const reading = readAnswer(answer, nowMs);
	if (reading.kind !== 'ok') {
		const message = messageIn(answer);
		const known = wording(reading, message);
		// What is missing is missing for every entity: each that is not has an item of its own.
		return known || reading.status === 404
			? { kind: 'halt', failure: failureOf(reading, known) }
			: verdictOf(reading);
	}
	const read = itemsSchema.safeParse(parseBody(reading.answer.body));
	if (!read.success) return verdictOf(unreadable(200));
	const byId = new Map(read.data.items.map((item) => [item.euid, item]));
	return { kind: 'each', verdicts: records.map(({ id }) => verdictOfItem(byId.get(id), verb)) };
};

/** Returns the way of putting entities on a watchlist, or of taking them off. */
export const watchlistStep = (
	client: KibanaClient,
	now: Clock,
	id: string,
	verb: 'assign' | 'unassign',
): WriteStep => ({
	carries: 'chunk',
	post: async (records) => {
		const body = `${OPENING}${records.map(({ json }) => json).join(',')}${CLOSING}`;
		const path = `${pathOf(id)}/entities/${verb}` as const;
		return readItems(await client('POST', path, Buffer.from(body)), records, verb, now());
	},
});
