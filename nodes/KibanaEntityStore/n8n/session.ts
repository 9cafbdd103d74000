import { sleep } from 'n8n-workflow';

import { askUntilFinal, type Patience } from '../bulk/retry';
import type { Failure } from '../failure';
import { detectGeneration, generationNamed, type Detected } from '../kibana/detect';
import { createClient, type KibanaClient } from '../kibana/http/client';
import { readConnection } from './connection';
import { isCancelled, type RequestContext } from './transport';

/** Everything that a run needs to talk with one Kibana, built once. */
export interface Session {
	/** Where Kibana is, from the credential. */
	readonly baseUrl: string;
	/** Returns the client of a space, one for each; without a space that of the default space. */
	readonly clientOf: (space?: string) => KibanaClient;
	/** Finds out which generation of the API this Kibana has. It asks once. */
	readonly detect: () => Promise<Detected>;
	/** How the run waits, and when it stops. */
	readonly patience: Patience;
	/** Epoch milliseconds. */
	readonly now: () => number;
	/** Whether a request that may change something has been sent. */
	readonly hasWritten: () => boolean;
	/** Whether the last question of an item has used up its attempts. */
	isUnanswered: boolean;
}

export interface SessionSettings {
	/** Milliseconds for one request and its whole answer; undefined takes a minute. */
	readonly timeoutMs?: number;
	/** How many times a request may be repeated. */
	readonly maxRetries: number;
	/** The name of a generation; undefined: ask Kibana. */
	readonly generation?: string;
	/** How a given generation is known, as the end of a sentence. */
	readonly because?: string;
}

const CANCEL_CHECK_MS = 200;

/** Waits in short steps, so that a cancelled execution does not linger in a long pause. */
const sleepUnlessCancelled =
	(hasEnded: () => boolean) =>
	async (ms: number): Promise<void> => {
		for (let left = ms; left > 0 && !hasEnded(); left -= CANCEL_CHECK_MS) {
			await sleep(Math.min(left, CANCEL_CHECK_MS));
		}
	};

/**
 * Opens a session with the Kibana of the node's credential. No request is made yet.
 *
 * @returns the session, or what is wrong with the credential
 * @throws what n8n throws when the node has no credential
 */
export const openSession = async (
	context: RequestContext,
	{ timeoutMs, maxRetries, generation, because = 'it was chosen' }: SessionSettings,
): Promise<Session | { readonly failure: Failure }> => {
	const connection = await readConnection(context, timeoutMs);
	if ('problem' in connection) {
		return { failure: { reason: 'invalidSetting', message: connection.problem } };
	}
	const now = () => Date.now();
	const isRunCancelled = () => isCancelled(context);
	const patience: Patience = {
		maxRetries,
		random: Math.random,
		sleep: sleepUnlessCancelled(isRunCancelled),
		isCancelled: isRunCancelled,
	};
	let written = false;
	const clients = new Map<string | undefined, KibanaClient>();
	const clientOf = (space?: string): KibanaClient => {
		const known = clients.get(space);
		if (known) return known;
		const send = createClient(connection.transport, connection.baseUrl, space);
		const client: KibanaClient = async (method, path, body) => {
			if (method !== 'GET') written = true;
			return await send(method, path, body);
		};
		clients.set(space, client);
		return client;
	};
	const find = async (): Promise<Detected> => {
		if (generation === undefined) {
			return await askUntilFinal(
				async () => await detectGeneration(clientOf(), now()),
				(answer) => ('isTransient' in answer && answer.isTransient ? answer : undefined),
				patience,
			);
		}
		const named = generationNamed(generation);
		if (named) return { generation: named, because };
		const message = `There is no API generation "${generation}"`;
		return { failure: { reason: 'invalidSetting', message } };
	};
	let detected: Promise<Detected> | undefined;
	return {
		baseUrl: connection.baseUrl,
		clientOf,
		detect: async () => await (detected ??= find()),
		patience,
		now,
		hasWritten: () => written,
		isUnanswered: false,
	};
};
