/** Lists entities of Kibana 9.2 and 9.3, and knows what the list shows of a record. */
import { z } from 'zod';

import { isThere } from '../../entity/equality';
import { leavesOf, readFound, readLeaves } from '../../entity/leaves';
import type { Comparison, Generation, Listing } from '../generation';
import { inUrl, PAGE_SIZE } from '../lookUp';
import { LIST } from './paths';

/** Returns the key of an entity: an ID is unique within its type. */
export const entityKey = (type: string, entityId: string): string => `${type} ${entityId}`;

/** The stored field that holds the entity ID: Kibana copies it to the name. */
export const idPath = (type: string): string => (type === 'generic' ? 'entity.id' : `${type}.name`);

export const listSchema = z.object({ records: z.array(z.unknown()) });

const SEPARATOR = inUrl(',');

/**
 * The list takes an Elasticsearch query. Entities are looked up type by type, by the field that always holds
 * their ID.
 */
export const list: Listing = {
	groupOf: ({ type }) => type,
	term: ({ id }) => inUrl(JSON.stringify(id)),
	separator: SEPARATOR,
	path: (type, terms) => {
		const [before, after] = JSON.stringify({ terms: { [idPath(type)]: ['?'] } }).split('"?"');
		const filter = `${inUrl(before as string)}${terms.join(SEPARATOR)}${inUrl(after as string)}`;
		return `${LIST}?entity_types=${type}&page=1&per_page=${PAGE_SIZE}&filterQuery=${filter}`;
	},
	documentsIn: (body) => listSchema.safeParse(body).data?.records,
	keyOf: (document, type) => {
		const [id] = [readLeaves(document).get(idPath(type))].flat();
		return entityKey(type, String(id));
	},
};

export const readDocument: Generation['readDocument'] = (document, type = 'generic') => {
	const [id] = [readLeaves(document).get(idPath(type))].flat();
	return {
		id: String(id ?? ''),
		type,
		document: document as Record<string, unknown>,
		leaves: readFound(comparison.leavesIn(document, type)),
	};
};

/**
 * Fields that cannot be read back as they were sent, by Kibana's published source: Kibana copies the ID to
 * the names, keeps its own source, and lists only the criticality of `asset`.
 */
const NOT_LISTED =
	/^(entity\.(id|name|source)|(user|host|service)\.name|asset\.(?!criticality$).*)$/;

/** The ID by which the document was found. */
const NAMES_ENTITY = /^(entity\.id|(user|host|service)\.name)$/;

/** The default. The store can be set up with another history length. */
const LONGEST_LIST = 10;

export const comparison: Comparison = {
	leavesIn: (document, type) => {
		const leaves = new Map<string, unknown>();
		const ownEntity = `${type}.entity.`;
		for (const [path, value] of leavesOf(document)) {
			// Kibana changes the first letter of some keys to upper case when it stores, changes some back when it lists,
			// and moves `entity` into the section of its type.
			const sent = path.toLowerCase();
			leaves.set(sent.startsWith(ownEntity) ? sent.slice(type.length + 1) : sent, value);
		}
		return leaves;
	},
	expected: ({ json }) =>
		new Map([...leavesOf(JSON.parse(json))].filter(([path]) => !NOT_LISTED.test(path))),
	// Lists collect what is sent, so it is enough that all of it is there.
	isUnchanged: ({ json }, document, type) => {
		const stored = comparison.leavesIn(document, type);
		return [...leavesOf(JSON.parse(json))].every(
			([path, value]) =>
				NAMES_ENTITY.test(path) ||
				(!NOT_LISTED.test(path) && isThere(value, stored.get(path), LONGEST_LIST)),
		);
	},
	longestList: LONGEST_LIST,
};
