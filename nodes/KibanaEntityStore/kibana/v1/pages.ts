/** Listing all entities of Kibana 9.2 and 9.3: type by type, in the order of their IDs. */
import { ENTITY_TYPES, KIBANA_VERSIONS } from '../../entity/fields';
import { passes } from '../../entity/filter';
import type { Failure } from '../../failure';
import type { Paging } from '../generation';
import { inUrl, PAGE_SIZE } from '../lookUp';
import { idPath, listSchema, readDocument } from './list';
import { LIST } from './paths';

const NO_KQL: Failure = {
	reason: 'invalidSetting',
	message: `${KIBANA_VERSIONS.v1} list entities without KQL`,
	hint: 'Use the other filters, or filter the items after the node',
};

const pathOf = (type: string, after: string | undefined): `/${string}` => {
	const field = idPath(type);
	const filter =
		after === undefined
			? ''
			: `&filterQuery=${inUrl(JSON.stringify({ range: { [field]: { gt: after } } }))}`;
	return `${LIST}?entity_types=${type}&page=1&per_page=${PAGE_SIZE}&sort_field=${field}&sort_order=asc${filter}`;
};

/** Of `asset` lists show the criticality alone, and watchlists came later. */
const NOT_SHOWN = /^(asset(\.(?!criticality$).*)?|entity\.attributes\.watchlists)$/;

export const paging: Paging = {
	shows: (path) => !NOT_SHOWN.test(path),
	picksPaths: false,
	refuse: ({ kql }) => (kql.trim() === '' ? undefined : NO_KQL),
	/**
	 * IDs stay as they are, whatever is written meanwhile, so each page begins after the last ID of the one
	 * before it. Page numbers would shift, and end at 10,000 entities. The fields differ from version to
	 * version, so filters are applied to what comes back.
	 */
	pages: async function* (query, ask) {
		for (const type of query.types.length > 0 ? query.types : ENTITY_TYPES) {
			let after: string | undefined;
			for (;;) {
				const answer = await ask(pathOf(type, after));
				if ('failure' in answer) {
					yield answer;
					return;
				}
				const { records } = listSchema.parse(answer.body);
				const listed = records
					.map((record) => readDocument(record, type))
					.filter(({ id }) => id !== '');
				const entities = listed.filter((entity) => passes(query, entity));
				yield { entities };
				const last = listed.at(-1)?.id;
				if (records.length < PAGE_SIZE || last === undefined || last === after) break;
				after = last;
			}
		}
	},
};
