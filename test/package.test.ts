import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
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
				'dist/nodes/KibanaEntityStore/KibanaEntityStoreTrigger.node.js',
				'dist/nodes/KibanaEntityStore/KibanaEntityStoreTrigger.node.json',
			]),
		);
	});

	it('needs nothing installed but what n8n provides', () => {
		const { dependencies, peerDependencies, n8n } = JSON.parse(
			readFileSync(join(packed, 'package.json'), 'utf8'),
		);
		expect(dependencies).toBeUndefined();
		expect(peerDependencies).toEqual({ 'n8n-workflow': '*' });

		// Beside the package lies only what n8n puts on the path of a community package.
		const provided = join(folder, 'provided');
		mkdirSync(join(provided, 'node_modules'), { recursive: true });
		cpSync(packed, join(provided, 'node_modules', 'n8n-nodes-kibana-entity-store'), {
			recursive: true,
		});
		const script = `
			const resolve = require('node:module');
			const allowed = ['n8n-workflow', 'zod', 'luxon', 'node:crypto'];
			const load = resolve._load;
			let depth = 0;
			resolve._load = function (request, parent, isMain) {
				const own = parent?.filename?.includes('n8n-nodes-kibana-entity-store');
				if (own && !request.startsWith('.') && !allowed.includes(request)) throw new Error('needs ' + request);
				return load.call(this, request, parent, isMain);
			};
			const root = process.argv[1] + '/node_modules/n8n-nodes-kibana-entity-store/';
			const { KibanaEntityStore } = require(root + ${JSON.stringify(n8n.nodes[0])});
			const { KibanaEntityStoreTrigger } = require(root + ${JSON.stringify(n8n.nodes[1])});
			const { KibanaEntityStoreApi } = require(root + ${JSON.stringify(n8n.credentials[0])});
			console.log(new KibanaEntityStore().description.name, new KibanaEntityStoreTrigger().description.name, new KibanaEntityStoreApi().name);
		`;
		const printed = execFileSync('node', ['-e', script, provided], {
			encoding: 'utf8',
			env: { ...process.env, NODE_PATH: join(ROOT, 'node_modules') },
		});
		expect(printed.trim()).toBe(
			'kibanaEntityStore kibanaEntityStoreTrigger kibanaEntityStoreApi',
		);
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
