import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..');
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

const workflows = readdirSync(join(ROOT, '.github/workflows')).map(
	(file) => `.github/workflows/${file}`,
);

describe('the workflows of GitHub', () => {
	it.each(workflows)(
		'%s names exact versions, and grants nothing by default but reading',
		(file) => {
			const text = read(file);
			const uses = [...text.matchAll(/uses: (\S+)/g)].map(([, action]) => action);
			expect(uses.length).toBeGreaterThan(0);
			for (const action of uses) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
			expect(text).toMatch(/^permissions:(\n {2}contents: read| \{\})$/m);
			expect(text).not.toMatch(/:latest|ubuntu-latest/);
		},
	);

	/** The jobs of the workflow that publishes, by name. */
	const jobs = (): Record<string, string> => {
		const [, text = ''] = read('.github/workflows/publish.yml').split(/^jobs:\n/m);
		const parts = text.split(/^ {2}(?=\w+:\n)/m).slice(1);
		return Object.fromEntries(parts.map((part) => [part.slice(0, part.indexOf(':')), part]));
	};

	it('run no package of others where something can be published or a secret is read', () => {
		const { build = '', publish = '' } = jobs();
		expect(Object.keys(jobs())).toEqual(['build', 'publish']);
		expect(build).not.toMatch(/id-token|secrets\.|: write/);
		expect(build).toContain('persist-credentials: false');
		expect(publish).not.toMatch(/npm (ci|install|test|run)|checkout@/);
		expect(publish).toContain('--ignore-scripts');
		for (const file of workflows.filter((name) => !name.endsWith('/publish.yml'))) {
			expect(read(file)).not.toMatch(/secrets\.|id-token/);
		}
	});

	it('publish a tag of the version only, after every check, and with provenance', () => {
		const { build = '', publish = '' } = jobs();
		expect(build).toContain('run: npm test\n');
		expect(build.indexOf('npm test')).toBeLessThan(build.indexOf('npm pack'));
		expect(build).toContain('test "v${version}" = "${GITHUB_REF_NAME}"');
		expect(publish).toContain('needs: build\n');
		expect(publish).toMatch(/npm publish .*--provenance/);
		expect(publish).toContain('id-token: write');
	});
});

describe('package.json', () => {
	it('says what npm and n8n show', () => {
		const { homepage, repository, bugs, description, license, keywords, author, files } =
			JSON.parse(read('package.json'));
		expect({ homepage, repository, bugs, description, license, author }).toEqual({
			homepage: expect.stringMatching(/^https:.*#readme$/),
			repository: { type: 'git', url: expect.stringMatching(/^git\+https:.*\.git$/) },
			bugs: { url: expect.stringMatching(/^https:.*\/issues$/) },
			description: expect.stringMatching(/n8n.*Elastic Security/),
			license: 'MIT',
			author: { name: expect.any(String), email: expect.any(String) },
		});
		expect(keywords).toContain('n8n-community-node-package');
		expect(files).toEqual(['dist', 'CHANGELOG.md']);
	});

	it('has one version in the package, its lock file and the changelog', () => {
		const { name, version } = JSON.parse(read('package.json'));
		const lock = JSON.parse(read('package-lock.json'));
		const { packages } = lock as { packages: Record<string, unknown> };
		expect(lock).toMatchObject({ name, version });
		expect(packages['']).toMatchObject({ name, version });
		const [, newest] =
			/^## \[([^\]]+)\] - (?:Unreleased|\d{4}-\d{2}-\d{2})$/m.exec(read('CHANGELOG.md')) ?? [];
		expect(newest).toBe(version);
	});
});
