import { BATCH_EXAMPLES } from '../../examples';
import { batches, BATCHES_NODES } from '../../examples/batches';
import { FAILURES, type Example } from '../../examples/workflow';
import { startKibana } from '../../../sandbox/kibana/server';
import { createCredential, startExample, told } from './exampleRuns';
import type { Installed } from './installed';

const MINUTE = 60_000;

/** The ready workflow with batches, as many of them as the four users allow. */
const inBatchesOf = (batchSize: number): Example => ({
	...batches,
	workflow: {
		...batches.workflow,
		nodes: batches.workflow.nodes.map((one) =>
			one.name === BATCHES_NODES.BATCHES
				? { ...one, parameters: { ...one.parameters, batchSize } }
				: one,
		),
	},
});

/** The ready workflow that writes in batches, and says after each of them how far it is. */
export const describeBatches = (installed: Installed): void => {
	describe('the ready workflow with batches', () => {
		it(
			'goes on after a batch with failures, and tells the team of that batch',
			async () => {
				const kibana = await startKibana({ api: 'v2' });
				try {
					const credentialId = await createCredential(installed, kibana);
					const options = { dryRun: false };
					const run = await startExample(installed, credentialId, inBatchesOf(2), options);
					expect(run.status).toBe('success');
					expect(kibana.entities('user')).toHaveLength(3);
					// The node has run once for each batch; this is its first run.
					expect(run.itemsOf(BATCHES_NODES.PROGRESS).map(({ json }) => json)).toMatchObject([
						{ progress: 'Batch 1 of 2. 2 entities: 2 created', failed: 0 },
					]);
					expect(run.itemsOf(BATCHES_NODES.FAILED)).toMatchObject([
						{
							json: {
								progress: expect.stringMatching(
									/^Batch 2 of 2\. 2 entities: 1 created, 1 failed \(1 invalidRecord\)\. Item 1/,
								),
							},
						},
					]);
					expect(run.runOf(FAILURES.notify)).toBeDefined();
					expect(told(run)).toBe(1);
				} finally {
					await kibana.stop();
				}
			},
			MINUTE,
		);

		it('is the only one', () => {
			expect(BATCH_EXAMPLES).toEqual([batches]);
		});
	});
};
