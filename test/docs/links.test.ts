import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { dirname } from 'node:path/posix';

import { KibanaEntityStoreApi } from '../../credentials/KibanaEntityStoreApi.credentials';
import codex from '../../nodes/KibanaEntityStore/KibanaEntityStore.node.json';
import triggerCodex from '../../nodes/KibanaEntityStore/KibanaEntityStoreTrigger.node.json';
import { anchorsOf, linksOf, readPages, ROOT } from './markdown';

const PAGES = readPages();
const { repository } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
	repository: { url: string };
};
const HOME = repository.url.replace(/^git\+|\.git$/g, '');
/** Registries show the README too, but only images with a full URL. */
const FILES = `${HOME.replace('//github.com/', '//raw.githubusercontent.com/')}/main/`;

const isElsewhere = (target: string): boolean =>
	/^[a-z]+:/.test(target) && !target.startsWith(FILES);

/** Returns what is wrong with a link on a page, or undefined. */
const problemWith = (path: string, target: string): string | undefined => {
	const [file = '', anchor] = target.split('#');
	const found = file.startsWith(FILES)
		? file.slice(FILES.length)
		: file === ''
			? path
			: normalize(join(dirname(path), file));
	if (!existsSync(join(ROOT, found))) return `${path}: no file ${found}`;
	if (anchor === undefined) return undefined;
	const page = { path: found, text: readFileSync(join(ROOT, found), 'utf8') };
	return anchorsOf(page).has(anchor) ? undefined : `${path}: no #${anchor} in ${found}`;
};

describe('links and images of the pages', () => {
	it('lead to files and headings that exist', () => {
		const problems = PAGES.flatMap((page) =>
			linksOf(page)
				.filter(({ target }) => !isElsewhere(target))
				.flatMap(({ target }) => problemWith(page.path, target) ?? []),
		);
		expect(problems).toEqual([]);
	});

	it('have a full URL when they are images of the README', () => {
		const readme = PAGES.filter(({ path }) => path === 'README.md');
		const images = readme.flatMap(linksOf).filter(({ isImage }) => isImage);
		expect(images.length).toBeGreaterThan(0);
		for (const { target } of images) expect(target.startsWith(FILES)).toBe(true);
	});

	it('are found from the editor: its links lead to a page or a heading', () => {
		// n8n puts its own query behind these links, which breaks a fragment.
		const BLOB = `${HOME}/blob/main/`;
		const { documentationUrl } = new KibanaEntityStoreApi();
		const urls = [codex, triggerCodex].flatMap(
			({ resources: { primaryDocumentation, credentialDocumentation } }) =>
				[...primaryDocumentation, ...credentialDocumentation].map(({ url }) => url),
		);
		for (const url of [...urls, documentationUrl]) {
			expect(url.startsWith(BLOB)).toBe(true);
			expect(url).not.toContain('#');
			expect(problemWith('README.md', url.slice(BLOB.length))).toBeUndefined();
		}
	});

	it('lead from the README to every other page, directly or not', () => {
		const reached = new Set(['README.md']);
		for (const path of reached) {
			const page = PAGES.find((one) => one.path === path);
			for (const { target } of page ? linksOf(page) : []) {
				if (isElsewhere(target) || target.startsWith('#')) continue;
				reached.add(normalize(join(dirname(path), target.split('#')[0] as string)));
			}
		}
		const unreached = PAGES.map(({ path }) => path).filter((path) => !reached.has(path));
		expect(unreached).toEqual([]);
	});
});

describe('comments in the code', () => {
	const FOLDERS = ['nodes', 'credentials', 'sandbox', 'test', 'bench'];

	it('name headings of docs/kibana-api.md that exist', () => {
		const anchors = anchorsOf({
			path: 'docs/kibana-api.md',
			text: readFileSync(join(ROOT, 'docs/kibana-api.md'), 'utf8'),
		});
		const named = FOLDERS.flatMap((folder) =>
			readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
				.filter((file) => file.endsWith('.ts'))
				.flatMap((file) => {
					const text = readFileSync(join(ROOT, folder, file), 'utf8');
					const remarks = text.matchAll(/docs\/kibana-api\.md((?:(?:, )?#[\w-]+)+)/g);
					return [...remarks].flatMap(([, list = '']) => list.match(/[\w-]+/g) ?? []);
				}),
		);
		expect(named.length).toBeGreaterThan(20);
		expect(named.filter((anchor) => !anchors.has(anchor))).toEqual([]);
	});
});
