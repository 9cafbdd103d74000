/** What holds for every operation of the node, whatever it does: how its failures leave in each mode of On Error. */
import type { INodeParameters, INodePropertyOptions } from 'n8n-workflow';

import { KibanaEntityStore } from '../../nodes/KibanaEntityStore/KibanaEntityStore.node';
import type { TestKibana } from '../../sandbox/kibana/server';
import { runNode, type EngineResult } from '../../sandbox/n8n/engine';
import { withBothGenerations } from './kibanas';
import { nodeOn } from './run';

let kibana: TestKibana;
let first: TestKibana;

withBothGenerations((v2, v1) => {
	kibana = v2;
	first = v1;
});

const OPERATIONS = new KibanaEntityStore().description.properties
	.filter(({ name }) => name === 'operation')
	.flatMap(({ displayOptions, options = [] }) =>
		(options as INodePropertyOptions[]).map(
			({ value }) => [String(displayOptions?.show?.resource?.[0]), String(value)] as const,
		),
	);

const parametersOf = (resource: string, operation: string): INodeParameters => ({
	resource,
	operation,
	entityType: 'host',
	// A locator in one resource, a text in the others.
	entityId: resource === 'entity' ? { __rl: true, mode: 'id', value: 'host:a' } : 'host:a',
	hostFields: { mappingMode: 'defineBelow', value: { 'host.name': 'a' }, schema: [] },
	filters: { source: 'okta' },
	watchlist: { __rl: true, mode: 'id', value: 'w' },
	targetId: 'host:b',
	ruleId: 'rule',
	name: 'A watchlist',
	updateFields: { name: 'x' },
	logExtraction: { frequency: '5m' },
	confirm: true,
	options: { maxRetries: 0 },
});

const SECRET = 'c2VjcmV0LWtleTpub3QtZm9yLWl0ZW1z';

const run = async (
	on: TestKibana,
	[resource, operation]: readonly [string, string],
	onError: 'stopWorkflow' | 'continueRegularOutput' | 'continueErrorOutput',
): Promise<EngineResult> =>
	await runNode({
		...nodeOn({ url: on.url, apiKey: SECRET }),
		items: [{ nth: 0 }, { nth: 1 }],
		parameters: parametersOf(resource, operation),
		onError,
	});

const REFUSED = 'Kibana does not accept the credential';

const failuresIn = (items: EngineResult['outputs'][number] | undefined) =>
	(items ?? []).map(({ json, pairedItem }) => [
		String(json.error).slice(0, REFUSED.length),
		pairedItem,
	]);

describe.each(OPERATIONS)('%s: %s', (...chosen) => {
	// One list is mirrored, so there is one failure for all of its items.
	const failures = (chosen[1] === 'deleteMissing' ? [0] : [0, 1]).map((item) => [
		REFUSED,
		{ item },
	]);

	it.each(['v1', 'v2'])(
		'fails in each mode of On Error without the credential: %s',
		async (api) => {
			const on = api === 'v1' ? first : kibana;
			const stopped = await run(on, chosen, 'stopWorkflow');
			expect([stopped.status, stopped.outputs.flat()]).toEqual(['error', []]);
			expect(stopped.error?.message).toContain(REFUSED);

			const regular = await run(on, chosen, 'continueRegularOutput');
			expect(failuresIn(regular.outputs[0])).toEqual(failures);
			expect(regular.error).toBeUndefined();

			const apart = await run(on, chosen, 'continueErrorOutput');
			expect(apart.outputs[0]).toEqual([]);
			expect(failuresIn(apart.outputs[1])).toEqual(failures);
			expect(apart.error).toBeUndefined();

			expect(JSON.stringify([stopped, regular, apart])).not.toContain(SECRET);
		},
	);
});
