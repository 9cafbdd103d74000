import { execFileSync } from 'node:child_process';
import {
	cpSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(__dirname, '..');

let folder: string;
let packed: string;

beforeAll(() => {
	execFileSync('npm', ['run', 'build'], { cwd: ROOT, stdio: 'pipe' });
	folder = mkdtempSync(join(tmpdir(), 'package-'));
	const [{ filename }] = JSON.parse(
		execFileSync('npm', ['pack', '--json', '--pack-destination', folder], {
			cwd: ROOT,
			encoding: 'utf8',
			stdio: ['ignore', 'pipe', 'ignore'],
		}),
	);
	execFileSync('tar', ['xzf', join(folder, filename), '-C', folder]);
	packed = join(folder, 'package');
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const filesOf = (directory: string): string[] =>
	execFileSync('find', ['.', '-type', 'f'], { cwd: directory, encoding: 'utf8' })
		.split('\n')
		.filter(Boolean)
		.map((file) => file.slice(2))
		.sort();

/**
 * Installs packages as pnpm does, where a package sees its own direct dependencies and no others, and
 * returns the folder. A tree is installed once.
 */
const ensureStrictTree = (dependencies: Readonly<Record<string, string>>): string => {
	const manifest = JSON.stringify({ private: true, dependencies });
	const name = Object.values(dependencies).join('-');
	const tree = join(ROOT, '.runtime/trees', name);
	if (existsSync(join(tree, '.installed'))) return tree;
	mkdirSync(tree, { recursive: true });
	writeFileSync(join(tree, 'package.json'), manifest);
	const store = join(ROOT, '.runtime/trees/store');
	const pnpm = join(ROOT, 'node_modules/.bin/pnpm');
	const install = ['install', '--ignore-scripts', '--ignore-workspace', '--store-dir', store];
	execFileSync(pnpm, install, { cwd: tree, stdio: 'pipe' });
	writeFileSync(join(tree, '.installed'), '');
	return tree;
};

describe('the packed package', () => {
	it('holds the built node, its icons and codex, and nothing else', () => {
		const unexpected = filesOf(packed).filter(
			(file) =>
				!/^(package\.json|README\.md|LICENSE|CHANGELOG\.md)$/.test(file) &&
				!/^dist\/(nodes|credentials)\/.*\.(js|node\.json)$/.test(file) &&
				!/^dist\/icons\/kibanaEntityStore(\.dark)?\.svg$/.test(file),
		);
		expect(unexpected).toEqual([]);
		expect(filesOf(packed)).toEqual(
			expect.arrayContaining([
				'LICENSE',
				'README.md',
				'dist/credentials/KibanaEntityStoreApi.credentials.js',
				'dist/icons/kibanaEntityStore.dark.svg',
				'dist/icons/kibanaEntityStore.svg',
				'dist/nodes/KibanaEntityStore/KibanaEntityStore.node.js',
				'dist/nodes/KibanaEntityStore/KibanaEntityStore.node.json',
			]),
		);
	});

	it('needs nothing installed but what n8n provides', () => {
		const { dependencies, peerDependencies } = JSON.parse(
			readFileSync(join(packed, 'package.json'), 'utf8'),
		);
		expect(dependencies).toBeUndefined();
		expect(peerDependencies).toEqual({ 'n8n-workflow': '*' });
	});

	it('requires nothing but what every n8n since 1.60 lets a package see', () => {
		const required = filesOf(join(packed, 'dist'))
			.filter((file) => file.endsWith('.js'))
			.flatMap((file) => [
				...readFileSync(join(packed, 'dist', file), 'utf8').matchAll(
					/(?:require|import)\(\s*["'`]([^."'`][^"'`]*)["'`]\s*\)/g,
				),
			])
			.map(([, name]) => name);
		expect([...new Set(required)].sort()).toEqual(['luxon', 'n8n-workflow', 'node:crypto', 'zod']);
	});

	describe.each([
		['the newest n8n', { 'n8n-workflow': '2.41.0', zod: '3.25.76', luxon: '3.7.2' }],
		[
			'the oldest API that it can do with',
			{ 'n8n-workflow': '1.83.0', zod: '3.24.1', luxon: '3.4.4' },
		],
		['an n8n with zod 4', { 'n8n-workflow': '2.41.0', zod: '4.6.7', luxon: '3.7.2' }],
	])('in a strict tree as in the Docker image, with %s', (_, dependencies) => {
		it(
			'loads, and finds all that it takes from n8n',
			() => {
				const tree = ensureStrictTree(dependencies);
				const root = join(folder, 'user/.n8n/nodes/node_modules/n8n-nodes-kibana-entity-store');
				cpSync(packed, root, { recursive: true });
				const script = `
					const { join } = require('node:path');
					const root = process.argv[1];
					const { n8n } = require(join(root, 'package.json'));
					const { KibanaEntityStore } = require(join(root, n8n.nodes[0]));
					const { KibanaEntityStoreApi } = require(join(root, n8n.credentials[0]));
					const seen = (name) => { try { require(name); return true; } catch { return false; } };
					const workflow = require('n8n-workflow');
					console.log(JSON.stringify({
						names: [new KibanaEntityStore().description.name, new KibanaEntityStoreApi().name],
						// Others of n8n's packages lie deeper in the tree.
						seen: ['n8n-workflow', 'lodash', 'axios', 'moment'].filter(seen),
						missing: process.argv[2].split(',').filter((name) => workflow[name] === undefined),
					}));
				`;
				const used = new Set(
					filesOf(join(packed, 'dist'))
						.filter((file) => file.endsWith('.js'))
						.flatMap((file) => [
							...readFileSync(join(packed, 'dist', file), 'utf8').matchAll(
								/n8n_workflow_1\.(\w+)/g,
							),
						])
						.map(([, name]) => name),
				);
				expect(used.size).toBeGreaterThan(0);
				const printed = execFileSync('node', ['-e', script, root, [...used].join(',')], {
					encoding: 'utf8',
					cwd: folder,
					// n8n shows a package its own modules in this way.
					env: { ...process.env, NODE_PATH: join(tree, 'node_modules') },
				});
				expect(JSON.parse(printed)).toEqual({
					names: ['kibanaEntityStore', 'kibanaEntityStoreApi'],
					seen: ['n8n-workflow'],
					missing: [],
				});
			},
			5 * 60_000,
		);
	});

	it('passes the lint command of n8n only with the configuration that n8n gives out', () => {
		const template = '@n8n/node-cli/dist/template/templates/shared/default/eslint.config.mjs';
		const read = (file: string) => readFileSync(join(ROOT, file), 'utf8').replace(/\s+/g, ' ');
		expect(read('eslint.config.mjs')).toBe(read(`node_modules/${template}`));
	});

	it('passes the rules by which n8n scans packages, sources and packed files alike', () => {
		const script = `
			import { analyzePackage, SOURCE_FILE_PATTERNS } from '@n8n/scan-community-package/scanner/scanner.mjs';
			const [source, packed] = process.argv.slice(1);
			const results = [await analyzePackage(source, SOURCE_FILE_PATTERNS), await analyzePackage(packed, ['**/*.js', 'package.json'])];
			console.log(JSON.stringify(results));
			process.exit(0);
		`;
		const printed = execFileSync('node', ['--input-type=module', '-e', script, ROOT, packed], {
			cwd: ROOT,
			encoding: 'utf8',
			stdio: ['ignore', 'pipe', 'ignore'],
			// Under "test" one of the linters takes this package for n8n's own repository.
			env: { ...process.env, NODE_ENV: 'production' },
		});
		const results = JSON.parse(printed.trim().split('\n').pop() as string);
		for (const result of results) expect(result).toEqual({ passed: true });
	}, 120_000);

	it('names no other place than itself', () => {
		const grep = () =>
			execFileSync('grep', ['-rliE', '127\\.0\\.0\\.1|localhost|/tmp/|/root/|/home/', 'dist'], {
				cwd: packed,
				encoding: 'utf8',
			});
		expect(grep).toThrow();
	});
});
