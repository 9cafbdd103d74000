/** Finding entities of Kibana 9.2 and 9.3 by ID or by fields, with Elasticsearch's queries. */
import type { EntityMatch, Searching } from '../generation';
import { inUrl, PAGE_SIZE } from '../lookUp';
import { idPath } from './list';
import { LIST } from './paths';

const terms = (path: string, values: readonly string[]) => ({ terms: { [path]: values } });

const allFields = ({ fields }: EntityMatch) => ({
	bool: { filter: [...fields].map(([path, value]) => terms(path, [value])) },
});

const queryOf = (type: string, matches: readonly EntityMatch[]) => {
	const ids = matches.flatMap(({ id }) => id ?? []);
	const byFields = matches.filter(({ fields }) => fields.size > 0).map(allFields);
	return { bool: { should: [...(ids.length > 0 ? [terms(idPath(type), ids)] : []), ...byFields] } };
};

const bytesOf = (value: unknown): number => inUrl(`${JSON.stringify(value)},`).length;

export const search: Searching = {
	groupOf: ({ type }) => type,
	bytesOf: (match) =>
		(match.id === undefined ? 0 : bytesOf(match.id)) +
		(match.fields.size === 0 ? 0 : bytesOf(allFields(match))),
	path: (type, matches) =>
		`${LIST}?entity_types=${type}&page=1&per_page=${PAGE_SIZE}&filterQuery=${inUrl(JSON.stringify(queryOf(type, matches)))}`,
};
