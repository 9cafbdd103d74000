/** Which generation of the API a Kibana speaks (contract §1.2, §7). */
import { z } from 'zod';

import type { Failure } from '../bulk/outcome';
import { KIBANA_VERSIONS } from '../entity/fields';
import type { Answer, KibanaAnswer, KibanaClient } from './http/client';
import { isFailed, isRouteMissing, parseBody, readCommonAnswer } from './failure';
import type { Generation } from './generation';
import { v1 } from './v1/index';
import { v2 } from './v2/index';

/** Newest first: where a Kibana speaks several, the newest is the one to rely on (§1.1). */
export const GENERATIONS: readonly Generation[] = [v2, v1];

/** Why it could not be found out; `isTransient`: asking again later may tell. */
export interface DetectionFailure {
	readonly failure: Failure;
	readonly isTransient?: boolean;
	readonly retryAfterMs?: number;
}

/** `because` says how it is known, as the end of a sentence. */
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

/** What the status answer says for sure; nothing on Serverless, whose number means nothing (§1.2). */
const readVersion = ({ body }: Answer): Detected | undefined => {
	const read = statusSchema.safeParse(parseBody(body));
	if (!read.success || read.data.version.build_flavor === 'serverless') return undefined;
	const { number } = read.data.version;
	const version = VERSION.exec(number);
	if (!version) return undefined;
	const generation = GENERATIONS.find(({ since }) => isSince(version, since)) ?? v1;
	return { generation, because: `Kibana reports version ${number}` };
};

const CANCELLED_FIRST: Failure = {
	reason: 'cancelled',
	message: 'Nothing was sent: the execution was cancelled before Kibana told which API it speaks',
};

/** A failure for which asking on makes no sense; undefined when another question may be answered. */
const readFailure = (answer: KibanaAnswer, nowMs: number): DetectionFailure | undefined => {
	if (answer.kind === 'cancelled') return { failure: CANCELLED_FIRST };
	const verdict = readCommonAnswer(answer, nowMs);
	if (!isFailed(verdict)) return undefined;
	const { failure } = verdict;
	if (verdict.kind === 'transient') {
		return { failure, isTransient: true, retryAfterMs: verdict.retryAfterMs };
	}
	// A privilege that is missing proves that the route is there, and a proxy may hide one route only.
	return verdict.kind === 'halt' && failure.reason !== 'forbidden' ? { failure } : undefined;
};

/** Whether the routes of a generation are there: 403 proves it as well as 200 does (§1.2). */
const isPresent = async (
	{ statusPath }: Generation,
	client: KibanaClient,
	nowMs: number,
): Promise<boolean | DetectionFailure> => {
	const answer = await client('GET', statusPath);
	if (answer.kind === 'answer') {
		if (answer.status === 200 || answer.status === 403) return true;
		if (isRouteMissing(answer)) return false;
	}
	return readFailure(answer, nowMs) ?? false;
};

const NONE_FOUND: Failure = {
	reason: 'routeMissing',
	message: 'No Entity Store API was found at this address',
	hint: 'The node writes to Kibana 9.2 and later. Check the base URL in the credential, with its base path if Kibana has one, and that it is the address of Kibana, not of Elasticsearch',
};

const probe = async (client: KibanaClient, nowMs: number): Promise<Detected> => {
	for (const generation of GENERATIONS) {
		const presence = await isPresent(generation, client, nowMs);
		if (typeof presence === 'object') return presence;
		if (presence) return { generation, because: `Kibana answers at ${generation.statusPath}` };
	}
	return { failure: NONE_FOUND };
};

/**
 * Finds out which generation a Kibana speaks: by its version, or by asking for the routes where the
 * version is missing or means nothing. One request, or up to three.
 *
 * @param client of the default space
 * @param nowMs epoch milliseconds, for `Retry-After` dates
 */
export const detectGeneration = async (client: KibanaClient, nowMs: number): Promise<Detected> => {
	const answer = await client('GET', '/api/status');
	if (answer.kind === 'answer') {
		const known = readVersion(answer);
		if (known) return known;
	}
	return readFailure(answer, nowMs) ?? (await probe(client, nowMs));
};

/** The generation of this name, or undefined. */
export const generationNamed = (name: unknown): Generation | undefined =>
	GENERATIONS.find((generation) => generation.name === name);

/**
 * What there is instead, after the routes of one generation turned out missing.
 *
 * @returns a hint in whole sentences
 */
export const explainMissingRoute = async (
	client: KibanaClient,
	tried: Generation,
	because: string,
	nowMs: number,
): Promise<string> => {
	const found = await probe(client, nowMs);
	const triedWhy = `${tried.name} (${KIBANA_VERSIONS[tried.name]}) was tried, because ${because}`;
	if ('failure' in found) {
		return `${triedWhy}; no other generation was found. ${found.failure.hint ?? found.failure.message}`;
	}
	const { name } = found.generation;
	return name === tried.name
		? `${triedWhy}, and its status route is there. Kibana 9.2 is the first that takes entities in bulk`
		: `${triedWhy}; the routes of ${name} (${KIBANA_VERSIONS[name]}) were found. Set "API Generation" in the options to Auto or ${name}`;
};
