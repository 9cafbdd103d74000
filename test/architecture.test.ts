import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';

const ROOT = join(__dirname, '../nodes/KibanaEntityStore');

/** What each folder may import, besides itself; data flows from left to right and never back. */
const MAY_IMPORT: Record<string, { folders: string[]; packages: string[] }> = {
	entity: { folders: [], packages: ['luxon', 'zod'] },
	bulk: { folders: [], packages: [] },
	kibana: { folders: ['bulk/outcome', 'entity'], packages: ['node:crypto', 'zod'] },
	n8n: { folders: ['bulk/outcome', 'kibana'], packages: ['luxon', 'n8n-workflow', 'zod'] },
	methods: { folders: ['entity', 'kibana', 'n8n'], packages: ['n8n-workflow'] },
	actions: { folders: ['bulk', 'entity', 'kibana', 'n8n'], packages: ['n8n-workflow'] },
	'': { folders: ['actions', 'methods', 'n8n'], packages: ['n8n-workflow'] },
};

interface Import {
	readonly from: string;
	readonly to: string;
	readonly isRelative: boolean;
}

const imports = (): Import[] =>
	readdirSync(ROOT, { recursive: true, encoding: 'utf8' })
		.filter((file) => file.endsWith('.ts'))
		.flatMap((file) => {
			const text = readFileSync(join(ROOT, file), 'utf8');
			return [...text.matchAll(/from '([^']+)'/g)].map(([, target = '']) => {
				const isRelative = target.startsWith('.');
				const to = isRelative
					? relative(ROOT, normalize(join(ROOT, dirname(file), target)))
					: target;
				return { from: file, to, isRelative };
			});
		});

const folderOf = (path: string): string => (path.includes('/') ? (path.split('/')[0] ?? '') : '');

describe('imports', () => {
	it('run one way: no folder knows one that builds upon it, and the core knows no n8n', () => {
		const found = imports();
		expect(found.length).toBeGreaterThan(40);
		const forbidden = found.filter(({ from, to, isRelative }) => {
			const rule = MAY_IMPORT[folderOf(from)];
			if (rule === undefined) return true;
			if (!isRelative) return !rule.packages.includes(to);
			if (folderOf(to) === folderOf(from) && folderOf(from) !== '') return false;
			return !rule.folders.some((folder) => to === folder || to.startsWith(`${folder}/`));
		});
		expect(forbidden).toEqual([]);
	});

	it('form no circle', () => {
		const found = imports().filter(({ isRelative }) => isRelative);
		const importedBy = (file: string) =>
			found
				.filter(({ from }) => from === file || from === `${file}.ts` || from === `${file}/index.ts`)
				.map(({ to }) => to);
		const visit = (file: string, trail: readonly string[]): string[] => {
			if (trail.includes(file)) return [...trail, file];
			for (const next of importedBy(file)) {
				const circle = visit(next, [...trail, file]);
				if (circle.length > 0) return circle;
			}
			return [];
		};
		for (const { to } of found) expect(visit(to, [])).toEqual([]);
	});
});
