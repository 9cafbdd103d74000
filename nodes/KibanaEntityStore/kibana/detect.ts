/** Detects which generation of the API a Kibana has. */
import { z } from 'zod';

import { KIBANA_VERSIONS } from '../entity/fields';
import type { Failure, Fix } from '../failure';
import { failureOf } from './failures';
import type { Generation } from './generation';
import { readAnswer, type Problem } from './http/answer';
import type { Answer, KibanaClient } from './http/client';
import { parseBody } from './http/words';
import { SWITCHED_OFF } from './refusals';
import { v1 } from './v1';
import { v2 } from './v2';

/** Newest first: when a Kibana has several generations, the newest is the reliable one. */
export const GENERATIONS: readonly Generation[] = [v2, v1];

/** Why the generation is not known. `isTransient`: a later request may succeed. */
export interface DetectionFailure {
	readonly failure: Failure;
	readonly isTransient?: boolean;
	readonly retryAfterMs?: number | undefined;
}

/** `because` is the end of a sentence that explains how the generation is known. */
export type Detected =
	| { readonly generation: Generation; readonly because: string }
	| DetectionFailure;

/** A core that is not available answers 503 with a body of the same form. */
const statusSchema = z.object({
	version: z.object({ number: z.string(), build_flavor: z.string().optional() }),
});

const VERSION = /^(\d+)\.(\d+)/;

const isSince = (version: RegExpExecArray, [major, minor]: Generation['since']): boolean => {
	const found = Number(version[1]);
	return found > major || (found === major && Number(version[2]) >= minor);
};

/** Returns what is certain from the status answer. On Serverless the version number does not help. */
const readVersion = ({ body }: Answer): Detected | undefined => {
	const read = statusSchema.safeParse(parseBody(body));
	if (!read.success || read.data.version.build_flavor === 'serverless') return undefined;
	const { number } = read.data.version;
	const version = VERSION.exec(number);
	if (!version) return undefined;
	const generation = GENERATIONS.find(({ since }) => isSince(version, since)) ?? v1;
	return { generation, because: `Kibana reports version ${number}` };
};

/** Words the failure of a request for the version: no entity has been sent yet. */
const failureBeforeSending = (problem: Problem): Failure => {
	const { text } = problem;
	if (problem.kind === 'cancelled') {
		const message =
			'Nothing was sent: the execution was cancelled before the version of Kibana was known';
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

/** Returns why the generation cannot be detected, or undefined when another request may detect it. */
const readFailure = (problem: Problem): DetectionFailure | undefined => {
	// A proxy may answer in place of Kibana on one route only.
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
		// A missing privilege proves that the route exists. A proxy may hide one route only.
		default:
			return undefined;
	}
};

const NONE_FOUND: Failure = {
	reason: 'routeMissing',
	message: 'No Entity Store API was found at this address',
	hint: 'The node needs Kibana 9.2 or later, and its address, not that of Elasticsearch',
	fix: 'baseUrl',
};

const probe = async (client: KibanaClient, nowMs: number): Promise<Detected> => {
	let failure = NONE_FOUND;
	for (const generation of GENERATIONS) {
		const { statusPath } = generation;
		const reading = readAnswer(await client('GET', statusPath), nowMs);
		// 403 proves that the route exists as well as 200.
		if (reading.kind === 'ok' || reading.kind === 'forbidden') {
			return { generation, because: `Kibana answers at ${statusPath}` };
		}
		const failed = readFailure(reading);
		if (failed) return failed;
		// The other generation may be on.
		if (reading.kind === 'switchedOff') failure = failureOf(reading, SWITCHED_OFF);
	}
	return { failure };
};

/**
 * Detects which generation a Kibana has: by its version, or by requesting the routes when the version is
 * missing or does not help. It sends one to three requests and never throws.
 *
 * @param client sends to the default space
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
 * Detects what a Kibana has instead, after the routes of one generation were missing.
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
