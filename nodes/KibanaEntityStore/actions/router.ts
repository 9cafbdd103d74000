import type { IExecuteFunctions } from 'n8n-workflow';

import type { ItemResult } from '../n8n/items';
import { write } from './entity/write';

/** Handles all input items and answers with one result for each. */
type Operation = (context: IExecuteFunctions) => Promise<ItemResult[]>;

const OPERATIONS: Readonly<Record<string, Readonly<Record<string, Operation>>>> = {
	entity: {
		create: async (context) => await write(context, 'create'),
		update: async (context) => await write(context, 'update'),
		upsert: async (context) => await write(context, 'upsert'),
	},
};

/** Runs the operation that the node is set to. */
export const route = async (context: IExecuteFunctions): Promise<ItemResult[]> => {
	const resource = context.getNodeParameter('resource', 0);
	const operation = context.getNodeParameter('operation', 0);
	const run = OPERATIONS[resource]?.[operation];
	const fail = (message: string): ItemResult[] =>
		context.getInputData().map(() => ({ failure: { reason: 'invalidSetting', message } }));
	if (run === undefined) return fail(`There is no operation ${operation} of ${resource}`);
	try {
		return await run(context);
	} catch (error) {
		// A throw would pass the input on as if it had succeeded when the node is set to continue.
		return fail(`The node could not start: ${(error as Error).message}`);
	}
};
