/** Finding entities of Kibana 9.4 and later by ID or by fields, with KQL. */
import type { EntityMatch, Searching } from '../generation';
import { inUrl, PAGE_SIZE } from '../lookUp';
import { oneOf, quoted } from '../kql';
import { BASE } from './paths';

const OR = ' or ';

const allFields = ({ fields }: EntityMatch): string =>
	`(${[...fields].map(([path, value]) => `${path}:${quoted(value)}`).join(' and ')})`;

/** Values of one field share a clause, which is shorter. */
const filterOf = (matches: readonly EntityMatch[]): string => {
	const byField = new Map<string, Set<string>>();
	const clauses: string[] = [];
	const add = (path: string, value: string) => {
		const values = byField.get(path);
		if (values) values.add(value);
		else byField.set(path, new Set([value]));
	};
	for (const match of matches) {
		if (match.id !== undefined) add('entity.id', match.id);
		const [first] = match.fields;
		if (match.fields.size === 1 && first) add(...first);
		else if (match.fields.size > 1) clauses.push(allFields(match));
	}
	const shared = [...byField].map(([path, values]) => oneOf(path, values));
	return [...shared, ...clauses].join(OR);
};

export const search: Searching = {
	// The entities of all types share one index.
	groupOf: () => '',
	bytesOf: (match) => {
		const id = match.id === undefined ? '' : `${quoted(match.id)}${OR}`;
		const fields = match.fields.size === 0 ? '' : `${allFields(match)}${OR}`;
		return inUrl(`${id}${fields}`).length;
	},
	path: (_group, matches) =>
		`${BASE}/entities?size=${PAGE_SIZE}&filter=${inUrl(filterOf(matches))}`,
};
