import { asking, outcome, V2, withKibana } from './testing';
import { settingsOf, type KibanaOptions } from './options';
import { startKibana, type TestKibana } from './server';

const BULK = `${V2}/entities/bulk`;
const XSRF = 'Request must contain a kbn-xsrf header.';

let kibana: TestKibana;
const ask = asking(() => kibana);

beforeAll(async () => {
	kibana = await startKibana({ api: 'v2' });
});

afterEach(() => kibana.clear());

afterAll(async () => await kibana.stop());

const host = (name: string) => ({ type: 'host', doc: { host: { name } } });

describe('the order of checks', () => {
	const noXsrf = { 'kbn-xsrf': null };
	const wrongKey = { authorization: 'ApiKey x' };

	it('reports a wrong key before a missing xsrf header', async () => {
		expect((await ask('PUT', BULK, {}, { ...noXsrf, ...wrongKey })).status).toBe(401);
	});

	it('reads the body before it checks the xsrf header', async () => {
		const broken = await ask('PUT', BULK, Buffer.from('{"entities":'), noXsrf);
		expect(outcome(broken)).toEqual([400, 'Invalid request payload JSON format']);
		const large = await ask('PUT', BULK, { entities: 'x'.repeat(1_100_000) }, noXsrf);
		expect(large.status).toBe(413);
	});

	it('checks the xsrf header before privileges, version and validation', async () => {
		const headers = {
			...noXsrf,
			'elastic-api-version': '1',
			authorization: `ApiKey ${kibana.unprivilegedApiKey}`,
		};
		expect(outcome(await ask('PUT', `${BULK}?force=x`, {}, headers))).toEqual([400, XSRF]);
	});

	it('checks privileges before the version, and the version before validation', async () => {
		const authorization = `ApiKey ${kibana.unprivilegedApiKey}`;
		const headers = { 'elastic-api-version': '1', authorization };
		expect((await ask('PUT', BULK, {}, headers)).status).toBe(403);
		const { data } = await ask('PUT', BULK, {}, { 'elastic-api-version': '1' });
		expect(data.message).toMatch(/^Invalid version\./);
	});

	it('accepts a kbn-version instead of the xsrf header, when it is that of the server', async () => {
		kibana.seed('host', { host: { name: 'a' } });
		const sent = async (version: string) =>
			(await ask('PUT', BULK, { entities: [host('a')] }, { ...noXsrf, 'kbn-version': version }))
				.status;
		expect([await sent('9.4.3'), await sent('9.4.2')]).toEqual([200, 400]);
	});

	it('needs no xsrf header with an API key in the newest core', async () => {
		await withKibana({ revision: '9.6' }, async (newest, askNewest) => {
			newest.seed('host', { host: { name: 'a' } });
			const body = { entities: [host('a')] };
			const basic = Buffer.from(`${newest.username}:${newest.password}`).toString('base64');
			const withPassword = { ...noXsrf, authorization: `Basic ${basic}` };
			expect((await askNewest('PUT', BULK, body, noXsrf)).status).toBe(200);
			expect(outcome(await askNewest('PUT', BULK, body, withPassword))).toEqual([400, XSRF]);
		});
	});

	it('requires credentials for an unknown GET, and for no other unknown request', async () => {
		const nobody = { authorization: null };
		expect((await ask('GET', '/api/nothing', undefined, nobody)).status).toBe(401);
		expect((await ask('PUT', '/api/nothing', {}, nobody)).status).toBe(404);
		expect((await ask('GET', '/api/nothing')).status).toBe(404);
	});
});

describe('a slash at the end of a path', () => {
	it('makes it another path', async () => {
		kibana.seed('host', { host: { name: 'a' } });
		const body = { entities: [host('a')] };
		expect(outcome(await ask('PUT', `${BULK}/`, body))).toEqual([404, 'Not Found']);
		expect(outcome(await ask('POST', `${V2}/install/`, {}))).toEqual([404, 'Not Found']);
	});

	it('is part of the path of the deletion', async () => {
		kibana.seed('host', { host: { name: 'a' } });
		const body = { entityId: 'host:a' };
		expect(outcome(await ask('DELETE', `${V2}/entities`, body))).toEqual([404, 'Not Found']);
		expect((await ask('DELETE', `${V2}/entities/`, body)).data).toEqual({ deleted: true });
	});

	it('redirects a GET to the path without it', async () => {
		await withKibana({ api: 'v2', basePath: '/kbn' }, async (below) => {
			const headers = { authorization: `ApiKey ${below.apiKey}` };
			const at = async (path: string) => {
				const answer = await fetch(`${below.url}${path}`, { headers, redirect: 'manual' });
				return [answer.status, answer.headers.get('location')];
			};
			expect(await at(`${V2}/entities/?size=1`)).toEqual([302, `/kbn${V2}/entities?size=1`]);
			expect(await at(`/s/soc${V2}/status/`)).toEqual([302, `/kbn/s/soc${V2}/status`]);
		});
	});
});

describe('options', () => {
	it.each<[KibanaOptions, object]>([
		[{}, { api: 'v1', revision: '9.3', version: '9.3.2', strictKeys: false }],
		[{ api: 'v2' }, { api: 'v2', revision: '9.4', version: '9.4.3', strictKeys: false }],
		[{ api: 'both' }, { api: 'both', revision: '9.4' }],
		[{ revision: '9.2' }, { api: 'v1', version: '9.2.4', singleUpsertCreates: false }],
		[{ revision: '9.5' }, { api: 'v2', version: '9.5.0', strictKeys: true, laterNames: false }],
		[
			{ revision: '9.6', strictKeys: false },
			{ strictKeys: false, laterNames: true },
		],
		[{ flavor: 'serverless' }, { updatesApiKey: true }],
		[
			{ api: 'v2', strictKeys: undefined },
			{ strictKeys: false, updatesApiKey: false },
		],
	])('%j stand for the switches of a revision', (options, settings) => {
		expect(settingsOf(options)).toMatchObject(settings);
	});
});

describe('controls', () => {
	it('switch the feature of v2 off, after validation', async () => {
		kibana.setFeature(false);
		const message = 'Entity store v2 not enabled (feature flag not enabled)';
		for (const [method, path, body] of [
			['GET', '/status'],
			['GET', '/entities'],
			['PUT', '/entities/bulk', { entities: [host('a')] }],
			['POST', '/entities/host', { host: { name: 'a' } }],
			['DELETE', '/entities/', { entityId: 'a' }],
			['POST', '/install', {}],
			['POST', '/resolution/unlink', { entity_ids: ['a'] }],
		] as const) {
			expect(outcome(await ask(method, `${V2}${path}`, body))).toEqual([501, message]);
		}
		expect((await ask('PUT', BULK, {})).status).toBe(400);
		kibana.setFeature(true);
		expect((await ask('GET', `${V2}/status`)).status).toBe(200);
	});

	it('answer on any route instead of Kibana', async () => {
		const routes = [
			['update', 'PUT', `${V2}/entities/host`],
			['delete', 'DELETE', `${V2}/entities/`],
			['store', 'POST', `${V2}/install`],
			['resolution', 'POST', `${V2}/resolution/link`],
			['watchlists', 'GET', '/api/entity_analytics/watchlists/list'],
			['criticality', 'POST', '/api/asset_criticality'],
			['spaces', 'GET', '/api/spaces/space'],
		] as const;
		for (const [name, method, path] of routes) {
			kibana.answerNextOn(name, { status: 429, body: 'later' });
			expect((await ask(method, path, {})).data).toBe('later');
		}
	});

	it('set one timestamp on every entity without a write, unless the snapshot is disabled', async () => {
		await withKibana({ revision: '9.6' }, async (other, askOther) => {
			other.seed('host', { host: { name: 'a' }, entity: { name: 'A' } });
			other.seed('user', { entity: { id: 'user:x@okta', lifecycle: { first_seen: 't' } } });
			other.seed('host', { host: { name: 'elsewhere' } }, 'soc');
			const time = '2026-03-01T00:00:00.000Z';
			expect(other.snapshot('default', time)).toBe(2);
			expect(other.documents()).toMatchObject([
				{ '@timestamp': time, entity: { name: 'A', lifecycle: { last_activity: time } } },
				{ '@timestamp': time, entity: { lifecycle: { first_seen: 't', last_activity: time } } },
			]);
			expect(other.documents('soc')[0]?.['@timestamp']).not.toBe(time);
			expect([other.history(), other.entities()[0]?.writes]).toEqual([[], 0]);

			await askOther('PUT', `${V2}/history_snapshot/disable`);
			expect(other.snapshot('default', '2026-03-02T00:00:00.000Z')).toBe(0);
			expect(other.documents()[0]?.['@timestamp']).toBe(time);
			await askOther('PUT', `${V2}/history_snapshot/enable`);
			expect(other.snapshot()).toBe(2);
		});
	});

	it('change an entity as a job of Kibana does: with a timestamp and without a write', () => {
		kibana.seed('host', { '@timestamp': '2020-01-01T00:00:00.000Z', host: { name: 'a' } });
		kibana.changeInBackground('host:a', { entity: { risk: { calculated_level: 'High' } } });
		const [document] = kibana.documents();
		expect(document).toMatchObject({ entity: { risk: { calculated_level: 'High' } } });
		expect(String(document?.['@timestamp']) > '2025').toBe(true);
		expect(kibana.history()).toEqual([]);
		expect(() => kibana.changeInBackground('host:b', {})).toThrow('There is no entity host:b');
	});
});
