/** A cancelled execution stops within one request, says what is known, and leaves nothing behind. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

import { mapping, nodeOn } from '../acceptance/run';
import { request } from '../../sandbox/kibana/request';
import { startKibana, type KibanaOptions, type TestKibana } from '../../sandbox/kibana/server';
import { startRun } from '../../sandbox/n8n/engine';

let kibana: TestKibana | undefined;

afterEach(async () => {
	await kibana?.stop();
	kibana = undefined;
});

const start = async (options: KibanaOptions): Promise<TestKibana> =>
	(kibana = await startKibana(options));

const until = async (holds: () => boolean): Promise<void> => {
	for (let turns = 0; !holds(); turns += 1) {
		if (turns > 4_000) throw new Error('It never came to that');
		await new Promise((done) => setTimeout(done, 5));
	}
};

const hosts = (count: number) =>
	Array.from({ length: count }, (_, index) => ({ name: `host-${index}` }));

/** n8n keeps what a cancelled node has put out, and shows it. */
const statusesOf = (result: Awaited<ReturnType<typeof startRun>['result']>): string[] => {
	const task = Object.values(result.finished.data.resultData.runData)
		.flat()
		.find(({ data }) => (data?.main?.[0]?.length ?? 0) > 0 && data?.main?.[0]?.[0]?.json.status);
	return (task?.data?.main?.[0] ?? []).map(({ json }) =>
		String(json.error === undefined ? json.status : (json.details as { status: string }).status),
	);
};

describe('cancelling', () => {
	it.each(['v1', 'v2'] as const)(
		'with a request in flight: nothing more is sent, and its entities are not called failed (%s)',
		async (api) => {
			const on = await start({ api });
			on.answerNext({ pass: true }, { hang: 'after' });
			const started = startRun({
				...nodeOn(on),
				items: hosts(9),
				parameters: mapping(
					{ 'host.name': '={{ $json.name }}' },
					{ chunkSize: 3, concurrency: 1 },
					{ entityType: 'host' },
				),
				onError: 'continueRegularOutput',
			});
			await until(() => on.bulkRequests().length === 2);
			started.cancel();
			const result = await started.result;
			expect(result.status).toBe('canceled');
			await new Promise((done) => setTimeout(done, 300));
			expect(on.bulkRequests()).toHaveLength(2);
			const reported = statusesOf(result);
			if (reported.length === 0) return;
			const first = api === 'v1' ? 'accepted' : 'failed';
			expect(reported).toEqual([
				...[first, first, first],
				...['unknown', 'unknown', 'unknown'],
				...['failed', 'failed', 'failed'],
			]);
		},
	);

	it.each(['v1', 'v2'] as const)(
		'with a deletion in flight: nothing more is deleted, and it is known what was (%s)',
		async (api) => {
			const on = await start({ api });
			on.answerNextOn('delete', { pass: true }, { hang: 'before' });
			const names = ['a', 'b', 'c', 'd'];
			if (api === 'v2') for (const name of names) on.seed('host', { host: { name } });
			else {
				const entities = names.map((id) => ({ type: 'host', record: { entity: { id } } }));
				const path = '/api/entity_store/entities/bulk';
				await request(on, { method: 'PUT', path, body: { entities } });
			}
			const deletions = () => on.requests.filter(({ method }) => method === 'DELETE').length;
			const started = startRun({
				...nodeOn(on),
				items: names.map((name) => ({ id: api === 'v1' ? name : `host:${name}` })),
				parameters: {
					resource: 'entity',
					operation: 'delete',
					entityType: 'host',
					findBy: 'id',
					entityId: { __rl: true, mode: 'id', value: '={{ $json.id }}' },
					options: { concurrency: 1 },
				},
				onError: 'continueRegularOutput',
			});
			await until(() => deletions() === 2);
			started.cancel();
			const result = await started.result;
			expect(result.status).toBe('canceled');
			await new Promise((done) => setTimeout(done, 300));
			expect(deletions()).toBe(2);
			expect(on.entities()).toHaveLength(3);
			const reported = statusesOf(result);
			if (reported.length === 0) return;
			expect(reported).toEqual(['deleted', 'unknown', 'failed', 'failed']);
		},
	);

	it.each(['get', 'getAll', 'deleteMissing'])(
		'with a list in flight: %s asks for nothing more, and changes nothing',
		async (operation) => {
			const on = await start({ api: 'v2' });
			on.answerNextOn('list', { hang: 'after' });
			for (const name of ['a', 'b']) on.seed('host', { host: { name } });
			const started = startRun({
				...nodeOn(on),
				items: [{ id: 'host:a' }],
				parameters: {
					resource: 'entity',
					operation,
					entityType: 'host',
					findBy: 'id',
					entityId: { __rl: true, mode: 'id', value: '={{ $json.id }}' },
					returnAll: true,
					filters: { nameContains: 'host' },
					options: { maxPercent: 100 },
				},
				onError: 'continueRegularOutput',
			});
			await until(() => on.listRequests().length === 1);
			started.cancel();
			expect((await started.result).status).toBe('canceled');
			await new Promise((done) => setTimeout(done, 300));
			expect(on.listRequests()).toHaveLength(1);
			expect(on.entities()).toHaveLength(2);
		},
	);

	it.each(['in flight', 'in a pause', 'before the first answer'])(
		'leaves no timer and no connection behind: %s',
		async (moment) => {
			const child = spawn(
				join(__dirname, '../../node_modules/.bin/tsx'),
				[join(__dirname, 'cancelled.ts'), moment],
				{ stdio: ['ignore', 'pipe', 'inherit'] },
			);
			let output = '';
			child.stdout.on('data', (text: Buffer) => (output += text.toString()));
			const code = await new Promise((resolve) => child.once('close', resolve));
			// It has to end by itself: what holds a process open holds memory in n8n.
			expect({ code, output }).toEqual({
				code: 0,
				output: expect.stringMatching(/^canceled after \d+ requests; open: nothing\n$/),
			});
		},
		60_000,
	);
});
