/**
 * Expressions that can be evaluated together. One evaluation costs n8n about 0.2 ms before it does
 * anything, so expressions that cannot disturb one another share one: all of them for many items at
 * once where they read nothing but `$json`, and else all of them for one item.
 *
 * Sharing must not change a value. So an expression may take part only if it changes nothing (no
 * assignment, no method that works in place, no call of a name that only the item tells), ends where it
 * seems to end (no comments, regular expressions, templates or statements, every bracket closed), and, for many items, names nothing but `$json`, its own
 * arrow parameters and pure global functions. What cannot be told from the text is told at run time:
 * an expression that throws, or whose value is not plain, yields no value here, and n8n evaluates it
 * alone.
 */
import { IS_PLAIN } from './plain';

/** How far an expression can be shared: among items too, or among the fields of one item. */
export type Scope = 'items' | 'fields';

export interface BatchedCode {
	/** JavaScript whose value is that of the expression. */
	readonly code: string;
	readonly scope: Scope;
	/** The keys of the item that it reads; undefined when it may read any. */
	readonly keys: ReadonlySet<string> | undefined;
}

const TOKEN =
	/\s+|"[^"\\\n\r\u2028\u2029]*"|'[^'\\\n\r\u2028\u2029]*'|[A-Za-z_$][\w$]*|\d+(?:\.\d+)?|=>|===|!==|==|!=|<=|>=|\?\?|\?\.|&&|\|\||\.\.\.|[.,:?()[\]{}+\-*%<>!]/y;

/** Words that begin something else than a plain expression, and names that n8n's sandbox guards. */
const REFUSED =
	/^(?:arguments|async|await|class|const|debugger|delete|do|export|extends|for|function|import|let|new|return|super|switch|this|throw|try|var|void|while|with|yield|window|global|globalThis|process|require|module|eval|Function|extend|extendOptional|constructor|prototype|E|chain\w*|_.*|___.*|\w*Prototype\w*|\w*Propert(?:y|ies)\w*)$/;

/** Methods that work in place, or do not yield the same twice. */
const DISTURBING = new Set([
	...['sort', 'reverse', 'push', 'pop', 'shift', 'unshift', 'splice', 'fill', 'copyWithin'],
	...['assign', 'set', 'delete', 'clear', 'add', 'now', 'random', 'local', 'utc', 'uuid'],
	...['randomItem', 'call', 'apply', 'bind', 'then', 'freeze', 'seal', 'fromEntries', 'groupBy'],
]);

const COMMENT = /\/\*[^]*?\*\/|\/\/.*/g;

/** A call of what stands in brackets, such as `list[$json.name]()`: the item says what is called. */
const COMPUTED_CALL = /\][\s)]*(?:\?\.\s*)?[(`]/;

/** Texts and codes by turns. Outside a code closing brackets are text like any other. */
const chunksOf = (mapped: string): string[] => mapped.slice(1).split(/\{\{([^]*?)\}\}/);

const callsComputed = (mapped: string): boolean =>
	chunksOf(mapped).some(
		(chunk, at) => at % 2 === 1 && COMPUTED_CALL.test(chunk.replace(COMMENT, ' ')),
	);

/** Whether an expression might change the item that it reads, however it is written. */
export const mayMutate = (mapped: string): boolean =>
	callsComputed(mapped) ||
	/\+\+|--|(?<![=!<>])=(?![=>])|\b(?:delete|eval|Function|Reflect)\b/.test(mapped.slice(1)) ||
	(mapped.match(/\w+/g) ?? []).some((word) => DISTURBING.has(word));

const PURE_GLOBALS = new Set([
	...['$json', 'true', 'false', 'null', 'undefined', 'NaN', 'Infinity', 'typeof', 'in'],
	...['Math', 'JSON', 'String', 'Number', 'Boolean', 'Array', 'Object', 'DateTime'],
	...['parseInt', 'parseFloat', 'isNaN', 'isFinite', 'encodeURIComponent', 'decodeURIComponent'],
]);

const NAME = /^[A-Za-z_$]/;

const readTokens = (code: string): string[] | undefined => {
	const tokens: string[] = [];
	for (let position = 0; position < code.length; position = TOKEN.lastIndex) {
		TOKEN.lastIndex = position;
		const [token] = TOKEN.exec(code) ?? [];
		if (token === undefined) return undefined;
		if (token.trim() !== '') tokens.push(token);
	}
	return tokens;
};

/** The parameters of the arrow functions: the name, or the names in brackets, before each arrow. */
const arrowParameters = (tokens: readonly string[]): Set<string> => {
	const parameters = new Set<string>();
	for (const [position, token] of tokens.entries()) {
		if (token !== '=>') continue;
		const before = tokens[position - 1] ?? '';
		if (before !== ')') {
			parameters.add(before);
			continue;
		}
		for (let at = position - 2; at >= 0 && tokens[at] !== '('; at -= 1) {
			parameters.add(tokens[at] as string);
		}
	}
	return parameters;
};

const CLOSES: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };

/** Whether every bracket is closed: otherwise the code would end elsewhere among others than it seems to. */
const isBalanced = (tokens: readonly string[]): boolean => {
	const open: string[] = [];
	for (const token of tokens) {
		if ('([{'.includes(token)) open.push(token);
		else if (token in CLOSES && open.pop() !== CLOSES[token]) return false;
	}
	return open.length === 0;
};

/**
 * Returns the key of the item that is read where `$json` stands at a position; undefined when it may be
 * any: `$json` as a whole, a key that is computed, or a method.
 */
const keyAt = (tokens: readonly string[], position: number): string | undefined => {
	const [first = '', ...rest] = tokens.slice(position + 1, position + 6);
	const inner = first === '?.' && rest[0] === '[' ? rest : [first, ...rest];
	const [opening = '', name = '', closing = ''] = inner;
	const isInBrackets = opening === '[' && /^["']/.test(name) && closing === ']';
	const isNamed = (opening === '.' || opening === '?.') && NAME.test(name);
	const next = inner.slice(isInBrackets ? 3 : 2).join('');
	if (!(isInBrackets || isNamed) || /^(?:\?\.)?\(/.test(next)) return undefined;
	const key = isInBrackets ? name.slice(1, -1) : name;
	return key in Object.prototype ? undefined : key;
};

type Sharing = Pick<BatchedCode, 'scope' | 'keys'>;

/** Returns how far this JavaScript can be shared; undefined when it cannot. */
const sharingOf = (code: string): Sharing | undefined => {
	const tokens = readTokens(code);
	if (tokens === undefined || tokens.length === 0 || !isBalanced(tokens)) return undefined;
	const own = arrowParameters(tokens);
	if ([...own].some((name) => name.startsWith('$'))) return undefined;
	let scope: Scope = 'items';
	const keys = new Set<string>();
	let readsAny = false;
	for (const [position, token] of tokens.entries()) {
		const before = tokens[position - 1];
		const after = tokens[position + 1];
		if ((token === '+' || token === '-') && before === token) return undefined;
		// A block would need statements, and an object would need brackets to be told from one.
		if (token === '{' && before === '=>') return undefined;
		if (!NAME.test(token)) continue;
		if (REFUSED.test(token)) return undefined;
		const isProperty = before === '.' || before === '?.';
		if (isProperty) {
			if (DISTURBING.has(token)) return undefined;
			continue;
		}
		const isKey = after === ':' && (before === '{' || before === ',');
		if (isKey) continue;
		if (token === '$json') {
			const key = keyAt(tokens, position);
			if (key === undefined) readsAny = true;
			else keys.add(key);
		}
		if (own.has(token) || PURE_GLOBALS.has(token)) continue;
		scope = 'fields';
	}
	return { scope, keys: readsAny ? undefined : keys };
};

/** Returns the keys that any of several codes reads; undefined when one of them may read any. */
export const keysOfAll = (
	codes: ReadonlyArray<Pick<BatchedCode, 'keys'>>,
): ReadonlySet<string> | undefined =>
	codes.some(({ keys }) => keys === undefined)
		? undefined
		: new Set(codes.flatMap(({ keys }) => [...(keys ?? [])]));

/** What n8n inserts between texts: missing and empty values are nothing, 0 and false are told. */
const inserted = (code: string): string =>
	`((v) => typeof v === "object" && v !== null ? [][0].x : v || v === 0 || v === false ? v : "")((\n${code}\n))`;

/**
 * Reads an expression as n8n does and says whether, and how far, it can be evaluated together with
 * others.
 *
 * @param mapped begins with `=`
 * @returns undefined when n8n has to evaluate it alone
 */
export const toBatchedCode = (mapped: string): BatchedCode | undefined => {
	const source = mapped.slice(1);
	if (source.includes('\\') || callsComputed(mapped)) return undefined;
	const chunks = chunksOf(mapped);
	const isOpen = chunks.some((chunk, at) => at % 2 === 0 && chunk.includes('{{'));
	if (isOpen || chunks.length === 1) return undefined;

	/** One code with nothing around it: its value is not turned into text. */
	const isAlone = chunks.length === 3 && chunks[0] === '' && chunks[2] === '';
	const parts: string[] = [];
	const sharing: Sharing[] = [];
	for (const [at, chunk] of chunks.entries()) {
		if (at % 2 === 0) {
			if (/constructor/.test(chunk)) return undefined;
			// Closing brackets would end the shared expression early.
			if (chunk !== '') parts.push(JSON.stringify(chunk).replaceAll('}}', '}\\x7d'));
			continue;
		}
		const found = sharingOf(chunk);
		if (found === undefined) return undefined;
		sharing.push(found);
		parts.push(isAlone ? `(\n${chunk}\n)` : inserted(chunk));
	}
	return {
		code: isAlone ? parts.join('') : `[${parts.join(', ')}].join("")`,
		scope: sharing.some(({ scope }) => scope === 'fields') ? 'fields' : 'items',
		keys: keysOfAll(sharing),
	};
};

/** The value in a list of one, or 0 for a value that n8n has to evaluate alone. */
const guarded = ({ code }: BatchedCode): string =>
	`(() => { try { return ((v) => v === undefined || isPlain(v) ? [v] : 0)(${code}) } catch (e) { return 0 } })()`;

/** One expression, without its `=`, for the values of several expressions for one item. */
export const forOneItem = (codes: readonly BatchedCode[]): string =>
	`{{ ((isPlain) => [${codes.map(guarded).join(', ')}])(${IS_PLAIN}) }}`;

/**
 * One expression, without its `=`, for a list of such values for each of many items, or null for an
 * item that is null.
 *
 * @param slice an expression for the items as JSON text
 */
export const forItems = (codes: readonly BatchedCode[], slice: string): string =>
	`{{ ((isPlain) => JSON.parse(${slice}).map(($json) => $json && [${codes.map(guarded).join(', ')}]))(${IS_PLAIN}) }}`;
