/**
 * The test Kibana as a model of a Kibana under load (sandbox/kibana/model.ts), in a process of its own. It validates
 * and stores what it is sent. `creation.ts` starts it and asks it for its counts at the end.
 */
import { isCreation } from '../sandbox/kibana/recording';
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
	/** When the first and the last creation began, in milliseconds on the clock of `Date.now()`. */
	readonly firstAt: number;
	readonly lastAt: number;
}

export interface LoadOptions {
	/** Undefined for a Kibana without a limit. */
	readonly requestsPerSecond?: number;
}

const FIRST_MINUTE_MS = 60_000;
const TOO_MANY = 429;
const COUNT_MS = 500;

/** Counts requests that write, and forgets them: what is kept in memory is work for the garbage collector. */
const createCounter = (requests: RecordedRequest[]) => {
	let firstAt = Infinity;
	const creations = { firstAt: Infinity, lastAt: 0 };
	const counts = { requests: 0, refused: 0, laterRequests: 0, laterRefused: 0 };
	const add = (request: RecordedRequest) => {
		const { method, status, startedAt } = request;
		if (method === 'GET') return;
		firstAt = Math.min(firstAt, startedAt);
		if (isCreation(request)) {
			creations.firstAt = Math.min(creations.firstAt, startedAt);
			creations.lastAt = Math.max(creations.lastAt, startedAt);
		}
		const isLater = startedAt > firstAt + FIRST_MINUTE_MS;
		const isRefused = status === TOO_MANY;
		counts.requests += 1;
		if (isRefused) counts.refused += 1;
		if (isLater) counts.laterRequests += 1;
		if (isLater && isRefused) counts.laterRefused += 1;
	};
	return {
		/** Counts what has been answered since the last time. */
		update: (): void => {
			const open: RecordedRequest[] = [];
			for (const request of requests.splice(0)) {
				if (request.endedAt === Infinity) open.push(request);
				else add(request);
			}
			requests.push(...open);
		},
		/** Counts everything, also what has no answer. */
		end: () => {
			requests.splice(0).forEach(add);
			return {
				...counts,
				firstAt: performance.timeOrigin + creations.firstAt,
				lastAt: performance.timeOrigin + creations.lastAt,
			};
		},
	};
};

const serve = async (options: LoadOptions): Promise<void> => {
	const kibana = await startKibana({ api: 'v2', model: true, ...options });
	const counter = createCounter(kibana.requests as RecordedRequest[]);
	setInterval(counter.update, COUNT_MS);
	const loadOf = (): Load => {
		const ids = kibana.entities().map(({ id }) => id);
		return { stored: ids.length, fingerprint: fingerprintOf(ids), ...counter.end() };
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
