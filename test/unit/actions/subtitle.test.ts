import type { INodeParameters } from 'n8n-workflow';
import { Workflow } from 'n8n-workflow';

import { KibanaEntityStore } from '../../../nodes/KibanaEntityStore/KibanaEntityStore.node';
import { nodeFor, nodeTypesOf } from '../../../sandbox/n8n/engine';

const nodeType = new KibanaEntityStore();

/** What n8n shows below the name of the node, for parameters as the editor saves them. */
const subtitleOf = (parameters: INodeParameters): unknown => {
	const node = nodeFor(nodeType, { parameters });
	const workflow = new Workflow({
		nodes: [node],
		connections: {},
		active: false,
		nodeTypes: nodeTypesOf([nodeType]),
	});
	return workflow.expression.getSimpleParameterValue(
		node,
		nodeType.description.subtitle,
		'internal',
		{},
	);
};

describe('the subtitle of the node', () => {
	it.each<[INodeParameters, string]>([
		[{}, 'Create or Update: User'],
		[{ resource: 'entity', operation: 'update', entityType: 'host' }, 'Update: Host'],
		[
			{ resource: 'entity', operation: 'upsert', entityType: 'mixed' },
			'Create or Update: Each Item Its Own Type',
		],
		[{ resource: 'entity', operation: 'get', entityType: '={{ $json.kind }}' }, 'Get: Entity'],
		[{ resource: 'entity', operation: 'getAll' }, 'Get Many: Entity'],
		// The type is that of an operation which was chosen before.
		[{ resource: 'store', operation: 'getStatus', entityType: 'host' }, 'Get Status: Store'],
		[{ resource: 'watchlist', operation: 'assign', entityType: 'host' }, 'Assign: Watchlist'],
		[{ resource: 'criticality', operation: 'get' }, 'Get: Asset Criticality'],
	])('of %j is %j', (parameters, expected) => {
		expect(subtitleOf(parameters)).toBe(expected);
	});

	it('names every operation', () => {
		const operations = nodeType.description.properties.filter(({ name }) => name === 'operation');
		for (const { displayOptions, options = [] } of operations) {
			const [resource] = displayOptions?.show?.resource ?? [];
			for (const option of options) {
				const { name, value } = option as { name: string; value: string };
				const subtitle = subtitleOf({ resource: resource as string, operation: value });
				expect(subtitle).toMatch(new RegExp(`^${name}: [A-Z]`));
			}
		}
	});
});
