import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import {
	ENTITY_TYPES,
	fieldsOf,
	type GenerationName,
} from '../../nodes/KibanaEntityStore/entity/fields';
import { KibanaEntityStore } from '../../nodes/KibanaEntityStore/KibanaEntityStore.node';
import { NEWEST_N8N } from '../../sandbox/n8n/server';
import { readPages, ROOT } from './markdown';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

const writable = (generation: GenerationName): string[] =>
	ENTITY_TYPES.flatMap((entityType) => fieldsOf(generation, entityType))
		.filter(({ protection }) => protection !== 'never')
		.map(({ path }) => path);

/** Words that stand where a text is still to come. */
const PLACEHOLDER = /\b(TABLE|FIGURE|TODO|TBD|FIXME|XXX)\b/;

describe('what the pages say of the code', () => {
	it('stands there: no placeholder is left', () => {
		const unfinished = readPages().filter(({ text }) => PLACEHOLDER.test(text));
		expect(unfinished.map(({ path }) => path)).toEqual([]);
	});

	it('docs/upgrading.md names all fields that exist up to Kibana 9.3 only', () => {
		const later = new Set(writable('v2'));
		const ending = [...new Set(writable('v1'))].filter((path) => !later.has(path));
		const [, list = ''] =
			/These fields exist on 9\.2 and 9\.3 only:(.*?)\n\n/s.exec(read('docs/upgrading.md')) ?? [];
		const named = [...list.matchAll(/`([a-z_.]+)`/g)].map(([, path]) => path);
		expect(named.sort()).toEqual(ending.sort());
	});

	it('README.md names every ready workflow once', () => {
		const named = [...read('README.md').matchAll(/^\| \[[\w.-]+\]\(examples\/([\w.-]+)\)/gm)];
		expect(named.map(([, file]) => file).sort()).toEqual(
			readdirSync(join(ROOT, 'examples')).sort(),
		);
	});

	it('docs/results.md explains every reason and every status', () => {
		const wordsOf = (file: string, declaration: RegExp) => {
			const [, words = ''] = declaration.exec(read(`nodes/KibanaEntityStore/${file}`)) ?? [];
			return [...words.matchAll(/'(\w+)'/g)].map(([, word]) => word);
		};
		const reasons = wordsOf('failure.ts', /type FailureReason =(.*?);/s);
		const statuses = wordsOf('bulk/outcomes.ts', /type StoredStatus =(.*?);/s);
		expect(reasons.length).toBeGreaterThan(15);
		expect(statuses.length).toBe(6);
		const page = read('docs/results.md');
		for (const word of [...reasons, ...statuses]) expect(page).toContain(`\`${word}\``);
	});

	it('README.md and docs/install.md name every n8n that the tests run', () => {
		const versions = readdirSync(join(ROOT, 'sandbox/n8n/runtimes'));
		expect(versions).toContain(NEWEST_N8N);
		for (const version of versions) {
			const { dependencies } = JSON.parse(read(`sandbox/n8n/runtimes/${version}/package.json`)) as {
				dependencies: { n8n: string };
			};
			expect(dependencies.n8n).toBe(version);
			expect(read('README.md')).toMatch(
				new RegExp(`^\\| n8n [\\d., ]*${version.replace(/\./g, '\\.')}[, ].*\\|$`, 'm'),
			);
		}
		expect(read('docs/install.md')).toContain(`n8nio/n8n:${NEWEST_N8N}\n`);
	});

	it('README.md lists every operation of every resource, and no other', () => {
		const { properties } = new KibanaEntityStore().description;
		const named = (options: unknown) => options as ReadonlyArray<{ name: string; value: string }>;
		const resources = named(properties.find(({ name }) => name === 'resource')?.options);
		expect(resources.length).toBeGreaterThan(3);
		for (const { name: resource, value } of resources) {
			const operations = properties.find(
				({ name, displayOptions }) =>
					name === 'operation' && displayOptions?.show?.resource?.[0] === value,
			);
			const [, cell = ''] =
				new RegExp(`^\\| \\[?\\*\\*${resource}\\*\\*[^|]*\\|([^|]*)\\|$`, 'm').exec(
					read('README.md'),
				) ?? [];
			const listed = cell.replace(/\[|\]\([^)]*\)/g, '').split(',');
			expect(listed.map((text) => text.trim()).sort()).toEqual(
				named(operations?.options)
					.map(({ name }) => name)
					.sort(),
			);
		}
	});
});
