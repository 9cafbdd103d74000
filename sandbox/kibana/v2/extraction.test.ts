import { startKibana, type TestKibana } from '../server';
import { asking, V2 } from '../testing';

let kibana: TestKibana;
const ask = asking(() => kibana);

beforeAll(async () => {
	kibana = await startKibana({ api: 'v2' });
});

afterEach(() => kibana.clear());

afterAll(async () => await kibana.stop());

const MINUTE = 60_000;
const START = Date.parse('2026-03-01T12:00:00.000Z');
const at = (minutes: number): number => START + minutes * MINUTE;

const asset = (name: string, minutes: number, more: object = {}) => ({
	'@timestamp': new Date(at(minutes)).toISOString(),
	event: { kind: 'asset', module: 'okta' },
	user: { name, email: `${name}@example.com` },
	...more,
});

const ids = () => kibana.documents().map(({ entity }) => (entity as { id: string }).id);

describe('log extraction', () => {
	it('makes entities with the ID of the provider, their source and their type', () => {
		expect(kibana.extractLogs([asset('jane', 0)], { now: at(2) })).toBe(1);
		expect(kibana.documents()).toMatchObject([
			{
				entity: {
					id: 'user:jane@example.com@okta',
					name: 'jane',
					source: ['okta'],
					EngineMetadata: { Type: 'user' },
					lifecycle: { first_seen: '2026-03-01T12:00:00.000Z' },
				},
				user: { name: 'jane', email: ['jane@example.com'] },
			},
		]);
		expect(kibana.history()).toEqual([]);
	});

	it('reads no document that is younger than the delay, and none twice', () => {
		const logs = [asset('jane', 0)];
		expect(kibana.extractLogs(logs, { now: at(0.5) })).toBe(0);
		expect(kibana.extractLogs(logs, { now: at(1) })).toBe(1);
		expect(kibana.extractLogs(logs, { now: at(2) })).toBe(0);
		expect(ids()).toHaveLength(1);
	});

	it('never reads a document that arrives with a time of an earlier run', () => {
		expect(kibana.extractLogs([asset('jane', 0)], { now: at(5) })).toBe(1);
		const logs = [asset('late', 3), asset('early', -300)];
		expect(kibana.extractLogs(logs, { now: at(60) })).toBe(0);
	});

	it('drops what is beyond the maximum of a run, or defers it', async () => {
		const configure = async (maxLogsPerWindowCapBehavior: string) => {
			const logExtraction = { maxLogsPerWindow: 2, maxLogsPerWindowCapBehavior };
			expect((await ask('PUT', V2, { logExtraction })).status).toBe(200);
		};
		await configure('drop');
		const dropped = ['a', 'b', 'c'].map((name) => asset(name, 0));
		expect(kibana.extractLogs(dropped, { now: at(2) })).toBe(2);
		expect(kibana.extractLogs(dropped, { now: at(3) })).toBe(0);
		await configure('defer');
		const deferred = [...dropped, ...['d', 'e', 'f'].map((name) => asset(name, 3))];
		expect(kibana.extractLogs(deferred, { now: at(5) })).toBe(2);
		expect(kibana.extractLogs(deferred, { now: at(6) })).toBe(1);
		const names = ['a', 'b', 'd', 'e', 'f'];
		expect(ids()).toEqual(names.map((name) => `user:${name}@example.com@okta`));
	});

	it('collects values, keeps the first time, and leaves what others have written', async () => {
		kibana.extractLogs([asset('jane', 0)], { now: at(2) });
		kibana.changeInBackground('user:jane@example.com@okta', {
			asset: { criticality: 'low_impact' },
		});
		const renamed = asset('jane', 3, {
			user: { name: 'jane.doe', email: ['jane@example.com', 'j@example.com'] },
		});
		kibana.extractLogs([renamed], { now: at(5) });
		expect(kibana.documents()).toMatchObject([
			{
				asset: { criticality: 'low_impact' },
				entity: {
					name: 'jane.doe',
					lifecycle: {
						first_seen: '2026-03-01T12:00:00.000Z',
						last_seen: '2026-03-01T12:03:00.000Z',
					},
				},
				user: { email: ['jane@example.com', 'j@example.com'] },
			},
		]);
	});

	it('ignores users of events that name no asset, and stops with its engine', () => {
		const signIn = asset('jane', 0, { event: { module: 'okta' } });
		expect(kibana.extractLogs([signIn], { now: at(2) })).toBe(1);
		expect(ids()).toEqual([]);
		kibana.setStoreEngines('stopped');
		expect(kibana.extractLogs([asset('kai', 3)], { now: at(5) })).toBe(0);
	});

	it('makes hosts of the same documents', () => {
		kibana.extractLogs([asset('jane', 0, { host: { id: 'h-1', name: 'web-01' } })], { now: at(2) });
		expect(ids().sort()).toEqual(['host:h-1', 'user:jane@example.com@okta']);
	});
});
