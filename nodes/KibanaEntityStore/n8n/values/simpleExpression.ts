/**
 * Expressions that need no engine. n8n takes about 0.3 ms for one evaluation, whatever it does, and
 * most mapped expressions only name a field of the item. Those are read here in a fraction of a
 * microsecond; everything else is left to n8n.
 *
 * The grammar of what is simple, in full:
 *
 *     simple  = "=" code | "=" (text | code)+
 *     code    = "{{" space* "$json" step* space* "}}"
 *     step    = ("." | "?.") name | "[" space* (string | index) space* "]"
 *     name    = letter or "_", then letters, digits or "_" (ASCII)
 *     string  = a text in single or double quotes, without quotes, backslashes, line breaks or "}"
 *     index   = a whole number without sign or leading zeros
 *     text    = any characters but "\", up to the next "{{"
 *     space   = a blank, tab or line break
 *
 * A simple expression means exactly what n8n makes of it: the value of the one code, or, with text
 * around or several codes, one text in which missing values are empty. That holds only for values that
 * JSON can carry, on a path through plain objects and lists; at run time anything else, such as a date
 * or a property of a text, is handed to n8n after all.
 */
import { isPlain, isPlainObject } from './plain';

/** Says that only n8n knows the value. */
export const NOT_SIMPLE = Symbol('not simple');

/** The value of a mapped field for an item's json, or `NOT_SIMPLE`. */
export type CompiledValue = (json: unknown) => unknown;

type Step = string | number;

const NAME = String.raw`\??\.[A-Za-z_][A-Za-z0-9_]*`;
const SPACE = String.raw`[ \t\n\r]*`;
const STRING = String.raw`"[^"'}\\\n\r\u2028\u2029]*"|'[^"'}\\\n\r\u2028\u2029]*'`;
const INDEX = String.raw`0|[1-9][0-9]{0,8}`;
const STEP = String.raw`${NAME}|\[${SPACE}(?:${STRING}|${INDEX})${SPACE}\]`;
const CODE = new RegExp(String.raw`\{\{${SPACE}\$json((?:${STEP})*)${SPACE}\}\}`, 'y');
const TEXT = /(?:(?!\{\{)[^\\])+/y;
const EACH_STEP = new RegExp(STEP, 'g');

/** Names that n8n's sandbox refuses, or that every object has without holding them itself. */
const RESERVED =
	/^(__.*__|_load|_linkedBinding|arguments|binding|callee|caller|constructor|def.*|dlopen|execve|get(BuiltinModule|Own.*|PrototypeOf)|hasOwnProperty|isPrototypeOf|loadEnvFile|mainModule|prepareStackTrace|propertyIsEnumerable|prototype|setPrototypeOf|to(LocaleString|String)|valueOf)$/;

const readStep = (step: string): Step => {
	const bare = step.replace(/^\??\./, '');
	if (!bare.startsWith('[')) return bare;
	const inner = bare.slice(1, -1).trim();
	return /^\d/.test(inner) ? Number(inner) : inner.slice(1, -1);
};

const readSteps = (text: string): readonly Step[] | undefined => {
	const steps = (text.match(EACH_STEP) ?? []).map(readStep);
	return steps.some((step) => typeof step === 'string' && RESERVED.test(step)) ? undefined : steps;
};

const follow =
	(steps: readonly Step[]): CompiledValue =>
	(json) => {
		let value = json;
		for (const step of steps) {
			if (value === undefined || value === null) return undefined;
			if (typeof value !== 'object') return NOT_SIMPLE;
			if (Array.isArray(value)) {
				if (typeof step !== 'number') return NOT_SIMPLE;
			} else if (!isPlainObject(value)) return NOT_SIMPLE;
			value = Object.hasOwn(value, step) ? (value as Record<Step, unknown>)[step] : undefined;
		}
		return value === undefined || isPlain(value) ? value : NOT_SIMPLE;
	};

/** What n8n makes of a value between texts: missing and empty values are nothing, 0 and false are told. */
const insert = (value: unknown): string | typeof NOT_SIMPLE => {
	if (value === undefined || value === null) return '';
	return typeof value === 'object' || value === NOT_SIMPLE ? NOT_SIMPLE : String(value);
};

const join =
	(parts: ReadonlyArray<string | CompiledValue>): CompiledValue =>
	(json) => {
		let text = '';
		for (const part of parts) {
			const inserted = typeof part === 'string' ? part : insert(part(json));
			if (inserted === NOT_SIMPLE) return NOT_SIMPLE;
			text += inserted as string;
		}
		return text;
	};

/** Reads the parts of an expression after its `=`; undefined when one of them is not of the grammar. */
const readParts = (source: string): Array<string | CompiledValue> | undefined => {
	const parts: Array<string | CompiledValue> = [];
	for (let position = 0; position < source.length; ) {
		const isCode = source.startsWith('{{', position);
		const pattern = isCode ? CODE : TEXT;
		pattern.lastIndex = position;
		const found = pattern.exec(source);
		if (!found) return undefined;
		if (isCode) {
			const steps = readSteps(found[1] ?? '');
			if (!steps) return undefined;
			parts.push(follow(steps));
		} else parts.push(found[0]);
		position = pattern.lastIndex;
	}
	return parts;
};

/**
 * Compiles a mapped value into plain property access.
 *
 * @param mapped a value as the editor stores it; texts that begin with `=` are expressions
 * @returns undefined when it is no simple expression, so that n8n has to evaluate it
 */
export const compileValue = (mapped: unknown): CompiledValue | undefined => {
	if (typeof mapped !== 'string' || !mapped.startsWith('=')) {
		// n8n evaluates what is nested, so only plain values are what they are.
		return typeof mapped === 'object' && mapped !== null ? undefined : () => mapped;
	}
	const source = mapped.slice(1);
	// n8n refuses this word anywhere, text included.
	if (/constructor/.test(source)) return undefined;
	const parts = readParts(source);
	if (!parts) return undefined;
	const [first] = parts;
	return parts.length === 1 && typeof first === 'function' ? first : join(parts);
};
