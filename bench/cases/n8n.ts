/**
 * The ways of writing entities without this node, as workflows in a real n8n. Each runs with `n8n execute` in
 * its own process.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { endGroup, freePort, OFFLINE, RUNTIME } from '../../sandbox/n8n/server';
import { SIMPLE_MAPPING } from '../mapping';
import type { Report } from './job';

export type N8nWay = '3a' | '3b' | '3c' | '3d';

export interface N8nJob {
	readonly way: N8nWay;
	readonly n: number;
	readonly baseUrl: string;
}

/** Nodes whose time is not counted: they only make the items. */
const TRIGGER = 'Run by Hand';
const USERS = 'Users';
const PREPARING: readonly string[] = [TRIGGER, USERS];

const BATCH = 100;
const CHUNK = 500;
const LOOP_DONE = 0;
const LOOP_BATCH = 1;

const [DIRECTORY = ''] = readFileSync(join(__dirname, '../directory.js'), 'utf8').split(
	'\nmodule.exports',
);

interface WorkflowNode {
	readonly name: string;
	readonly type: string;
	readonly typeVersion: number;
	readonly parameters: object;
}

const node = (name: string, type: string, typeVersion: number, parameters: object) => ({
	name,
	type: `n8n-nodes-base.${type}`,
	typeVersion,
	parameters,
});

const code = (name: string, jsCode: string): WorkflowNode => node(name, 'code', 2, { jsCode });

const HEADERS = [
	{ name: 'authorization', value: 'ApiKey bench' },
	{ name: 'kbn-xsrf', value: 'bench' },
	{ name: 'elastic-api-version', value: '2023-10-31' },
];

const httpRequest = (url: string, jsonBody: string, options: object = {}): WorkflowNode =>
	node('HTTP Request', 'httpRequest', 4.2, {
		method: 'PUT',
		url,
		sendHeaders: true,
		headerParameters: { parameters: HEADERS },
		sendBody: true,
		specifyBody: 'json',
		jsonBody,
		options,
	});

const bulkUrl = (baseUrl: string): string =>
	`${baseUrl}/api/security/entity_store/entities/bulk?force=true`;

const loop = node('Loop Over Items', 'splitInBatches', 3, { batchSize: BATCH, options: {} });

const TYPES: Readonly<Record<string, string>> = {
	'entity.attributes.managed': 'boolean',
	'entity.attributes.mfa_enabled': 'boolean',
	'entity.risk.calculated_score_norm': 'number',
};

const editFields = node('Edit Fields', 'set', 3.4, {
	assignments: {
		assignments: [
			{ id: 'type', name: 'type', value: 'user', type: 'string' },
			...Object.entries(SIMPLE_MAPPING).map(([path, value]) => ({
				id: path,
				name: `doc.${path}`,
				value,
				type: TYPES[path] ?? 'string',
			})),
		],
	},
	options: {},
});

const aggregate = node('Aggregate', 'aggregate', 1, {
	aggregate: 'aggregateAllItemData',
	destinationFieldName: 'entities',
	options: {},
});

const batchCode = code(
	'Build Body',
	`${DIRECTORY}
const entities = $input.all().map(({ json }) => ({ type: 'user', doc: toRecord(json) }));
return [{ json: { entities } }];`,
);

const chunkCode = code(
	'Build Chunks',
	`${DIRECTORY}
const rows = $input.all().map(({ json }) => ({ type: 'user', doc: toRecord(json) }));
const chunks = [];
for (let at = 0; at < rows.length; at += ${CHUNK}) {
	chunks.push({ json: { entities: rows.slice(at, at + ${CHUNK}) } });
}
return chunks;`,
);

/** The body of one user in one expression. A template ends at the first "}}", so the braces are separated. */
const USER_BODY = (() => {
	const literal = /return (\{\n\t\tuser:.*\n\t\});/s.exec(DIRECTORY)?.[1] ?? '';
	const spaced = literal.replaceAll('profile.', '$json.profile.').replaceAll('user.', '$json.');
	return `={{ (${spaced.replaceAll(/\s+/g, ' ').replaceAll('${$json', '${ $json')}) }}`;
})();

interface Chain {
	readonly nodes: readonly WorkflowNode[];
	/** The connection from the last node back to the loop, and the output of the loop that leads to the next node. */
	readonly loops: boolean;
}

const chainOf = ({ way, baseUrl }: N8nJob): Chain => {
	const bulk = httpRequest(bulkUrl(baseUrl), '={{ $json }}');
	switch (way) {
		case '3a':
			return { nodes: [editFields, loop, aggregate, bulk], loops: true };
		case '3b':
			return { nodes: [loop, batchCode, bulk], loops: true };
		case '3c':
			return { nodes: [chunkCode, bulk], loops: false };
		case '3d': {
			const url = `${baseUrl}/api/security/entity_store/entities/user?force=true`;
			// Without this option n8n sends all requests at once. With it, 50 a second unless the interval is 0.
			const batching = { batch: { batchSize: 50, batchInterval: 0 } };
			return { nodes: [httpRequest(url, USER_BODY, { batching })], loops: false };
		}
	}
};

const idOf = ({ way, n }: Pick<N8nJob, 'way' | 'n'>): string => `bench-${way}-${n}`;

const workflowOf = (job: N8nJob) => {
	const { nodes, loops } = chainOf(job);
	const users = code(
		USERS,
		`${DIRECTORY}\nreturn listUsers(${job.n}, 0).map((json) => ({ json }));`,
	);
	const all = [node(TRIGGER, 'manualTrigger', 1, {}), users, ...nodes];
	const to = (name: string) => [{ node: name, type: 'main', index: 0 }];
	const connections: Record<string, { main: unknown[] }> = {};
	for (const [position, { name }] of all.entries()) {
		const next = all[position + 1]?.name ?? (loops ? loop.name : undefined);
		if (next === undefined) continue;
		const main: unknown[] = [];
		main[LOOP_DONE] = name === loop.name ? [] : to(next);
		if (name === loop.name) main[LOOP_BATCH] = to(next);
		connections[name] = { main };
	}
	return {
		id: idOf(job),
		name: idOf(job),
		active: false,
		nodes: all.map((one, position) => ({ ...one, id: one.name, position: [position * 220, 0] })),
		connections,
		settings: { executionOrder: 'v1' },
		pinData: {},
	};
};

interface HookMessage {
	readonly status: string;
	readonly error?: string;
	readonly nodes: ReadonlyArray<{ name: string; begin: number; end: number }>;
	readonly peakRssBytes: number;
}

/** Returns the time from the start of the first counted node to the end of the last. */
const secondsOf = (nodes: HookMessage['nodes']): number => {
	const counted = nodes.filter(({ name }) => !PREPARING.includes(name));
	const begin = Math.min(...counted.map((one) => one.begin));
	const end = Math.max(...counted.map((one) => one.end));
	return (end - begin) / 1000;
};

export interface N8nHome {
	/** @throws when the workflow fails, or takes longer than `limitMs` */
	run(job: Pick<N8nJob, 'way' | 'n'>, limitMs: number): Promise<Report>;
	/** Ends all running processes, and removes all files. */
	remove(): Promise<void>;
}

const BIN = [join(RUNTIME, '.bin/node'), join(RUNTIME, 'n8n/bin/n8n')] as const;

/** Prepares an n8n with the workflows of these jobs. */
export const prepareN8n = async (
	jobs: readonly N8nJob[],
	heapLimitMb: number,
): Promise<N8nHome> => {
	const folder = await mkdtemp(join(tmpdir(), 'n8n-bench-'));
	const env = {
		PATH: process.env.PATH,
		HOME: folder,
		...OFFLINE,
		DB_TYPE: 'sqlite',
		EXECUTIONS_DATA_SAVE_ON_ERROR: 'none',
		EXECUTIONS_DATA_SAVE_ON_SUCCESS: 'none',
		EXTERNAL_HOOK_FILES: join(__dirname, 'hook.js'),
		N8N_ENCRYPTION_KEY: 'a-key-for-an-n8n-that-lives-for-one-run',
		N8N_LOG_LEVEL: 'error',
		N8N_RUNNERS_BROKER_PORT: String(await freePort(5679)),
		N8N_USER_FOLDER: folder,
		NODE_OPTIONS: `--max-old-space-size=${heapLimitMb}`,
	};
	const file = join(folder, 'workflows.json');
	await writeFile(file, JSON.stringify(jobs.map(workflowOf)));
	const [command, script] = BIN;
	try {
		await promisify(execFile)(command, [script, 'import:workflow', `--input=${file}`], { env });
	} catch (error) {
		await rm(folder, { recursive: true, force: true });
		throw error;
	}

	let running: ChildProcess | undefined;
	const run: N8nHome['run'] = async (job, limitMs) => {
		const child = spawn(command, [script, 'execute', `--id=${idOf(job)}`, '--rawOutput'], {
			cwd: folder,
			env,
			detached: true,
			stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
		});
		running = child;
		const log: string[] = [];
		child.stderr?.on('data', (text) => log.push(String(text)));
		let timer: NodeJS.Timeout | undefined;
		try {
			const message = await new Promise<HookMessage>((resolve, reject) => {
				timer = setTimeout(
					() => reject(new Error(`took longer than ${limitMs / 1000} s`)),
					limitMs,
				);
				child.on('message', (message) => resolve(message as HookMessage));
				child.on('close', () => reject(new Error(`n8n ended early: ${log.join('').slice(-500)}`)));
			});
			if (message.status !== 'success') throw new Error(message.error ?? message.status);
			const { nodes, peakRssBytes } = message;
			return { seconds: secondsOf(nodes), peakRssBytes };
		} finally {
			clearTimeout(timer);
			await endGroup(child);
		}
	};
	const remove = async () => {
		if (running) await endGroup(running);
		await rm(folder, { recursive: true, force: true });
	};
	return { run, remove };
};
