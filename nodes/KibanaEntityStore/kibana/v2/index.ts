/** The second API generation, `/api/security/entity_store` of Kibana 9.4 and later. */
import type { Generation } from '../generation';
import { criticality } from './criticality';
import { identifyByEuid } from './identity';
import { comparison, list, readDocument } from './list';
import { BASE } from './paths';
import { resolution } from './resolution';
import { store } from './store';
import { paging } from './pages';
import { remove } from './remove';
import { search } from './search';
import { write } from './write';

export const v2: Generation = {
	name: 'v2',
	since: [9, 4],
	statusPath: `${BASE}/status`,
	identify: identifyByEuid,
	// One index holds the entities of all types, so an ID is unique across types.
	entityKey: (_type, entityId) => entityId,
	write,
	remove,
	list,
	search,
	paging,
	readDocument,
	comparison,
	store,
	criticality,
	resolution,
	hasWatchlists: true,
};
