import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(__dirname, '../..');

/** A page of the documentation. */
export interface Page {
	/** Path in the repository. */
	readonly path: string;
	readonly text: string;
}

/** All Markdown pages at the top of the repository and in `docs/`. */
export const readPages = (): Page[] =>
	['', 'docs/']
		.flatMap((folder) => readdirSync(join(ROOT, folder)).map((name) => `${folder}${name}`))
		.filter((path) => path.endsWith('.md'))
		.map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));

/** A fenced block of code. */
export interface Block {
	/** Path of its page. */
	readonly path: string;
	/** The text after the opening fence. */
	readonly language: string;
	readonly text: string;
	/** The last line before it that is not empty. */
	readonly before: string;
}

const FENCED = /^```(\w*)\n(.*?)^```$/gms;

export const blocksOf = ({ path, text }: Page): Block[] =>
	[...text.matchAll(FENCED)].map((match) => ({
		path,
		language: match[1] as string,
		text: match[2] as string,
		before: text.slice(0, match.index).trimEnd().split('\n').pop() as string,
	}));

/** Returns a page without its code, which contains no links or headings. */
const proseOf = ({ text }: Page): string => text.replace(FENCED, '').replace(/`[^`\n]*`/g, '``');

const LINK = /(!?)\[[^\]]*\]\(([^)\s]+)\)/g;

export interface Link {
	readonly isImage: boolean;
	readonly target: string;
}

export const linksOf = (page: Page): Link[] =>
	[...proseOf(page).matchAll(LINK)].map(([, mark, target]) => ({
		isImage: mark === '!',
		target: target as string,
	}));

/** Returns the anchor that GitHub makes from a heading. */
const anchorOf = (heading: string): string =>
	heading
		.toLowerCase()
		.replace(/[^\p{L}\p{N}\s_-]/gu, '')
		.trim()
		.replace(/\s/g, '-');

/** Returns what a link to this page may have after `#`. */
export const anchorsOf = ({ text }: Page): Set<string> => {
	const prose = text.replace(FENCED, '');
	const headings = [...prose.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
		anchorOf(heading as string),
	);
	const named = [...prose.matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id as string);
	return new Set([...headings, ...named]);
};
