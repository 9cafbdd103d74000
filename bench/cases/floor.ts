/**
 * The floor: a bare script that sends bodies which were ready before the clock started, over kept-alive
 * connections of node:http, as many at a time as the other ways. Nothing can be faster.
 */
import { Agent, request } from 'node:http';

import { listUsers, toRecord } from '../directory';
import { collectGarbage, peakRssBytes, runJob, WARM_UP_ITEMS, type Job } from './job';

const bodiesOf = (n: number, chunkSize: number): Buffer[] => {
	const rows = listUsers(n, 0).map((user) => JSON.stringify({ type: 'user', doc: toRecord(user) }));
	return Array.from({ length: Math.ceil(n / chunkSize) }, (_, chunk) => {
		const inChunk = rows.slice(chunk * chunkSize, (chunk + 1) * chunkSize);
		return Buffer.from(`{"entities":[${inChunk.join(',')}]}`);
	});
};

const put = async (agent: Agent, url: string, body: Buffer): Promise<void> =>
	await new Promise((resolve, reject) => {
		const headers = {
			'content-type': 'application/json',
			'content-length': body.length,
			'kbn-xsrf': 'bench',
			'elastic-api-version': '2023-10-31',
			authorization: 'ApiKey bench',
		};
		const sent = request(url, { method: 'PUT', agent, headers }, (response) => {
			response.resume();
			response.on('end', () =>
				response.statusCode === 200
					? resolve()
					: reject(new Error(`The server answered ${response.statusCode}`)),
			);
		});
		sent.on('error', reject);
		sent.end(body);
	});

const sendAll = async (agent: Agent, baseUrl: string, bodies: Buffer[], lanes: number) => {
	const url = `${baseUrl}/api/security/entity_store/entities/bulk?force=true`;
	const queue = bodies.values();
	const lane = async () => {
		for (const body of queue) await put(agent, url, body);
	};
	await Promise.all(Array.from({ length: lanes }, lane));
};

const measure = async ({ n, baseUrl, warmUpUrl, chunkSize, concurrency }: Job) => {
	const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
	const bodies = bodiesOf(n, chunkSize);
	await sendAll(agent, warmUpUrl, bodiesOf(WARM_UP_ITEMS, WARM_UP_ITEMS / 4), concurrency);
	collectGarbage();

	const begin = performance.now();
	await sendAll(agent, baseUrl, bodies, concurrency);
	const seconds = (performance.now() - begin) / 1000;

	const bytes = bodies.reduce((sum, body) => sum + body.length, 0);
	return { seconds, peakRssBytes: peakRssBytes(), recordBytes: bytes / n };
};

runJob(measure);
