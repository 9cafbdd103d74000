/** Listing entities of Kibana 9.4 and later, and what their list shows of what was sent. */
import { z } from 'zod';

import { ENGINE_TYPE } from '../../entity/fields';
import { leavesOf } from '../../entity/leaves';
import type { Comparison, Listing } from '../generation';
import { inUrl, PAGE_SIZE } from '../lookUp';
import { BASE } from './paths';

const listSchema = z.object({ entities: z.array(z.unknown()) });

const SEPARATOR = inUrl(' or ');

/**
 * Listed by KQL: the other mode, page by page, shows only some of the fields of `asset`. The entities of
 * all types share one index.
 */
export const list: Listing = {
	groupOf: () => '',
	term: ({ id }) => inUrl(`"${id.replace(/["\\]/g, '\\$&')}"`),
	separator: SEPARATOR,
	path: (_group, terms) =>
		`${BASE}/entities?size=${PAGE_SIZE}&filter=${inUrl('entity.id:(')}${terms.join(SEPARATOR)}${inUrl(')')}`,
	documentsIn: (body) => listSchema.safeParse(body).data?.entities,
	keyOf: (document) => String(leavesOf(document).get('entity.id')),
};

/** Names the entity, or is stamped by Kibana. */
const NOT_KEPT = new Set(['entity.id', '@timestamp', 'event.ingested']);

/** Keys of labels that Kibana turns into lists or drops, as lodash does with paths. */
const CHANGED_KEY = /[[\]]|^(\d+|__proto__|constructor|prototype)$/;

const isKept = (path: string): boolean =>
	!NOT_KEPT.has(path) &&
	!(path.startsWith('labels.') && path.split('.').some((key) => CHANGED_KEY.test(key)));

export const comparison: Comparison = {
	leavesIn: leavesOf,
	expected: ({ type, json }, isCreated = false) => {
		const expected = leavesOf(JSON.parse(json));
		for (const path of expected.keys()) if (!isKept(path)) expected.delete(path);
		return isCreated ? expected.set(ENGINE_TYPE, type) : expected;
	},
	longestList: Infinity,
};
