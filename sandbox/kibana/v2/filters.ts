/** The two filter languages of the list: KQL and Elasticsearch's JSON (docs/kibana-api.md#list). */
import { isObject, valuesAt, type EntityDocument } from './documents';

export type Filter = (document: EntityDocument) => boolean;

const every =
	(filters: readonly Filter[]): Filter =>
	(document) =>
		filters.every((filter) => filter(document));
const some =
	(filters: readonly Filter[]): Filter =>
	(document) =>
		filters.some((filter) => filter(document));
const not =
	(filter: Filter): Filter =>
	(document) =>
		!filter(document);

const holds =
	(field: string, fits: (value: string) => boolean): Filter =>
	(document) =>
		valuesAt(document, field).some((value) => value !== null && fits(String(value)));

const TOKEN = /\s*(?:"((?:[^"\\]|\\.)*)"|([():])|([^\s():"<>{}\\]+))/y;

interface Token {
	readonly kind: 'quoted' | 'sign' | 'word';
	readonly text: string;
}

const tokensOf = (kql: string): Token[] => {
	const tokens: Token[] = [];
	TOKEN.lastIndex = 0;
	while (TOKEN.lastIndex < kql.trimEnd().length) {
		const start = TOKEN.lastIndex;
		const match = TOKEN.exec(kql);
		if (match === null) throw new Error(`unexpected "${kql.slice(start).trim()}"`);
		const [, quoted, sign, word] = match;
		if (quoted !== undefined) {
			tokens.push({ kind: 'quoted', text: quoted.replace(/\\(["\\])/g, '$1') });
		} else if (sign !== undefined) tokens.push({ kind: 'sign', text: sign });
		else tokens.push({ kind: 'word', text: word ?? '' });
	}
	return tokens;
};

/**
 * Parses the part of KQL that a client needs to find entities: `field:value` with quoted or plain values, lists of
 * values in parentheses, `and`, `or`, `not` and groups.
 *
 * @throws on anything else
 */
export const parseKql = (kql: string): Filter => {
	const tokens = tokensOf(kql);
	let position = 0;

	const is = (kind: Token['kind'], text: string): boolean => {
		const token = tokens[position];
		return token?.kind === kind && token.text.toLowerCase() === text;
	};
	const take = (kind: Token['kind'], text: string): boolean => {
		const found = is(kind, text);
		if (found) position += 1;
		return found;
	};
	const fail = (wanted: string): never => {
		const found = tokens[position];
		throw new Error(`expected ${wanted} but ${found ? `"${found.text}"` : 'end of input'} found`);
	};
	const chain = (operand: () => Filter): Filter => {
		const unary = (): Filter => (take('word', 'not') ? not(unary()) : operand());
		const conjunction = (): Filter => {
			const filters = [unary()];
			while (take('word', 'and')) filters.push(unary());
			return every(filters);
		};
		const filters = [conjunction()];
		while (take('word', 'or')) filters.push(conjunction());
		return some(filters);
	};
	const within = (operand: () => Filter): Filter => {
		const filter = chain(operand);
		return take('sign', ')') ? filter : fail('")"');
	};
	const value = (field: string): Filter => {
		const token = tokens[position];
		if (token === undefined || token.kind === 'sign') return fail('a value');
		position += 1;
		if (token.kind === 'quoted') return holds(field, (one) => one === token.text);
		const pattern = token.text
			.split('*')
			.map((part) => part.replace(/[.+?^${}|[\]\\]/g, '\\$&'))
			.join('.*');
		return holds(field, (one) => new RegExp(`^${pattern}$`, 's').test(one));
	};
	const expression = (): Filter => {
		if (take('sign', '(')) return within(expression);
		const field = tokens[position];
		if (field === undefined || field.kind === 'sign') return fail('a field');
		position += 1;
		if (!take('sign', ':')) return fail('":"');
		return take('sign', '(') ? within(() => value(field.text)) : value(field.text);
	};

	if (tokens.length === 0) return () => true;
	const filter = chain(expression);
	return position === tokens.length ? filter : fail('end of input');
};

const clausesOf = (clauses: unknown): Filter[] => {
	if (clauses === undefined) return [];
	return [clauses].flat().map(parseQueryDsl);
};

const oneEntry = (body: unknown): [string, unknown] => {
	const entries = Object.entries(isObject(body) ? body : {}).filter(([key]) => key !== 'boost');
	const [entry] = entries;
	if (entry === undefined || entries.length > 1) throw new Error('expected one field');
	return entry;
};

/**
 * Parses the part of Elasticsearch's query language that a client needs to find entities: `bool`, `term`, `terms`,
 * `match_all`.
 *
 * @throws on anything else
 */
export const parseQueryDsl = (query: unknown): Filter => {
	const [name, body] = oneEntry(query);
	switch (name) {
		case 'match_all':
			return () => true;
		case 'term': {
			const [field, wanted] = oneEntry(body);
			const value = String(isObject(wanted) ? wanted.value : wanted);
			return holds(field, (one) => one === value);
		}
		case 'terms': {
			const [field, wanted] = oneEntry(body);
			if (!Array.isArray(wanted)) throw new Error('terms wants a list of values');
			const values = new Set(wanted.map(String));
			return holds(field, (one) => values.has(one));
		}
		case 'bool': {
			const { must, filter, should, must_not: mustNot } = (body ?? {}) as EntityDocument;
			const needed = [...clausesOf(must), ...clausesOf(filter)];
			const choices = clausesOf(should);
			// With required clauses, `should` only ranks the results.
			if (choices.length > 0 && needed.length === 0) needed.push(some(choices));
			return every([...needed, ...clausesOf(mustNot).map(not)]);
		}
		default:
			throw new Error(`unknown query [${name}]`);
	}
};
