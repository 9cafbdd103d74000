/**
 * The test Kibana as a model of a Kibana under load (sandbox/kibana/model.ts), in a process of its own. It validates
 * and stores what it is sent. `creation.ts` starts it and asks it for its counts at the end.
 */
import { startKibana, type RecordedRequest } from '../sandbox/kibana/server';
import { fingerprintOf } from './fingerprint';

export interface LoadedKibana {
	readonly url: string;
	readonly apiKey: string;
}

/** What this Kibana has met since its start. */
export interface Load {
	readonly stored: number;
	/** Of the IDs of all stored entities. */
	readonly fingerprint: string;
	/** Requests that write, and those of them that were refused: all, and those after the first minute. */
	readonly requests: number;
	readonly refused: number;
	readonly laterRequests: number;
	readonly laterRefused: number;
}

export interface LoadOptions {
	/** Undefined for a Kibana without a limit. */
	readonly requestsPerSecond?: number;
}

const FIRST_MINUTE_MS = 60_000;
const TOO_MANY = 429;

const countOf = (requests: readonly RecordedRequest[]) => ({
	requests: requests.length,
	refused: requests.filter(({ status }) => status === TOO_MANY).length,
});

const serve = async (options: LoadOptions): Promise<void> => {
	const kibana = await startKibana({ api: 'v2', model: true, ...options });
	const loadOf = (): Load => {
		const ids = kibana.entities().map(({ id }) => id);
		const writes = kibana.requests.filter(({ method }) => method !== 'GET');
		const begin = writes[0]?.startedAt ?? 0;
		const all = countOf(writes);
		const later = countOf(writes.filter(({ startedAt }) => startedAt > begin + FIRST_MINUTE_MS));
		return {
			stored: ids.length,
			fingerprint: fingerprintOf(ids),
			...all,
			laterRequests: later.requests,
			laterRefused: later.refused,
		};
	};
	process.on('message', () => process.send?.({ load: loadOf() }));
	process.on('disconnect', () => process.exit(0));
	const { url, apiKey } = kibana;
	process.send?.({ url, apiKey });
};

serve(JSON.parse(process.argv[2] ?? '{}') as LoadOptions).catch((error: Error) => {
	console.error(error.message);
	process.exit(1);
});
