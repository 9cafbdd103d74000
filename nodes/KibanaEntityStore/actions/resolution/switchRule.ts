/** Turning the rules of resolution on and off. */
import type { INodeProperties } from 'n8n-workflow';

import { invalid } from '../itemFailures';
import type { Operation } from '../operation';
import { askPatiently, itemOf, perItem } from '../perItem';
import { requireResolution } from './available';

export const ruleId: INodeProperties = {
	displayName: 'Rule ID',
	name: 'ruleId',
	type: 'string',
	required: true,
	default: '',
	placeholder: 'e.g. email_exact_match',
	description: 'The ID of the rule, as Get Many Rules lists it',
};

/** Returns an `execute` that turns rules on or off. */
export const switchRules = (isOn: boolean): Operation['execute'] =>
	perItem(async ({ context, index, session, generation, client }) => {
		const available = requireResolution(generation);
		if ('failure' in available) return available;
		const id = String(context.getNodeParameter('ruleId', index) ?? '').trim();
		// Slashes and dots alone would lead to another route.
		if (/^\.*$|[/\\]/.test(id)) {
			return { failure: invalid('A rule ID is required, without slashes', 'ruleId') };
		}
		const reply = await askPatiently(
			session,
			async () => await available.api.switchRule(client, session.now, id, isOn),
		);
		return 'failure' in reply ? reply : { outputs: [itemOf(reply.value)] };
	});
