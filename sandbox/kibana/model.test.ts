import type { KibanaOptions } from './options';
import type { RecordedRequest } from './recording';
import type { TestKibana } from './server';
import { outcome, V2, withKibana } from './testing';

type Ask = Parameters<Parameters<typeof withKibana>[1]>[1];

const create = async (ask: Ask, name: string) =>
	await ask('POST', `${V2}/entities/host`, { host: { name } });

const names = (count: number): string[] =>
	Array.from({ length: count }, (_, index) => `web-${index}`);

/** Milliseconds from the first request to the last answer. */
const took = (requests: readonly RecordedRequest[]): number =>
	Math.max(...requests.map(({ endedAt }) => endedAt)) -
	Math.min(...requests.map(({ startedAt }) => startedAt));

const withModel = async (
	options: KibanaOptions,
	work: (kibana: TestKibana, ask: Ask) => Promise<void>,
) => await withKibana({ api: 'v2', ...options }, work);

describe('the model of a Kibana under load', () => {
	it('works on one creation after another', async () => {
		await withModel({ createWorkMs: 20 }, async (kibana, ask) => {
			const answers = await Promise.all(names(10).map(async (name) => await create(ask, name)));
			expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
			expect(took(kibana.createRequests())).toBeGreaterThanOrEqual(200);
			expect(kibana.entities()).toHaveLength(10);
		});
	});

	it('works on a bulk request for as long as it has rows, and makes others wait', async () => {
		await withModel({ bulkWorkMs: 2_000, otherWorkMs: 1 }, async (kibana, ask) => {
			const entities = names(50).map((name) => ({ type: 'host', doc: { host: { name } } }));
			const bulk = ask('PUT', `${V2}/entities/bulk`, { entities });
			const status = ask('GET', '/api/status');
			await Promise.all([bulk, status]);
			// The one that came first is not known.
			expect(took(kibana.bulkRequests())).toBeGreaterThanOrEqual(100);
			expect(took(kibana.requests)).toBeGreaterThanOrEqual(101);
		});
	});

	it('answers a write at the next refresh', async () => {
		const refreshCycleMs = 150;
		await withModel({ refreshCycleMs }, async (kibana, ask) => {
			await create(ask, 'web-1');
			await create(ask, 'web-2');
			const cycles = kibana
				.createRequests()
				.flatMap(({ startedAt, endedAt }) => [startedAt, endedAt])
				.map((time) => Math.floor(time / refreshCycleMs));
			const [first = 0, answered = 0, second = 0, answeredNext = 0] = cycles;
			expect(answered).toBeGreaterThan(first);
			expect(answeredNext).toBeGreaterThan(second);
		});
	});

	it('refuses requests above its limit, except those that read', async () => {
		await withModel({ requestsPerSecond: 0.001 }, async (kibana, ask) => {
			expect((await create(ask, 'web-1')).status).toBe(200);
			expect(outcome(await create(ask, 'web-2'))).toEqual([429, 'Server is overloaded']);
			expect((await ask('GET', '/api/status')).status).toBe(200);
			expect(kibana.entities()).toHaveLength(1);
		});
	});
});
