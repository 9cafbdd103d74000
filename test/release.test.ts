import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..');
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

const workflows = readdirSync(join(ROOT, '.github/workflows')).map(
	(file) => `.github/workflows/${file}`,
);

describe('the workflows of GitHub', () => {
	it.each(workflows)('%s names exact versions and no secret', (file) => {
		const text = read(file);
		const uses = [...text.matchAll(/uses: (\S+)/g)].map(([, action]) => action);
		expect(uses.length).toBeGreaterThan(0);
		for (const action of uses) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
		expect(text).toMatch(/^permissions:\n {2}contents: read$/m);
		expect(text).not.toMatch(/secrets\.|:latest|ubuntu-latest/);
	});

	it('publish a tag of the version only, after every check, and with provenance', () => {
		const text = read('.github/workflows/publish.yml');
		expect(text.indexOf('npm test')).toBeGreaterThan(0);
		expect(text.indexOf('npm test')).toBeLessThan(text.indexOf('publish --provenance'));
		expect(text).toContain('id-token: write');
		expect(text).toContain('test "v${version}" = "${GITHUB_REF_NAME}"');
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
});
