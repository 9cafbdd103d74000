/** The nodes of the example workflows that start when the risk of a user changes. */
import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { KibanaEntityStoreApi } from '../../credentials/KibanaEntityStoreApi.credentials';
import { KibanaEntityStoreTrigger } from '../../nodes/KibanaEntityStore/KibanaEntityStoreTrigger.node';
import type { TestKibana } from '../../sandbox/kibana/server';
import { withKibana } from '../../sandbox/kibana/testing';
import { runNode } from '../../sandbox/n8n/engine';
import { publish } from '../../sandbox/n8n/poll';
import { criticalUser, criticalUserPush, NODES, SAMPLES } from '../examples/trigger';
import type { Example } from '../examples/workflow';
import { runner } from './resource';
import { jsonOf, nodeOn } from './run';

const JANE = 'user:jane.doe@example.com@okta';

const parametersOf = ({ workflow }: Example, name: string): INodeParameters =>
	workflow.nodes.find((one) => one.name === name)?.parameters as INodeParameters;

/** Runs the node that assigns the watchlist, and returns what leaves it by both outputs. */
const putOnWatchlist = async (
	kibana: TestKibana,
	example: Example,
	items: readonly IDataObject[],
): Promise<IDataObject[][]> => {
	const { outputs } = await runNode({
		...nodeOn(kibana),
		items,
		parameters: parametersOf(example, NODES.ON),
		onError: 'continueErrorOutput',
	});
	return [jsonOf(outputs[0]), jsonOf(outputs[1])];
};

const createWatchlist = async (kibana: TestKibana): Promise<void> => {
	await runner('watchlist')(kibana, 'create', { name: 'Critical Users' });
};

const seed = (kibana: TestKibana, level: string): void =>
	kibana.seed('user', {
		entity: { id: JANE, name: 'jane.doe', risk: { calculated_level: level } },
	} as never);

describe('the example workflows of the trigger', () => {
	it('reports a user once when the level rises to Critical, and puts the user on the watchlist', async () => {
		await withKibana({ api: 'v2' }, async (kibana) => {
			await createWatchlist(kibana);
			seed(kibana, 'Moderate');
			const workflow = await publish({
				...nodeOn(kibana),
				node: KibanaEntityStoreTrigger,
				credentialTypes: [new KibanaEntityStoreApi()],
				parameters: parametersOf(criticalUser, NODES.TRIGGER),
			});
			expect(workflow.first).toEqual({});
			const entity = { risk: { calculated_level: 'Critical', calculated_score_norm: 93.1 } };
			kibana.changeInBackground(JANE, { entity } as never);
			const items = jsonOf((await workflow.poll()).items);
			// The sample that the workflow comes with is what the trigger reports.
			expect(items).toEqual([
				{
					...SAMPLES.TURNED_CRITICAL[0],
					entity: expect.objectContaining(SAMPLES.TURNED_CRITICAL[0]?.entity as object),
				},
			]);
			const [done, failed] = await putOnWatchlist(kibana, criticalUser, items);
			expect(failed).toEqual([]);
			expect(done).toMatchObject([{ entityId: JANE, status: 'assigned' }]);
			// To be on a watchlist is not what this workflow watches.
			expect(await workflow.poll()).toEqual({});
		});
	});

	it('takes what Kibana sends, and reports users that Kibana does not know', async () => {
		await withKibana({ api: 'v2' }, async (kibana) => {
			await createWatchlist(kibana);
			seed(kibana, 'Critical');
			const bodies = [SAMPLES.SCORE, { ...SAMPLES.SCORE, entityId: 'user:nobody@okta' }];
			const items = bodies.map((body) => ({ body }));
			const [done, failed] = await putOnWatchlist(kibana, criticalUserPush, items);
			expect(done).toMatchObject([{ entityId: JANE, status: 'assigned' }]);
			expect(failed?.map(({ details }) => (details as IDataObject).reason)).toEqual(['notFound']);
		});
	});
});
