/** What Get Many returns can be written back as it is. */
import type { IDataObject } from 'n8n-workflow';

import { startKibana, type TestKibana } from '../../sandbox/kibana/server';
import { request } from '../../sandbox/kibana/request';
import { runNode } from '../../sandbox/n8n/engine';
import { automatic, json, jsonOf, nodeOn } from './run';

let kibana: TestKibana;
let first: TestKibana;

beforeAll(async () => {
	kibana = await startKibana({ api: 'v2' });
	first = await startKibana({ api: 'v1', listsLive: true });
});

afterAll(async () => {
	await kibana.stop();
	await first.stop();
});

const getAll = async (on: TestKibana): Promise<IDataObject[]> => {
	const { outputs } = await runNode({
		...nodeOn(on),
		items: [{}],
		parameters: {
			resource: 'entity',
			operation: 'getAll',
			entityTypes: ['user'],
			returnAll: true,
			simplify: false,
		},
		onError: 'continueErrorOutput',
	});
	return jsonOf(outputs[0]);
};

describe('Get Many and then Create or Update', () => {
	it.each([
		['automatic mapping', automatic({ force: true })],
		['a record as JSON', json('={{ $json }}', { force: true })],
	])('writes stored documents back with %s, without what Kibana manages', async (_, parameters) => {
		kibana.clear();
		kibana.seed('user', {
			entity: {
				id: 'user:jane@example.com@okta',
				name: 'Jane',
				source: ['okta'],
				attributes: { managed: true },
				risk: { calculated_level: 'High', calculated_score_norm: 80 },
				lifecycle: { last_activity: '2026-01-02T03:04:05.000Z' },
				relationships: { resolution: { resolved_to: 'user:x@unknown' } },
			},
			event: { ingested: '2026-01-02T03:04:05.000Z' },
			user: { email: ['jane@example.com'], name: 'jane', roles: ['admin'] },
			labels: { team: 'soc' },
			unheard: { of: 1 },
		});
		kibana.seed('user', {
			entity: { id: 'user:bob@example.com@unknown' },
			user: { email: ['bob@example.com'] },
		});
		const before = kibana.documents();
		const { outputs, hints } = await runNode({
			...nodeOn(kibana),
			items: await getAll(kibana),
			parameters,
			onError: 'continueErrorOutput',
		});
		expect(jsonOf(outputs[1])).toEqual([]);
		expect(jsonOf(outputs[0]).map(({ status }) => status)).toEqual(['unchanged', 'updated']);
		const withoutTime = (documents: object[]) =>
			documents.map((document) => ({ ...document, '@timestamp': 'any' }));
		expect(withoutTime(kibana.documents())).toEqual(expect.arrayContaining(withoutTime(before)));
		const left = hints.filter(({ message }) => message.startsWith('Left out of stored documents'));
		expect(left).toHaveLength(1);
		expect(left[0]?.message).toContain('entity.risk.calculated_level');
	});

	it('does so on the first generation', async () => {
		const record = {
			entity: { id: 'jane', attributes: { managed: true } },
			user: { name: 'jane', email: ['jane@example.com'] },
			asset: { criticality: 'low_impact' },
		};
		await request(first, {
			method: 'PUT',
			path: '/api/entity_store/entities/bulk?force=true',
			body: { entities: [{ type: 'user', record }] },
		});
		const { outputs } = await runNode({
			...nodeOn(first),
			items: await getAll(first),
			parameters: automatic({ force: true }),
			onError: 'continueErrorOutput',
		});
		expect(jsonOf(outputs[0])).toMatchObject([{ entityId: 'jane', status: 'accepted' }]);
		expect(first.history().at(-1)?.record).toEqual(record);
	});
});
