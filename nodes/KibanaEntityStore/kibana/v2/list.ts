/** Lists entities of Kibana 9.4 and later, and knows what the list shows of a record. */
import { z } from 'zod';

import { isSame } from '../../entity/equality';
import { ENGINE_TYPE } from '../../entity/fields';
import { leavesOf, readLeaves } from '../../entity/leaves';
import type { Comparison, Generation, Listing } from '../generation';
import { inUrl, PAGE_SIZE } from '../lookUp';
import { quoted } from '../kql';
import { BASE } from './paths';

const listSchema = z.object({ entities: z.array(z.unknown()) });

const SEPARATOR = inUrl(' or ');

/**
 * Lists by KQL: the other mode, page by page, shows only the criticality of `asset`. The entities of all types
 * share one index.
 */
export const list: Listing = {
	groupOf: () => '',
	term: ({ id }) => inUrl(quoted(id)),
	separator: SEPARATOR,
	path: (_group, terms) =>
		`${BASE}/entities?size=${PAGE_SIZE}&filter=${inUrl('entity.id:(')}${terms.join(SEPARATOR)}${inUrl(')')}`,
	documentsIn: (body) => listSchema.safeParse(body).data?.entities,
	keyOf: (document) => String(readLeaves(document).get('entity.id')),
};

const TYPE_IN_ID = /^(user|host|service):/;

/** The type that Kibana has noted, or that of the ID: what a client created may lack the note. */
export const typeOf = (id: string, noted: unknown): string =>
	typeof noted === 'string' && noted !== '' ? noted : (TYPE_IN_ID.exec(id)?.[1] ?? 'generic');

export const readDocument: Generation['readDocument'] = (document) => {
	const leaves = readLeaves(document);
	const id = String(leaves.get('entity.id') ?? '');
	return {
		id,
		type: typeOf(id, leaves.get('entity.EngineMetadata.Type')),
		document: document as Record<string, unknown>,
		leaves,
	};
};

/** Fields that name the entity or that Kibana sets. */
const NOT_KEPT = new Set(['entity.id', '@timestamp', 'event.ingested']);

/** Keys of labels that Kibana changes to lists or drops, because it reads them as paths of lodash. */
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
	// An update replaces lists, so they must be the same.
	isUnchanged: ({ json }, document) => {
		const stored = readLeaves(document);
		return [...leavesOf(JSON.parse(json))].every(
			([path, value]) => NOT_KEPT.has(path) || (isKept(path) && isSame(value, stored.get(path))),
		);
	},
	longestList: Infinity,
};
