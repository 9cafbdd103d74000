import {
	criticalityTo94,
	NODES,
	storeBeforeSync,
	watchlistFor14Days,
} from '../../examples/lifecycle';
import { LIFECYCLE_EXAMPLES } from '../../examples';
import type { Example } from '../../examples/workflow';
import { request } from '../../../sandbox/kibana/request';
import type { KibanaOptions } from '../../../sandbox/kibana/options';
import { startKibana, type TestKibana } from '../../../sandbox/kibana/server';
import type { Execution } from '../../../sandbox/n8n/rest';
import { createCredential, messageOf, startExample, told } from './exampleRuns';
import type { Installed } from './installed';

const MINUTE = 60_000;

/** The ready workflows of the store, of watchlists and of criticality run as they are imported. */
export const describeLifecycle = (installed: Installed): void => {
	describe('the ready workflows that do more than write', () => {
		let kibana: TestKibana | undefined;

		afterEach(async () => {
			await kibana?.stop();
			kibana = undefined;
		});

		const start = async (options: KibanaOptions): Promise<TestKibana> => {
			kibana = await startKibana(options);
			return kibana;
		};

		const run = async (example: Example): Promise<Execution> =>
			await startExample(
				installed,
				await createCredential(installed, kibana as TestKibana),
				example,
				{ dryRun: false },
			);

		const statusesOf = (execution: Execution, name: string): unknown[] =>
			execution.itemsOf(name).map(({ json }) => json.status);

		it.each(['v1', 'v2'] as const)(
			'the store is installed and started before the sync, and found running the night after (%s)',
			async (api) => {
				const other = await start({ api, installed: false, installDelayMs: 300 });
				// The engines of the first generation are there from the start.
				if (api === 'v1') {
					await request(other, { method: 'DELETE', path: '/api/entity_store/engines', body: {} });
				}
				const first = await run(storeBeforeSync);
				expect(first.status).toBe('success');
				expect(statusesOf(first, NODES.STATUS)).toEqual(['not_installed']);
				expect(statusesOf(first, NODES.START)).toEqual(['running']);
				const status = api === 'v1' ? 'accepted' : 'created';
				expect(statusesOf(first, NODES.WRITE)).toEqual([status, status]);
				const second = await run(storeBeforeSync);
				expect(second.runOf(NODES.INSTALL)).toBeUndefined();
				expect(statusesOf(second, NODES.WRITE)).toHaveLength(2);
			},
			MINUTE,
		);

		it(
			'the users of an alert are put on the watchlist, and taken off',
			async () => {
				const v2 = await start({ api: 'v2' });
				await request(v2, {
					method: 'POST',
					path: '/api/entity_analytics/watchlists',
					body: { name: 'Under Watch', riskModifier: 1.5 },
				});
				v2.seed('user', { entity: { id: 'user:jane.doe@example.com@okta' } });
				const execution = await run(watchlistFor14Days);
				expect(execution.status).toBe('success');
				expect(statusesOf(execution, NODES.ON)).toEqual(['assigned']);
				expect(statusesOf(execution, NODES.OFF)).toEqual(['unassigned']);
				expect(messageOf(execution)?.text).toMatch(/user:nobody@example\.com@okta/);
				expect(told(execution)).toBe(1);
			},
			MINUTE,
		);

		it(
			'criticalities are carried over to the entities of the same names',
			async () => {
				const v2 = await start({ api: 'v2' });
				const records = [
					{ id_field: 'host.name', id_value: 'web-01', criticality_level: 'high_impact' },
					{ id_field: 'service.name', id_value: 'gone', criticality_level: 'low_impact' },
				];
				const body = { records };
				await request(v2, { method: 'POST', path: '/api/asset_criticality/bulk', body });
				v2.seed('host', { host: { name: 'web-01' } });
				const execution = await run(criticalityTo94);
				expect(execution.status).toBe('success');
				expect(execution.itemsOf(NODES.ASSIGN).map(({ json }) => json)).toMatchObject([
					{ entityId: 'host:web-01', criticality: 'high_impact' },
				]);
				expect(messageOf(execution)).toMatchObject({ failed: 1, written: 1 });
			},
			MINUTE,
		);

		it('are all run', () => {
			expect(LIFECYCLE_EXAMPLES).toEqual([storeBeforeSync, watchlistFor14Days, criticalityTo94]);
		});
	});
};
