/** Which generation of the API a Kibana has. */
import { z } from 'zod';

import { KIBANA_VERSIONS } from '../entity/fields';
import type { Failure, Fix } from '../failure';
import { failureOf } from './failures';
import type { Generation } from './generation';
import { readAnswer, type Problem } from './http/answer';
import type { Answer, KibanaClient } from './http/client';
import { parseBody } from './http/words';
import { v1 } from './v1';
import { v2 } from './v2';

/** Newest first: where a Kibana has several, the newest is the one to rely on. */
export const GENERATIONS: readonly Generation[] = [v2, v1];

/** Why the generation is not known. `isTransient`: asking again later may tell. */
export interface DetectionFailure {
	readonly failure: Failure;
	readonly isTransient?: boolean;
	readonly retryAfterMs?: number | undefined;
}

/** `because` says how the generation is known, as the end of a sentence. */
export type Detected =
	| { readonly generation: Generation; readonly because: string }
	| DetectionFailure;

/** A core that is not available answers 503 with the same shape. */
const statusSchema = z.object({
	version: z.object({ number: z.string(), build_flavor: z.string().optional() }),
});

const VERSION = /^(\d+)\.(\d+)/;

const isSince = (version: RegExpExecArray, [major, minor]: Generation['since']): boolean => {
	const found = Number(version[1]);
	return found > major || (found === major && Number(version[2]) >= minor);
};

/** Returns what the status answer says for sure. On Serverless the version number means nothing. */
const readVersion = ({ body }: Answer): Detected | undefined => {
	const read = statusSchema.safeParse(parseBody(body));
	if (!read.success || read.data.version.build_flavor === 'serverless') return undefined;
	const { number } = read.data.version;
	const version = VERSION.exec(number);
	if (!version) return undefined;
	const generation = GENERATIONS.find(({ since }) => isSince(version, since)) ?? v1;
	return { generation, because: `Kibana reports version ${number}` };
};

/** Nothing has been sent yet, whatever happened to the question. */
const failureBeforeSending = (problem: Problem): Failure => {
	const { text } = problem;
	if (problem.kind === 'cancelled') {
		const message =
			'Nothing was sent: the execution was cancelled before Kibana told which API it has';
		return { reason: 'cancelled', message };
	}
	if (problem.kind === 'lost') {
		const hint = 'Run the workflow again later';
		return failureOf(problem, {
			text,
			addition: ' when asked for its version; nothing was sent',
			hint,
		});
	}
	return failureOf(problem);
};

/** Returns why the generation cannot be found out, or undefined when another question may tell. */
const readFailure = (problem: Problem): DetectionFailure | undefined => {
	// Something that answers in place of Kibana may do so on one route only.
	if (problem.reason === 'unexpectedAnswer') return undefined;
	const failure = failureBeforeSending(problem);
	switch (problem.kind) {
		case 'lost':
		case 'overloaded':
		case 'unreachable':
			return { failure, isTransient: true, retryAfterMs: problem.retryAfterMs };
		case 'cancelled':
		case 'misaddressed':
		case 'unauthorized':
		case 'redirected':
			return { failure };
		// A missing privilege proves that the route exists, and a proxy may hide one route only.
		default:
			return undefined;
	}
};

/** Whether this Kibana has the routes of a generation: 403 proves it as well as 200 does. */
const hasGeneration = async (
	{ statusPath }: Generation,
	client: KibanaClient,
	nowMs: number,
): Promise<boolean | DetectionFailure> => {
	const reading = readAnswer(await client('GET', statusPath), nowMs);
	if (reading.kind === 'ok' || reading.kind === 'forbidden') return true;
	return readFailure(reading) ?? false;
};

const NONE_FOUND: Failure = {
	reason: 'routeMissing',
	message: 'No Entity Store API was found at this address',
	hint: 'The node needs Kibana 9.2 or later, and its address, not that of Elasticsearch',
	fix: 'baseUrl',
};

const probe = async (client: KibanaClient, nowMs: number): Promise<Detected> => {
	for (const generation of GENERATIONS) {
		const found = await hasGeneration(generation, client, nowMs);
		if (typeof found === 'object') return found;
		if (found) return { generation, because: `Kibana answers at ${generation.statusPath}` };
	}
	return { failure: NONE_FOUND };
};

/**
 * Finds out which generation a Kibana has: by its version, or by asking for the routes where the version
 * is missing or means nothing. It makes one request, or up to three, and never throws.
 *
 * @param client of the default space
 * @param nowMs epoch milliseconds, for `Retry-After` dates
 */
export const detectGeneration = async (client: KibanaClient, nowMs: number): Promise<Detected> => {
	const answer = await client('GET', '/api/status');
	const known = answer.kind === 'answer' ? readVersion(answer) : undefined;
	if (known) return known;
	const reading = readAnswer(answer, nowMs);
	const failed = reading.kind === 'ok' ? undefined : readFailure(reading);
	return failed ?? (await probe(client, nowMs));
};

/** Returns the generation of this name, or undefined. */
export const generationNamed = (name: unknown): Generation | undefined =>
	GENERATIONS.find((generation) => generation.name === name);

/**
 * Finds out what there is instead, after the routes of one generation turned out missing.
 *
 * @returns what to do, in whole sentences
 */
export const explainMissingRoute = async (
	client: KibanaClient,
	tried: Generation,
	because: string,
	nowMs: number,
): Promise<{ readonly hint: string; readonly fix?: Fix }> => {
	const found = await probe(client, nowMs);
	const triedWhy = `${tried.name} (${KIBANA_VERSIONS[tried.name]}) was tried, because ${because}`;
	if ('failure' in found) {
		const { message, hint = message, fix } = found.failure;
		return { hint: `${triedWhy}. No other generation was found. ${hint}`, ...(fix && { fix }) };
	}
	const { name } = found.generation;
	if (name === tried.name) {
		const hint = `${triedWhy}, and its status route exists. Kibana 9.2 is the first that takes entities in bulk`;
		return { hint };
	}
	const hint = `${triedWhy}. This Kibana has the routes of ${name} (${KIBANA_VERSIONS[name]})`;
	return { hint, fix: 'apiGeneration' };
};
