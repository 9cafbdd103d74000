/** The second API generation, `/api/security/entity_store` of Kibana 9.4 and later. */
import type { Generation } from '../generation';
import { identifyByEuid } from './identity';
import { comparison, list } from './list';
import { BASE } from './paths';
import { store } from './store';
import { write } from './write';

export const v2: Generation = {
	name: 'v2',
	since: [9, 4],
	statusPath: `${BASE}/status`,
	identify: identifyByEuid,
	// One index holds the entities of all types, so an ID is unique across types.
	entityKey: (_type, entityId) => entityId,
	write,
	list,
	comparison,
	store,
};
