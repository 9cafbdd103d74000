/** The two languages in which a list may be narrowed: KQL and Elasticsearch's JSON (docs/kibana-api.md#list). */
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

/** Whether a value is on the right side of a bound, by what comparing them yields. */
type IsInside = (comparison: number) => boolean;

const RANGES: Readonly<Record<string, IsInside>> = {
	'<': (comparison) => comparison < 0,
	'<=': (comparison) => comparison <= 0,
	'>': (comparison) => comparison > 0,
	'>=': (comparison) => comparison >= 0,
};

/** Numbers compare as such, anything else as text, which puts times in order too. */
const inRange =
	(field: string, bound: string, isInside: IsInside): Filter =>
	(document) =>
		valuesAt(document, field).some((value) => {
			if (value === null) return false;
			if (typeof value === 'number') return isInside(value - Number(bound));
			const text = String(value);
			return isInside(text < bound ? -1 : text > bound ? 1 : 0);
		});

const TOKEN = /\s*(?:"((?:[^"\\]|\\.)*)"|([():]|[<>]=?)|([^\s():"<>{}\\]+))/y;

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
 * Reads as much KQL as a client needs to find entities: `field:value` with quoted or plain values, lists
 * of values in parentheses, ranges such as `field >= value`, `and`, `or`, `not` and groups.
 *
 * @throws when it is anything else
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
	/** Reads `"a" or "b")`, which is common and can be long; nothing is read of anything else. */
	const anyOf = (field: string): Filter | undefined => {
		const values = new Set<string>();
		for (let at = position; tokens[at]?.kind === 'quoted'; at += 2) {
			values.add((tokens[at] as Token).text);
			const next = tokens[at + 1];
			if (next?.kind === 'sign' && next.text === ')') {
				position = at + 2;
				return holds(field, (one) => values.has(one));
			}
			if (next?.kind !== 'word' || next.text.toLowerCase() !== 'or') return undefined;
		}
		return undefined;
	};
	const expression = (): Filter => {
		if (take('sign', '(')) return within(expression);
		const field = tokens[position];
		if (field === undefined || field.kind === 'sign') return fail('a field');
		position += 1;
		const sign = tokens[position];
		const isInside = sign?.kind === 'sign' ? RANGES[sign.text] : undefined;
		if (isInside) {
			position += 1;
			const bound = tokens[position];
			if (bound === undefined || bound.kind === 'sign') return fail('a value');
			position += 1;
			return inRange(field.text, bound.text, isInside);
		}
		if (!take('sign', ':')) return fail('":"');
		if (!take('sign', '(')) return value(field.text);
		return anyOf(field.text) ?? within(() => value(field.text));
	};

	if (tokens.length === 0) return () => true;
	const filter = chain(expression);
	return position === tokens.length ? filter : fail('end of input');
};

const clausesOf = (clauses: unknown): Filter[] => {
	if (clauses === undefined) return [];
	return [clauses].flat().map(parseQueryDsl);
};

const DSL_RANGES: Readonly<Record<string, string>> = { gt: '>', gte: '>=', lt: '<', lte: '<=' };

const oneEntry = (body: unknown): [string, unknown] => {
	const entries = Object.entries(isObject(body) ? body : {}).filter(([key]) => key !== 'boost');
	const [entry] = entries;
	if (entry === undefined || entries.length > 1) throw new Error('expected one field');
	return entry;
};

/**
 * Reads as much of Elasticsearch's query language as a client needs to find entities: `bool`, `range`,
 * `term`, `terms`, `match_all`.
 *
 * @throws when it is anything else
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
		case 'range': {
			const [field, bounds] = oneEntry(body);
			return every(
				Object.entries(isObject(bounds) ? bounds : {}).map(([name, bound]) => {
					const isInside = RANGES[DSL_RANGES[name] ?? ''];
					if (isInside === undefined) throw new Error(`unknown bound [${name}]`);
					return inRange(field, String(bound), isInside);
				}),
			);
		}
		case 'bool': {
			const { must, filter, should, must_not: mustNot } = (body ?? {}) as EntityDocument;
			const needed = [...clausesOf(must), ...clausesOf(filter)];
			const choices = clausesOf(should);
			// Beside needed clauses the choices only rank what is found.
			if (choices.length > 0 && needed.length === 0) needed.push(some(choices));
			return every([...needed, ...clausesOf(mustNot).map(not)]);
		}
		default:
			throw new Error(`unknown query [${name}]`);
	}
};
