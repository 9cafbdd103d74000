/** A poll of the trigger over entities that have not changed, and bare paging of the same list. */
import { createRequire } from 'node:module';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { subscribe } from 'node:diagnostics_channel';

import type { KibanaEntityStoreTrigger } from '../../nodes/KibanaEntityStore/KibanaEntityStoreTrigger.node';
import { SIMPLIFIED_PATHS } from '../../nodes/KibanaEntityStore/entity/simplified';
import { publish } from '../../sandbox/n8n/poll';
import { Credential, startExpressionEngine } from './engine';
import { collectGarbage, liveBytes, peakRssBytes, runJob, type Job, type Report } from './job';

const { KibanaEntityStoreTrigger: Trigger } = createRequire(join(__dirname, '../../dist/nodes'))(
	'./nodes/KibanaEntityStore/KibanaEntityStoreTrigger.node.js',
) as { KibanaEntityStoreTrigger: typeof KibanaEntityStoreTrigger };

const API_KEY = 'YmVuY2g6YmVuY2g=';
const PAGE_SIZE = 1_000;

interface Page {
	readonly entities: readonly unknown[];
	readonly nextSearchAfter?: unknown;
}

const readPage = async (agent: Agent, url: string): Promise<Page> =>
	await new Promise((resolve, reject) => {
		const headers = { authorization: `ApiKey ${API_KEY}`, 'elastic-api-version': '2023-10-31' };
		const sent = request(url, { agent, headers }, (response) => {
			const parts: Buffer[] = [];
			response.on('data', (part: Buffer) => parts.push(part));
			response.on('end', () => resolve(JSON.parse(Buffer.concat(parts).toString()) as Page));
		});
		sent.on('error', reject);
		sent.end();
	});

/** What the poll asks for of each entity. */
const FIELDS = [
	'entity.id',
	'entity.EngineMetadata.Type',
	'@timestamp',
	...SIMPLIFIED_PATHS,
	'user.roles',
];

/**
 * Reads page after page, as every client of the list has to, with the fields that the poll asks for, and keeps
 * nothing. Returns the number of entities.
 */
const readAll = async (agent: Agent, baseUrl: string): Promise<number> => {
	const fields = FIELDS.map((path) => `&source=${encodeURIComponent(path)}`).join('');
	const list = `${baseUrl}/api/security/entity_store/entities?size=${PAGE_SIZE}${fields}`;
	let entities = 0;
	let after = '';
	for (;;) {
		const page = await readPage(agent, list + after);
		entities += page.entities.length;
		if (page.nextSearchAfter === undefined) return entities;
		after = `&searchAfter=${encodeURIComponent(JSON.stringify(page.nextSearchAfter))}`;
	}
};

const secondsOf = async (work: () => Promise<void>): Promise<number> => {
	collectGarbage();
	const begin = performance.now();
	await work();
	return (performance.now() - begin) / 1000;
};

const measurePaging = async ({ n, baseUrl }: Job): Promise<Report> => {
	const agent = new Agent({ keepAlive: true });
	const read = async () => {
		const found = await readAll(agent, baseUrl);
		if (found !== n) throw new Error(`${found} entities were listed instead of ${n}`);
	};
	await read();
	return { seconds: await secondsOf(read), peakRssBytes: peakRssBytes() };
};

const SAMPLES = 20;

/** Measures the live heap at some of the requests of a poll, above what was live before it. */
const watchHeap = (requests: number) => {
	const before = liveBytes();
	const every = Math.max(1, Math.floor(requests / SAMPLES));
	let [most, count] = [before, 0];
	subscribe('http.client.request.start', () => {
		if (count % every === 0) most = Math.max(most, liveBytes());
		count += 1;
	});
	return () => ({ sendingBytes: most - before, endBytes: liveBytes() - before });
};

const measurePoll = async ({ n, baseUrl, heap }: Job): Promise<Report> => {
	await startExpressionEngine();
	const workflow = await publish({
		node: Trigger,
		credentialTypes: [new Credential()],
		credentials: {
			kibanaEntityStoreApi: {
				baseUrl,
				authentication: 'apiKey',
				apiKey: API_KEY,
				allowUnauthorizedCerts: false,
			},
		},
		parameters: {
			events: [
				'criticalityChanged',
				'entityCreated',
				'fieldsChanged',
				'riskLevelReached',
				'riskScoreChanged',
				'watchlistChanged',
			],
			fields: 'user.roles',
			options: { maxRetries: 0 },
		},
	});
	const poll = async () => {
		const { items, error } = await workflow.poll();
		if (error) throw error;
		if (items) throw new Error(`${items.length} events were reported, though nothing has changed`);
	};
	const heapOf = heap ? watchHeap(n / PAGE_SIZE) : undefined;
	const seconds = await secondsOf(poll);
	return { seconds, peakRssBytes: peakRssBytes(), ...(heapOf && { heap: heapOf() }) };
};

runJob(async (job) => await (job.way === '5a' ? measurePaging(job) : measurePoll(job)));
