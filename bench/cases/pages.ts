/**
 * The floor of reading: a bare script that lists all entities from page to page, parses them and keeps them. It
 * asks for the same fields as the node does for its short form.
 */
import { Agent, request } from 'node:http';

import { SIMPLIFIED_PATHS } from '../../nodes/KibanaEntityStore/entity/simplified';
import { collectGarbage, peakRssBytes, runJob, type Job, type Report } from './job';

const PAGE = 1_000;
const FIELDS = ['entity.id', 'entity.EngineMetadata.Type', '@timestamp', ...SIMPLIFIED_PATHS];

interface Page {
	readonly entities: readonly object[];
	readonly nextSearchAfter?: unknown;
}

const get = async (agent: Agent, url: string): Promise<Page> =>
	await new Promise((resolve, reject) => {
		const headers = { 'elastic-api-version': '2023-10-31', authorization: 'ApiKey bench' };
		const sent = request(url, { agent, headers }, (response) => {
			const parts: Buffer[] = [];
			response.on('data', (part: Buffer) => parts.push(part));
			response.on('end', () => {
				if (response.statusCode === 200) resolve(JSON.parse(Buffer.concat(parts).toString()));
				else reject(new Error(`The server answered ${response.statusCode}`));
			});
		});
		sent.on('error', reject);
		sent.end();
	});

const listAll = async (agent: Agent, baseUrl: string): Promise<object[]> => {
	const fields = FIELDS.map((path) => `&source=${encodeURIComponent(path)}`).join('');
	const first = `${baseUrl}/api/security/entity_store/entities?size=${PAGE}${fields}`;
	const found: object[] = [];
	for (let url = first; ; ) {
		const { entities, nextSearchAfter } = await get(agent, url);
		for (const entity of entities) found.push(entity);
		if (entities.length < PAGE) return found;
		url = `${first}&searchAfter=${encodeURIComponent(JSON.stringify(nextSearchAfter))}`;
	}
};

const measure = async ({ baseUrl, warmUpUrl }: Job): Promise<Report> => {
	const agent = new Agent({ keepAlive: true });
	await listAll(agent, warmUpUrl);
	collectGarbage();
	const begin = performance.now();
	const found = await listAll(agent, baseUrl);
	const seconds = (performance.now() - begin) / 1000;
	return { seconds, peakRssBytes: peakRssBytes(), outputs: { read: found.length } };
};

runJob(measure);
