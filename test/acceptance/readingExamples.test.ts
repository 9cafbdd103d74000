/** The nodes of the example workflows that read and delete entities, one after another. */
import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { request } from '../../sandbox/kibana/request';
import type { TestKibana } from '../../sandbox/kibana/server';
import { ALERT, enrichment, ENRICHMENT_NODES } from '../examples/enrichment';
import { mirror, MIRROR_NODES } from '../examples/mirror';
import { runOf } from './exampleNodes';
import { withBothGenerations } from './kibanas';

let kibana: TestKibana;
let first: TestKibana;

withBothGenerations((v2, v1) => {
	kibana = v2;
	first = v1;
});

const okta = (count: number): IDataObject[] =>
	Array.from({ length: count }, (_, index) => ({
		status: 'ACTIVE',
		profile: {
			login: `user-${index}@example.com`,
			email: `user-${index}@example.com`,
			displayName: `User ${index}`,
		},
	}));

const nightOf = async (on: TestKibana, users: readonly IDataObject[], more?: INodeParameters) => {
	const [written, unwritten] = await runOf(on, mirror, MIRROR_NODES.WRITE, users);
	expect([written.length, unwritten]).toEqual([users.length, []]);
	return await runOf(on, mirror, MIRROR_NODES.DELETE, users, more);
};

describe('the mirror of Okta', () => {
	it('deletes who left, also where Kibana found them in logs, and nobody else', async () => {
		const email = ['user-20@example.com'];
		const source = ['okta'];
		kibana.seed('user', {
			entity: { id: 'user:user-20@example.com@okta', source },
			user: { email },
		});
		kibana.seed('user', { entity: { id: 'user:x@ad', source: ['ad'] }, user: { name: 'x' } });
		const [nobody] = await nightOf(kibana, okta(21));
		expect(nobody).toEqual([]);
		const [deleted, failed] = await nightOf(kibana, okta(20));
		expect(failed).toEqual([]);
		expect(deleted.map(({ entityId, status }) => [entityId, status]).sort()).toEqual([
			['user:user-20@example.com@okta', 'deleted'],
			['user:user-20@example.com@unknown', 'deleted'],
		]);
		expect(kibana.entities('user')).toHaveLength(21);
	});

	it('deletes nobody where the list is a part only, and says how many it would have been', async () => {
		await nightOf(kibana, okta(20));
		const [deleted, failed] = await nightOf(kibana, okta(10));
		expect(deleted).toEqual([]);
		expect(failed).toMatchObject([
			{
				error: '10 of 20 entities in scope would be deleted: 50 %, more than the 10 % allowed',
				details: { reason: 'tooMany' },
			},
		]);
		expect(kibana.entities('user')).toHaveLength(20);
	});

	it('does so on the first generation with the scope that the note names', async () => {
		const scope = { filters: { nameContains: '@example.com' } };
		await nightOf(first, okta(20), scope);
		const [none] = await runOf(first, mirror, MIRROR_NODES.DELETE, okta(19));
		expect(none).toEqual([]);
		const [deleted] = await nightOf(first, okta(19), scope);
		expect(deleted).toMatchObject([{ entityId: 'user-19@example.com', status: 'deleted' }]);
		expect(first.entities('user')).toHaveLength(19);
	});
});

describe('the enrichment of an alert', () => {
	const email = ALERT.body.user.email;
	const enrich = async (on: TestKibana, alert: object = ALERT) =>
		await runOf(on, enrichment, ENRICHMENT_NODES.GET, [alert as IDataObject]);

	it('gives the alert its user with the highest risk', async () => {
		for (const [source, calculated_score_norm] of [
			['okta', 20],
			['entra_id', 91],
		] as const) {
			const risk = { calculated_level: 'Critical', calculated_score_norm };
			const entity = { id: `user:${email}@${source}`, risk };
			kibana.seed('user', {
				entity,
				user: { email: [email] },
				asset: { criticality: 'high_impact' },
			});
		}
		const [found] = await enrich(kibana);
		expect(found).toMatchObject([
			{
				body: ALERT.body,
				entity: {
					entityId: `user:${email}@entra_id`,
					riskLevel: 'Critical',
					criticality: 'high_impact',
				},
			},
		]);
	});

	it('lets an alert pass whose user Kibana does not know, and fails one without an address', async () => {
		expect((await enrich(kibana))[0]).toMatchObject([{ body: ALERT.body, found: false }]);
		const [, failed] = await enrich(kibana, { ...ALERT, body: { rule: ALERT.body.rule } });
		expect(failed).toMatchObject([{ error: 'No field to find the entity by has a value' }]);
	});

	it('does so on the first generation', async () => {
		const record = { entity: { id: 'jane.doe' }, user: { name: 'jane.doe', email: [email] } };
		await request(first, {
			method: 'PUT',
			path: '/api/entity_store/entities/bulk?force=true',
			body: { entities: [{ type: 'user', record }] },
		});
		expect((await enrich(first))[0]).toMatchObject([{ entity: { entityId: 'jane.doe' } }]);
	});
});
