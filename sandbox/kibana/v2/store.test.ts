import type { KibanaRevision } from '../options';
import type { TestKibana } from '../server';
import { asking, outcome, V2, withKibana } from '../testing';

const UNINSTALLED =
	'Entity Store is not installed. Install it via POST /api/security/entity_store/install or from the Security Entity Store page, then retry.';
const GENERIC = 'An internal server error occurred. Check Kibana server logs for details.';
const TYPES = ['user', 'host', 'service', 'generic'];

type Ask = ReturnType<typeof asking>;

const state = async (ask: Ask, space = '') => (await ask('GET', `${space}${V2}/status`)).data;
const statuses = async (ask: Ask) => {
	const { status, engines } = await state(ask);
	const ofEngines = engines.map((engine: { status: string }) => engine.status);
	return [status, ...new Set(ofEngines)];
};
const idsOf = (kibana: TestKibana) => kibana.entities().map(({ id }) => id);

describe.each<KibanaRevision>(['9.4', '9.5', '9.6'])('the store of Kibana %s', (revision) => {
	it('needs an installation in each space', async () => {
		await withKibana({ revision, installed: false }, async (fresh, ask) => {
			expect(await state(ask)).toEqual({ status: 'not_installed', engines: [] });
			const doc = { host: { name: 'a' } };
			for (const answer of [
				await ask('PUT', `${V2}/entities/bulk`, { entities: [{ type: 'host', doc }] }),
				await ask('PUT', `${V2}/entities/bulk`, { entities: [] }),
				await ask('PUT', `${V2}/entities/host`, doc),
				await ask('POST', `${V2}/entities/host`, doc),
			]) {
				expect(outcome(answer)).toEqual([400, UNINSTALLED]);
			}
			// Validation comes first.
			const invalid = await ask('PUT', `${V2}/entities/bulk`, {});
			expect(invalid.data.message).toMatch(/^\[request body\]/);
			expect((await ask('DELETE', `${V2}/entities/`, { entityId: 'a' })).status).toBe(404);

			const install = async (body?: object) => {
				const { status, data } = await ask('POST', `${V2}/install`, body);
				expect(data).toEqual({ ok: true });
				return status;
			};
			const some = { entityTypes: ['user', 'host'] };
			expect(await install(some)).toBe(201);
			expect(await install(some)).toBe(200);
			expect(await install()).toBe(201);
			expect(await install({})).toBe(200);
			expect((await ask('POST', `${V2}/install`, { entityTypes: ['x'] })).status).toBe(400);
			expect(await statuses(ask)).toEqual(['running', 'started']);
			expect((await ask('POST', `${V2}/entities/host`, doc)).status).toBe(200);
			expect(idsOf(fresh)).toEqual(['host:a']);
			expect(await state(ask, '/s/soc')).toEqual({ status: 'not_installed', engines: [] });
		});
	});

	it('starts, stops and uninstalls missing engines without an error', async () => {
		await withKibana({ revision, installed: false }, async (_, ask) => {
			for (const [method, path] of [
				['PUT', 'start'],
				['PUT', 'stop'],
				['POST', 'uninstall'],
			] as const) {
				const { status, data } = await ask(method, `${V2}/${path}`);
				expect([status, data]).toEqual([200, { ok: true }]);
			}
			expect((await state(ask)).status).toBe('not_installed');
		});
	});

	it('can be stopped and started, and ends without engines', async () => {
		await withKibana({ revision }, async (kibana, ask) => {
			const change = async (method: string, path: string, body?: object) =>
				(await ask(method, `${V2}/${path}`, body)).data;
			expect(await change('PUT', 'stop', { entityTypes: ['user'] })).toEqual({ ok: true });
			const [user] = (await state(ask)).engines;
			expect(user).toMatchObject({ type: 'user', status: 'stopped' });
			expect((await state(ask)).status).toBe('running');
			await change('PUT', 'stop');
			expect((await state(ask)).status).toBe('stopped');
			await change('PUT', 'start');
			expect((await state(ask)).status).toBe('running');

			kibana.seed('host', { host: { name: 'a' } });
			await change('POST', 'uninstall', { entityTypes: ['user'] });
			expect(idsOf(kibana)).toEqual(['host:a']);
			expect(await change('POST', 'uninstall')).toEqual({ ok: true });
			expect(await state(ask)).toEqual({ status: 'not_installed', engines: [] });
			expect(idsOf(kibana)).toEqual([]);
			const doc = { host: { name: 'a' } };
			const { data } = await ask('POST', `${V2}/entities/host`, doc);
			expect(data.message).toBe(UNINSTALLED);
		});
	});

	it('shows the settings of each engine, and its components on request', async () => {
		await withKibana({ revision }, async (kibana, ask) => {
			const { engines } = await state(ask);
			expect(engines.map(({ type }: { type: string }) => type)).toEqual(TYPES);
			for (const engine of engines) {
				expect(engine).toEqual({
					type: expect.any(String),
					status: 'started',
					delay: '1m',
					frequency: '1m',
					lookbackPeriod: '3h',
					fieldHistoryLength: 10,
					maxLogsPerPage: 40_000,
					maxTimeWindowSize: '15m',
					maxLogsPerWindow: 100_000,
					maxLogsPerWindowCapBehavior: 'drop',
					filter: '',
					timeout: '25s',
					docsPerSecond: -1,
					indexPattern: '',
					enrichPolicyExecutionInterval: null,
					timestampField: '@timestamp',
					maxPageSearchSize: 10_000,
				});
			}
			const asked = await ask('GET', `${V2}/status?include_components=true`);
			expect(asked.data.engines[0].components).toHaveLength(1);
			kibana.setStoreEngines('error', ['host']);
			expect((await state(ask)).status).toBe('error');
		});
	});

	it('shows its status only with the privilege', async () => {
		await withKibana({ revision }, async (kibana, ask) => {
			const headers = { authorization: `ApiKey ${kibana.unprivilegedApiKey}` };
			expect((await ask('GET', `${V2}/status`, undefined, headers)).status).toBe(403);
		});
	});

	it('accepts settings on installation, and keeps those that are not sent', async () => {
		await withKibana({ revision, installed: false }, async (_, ask) => {
			const put = async (body: object) => await ask('PUT', V2, body);
			const frequency = { logExtraction: { frequency: '5m' } };
			expect(outcome(await put(frequency))).toEqual([404, 'Entity store is not installed']);
			await ask('POST', `${V2}/install`, { logExtraction: { delay: '2m', frequency: '2m' } });
			expect((await put(frequency)).data).toEqual({ ok: true });
			const [engine] = (await state(ask)).engines;
			expect(engine).toMatchObject({ delay: '2m', frequency: '5m' });
			expect((await put({})).status).toBe(revision === '9.6' ? 200 : 400);
			const later = { excludedUserNames: ['root'], historySnapshot: { retentionDays: 7 } };
			expect((await put({ ...frequency, ...later })).status).toBe(revision === '9.5' ? 400 : 200);
		});
	});

	it.each<[string, object]>([
		['a frequency below 30 seconds', { frequency: '29s' }],
		['a text that is no duration', { lookbackPeriod: 'soon' }],
		['a delay as long as the lookback period', { delay: '3h' }],
		['an index pattern with a space', { additionalIndexPatterns: ['logs *'] }],
		['a filter that is no KQL', { filter: 'host.name:(' }],
		['a cap that is neither of the two', { maxLogsPerWindowCapBehavior: 'keep' }],
	])('refuses %s', async (_, logExtraction) => {
		await withKibana({ revision, installed: false }, async (_kibana, ask) => {
			for (const [method, path] of [
				['POST', `${V2}/install`],
				['PUT', V2],
			] as const) {
				const { status, data } = await ask(method, path, { logExtraction });
				expect([status, data.message]).toEqual([
					400,
					expect.stringMatching(/^\[request body\]: logExtraction\./),
				]);
			}
			expect((await state(ask)).status).toBe('not_installed');
		});
	});

	it('serves its own routes, and no others', async () => {
		await withKibana({ revision }, async (_, ask) => {
			const isServed = async (method: string, path: string) =>
				outcome(await ask(method, `${V2}${path}`, {}))[1] !== 'Not Found';
			expect({
				byType: await isServed('POST', '/install/user'),
				snapshot: await isServed('PUT', '/history_snapshot/enable'),
				key: await isServed('POST', '/update_api_key'),
				rules: await isServed('GET', '/resolution/rules'),
			}).toEqual({
				byType: revision === '9.5',
				snapshot: revision === '9.6',
				key: false,
				rules: revision !== '9.4',
			});
		});
	});
});

describe('the store', () => {
	it('takes time to install: writes fail, and a second installation fails', async () => {
		const options = { api: 'v2', installed: false, installDelayMs: 3_600_000 } as const;
		await withKibana(options, async (_, ask) => {
			expect((await ask('POST', `${V2}/install`)).status).toBe(201);
			expect(await statuses(ask)).toEqual(['installing', 'installing']);
			expect(outcome(await ask('POST', `${V2}/install`))).toEqual([500, GENERIC]);
			const doc = { host: { name: 'a' } };
			expect(outcome(await ask('POST', `${V2}/entities/host`, doc))).toEqual([500, GENERIC]);
			const body = { entities: [{ type: 'host', doc }] };
			expect(outcome(await ask('PUT', `${V2}/entities/bulk`, body))).toEqual([500, GENERIC]);
		});
	});

	it('takes time to uninstall: it exists until then', async () => {
		await withKibana({ api: 'v2', uninstallDelayMs: 3_600_000 }, async (kibana, ask) => {
			kibana.seed('host', { host: { name: 'a' } });
			expect((await ask('POST', `${V2}/uninstall`)).data).toEqual({ ok: true });
			expect(await statuses(ask)).toEqual(['stopped', 'stopped']);
			expect(idsOf(kibana)).toEqual(['host:a']);
		});
	});

	it('loses the entities of all types when one type is uninstalled, in some revisions', async () => {
		await withKibana({ api: 'v2', dropsSharedIndex: true }, async (kibana, ask) => {
			kibana.seed('host', { host: { name: 'a' } });
			await ask('POST', `${V2}/uninstall`, { entityTypes: ['user'] });
			expect([idsOf(kibana), (await state(ask)).status]).toEqual([[], 'running']);
		});
	});

	it('is changed by type in 9.5', async () => {
		await withKibana({ revision: '9.5', installed: false }, async (_, ask) => {
			const logExtraction = { frequency: '10m' };
			const change = async () => await ask('PUT', `${V2}/update/host`, { logExtraction });
			expect((await change()).status).toBe(400);
			expect((await ask('POST', `${V2}/install/host`)).status).toBe(201);
			expect((await ask('POST', `${V2}/install/host`)).status).toBe(200);
			expect((await ask('POST', `${V2}/install/user`)).status).toBe(201);
			expect((await change()).data).toEqual({ ok: true });
			const frequencies = (await state(ask)).engines.map(
				({ type, frequency }: { type: string; frequency: string }) => [type, frequency],
			);
			expect(frequencies).toEqual([
				['host', '10m'],
				['user', '1m'],
			]);
			expect((await ask('POST', `${V2}/uninstall/host`)).data).toEqual({ ok: true });
			expect((await state(ask)).engines).toHaveLength(1);
			expect((await ask('POST', `${V2}/install/printer`)).status).toBe(400);
		});
	});

	it('renews the key of its tasks on Serverless', async () => {
		await withKibana({ api: 'v2', flavor: 'serverless' }, async (_, ask) => {
			const { data } = await ask('POST', `${V2}/update_api_key`, {});
			expect(data).toEqual({ ok: true, failed: [] });
		});
	});

	it('enables and disables its snapshot when it is installed', async () => {
		await withKibana({ revision: '9.6' }, async (kibana, ask) => {
			const disable = async (body?: object) =>
				await ask('PUT', `${V2}/history_snapshot/disable`, body);
			expect((await disable({ clearHistorySnapshots: true })).data).toEqual({ ok: true });
			expect((await disable({ clear: true })).status).toBe(400);
			expect((await ask('PUT', `${V2}/history_snapshot/enable`)).data).toEqual({ ok: true });
			kibana.uninstall();
			expect((await disable()).status).toBe(404);
		});
	});
});

describe('a criticality of null', () => {
	const unassign = { type: 'host', doc: { host: { name: 'a' }, asset: { criticality: null } } };
	const bulk = `${V2}/entities/bulk`;

	it.each<KibanaRevision>(['9.5', '9.6'])('unassigns it in %s, with force', async (revision) => {
		await withKibana({ revision }, async (kibana, ask) => {
			const asset = { criticality: 'high_impact', owner: 'o' };
			kibana.seed('host', { host: { name: 'a' }, asset });
			const without = await ask('PUT', bulk, { entities: [unassign] });
			expect(without.data.message).toMatch(/without forcing it .*: asset\.criticality$/);
			const { data } = await ask('PUT', `${bulk}?force=true`, { entities: [unassign] });
			expect(data).toEqual({ ok: true, errors: [] });
			expect(kibana.documents()[0]?.asset).toEqual({ criticality: null, owner: 'o' });
		});
	});

	it('is an error of the schema in a 9.4 that does not know it', async () => {
		const answer = async (nullCriticality?: boolean) => {
			let result: [number, unknown] = [0, ''];
			await withKibana({ revision: '9.4', nullCriticality }, async (kibana, ask) => {
				kibana.seed('host', { host: { name: 'a' } });
				result = outcome(await ask('PUT', `${bulk}?force=true`, { entities: [unassign] }));
			});
			return result;
		};
		const message = expect.stringMatching(/asset\.criticality: Invalid option/);
		expect(await answer()).toEqual([400, message]);
		expect((await answer(true))[0]).toBe(200);
	});

	it('cannot clear any other field', async () => {
		await withKibana({ revision: '9.6' }, async (_, ask) => {
			const doc = { host: { name: 'a' }, asset: { owner: null } };
			const { status } = await ask('PUT', `${bulk}?force=true`, {
				entities: [{ type: 'host', doc }],
			});
			expect(status).toBe(400);
		});
	});
});
