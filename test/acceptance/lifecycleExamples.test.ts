/** The nodes of the example workflows of the store, of watchlists and of criticality, one after another. */
import type { IDataObject } from 'n8n-workflow';

import { request } from '../../sandbox/kibana/request';
import { withKibana } from '../../sandbox/kibana/testing';
import {
	criticalityTo94,
	NODES,
	SAMPLES,
	storeBeforeSync,
	watchlistFor14Days,
} from '../examples/lifecycle';
import { runOf } from './exampleNodes';
import { runner } from './resource';

describe('the example workflows of the lifecycle', () => {
	it('installs the store and starts it before the users are written', async () => {
		const options = { api: 'v2', installed: false, installDelayMs: 300 } as const;
		await withKibana(options, async (kibana) => {
			const run = async (name: string, items?: readonly IDataObject[]) =>
				await runOf(kibana, storeBeforeSync, name, items);
			const [[before]] = await run(NODES.STATUS);
			expect(before?.status).toBe('not_installed');
			await run(NODES.INSTALL, [before as IDataObject]);
			const [[after]] = await run(NODES.START);
			expect(after?.status).toBe('running');
			const [written, failed] = await run(NODES.WRITE, SAMPLES.OKTA_USERS);
			expect(failed).toEqual([]);
			expect(written.map(({ status }) => status)).toEqual(['created', 'created']);
		});
	});

	it('puts the users of an alert on a watchlist, and takes them off', async () => {
		await withKibana({ api: 'v2' }, async (kibana) => {
			const [known] = await runner('watchlist')(kibana, 'create', { name: 'Under Watch' }).then(
				({ done }) => done,
			);
			kibana.seed('user', { entity: { id: 'user:jane.doe@example.com@okta' } });
			const run = async (name: string, items: readonly IDataObject[]) =>
				await runOf(kibana, watchlistFor14Days, name, items);
			const [on, unknown] = await run(NODES.ON, SAMPLES.ALERTS);
			expect(on).toEqual([
				{
					entityId: 'user:jane.doe@example.com@okta',
					watchlistId: known?.id,
					status: 'assigned',
				},
			]);
			expect(unknown[0]?.details).toMatchObject({ entityId: 'user:nobody@example.com@okta' });
			const [off] = await run(NODES.OFF, on);
			expect(off.map(({ status }) => status)).toEqual(['unassigned']);
		});
	});

	it('carries criticalities over to the entities of the same names', async () => {
		await withKibana({ api: 'v2' }, async (kibana) => {
			const levels = [
				['host.name', 'web-01', 'high_impact'],
				['user.name', 'jane', 'low_impact'],
				['entity.id', 'arn:aws:s3:::b', 'extreme_impact'],
				['service.name', 'gone', 'low_impact'],
			];
			const records = levels.map(([id_field, id_value, criticality_level]) => ({
				id_field,
				id_value,
				criticality_level,
			}));
			const body = { records };
			await request(kibana, { method: 'POST', path: '/api/asset_criticality/bulk', body });
			kibana.seed('host', { host: { name: 'web-01' } });
			kibana.seed('user', { entity: { id: 'user:jane@unknown' } });
			kibana.seed('generic', { entity: { id: 'arn:aws:s3:::b' } });
			const [old] = await runOf(kibana, criticalityTo94, NODES.OLD);
			const [assigned, missing] = await runOf(kibana, criticalityTo94, NODES.ASSIGN, old);
			const reached = assigned.map(({ entityId, criticality }) => [entityId, criticality]).sort();
			expect(reached).toEqual([
				['arn:aws:s3:::b', 'extreme_impact'],
				['host:web-01', 'high_impact'],
				['user:jane@unknown', 'low_impact'],
			]);
			expect(missing.map(({ details }) => (details as IDataObject).reason)).toEqual(['notFound']);
		});
	});
});
