/** What n8n's log says of a run, since n8n shows no items of one that was cancelled. */
import { Logger } from '@n8n/backend-common';
import { Container } from '@n8n/di';
import type { IDataObject } from 'n8n-workflow';

import { startKibana, type TestKibana } from '../../sandbox/kibana/server';
import { runNode, startRun } from '../../sandbox/n8n/engine';
import { mapping, nodeOn } from './run';

let kibana: TestKibana;
let lines: Array<{ level: string; text: string; all: string }>;

beforeAll(async () => {
	kibana = await startKibana({ api: 'v2' });
});

const original = Container.get(Logger);

beforeEach(() => {
	kibana.clear();
	lines = [];
	const at = (level: string) => ({
		value: (text: string, about: object = {}) => {
			if (text.startsWith('Kibana Entity Store')) {
				lines.push({ level, text, all: JSON.stringify([text, about]) });
			}
		},
	});
	const levels = { debug: at('debug'), info: at('info') };
	Container.set(Logger, Object.create(original, levels) as Logger);
});

afterEach(() => Container.set(Logger, original));

afterAll(async () => await kibana.stop());

const users = (count: number): IDataObject[] =>
	Array.from({ length: count }, (_, index) => ({ email: `secret-${index}@example.com` }));

const parameters = (options: IDataObject) =>
	mapping({ 'user.email': '={{ $json.email }}', 'entity.attributes.asset': true }, options);

const expectNothingPrivate = (): void => {
	const said = lines.map(({ all }) => all).join('\n');
	expect(said).not.toContain('secret-');
	expect(said).not.toContain(kibana.apiKey);
};

describe('the log of n8n', () => {
	it('counts what became of the items, and holds nothing of them', async () => {
		const items = [...users(3), { email: { secret: 'secret-9' } }];
		await runNode({
			...nodeOn(kibana),
			items,
			parameters: parameters({}),
			onError: 'continueRegularOutput',
		});
		expect(lines.map(({ text }) => text).at(-1)).toBe(
			'Kibana Entity Store: 4 entities: 3 created, 1 failed (1 invalidRecord)',
		);
		expectNothingPrivate();
	});

	it('says how far a long run is', async () => {
		kibana.answerNext({ delayMs: 1_100, pass: true });
		await runNode({
			...nodeOn(kibana),
			items: users(3),
			parameters: parameters({ chunkSize: 1, concurrency: 1, createConcurrency: 1 }),
		});
		const [progress] = lines;
		expect(progress).toMatchObject({
			level: 'info',
			// The first answer says that Kibana does not have the entity: it is created later.
			text: 'Kibana Entity Store: 0 of 3 entities done, 3 left, 0 a second, 1 request so far',
		});
		expect(lines.at(-1)).toMatchObject({
			level: 'info',
			text: 'Kibana Entity Store: 3 entities: 3 created',
		});
		expectNothingPrivate();
	});

	it('says how far a deletion is, and how it ended', async () => {
		for (const name of ['a', 'b']) kibana.seed('host', { host: { name } });
		kibana.answerNextOn('delete', { delayMs: 1_100, pass: true });
		await runNode({
			...nodeOn(kibana),
			items: [{ id: 'host:a' }, { id: 'host:b' }],
			parameters: {
				resource: 'entity',
				operation: 'delete',
				entityType: 'host',
				findBy: 'id',
				entityId: { __rl: true, mode: 'id', value: '={{ $json.id }}' },
				options: { concurrency: 1 },
			},
		});
		expect(lines.map(({ text }) => text)).toEqual([
			expect.stringMatching(
				/^Kibana Entity Store: 1 of 2 entities done, 1 left, [01] a second, 1 request so far$/,
			),
			'Kibana Entity Store: Kibana deleted 2 of 2 entities',
		]);
	});

	it('says what a cancelled run has written and what it has not sent', async () => {
		const known = { email: 'secret-0@example.com' };
		await runNode({ ...nodeOn(kibana), items: [known], parameters: parameters({}) });
		lines = [];
		const before = kibana.bulkRequests().length;
		kibana.answerNext({ pass: true, delayMs: 0 }, { delayMs: 60_000, pass: true });
		const started = startRun({
			...nodeOn(kibana),
			items: users(3),
			parameters: parameters({ chunkSize: 1, concurrency: 1 }),
		});
		while (kibana.bulkRequests().length < before + 2) {
			await new Promise((done) => setTimeout(done, 5));
		}
		started.cancel();
		const { status } = await started.result;
		expect(status).toBe('canceled');
		expect(lines.at(-1)).toMatchObject({
			level: 'info',
			text: 'Kibana Entity Store: cancelled. 3 entities: 1 updated, 1 unknown, 1 failed (2 cancelled)',
		});
		expectNothingPrivate();
	});
});
