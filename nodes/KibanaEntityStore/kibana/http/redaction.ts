/**
 * Hiding the credential in what a server answers. A server or a proxy may quote the request, in any
 * spelling: escaped for JSON, a URL or a page, several times over, or cut short. So texts are not searched
 * for spellings. Each is unpacked until nothing is left to unpack, and at every step searched for any
 * run of characters of the secret.
 */
import { secretsOf, type Identity } from './authorization';

/** Replaces what quotes the credential in the body of an answer. */
export type Redact = (body: string) => string;

const HIDDEN = '[hidden]';

/** So many characters of a secret in a row are too many. */
const LONGEST_REMAINDER = 12;

const NAMED: Readonly<Record<string, string>> = {
	...{ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' },
	...{ equals: '=', plus: '+', sol: '/', colon: ':', lowbar: '_', percnt: '%', bsol: '\\' },
};

const ESCAPED: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

/** The escapes of JSON and JavaScript, of URLs and forms, and of HTML. */
const ESCAPE =
	/\\(?:u([\da-f]{4})|x([\da-f]{2})|([^]))|((?:%[\da-f]{2})+)|&(?:#x([\da-f]{1,6})|#(\d{1,7})|([a-z]{2,6}));?/gi;

/** Returns what an escape stands for; the groups are those of `ESCAPE`. */
const unescapeOne = (escape: string, ...groups: Array<string | undefined>): string => {
	const [unicode, byte, character, percent, hex, decimal, name] = groups;
	const code = unicode ?? byte ?? hex;
	if (code !== undefined || decimal !== undefined) {
		const point = code === undefined ? Number(decimal) : parseInt(code, 16);
		// A half of a surrogate pair is a code unit, which no code point is.
		return point > 0x10ffff ? escape : String.fromCodePoint(point);
	}
	if (character !== undefined) return ESCAPED[character] ?? character;
	if (percent !== undefined)
		return Buffer.from(percent.replaceAll('%', ''), 'hex').toString('utf8');
	return NAMED[(name ?? '').toLowerCase()] ?? escape;
};

/** Nobody packs a text deeper than this by accident. */
const MOST_LAYERS = 8;

/** Returns the text and all that it is when it is unpacked, step by step; undefined if there is no end to it. */
const layersOf = (text: string): readonly string[] | undefined => {
	const layers = [text];
	for (let layer = text; layers.length <= MOST_LAYERS; layers.push(layer)) {
		const inner = layer.replace(ESCAPE, unescapeOne);
		if (inner === layer) return layers;
		layer = inner;
	}
	return undefined;
};

/** Base64 has two spellings of two characters, and a form one of its own for the blank. */
const ALIKE: Readonly<Record<string, string>> = {
	...{ '+': '[-+ ]', '-': '[-+ ]', ' ': '[-+ ]', '/': '[/_]', _: '[/_]' },
};

const patternOf = (text: string): string =>
	[...text]
		.map((one) => ALIKE[one] ?? (/\w/.test(one) ? one : `\\u{${one.codePointAt(0)?.toString(16)}}`))
		.join('');

/** Returns the runs of characters of a text that begin at every step; a shorter text is its only run. */
const runsOf = (text: string, length: number, step: number): string[] => {
	const characters = [...text];
	if (characters.length < LONGEST_REMAINDER) return [text];
	const count = Math.floor((characters.length - length) / step) + 1;
	return Array.from({ length: count }, (_, nth) =>
		characters.slice(nth * step, nth * step + length).join(''),
	);
};

const patternOfAny = (texts: readonly string[]): RegExp =>
	new RegExp([...new Set(texts.map(patternOf))].join('|'), 'iu');

/** Returns whether a text holds so much of one of the secrets that it may not be shown. */
const finderOf = (secrets: readonly string[]): ((text: string) => boolean) => {
	const tooMuch = patternOfAny(secrets.flatMap((text) => runsOf(text, LONGEST_REMAINDER, 1)));
	// Every run of 12 characters holds one of these whole, and there are few of them: answers can be long.
	const half = LONGEST_REMAINDER / 2;
	const hint = patternOfAny(secrets.flatMap((text) => runsOf(text, half, half)));
	return (text) => hint.test(text) && tooMuch.test(text);
};

type Tree = Record<string, unknown> | unknown[];

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null;

/** Changes the texts, keys and numbers of a value in place. Without recursion: it may be nested deeper than any stack. */
const rewrite = (root: Tree, hide: (text: string) => string): void => {
	const open: Tree[] = [root];
	for (let tree = open.pop(); tree; tree = open.pop()) {
		const section = tree as Record<string, unknown>;
		for (const [key, value] of Object.entries(section)) {
			if (isTree(value)) open.push(value);
			const text = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
			const shown = hide(text) === text ? value : hide(text);
			const shownKey = Array.isArray(tree) ? key : hide(key);
			if (shownKey !== key) delete section[key];
			if (shownKey !== key || shown !== value) section[shownKey] = shown;
		}
	}
};

/**
 * Returns what hides a credential in the bodies of answers. A text that quotes the credential as it is
 * keeps its other words; one that quotes it in another spelling, or in part, is hidden as a whole. A body
 * that quotes nothing stays as it is, to the byte.
 */
export const redactorOf = (identity: Identity): Redact => {
	const { whole, parts } = secretsOf(identity);
	if (parts.length === 0) return (body) => body;
	const unpacked = parts.flatMap((part) => [part, layersOf(part)?.at(-1) ?? part]);
	const holdsTooMuch = finderOf(unpacked);
	const isQuoting = (text: string): boolean => layersOf(text)?.some(holdsTooMuch) ?? true;
	const hide = (text: string): string => {
		if (!isQuoting(text)) return text;
		const cut = whole.reduce((rest, secret) => rest.replaceAll(secret, HIDDEN), text);
		return isQuoting(cut) ? HIDDEN : cut;
	};
	return (body) => {
		if (!isQuoting(body)) return body;
		try {
			const root: Tree = [JSON.parse(body)];
			rewrite(root, hide);
			return JSON.stringify(root[0]);
		} catch {
			// No JSON, or nested deeper than JSON can be written.
			return HIDDEN;
		}
	};
};
