/** Skip Unchanged: only what differs is sent. */
import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import type { TestKibana } from '../../sandbox/kibana/server';
import { runNode, type EngineRun } from '../../sandbox/n8n/engine';
import { withBothGenerations } from './kibanas';
import { automatic, nodeOn } from './run';

let kibana: TestKibana;
let first: TestKibana;

withBothGenerations((v2, v1) => {
	kibana = v2;
	first = v1;
});

const SKIPPING = { force: true, skipUnchanged: true };

const run = async (
	items: EngineRun['items'],
	{ on = kibana, ...options }: IDataObject & { on?: TestKibana } = {},
) =>
	await runNode({
		...nodeOn(on),
		items,
		parameters: automatic({ ...SKIPPING, ...options }),
		onError: 'continueErrorOutput',
	});

const statusesOf = (items: INodeExecutionData[] | undefined) =>
	(items ?? []).map(({ json }) => json.status);

const user = (name: string, more: object = {}): IDataObject => ({
	user: { email: [`${name}@example.com`], full_name: [name], ...more },
	entity: { attributes: { managed: true } },
});

describe('Skip Unchanged', () => {
	it('sends what is new or differs, and reports the rest as unchanged', async () => {
		await run([user('jane', { roles: ['a', 'b'] }), user('bob', { roles: ['a', 'b'] })]);
		const { outputs, hints } = await run([
			user('jane', { roles: ['b', 'a'] }),
			user('bob', { roles: ['a'] }),
			user('new'),
			{ entity: { id: 7 } },
		]);
		expect(statusesOf(outputs[0])).toEqual(['unchanged', 'updated', 'created']);
		expect(outputs[0]?.[0]?.json).toEqual({
			entityId: 'user:jane@example.com@unknown',
			entityType: 'user',
			status: 'unchanged',
		});
		expect(outputs[1]).toHaveLength(1);
		expect(hints.map(({ message }) => message)).toContain(
			'Unchanged and not sent: 1, compared in 1 request',
		);
		const bob = kibana.entities().find(({ id }) => id.includes('bob'));
		expect(bob?.record).toMatchObject({ user: { roles: ['a'] } });
	});

	it('sends a list that is to be cleared, and every further record of an entity', async () => {
		await run([user('jane', { roles: ['a'] })]);
		const cleared = await run([user('jane', { roles: [] })]);
		const again = await run([user('jane'), user('jane', { domain: ['x'] }), user('jane')]);
		expect(statusesOf(again.outputs[0])).toEqual(['unchanged', 'updated', 'updated']);
		expect(statusesOf(cleared.outputs[0])).toHaveLength(1);
	});

	it('sends everything where the store cannot be read', async () => {
		await run([user('jane')]);
		kibana.answerNextOn('list', { status: 403 });
		const { outputs } = await run([user('jane')]);
		expect(statusesOf(outputs[0])).toEqual(['updated']);
	});

	it('compares on the first generation what its list shows, and sends the rest', async () => {
		const items = [
			{ entity: { id: 'jane', attributes: { managed: true } }, user: { email: ['j@example.com'] } },
			{ entity: { id: 'bob' }, asset: { owner: 'x' } },
		];
		await run(items, { on: first });
		const { outputs } = await run(items, { on: first });
		expect(statusesOf(outputs[0])).toEqual(['unchanged', 'accepted']);
	});

	it('sends nothing of a second night, for the price of reading', async () => {
		const items = Array.from({ length: 2_000 }, (_, index) => user(`user-${index}`));
		for (const [index, item] of items.entries()) {
			const id = `user:user-${index}@example.com@unknown`;
			kibana.seed('user', { ...item, entity: { id, attributes: { managed: true } } });
		}
		const { outputs } = await run(items);
		expect(new Set(statusesOf(outputs[0]))).toEqual(new Set(['unchanged']));
		expect(kibana.bulkRequests()).toHaveLength(0);
		expect(kibana.listRequests().length).toBeLessThanOrEqual(2_000 / 75);
	});
});
