import type { IDataObject, INodeParameters } from 'n8n-workflow';

import type { TestKibana } from '../../sandbox/kibana/server';
import { runNode } from '../../sandbox/n8n/engine';
import type { Example } from '../examples/workflow';
import { nodeOn } from './run';

/** Runs a node of an example workflow on items, and returns what leaves it by both outputs. */
export const runOf = async (
	kibana: TestKibana,
	{ workflow }: Example,
	name: string,
	items: readonly IDataObject[] = [{}],
	more: INodeParameters = {},
): Promise<readonly [IDataObject[], IDataObject[]]> => {
	const found = workflow.nodes.find((one) => one.name === name);
	const parameters = { ...(found?.parameters as INodeParameters | undefined), ...more };
	// The workflows come with Dry Run on, which the user turns off.
	const options = { ...(parameters.options as INodeParameters | undefined), dryRun: false };
	const { outputs } = await runNode({
		...nodeOn(kibana),
		items,
		parameters: { ...parameters, options },
		onError: 'continueErrorOutput',
	});
	const [done, failed] = outputs.map((output) => output.map(({ json }) => json));
	return [done ?? [], failed ?? []];
};
