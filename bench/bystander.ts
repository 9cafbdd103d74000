/** Somebody else who uses a Kibana while it is under load. */
import { Agent, request } from 'node:http';

import type { LoadedKibana } from './loaded';

/** One request. Times are milliseconds. */
export interface Asked {
	/** When it was sent, on the clock of `Date.now()`. */
	readonly at: number;
	readonly tookMs: number;
}

/** Not a divisor of the time between two refreshes, so that the requests are not in step with them: 60 to 142. */
const pauseMs = (request: number): number => 60 + ((request * 37) % 83);

const askOnce = async (agent: Agent, { url, apiKey }: LoadedKibana): Promise<void> =>
	await new Promise((resolve, reject) => {
		const headers = { authorization: `ApiKey ${apiKey}` };
		const sent = request(`${url}/api/status`, { agent, headers }, (response) => {
			response.resume();
			response.on('end', resolve);
		});
		sent.on('error', reject);
		sent.end();
	});

/**
 * Asks for the status about every 100 ms, over kept-alive connections, until it is stopped. A request does not wait
 * for the answer to the one before it, so slow answers do not make it ask less often.
 */
export const startBystander = (kibana: LoadedKibana) => {
	const agent = new Agent({ keepAlive: true });
	const answered: Asked[] = [];
	const asked: Array<Promise<void>> = [];
	let timer: NodeJS.Timeout | undefined;
	const ask = async () => {
		const [at, begin] = [Date.now(), performance.now()];
		await askOnce(agent, kibana);
		answered.push({ at, tookMs: performance.now() - begin });
	};
	const next = () => {
		asked.push(ask());
		timer = setTimeout(next, pauseMs(asked.length));
	};
	next();
	return {
		/** @throws when a request got no answer */
		stop: async (): Promise<readonly Asked[]> => {
			clearTimeout(timer);
			await Promise.all(asked);
			agent.destroy();
			return answered;
		},
	};
};
