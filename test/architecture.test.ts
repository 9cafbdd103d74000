import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';

const ROOT = join(__dirname, '../nodes/KibanaEntityStore');

/**
 * What each folder may import, besides itself. Data flows one way: `failure` is known to all and knows
 * nothing, the core knows no n8n, and what knows n8n is known only to the node.
 */
const MAY_IMPORT: Record<string, { folders: string[]; packages: string[] }> = {
	failure: { folders: [], packages: [] },
	entity: { folders: ['failure'], packages: ['luxon', 'zod'] },
	bulk: { folders: ['failure'], packages: [] },
	sources: { folders: ['entity/fields'], packages: [] },
	trigger: { folders: ['entity', 'failure'], packages: ['node:crypto'] },
	'kibana/http': { folders: ['failure'], packages: [] },
	kibana: {
		folders: [
			'bulk/find',
			'bulk/outcomes',
			'bulk/poll',
			'bulk/record',
			'bulk/verdict',
			'entity',
			'failure',
		],
		packages: ['node:crypto', 'zod'],
	},
	'n8n/values': { folders: [], packages: ['luxon', 'n8n-workflow'] },
	n8n: { folders: ['bulk/retry', 'failure', 'kibana'], packages: ['n8n-workflow'] },
	methods: {
		folders: ['actions/fixes', 'entity', 'failure', 'kibana', 'n8n', 'sources'],
		packages: ['n8n-workflow'],
	},
	actions: {
		folders: ['bulk', 'entity', 'failure', 'kibana', 'n8n', 'sources', 'trigger'],
		packages: ['n8n-workflow', 'zod'],
	},
	'': { folders: ['actions', 'methods', 'n8n'], packages: ['n8n-workflow'] },
};

/** The longest folder with a rule of its own that a file is in. */
const ruleOf = (path: string): string | undefined => {
	const parts = path.replace(/\.ts$/, '').split('/');
	if (parts.length === 1) return parts[0] === 'failure' ? 'failure' : '';
	for (let length = parts.length; length > 0; length -= 1) {
		const folder = parts.slice(0, length).join('/');
		if (folder in MAY_IMPORT) return folder;
	}
	return undefined;
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

const isIn = (path: string, folder: string): boolean =>
	path === folder || path.startsWith(`${folder}/`);

const code = (): Array<readonly [file: string, text: string]> =>
	readdirSync(ROOT, { recursive: true, encoding: 'utf8' })
		.filter((file) => file.endsWith('.ts'))
		.map((file) => [file, readFileSync(join(ROOT, file), 'utf8')] as const);

describe('imports', () => {
	it('run one way: no folder knows one that builds upon it, and the core knows no n8n', () => {
		const found = imports();
		expect(found.length).toBeGreaterThan(40);
		const forbidden = found.filter(({ from, to, isRelative }) => {
			const folder = ruleOf(from);
			const rule = folder === undefined ? undefined : MAY_IMPORT[folder];
			if (folder === undefined || rule === undefined) return true;
			if (!isRelative) return !rule.packages.includes(to);
			if (folder !== '' && isIn(to, folder)) return false;
			return !rule.folders.some((one) => isIn(to, one));
		});
		expect(forbidden).toEqual([]);
	});

	it('form no circle', () => {
		const found = imports().filter(({ isRelative }) => isRelative);
		const importedBy = (file: string) =>
			found
				.filter(({ from }) => from === file || from === `${file}.ts` || from === `${file}/index.ts`)
				.map(({ to }) => to);
		// Each file once: the ways through the imports are too many to be followed all.
		const clear = new Set<string>();
		const visit = (file: string, trail: readonly string[]): string[] => {
			if (trail.includes(file)) return [...trail, file];
			if (clear.has(file)) return [];
			for (const next of importedBy(file)) {
				const circle = visit(next, [...trail, file]);
				if (circle.length > 0) return circle;
			}
			clear.add(file);
			return [];
		};
		for (const { to } of found) expect(visit(to, [])).toEqual([]);
	});
});

describe('what stands where', () => {
	const filesWith = (pattern: RegExp, allowed: (file: string) => boolean) =>
		code()
			.filter(([file, text]) => !allowed(file) && pattern.test(text))
			.map(([file]) => file);

	it('keeps the paths of the API in kibana/', () => {
		expect(
			filesWith(/['"`/]\/?api\/(status|spaces|security|entity_|asset_)/, (file) =>
				isIn(file, 'kibana'),
			),
		).toEqual([]);
	});

	it('keeps the names of parameters and options of the editor in actions/', () => {
		const named =
			/"(Write Protected Fields|Identity Provider|API Generation|Chunk Size|Max Chunk Bytes|Verify Timeout|Timeout|Ignore SSL Issues)"/;
		expect(filesWith(named, (file) => isIn(file, 'actions'))).toEqual([]);
	});

	it('keeps the words of Kibana out of bulk/, and the fields of entities out of n8n/', () => {
		const bulk = code().filter(([file]) => isIn(file, 'bulk'));
		expect(
			bulk.filter(([, text]) => /Entity Store|elastic/i.test(text)).map(([file]) => file),
		).toEqual([]);
		const n8n = code().filter(([file]) => isIn(file, 'n8n'));
		expect(
			n8n
				.filter(([, text]) => /['"](entity|user|host|service|asset)\.\w/.test(text))
				.map(([file]) => file),
		).toEqual([]);
	});
});
