/** Values that a field takes as JSON, given as values or as text. */

/** Elasticsearch takes 20 levels unless told otherwise, and much deeper data breaks whatever walks it. */
export const DEEPEST = 100;

const isDeeperThan = (value: unknown, levels: number): boolean =>
	typeof value === 'object' &&
	value !== null &&
	(levels === 0 || Object.values(value).some((child) => isDeeperThan(child, levels - 1)));

/** The value as JSON carries it, or undefined for one that it cannot carry, such as a circular reference. */
export const asJson = (value: unknown): unknown => {
	try {
		const json: unknown = JSON.parse(JSON.stringify(value));
		return isDeeperThan(json, DEEPEST) ? undefined : json;
	} catch {
		return undefined;
	}
};

/** Returns what a JSON text says, or undefined for any other text. */
export const parseJson = (text: string): unknown => {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
};

/** Returns the list that a JSON text holds, or undefined for any other text. */
export const jsonList = (text: string): unknown[] | undefined => {
	const parsed = text.trimStart().startsWith('[') ? parseJson(text) : undefined;
	return Array.isArray(parsed) ? parsed : undefined;
};

/** A place in a text, both from 1. */
export interface Place {
	readonly line: number;
	readonly column: number;
}

const BLANKS = /[ \t\n\r]*/y;
const SIGN = /[{}[\],:]/y;
/** Between quotes: any sign but control characters, quotes and backslashes, or an escape. */
const TEXT = /"[ !#-[\]-\u{10ffff}]*(?:\\(?:["\\/bfnrt]|u[\da-fA-F]{4})[ !#-[\]-\u{10ffff}]*)*"/uy;
const OTHER = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])/y;

type Token = 'text' | 'other' | '{' | '}' | '[' | ']' | ',' | ':';

const tokenAt = (text: string, at: number): { token: Token; end: number } | undefined => {
	const matchOf = (pattern: RegExp): string | undefined => {
		pattern.lastIndex = at;
		return pattern.exec(text)?.[0];
	};
	const sign = matchOf(SIGN);
	if (sign !== undefined) return { token: sign as Token, end: at + 1 };
	const quote = matchOf(TEXT);
	if (quote !== undefined) return { token: 'text', end: at + quote.length };
	const other = matchOf(OTHER);
	return other === undefined ? undefined : { token: 'other', end: at + other.length };
};

/** What may come next: a value, a key, or what follows them. The end of an empty object or list fits, too. */
type Next = 'value' | 'valueOrEnd' | 'key' | 'keyOrEnd' | 'colon' | 'commaOrEnd' | 'nothing';

const after = (next: Next, token: Token, open: Array<'{' | '['>): Next | undefined => {
	const done = (): Next => (open.length === 0 ? 'nothing' : 'commaOrEnd');
	const isEnd = token === (open.at(-1) === '{' ? '}' : ']') && open.length > 0;
	if (isEnd && (next === 'valueOrEnd' || next === 'keyOrEnd' || next === 'commaOrEnd')) {
		open.pop();
		return done();
	}
	switch (next) {
		case 'value':
		case 'valueOrEnd':
			if (token === 'text' || token === 'other') return done();
			if (token !== '{' && token !== '[') return undefined;
			open.push(token);
			return token === '{' ? 'keyOrEnd' : 'valueOrEnd';
		case 'key':
		case 'keyOrEnd':
			return token === 'text' ? 'colon' : undefined;
		case 'colon':
			return token === ':' ? 'value' : undefined;
		case 'commaOrEnd':
			if (token !== ',') return undefined;
			return open.at(-1) === '{' ? 'key' : 'value';
		case 'nothing':
			return undefined;
	}
};

/**
 * Returns where a text ceases to be JSON: at the first sign, word or text that does not fit. `JSON.parse`
 * names the place in some versions of Node.js only, and not for every mistake.
 *
 * @param text not valid JSON
 */
export const findJsonError = (text: string): Place => {
	const open: Array<'{' | '['> = [];
	let next: Next | undefined = 'value';
	let at = 0;
	for (;;) {
		BLANKS.lastIndex = at;
		at += BLANKS.exec(text)?.[0].length ?? 0;
		const found = tokenAt(text, at);
		next = found && after(next, found.token, open);
		if (!found || next === undefined) break;
		at = found.end;
	}
	const lines = text.slice(0, at).split('\n');
	return { line: lines.length, column: (lines.at(-1) ?? '').length + 1 };
};
