/** Reading where no entity store is installed. Kibana 9.4 answers the list with an error of its own there. */
import type { INodeParameters } from 'n8n-workflow';

import { KibanaEntityStoreTrigger } from '../../nodes/KibanaEntityStore/KibanaEntityStoreTrigger.node';
import type { TestKibana } from '../../sandbox/kibana/server';
import { withKibana } from '../../sandbox/kibana/testing';
import { callListSearch, runNode } from '../../sandbox/n8n/engine';
import { publish } from '../../sandbox/n8n/poll';
import { jsonOf, nodeOn } from './run';

const NOT_INSTALLED = 'The entity store is not installed in this space';

const reading = (operation: string, more: INodeParameters = {}): INodeParameters => ({
	resource: 'entity',
	operation,
	entityType: 'user',
	options: { maxRetries: 2 },
	...more,
});

const run = async (kibana: TestKibana, parameters: INodeParameters) => {
	const { outputs } = await runNode({
		...nodeOn(kibana),
		items: [{ id: 'user:a@okta' }, { id: 'user:b@okta' }],
		parameters,
		onError: 'continueErrorOutput',
	});
	const lists = kibana.requests.filter(({ path }) => /\/entities\?/.test(path));
	return { failed: jsonOf(outputs[1]), lists };
};

const byId = { entityId: { __rl: true, mode: 'id', value: '={{ $json.id }}' } };

describe('an entity store that is not installed', () => {
	it.each<[string, INodeParameters]>([
		['Get', reading('get', byId)],
		['Get Many', reading('getAll', { returnAll: true })],
		['Delete by fields', reading('delete', { findBy: 'fields', matchFields: { email: 'a@b.c' } })],
		['Delete Missing', reading('deleteMissing', { ...byId, filters: { source: 'okta' } })],
	])('is named by %s, which does not repeat the request', async (_, parameters) => {
		await withKibana({ revision: '9.4', installed: false }, async (kibana) => {
			const { failed, lists } = await run(kibana, parameters);
			expect(failed.length).toBeGreaterThan(0);
			for (const { error, message, details } of failed) {
				expect(error).toBe(NOT_INSTALLED);
				expect(message).toContain('"Install" of the resource "Store"');
				expect(details).toMatchObject({ reason: 'notInstalled' });
			}
			expect(lists).toHaveLength(1);
		});
	});

	it('is named by the list of entities in the editor', async () => {
		await withKibana({ revision: '9.4', installed: false }, async (kibana) => {
			const { node, ...setup } = nodeOn(kibana);
			const listing = callListSearch(node, 'searchEntities', {
				...setup,
				parameters: reading('get'),
			});
			await expect(listing).rejects.toThrow(NOT_INSTALLED);
		});
	});

	it('is named by the trigger', async () => {
		await withKibana({ revision: '9.4', installed: false }, async (kibana) => {
			const workflow = publish({
				...nodeOn(kibana),
				node: KibanaEntityStoreTrigger,
				parameters: { events: ['entityCreated'], options: { maxRetries: 0 } },
			});
			await expect(workflow).rejects.toThrow(NOT_INSTALLED);
		});
	});

	it('is not meant where Kibana fails for another reason', async () => {
		await withKibana({ revision: '9.4' }, async (kibana) => {
			const broken = { status: 500, body: '{"message":"something else"}' };
			kibana.setFaults(({ route }) => (route === 'list' ? broken : undefined));
			const { failed } = await run(kibana, reading('get', { ...byId, options: { maxRetries: 0 } }));
			expect(failed[0]?.error).toBe('Kibana failed on the request (HTTP 500): something else');
			const status = kibana.requests.filter(({ path }) => path.endsWith('/entity_store/status'));
			expect(status).toHaveLength(1);
		});
	});
});
