import type { IDataObject } from 'n8n-workflow';
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { mapping, nodeOn } from '../acceptance/run';
import { startKibana } from '../../sandbox/kibana/server';
import { runNode } from '../../sandbox/n8n/engine';
import { blocksOf, readPages, ROOT, type Block } from './markdown';

const PAGES = readPages();
/** Blocks of the pages for users. The pages for contributors show the steps of `npm test`. */
const BLOCKS = PAGES.filter(({ path }) => /^(README\.md|docs\/.*)$/.test(path)).flatMap(blocksOf);
const PACKAGE = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
	name: string;
	scripts: Record<string, string>;
};

/** The words before a block that no test runs. */
const isMarked = ({ before }: Block): boolean => before.includes('Not run by our tests');

/** Languages of blocks that readers may copy and run, or compare with their output. */
const RUNNABLE = new Set([
	'bash',
	'dockerfile',
	'http',
	'js',
	'json',
	'sh',
	'shell',
	'ts',
	'yaml',
	'yml',
]);

/** Command lines that other files run, each with words that prove it. */
const RUN_ELSEWHERE: Readonly<Record<string, readonly [file: string, words: string]>> = {
	'npm start': ['test/e2e/start.e2e.test.ts', "['start', '--', '--once', '--api', api]"],
	'npm start -- --once --api v1': ['test/e2e/start.e2e.test.ts', "['v1', /accepted"],
	'npm start -- --once --api v2': ['test/e2e/start.e2e.test.ts', "['v2', /updated"],
	'npm test': ['.ci/run', 'exec npm test'],
	'npm run build': ['test/package.test.ts', "['run', 'build']"],
	'npm pack': ['test/package.test.ts', "['pack', '--json'"],
};

/** First lines of the blocks that the tests below run, or compare with real output. */
const RUN_HERE = {
	install: 'mkdir -p ~/.n8n/nodes',
	questions: 'curl -sS "$KIBANA_URL/api/spaces/space" -H "Authorization: ApiKey $KIBANA_API_KEY"',
	storeStatus:
		'curl -sS "$KIBANA_URL/s/soc/api/security/entity_store/status" -H "Authorization: ApiKey $KIBANA_API_KEY"',
	mayWrite: "curl -sS -o /dev/null -w '%{http_code}",
	kibana: 'npm run kibana',
	success: '{\n  "entityId": "user:jane.doe@example.com@unknown"',
	failure: '{\n  "error"',
	summary: '{\n  "text"',
	withInput: '{\n  "mail"',
} as const;

const isRunHere = ({ text }: Block): boolean =>
	Object.values(RUN_HERE).some((start) => text.startsWith(start));

const blockOf = (name: keyof typeof RUN_HERE): string => {
	const [found, ...more] = BLOCKS.filter(({ text }) => text.startsWith(RUN_HERE[name]));
	if (!found || more.length > 0) throw new Error(`There must be one block of "${name}"`);
	return found.text;
};

/** Command lines of a block, without comments. */
const commandsOf = (text: string): string[] =>
	text
		.split('\n')
		.map((line) => line.replace(/(^|\s)#.*$/, '').trim())
		.filter(Boolean);

const isRunElsewhere = ({ language, text }: Block): boolean =>
	language === 'sh' && commandsOf(text).every((line) => Object.hasOwn(RUN_ELSEWHERE, line));

const run = promisify(execFile);

describe('every block of code on the pages', () => {
	it('is run by a test, or says that it is not', () => {
		const unproven = BLOCKS.filter(
			(block) =>
				RUNNABLE.has(block.language) &&
				!isMarked(block) &&
				!isRunHere(block) &&
				!isRunElsewhere(block),
		);
		expect(unproven.map(({ path, text }) => `${path}: ${text}`)).toEqual([]);
	});

	it('has a language', () => {
		const unnamed = BLOCKS.filter(({ language }) => language === '');
		// Only the flow of data and the output of programs are not code.
		expect(unnamed.filter(({ text }) => /^(npm|curl|docker|\{)/m.test(text))).toEqual([]);
	});

	it.each(Object.entries(RUN_ELSEWHERE))('%s is really run by %j', (_, [file, words]) => {
		expect(readFileSync(join(ROOT, file), 'utf8')).toContain(words);
	});

	it('names scripts that exist in the package', () => {
		const scripts = PAGES.flatMap(({ path, text }) =>
			[...text.matchAll(/\bnpm run (?:--silent )?([\w:-]+)/g)].map(([, name]) => ({ path, name })),
		);
		expect(scripts.length).toBeGreaterThan(0);
		const missing = scripts.filter(({ name }) => !Object.hasOwn(PACKAGE.scripts, name as string));
		expect(missing).toEqual([]);
	});
});

describe('the commands of docs/install.md', () => {
	it('install the package, and nothing else, where n8n looks for it', async () => {
		const home = mkdtempSync(join(tmpdir(), 'install-'));
		try {
			const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', home], {
				cwd: ROOT,
			});
			const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
			const packed = blockOf('install').replace(PACKAGE.name, join(home, filename));
			await run('sh', ['-ec', packed], { env: { ...process.env, HOME: home } });
			const modules = join(home, '.n8n/nodes/node_modules');
			expect(readdirSync(modules).filter((name) => !name.startsWith('.'))).toEqual([PACKAGE.name]);
			expect(existsSync(join(modules, PACKAGE.name, 'package.json'))).toBe(true);
		} finally {
			rmSync(home, { recursive: true, force: true });
		}
	}, 120_000);
});

describe('the commands of docs/credential.md', () => {
	it('send the requests of the node', async () => {
		const kibana = await startKibana({
			api: 'both',
			spaces: [
				{ id: 'default', name: 'Default' },
				{ id: 'soc', name: 'SOC' },
			],
		});
		try {
			const env = { ...process.env, KIBANA_URL: kibana.url, KIBANA_API_KEY: kibana.apiKey };
			const questions = await run('sh', ['-ec', blockOf('questions')], { env });
			expect(questions.stdout).toContain('"id":"soc"');
			expect(questions.stdout).toContain('"number":"9.4.3"');
			const status = await run('sh', ['-ec', blockOf('storeStatus')], { env });
			expect(status.stdout.match(/"status":"running"/g)).toHaveLength(2);
			expect(kibana.requests.map(({ status: code }) => code)).toEqual([200, 200, 200, 200]);
		} finally {
			await kibana.stop();
		}
	});

	it('tell a key that may write from one that may not, and write nothing', async () => {
		const spaces = [{ id: 'soc', name: 'SOC' }];
		const kibana = await startKibana({ api: 'both', spaces });
		try {
			const codesFor = async (key: string): Promise<string[]> => {
				const env = { ...process.env, KIBANA_URL: kibana.url, KIBANA_API_KEY: key };
				const { stdout } = await run('sh', ['-ec', blockOf('mayWrite')], { env });
				return stdout.trim().split('\n');
			};
			expect(await codesFor(kibana.apiKey)).toEqual(['400', '400']);
			expect(await codesFor(kibana.unprivilegedApiKey)).toEqual(['403', '403']);
			expect(kibana.entities('user')).toEqual([]);
		} finally {
			await kibana.stop();
		}
	});

	it('create a key for one space: their bodies are JSON, and grant no other space', () => {
		const bodies = BLOCKS.filter(({ language }) => language === 'http').map(({ text }) => {
			const [request, ...body] = text.split('\n');
			expect(request).toBe('POST /_security/api_key');
			return JSON.parse(body.join('\n'));
		});
		expect(bodies).toHaveLength(2);
		for (const { role_descriptors: roles, expiration } of bodies) {
			expect(expiration).toMatch(/^\d+d$/);
			const [{ cluster, indices, applications }] = Object.values(roles) as [
				Record<string, Array<Record<string, string[]>> | undefined>,
			];
			expect(cluster).toBeUndefined();
			for (const { names } of indices ?? []) {
				for (const name of names ?? []) expect(name).toMatch(/^\.entities\.v[12]\./);
			}
			expect(applications).toHaveLength(1);
			expect(applications?.[0]?.resources).toEqual([expect.stringMatching(/^space:[a-z]+$/)]);
			expect(applications?.[0]?.privileges).toEqual([
				expect.stringMatching(/^feature_siemV\d\.all$/),
			]);
		}
	});
});

describe('the test Kibana of docs/architecture.md', () => {
	const start = async (command: string) => {
		// A group of its own: npm does not pass a Ctrl-C on to what it runs.
		const child = spawn('sh', ['-c', command], { cwd: ROOT, detached: true });
		const ended = new Promise((resolve) => child.once('close', resolve));
		const printed = await new Promise<string>((resolve, reject) => {
			let text = '';
			child.stdout.on('data', (chunk: Buffer) => {
				text += chunk.toString();
				if (text.includes('Ctrl-C ends it')) resolve(text);
			});
			child.once('close', () => reject(new Error(`It ended: ${text}`)));
		});
		const stop = async () => {
			process.kill(-(child.pid as number), 'SIGINT');
			await ended;
		};
		return { printed, stop };
	};

	it.each(commandsOf(blockOf('kibana')))(
		'%s prints a first request that works',
		async (command) => {
			const { printed, stop } = await start(command);
			try {
				const [, request] = /Try it:\n(.*?)\n\n/s.exec(printed) ?? [];
				const quiet = `${request} -s -o /dev/null -w '%{http_code}'`;
				expect((await run('sh', ['-c', quiet])).stdout).toBe('200');
			} finally {
				await stop();
			}
		},
	);
});

describe('the items of docs/results.md', () => {
	const run = async (options: IDataObject, items: readonly IDataObject[]) => {
		const kibana = await startKibana({ api: 'v2' });
		try {
			const { outputs } = await runNode({
				...nodeOn(kibana),
				items,
				parameters: mapping(
					{ 'user.email': '={{ $json.mail }}', 'asset.criticality': '={{ $json.impact }}' },
					{ force: true, ...options },
				),
				onError: 'continueErrorOutput',
			});
			return outputs.map((output) => output.map(({ json }) => json));
		} finally {
			await kibana.stop();
		}
	};

	const ITEMS = [
		{ mail: 'jane.doe@example.com', impact: 'high_impact' },
		{ mail: 'kai.ito@example.com', impact: 'severe' },
	];

	it('are the real output', async () => {
		const [written, failed] = await run({}, ITEMS);
		expect(written).toEqual([JSON.parse(blockOf('success'))]);
		// The fields of the input item are there too.
		const failures = failed?.map(({ error, message, details }) => ({ error, message, details }));
		expect(failures).toEqual([JSON.parse(blockOf('failure'))]);
	});

	it('are the real output of the options that change it', async () => {
		const [summary] = await run({ output: 'summary' }, ITEMS);
		expect(summary).toEqual([JSON.parse(blockOf('summary'))]);
		const users = [{ mail: 'jane.doe@example.com', status: 'ACTIVE' }];
		const [written] = await run({ includeInputFields: true }, users);
		expect(written).toEqual([JSON.parse(blockOf('withInput'))]);
	});
});
