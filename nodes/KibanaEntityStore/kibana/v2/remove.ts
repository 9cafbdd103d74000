/** Deleting entities of Kibana 9.4 and later (docs/kibana-api.md#delete). */
import { createDeletionStep } from '../deletion';
import type { Deleting } from '../generation';
import { BASE } from './paths';

export const remove: Deleting = {
	bodyOf: (entityId) => JSON.stringify({ entityId }),
	step: (client, now) =>
		createDeletionStep({
			// The route has a slash at its end, and is missing without.
			send: async ({ json }) => await client('DELETE', `${BASE}/entities/`, Buffer.from(json)),
			now,
		}),
};
