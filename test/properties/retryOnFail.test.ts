/** n8n's own "Retry On Fail" runs the whole node again: that does no harm. */
import { json, nodeOn } from '../acceptance/run';
import { startKibana, type TestKibana } from '../../sandbox/kibana/server';
import { runNode } from '../../sandbox/n8n/engine';

let kibanas: Record<'v1' | 'v2', TestKibana>;

beforeAll(async () => {
	kibanas = { v1: await startKibana({ api: 'v1' }), v2: await startKibana({ api: 'v2' }) };
});

afterAll(async () => {
	for (const kibana of Object.values(kibanas)) await kibana.stop();
});

const host = (name: string, owner: string) => ({ source: { host: { name }, asset: { owner } } });

const ITEMS = [
	host('alpha', 'first'),
	host('bravo', 'poison'),
	host('alpha', 'second'),
	host('charlie', 'third'),
];

const snapshot = (kibana: TestKibana) =>
	kibana.entities().map(({ id, record }) => [id, (record.asset as { owner: string }).owner]);

const run = async (
	kibana: TestKibana,
	onError: 'stopWorkflow' | 'continueRegularOutput' | 'continueErrorOutput',
	retryOnFail: boolean,
	items = ITEMS,
) => {
	kibana.clear();
	kibana.refuse(({ record }) =>
		(record.asset as { owner: string }).owner === 'poison'
			? { status: 400, message: 'poison' }
			: undefined,
	);
	const result = await runNode({
		...nodeOn(kibana),
		items,
		parameters: json('={{ $json.source }}', { force: true }, { entityType: 'host' }),
		onError,
		retryOnFail,
		maxTries: 3,
		waitBetweenTries: 1,
	});
	return { ...result, stored: snapshot(kibana), writes: kibana.history().length };
};

describe.each(['v1', 'v2'] as const)('Retry On Fail (%s)', (api) => {
	it.each(['stopWorkflow', 'continueRegularOutput', 'continueErrorOutput'] as const)(
		'gives the same store and the same items as one run (%s)',
		async (onError) => {
			// n8n looks at the first item alone when the node continues.
			const poisonFirst = [ITEMS[1], ITEMS[0], ITEMS[2], ITEMS[3]] as typeof ITEMS;
			const once = await run(kibanas[api], onError, false, poisonFirst);
			const again = await run(kibanas[api], onError, true, poisonFirst);
			expect(again.writes).toBe(3 * once.writes);
			expect(again.stored).toEqual(once.stored);
			expect(again.stored).toEqual([
				[expect.stringContaining('alpha'), 'second'],
				[expect.stringContaining('charlie'), 'third'],
			]);
			expect(again.error?.message).toBe(once.error?.message);
			expect(again.outputs.map((items) => items.length)).toEqual(
				once.outputs.map((items) => items.length),
			);
		},
	);

	it('does not run again for failures behind the first item, when the node continues', async () => {
		const once = await run(kibanas[api], 'continueErrorOutput', false);
		const again = await run(kibanas[api], 'continueErrorOutput', true);
		expect(again.writes).toBe(once.writes);
		expect(again.outputs[1]).toHaveLength(1);
	});
});
