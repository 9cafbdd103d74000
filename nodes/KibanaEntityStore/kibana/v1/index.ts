/** The first API generation, `/api/entity_store` of Kibana 9.2 and 9.3. */
import type { Generation } from '../generation';
import { criticality } from './criticality';
import { identifyByName } from './identity';
import { comparison, entityKey, list, readDocument } from './list';
import { paging } from './pages';
import { remove } from './remove';
import { search } from './search';
import { store } from './store';
import { write } from './write';

export const v1: Generation = {
	name: 'v1',
	since: [9, 2],
	statusPath: '/api/entity_store/status',
	identify: identifyByName,
	entityKey,
	write,
	remove,
	list,
	search,
	paging,
	readDocument,
	comparison,
	store,
	criticality,
	hasWatchlists: false,
};
