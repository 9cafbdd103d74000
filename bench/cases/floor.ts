/**
 * The floor: a bare script that sends prepared bodies over kept-alive connections of node:http, as many at a
 * time as the other ways. The bodies are ready before the clock starts. Nothing can be faster. The way 1b
 * starts from records, as every real client does.
 */
import { Agent, request } from 'node:http';

import { listUsers, toRecord } from '../directory';
import { asReceived, collectGarbage, peakRssBytes, runJob, WARM_UP_ITEMS, type Job } from './job';

/** A body, or the function that makes it before it is sent. */
type Body = Buffer | (() => Buffer);

const bodiesOf = (n: number, chunkSize: number, isReady: boolean): Body[] => {
	const rows = listUsers(n, 0).map((user) => ({ type: 'user', doc: asReceived(toRecord(user)) }));
	return Array.from({ length: Math.ceil(n / chunkSize) }, (_, chunk) => {
		const entities = rows.slice(chunk * chunkSize, (chunk + 1) * chunkSize);
		const serialise = () => Buffer.from(JSON.stringify({ entities }));
		return isReady ? serialise() : serialise;
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

const sendAll = async (agent: Agent, baseUrl: string, bodies: Body[], lanes: number) => {
	const url = `${baseUrl}/api/security/entity_store/entities/bulk?force=true`;
	const queue = bodies.values();
	let bytes = 0;
	const lane = async () => {
		for (const body of queue) {
			const ready = typeof body === 'function' ? body() : body;
			bytes += ready.length;
			await put(agent, url, ready);
		}
	};
	await Promise.all(Array.from({ length: lanes }, lane));
	return bytes;
};

const measure = async ({ way, n, baseUrl, warmUpUrl, chunkSize, concurrency }: Job) => {
	const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
	const isReady = way === '1';
	const bodies = bodiesOf(n, chunkSize, isReady);
	const warmUp = bodiesOf(WARM_UP_ITEMS, WARM_UP_ITEMS / 4, isReady);
	await sendAll(agent, warmUpUrl, warmUp, concurrency);
	collectGarbage();

	const begin = performance.now();
	const bytes = await sendAll(agent, baseUrl, bodies, concurrency);
	const seconds = (performance.now() - begin) / 1000;
	return { seconds, peakRssBytes: peakRssBytes(), recordBytes: bytes / n };
};

runJob(measure);
