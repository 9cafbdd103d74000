/**
 * The main use case, end to end, in a real n8n: writes 5,000 Okta users as entities to Kibana. With the test
 * Kibana it also checks what was stored. `--once` ends afterwards, with exit code 0 only if all checks pass.
 * `--api v1` or `--api v2` chooses the generation of the API that the test Kibana has.
 */
import { isDeepStrictEqual, parseArgs } from 'node:util';

import { startKibana, type TestKibana } from '../kibana/server';
import {
	exampleWorkflow,
	EXPECTED_ENTITIES,
	EXPECTED_FAILURES,
	NODES,
	USER_COUNT,
} from './exampleWorkflow';
import { listOktaUsers } from './oktaUsers';
import { signUp, type Execution, type N8nClient } from '../n8n/rest';
import { startN8n } from '../n8n/server';

const LOGIN = { email: 'owner@example.com', password: 'Entity-Store-1' };
const CREDENTIAL = { name: 'Kibana', type: 'kibanaEntityStoreApi' };

type OktaUser = ReturnType<typeof listOktaUsers>[number];

interface Target {
	readonly url: string;
	readonly apiKey: string;
	/** Undefined when the target is the user's own Kibana. */
	readonly testKibana?: TestKibana;
}

const say = (text = ''): void => console.log(text);
const count = (value: number): string => value.toLocaleString('en-US');

const APIS = ['v1', 'v2'] as const;
type Api = (typeof APIS)[number];

const readArguments = (): { once: boolean; api: Api } => {
	const { values } = parseArgs({
		options: {
			once: { type: 'boolean', default: false },
			// The default of a new Kibana.
			api: { type: 'string', default: 'v2' },
		},
	});
	const api = APIS.find((name) => name === values.api);
	if (api === undefined) throw new Error(`--api takes one of ${APIS.join(', ')}`);
	return { once: values.once, api };
};

const findTarget = async (api: Api): Promise<Target> => {
	const { KIBANA_URL: url, KIBANA_API_KEY: apiKey } = process.env;
	if (url && apiKey) return { url, apiKey };
	if (url || apiKey) throw new Error('Set both KIBANA_URL and KIBANA_API_KEY, or neither');
	const testKibana = await startKibana({ api });
	return { url: testKibana.url, apiKey: testKibana.apiKey, testKibana };
};

const createCredential = async (n8n: N8nClient, { url, apiKey }: Target): Promise<string> => {
	const { name, type } = CREDENTIAL;
	const data = { baseUrl: url, authentication: 'apiKey', apiKey, allowUnauthorizedCerts: false };
	const id = await n8n.createCredential(name, type, data);
	const test = await n8n.testCredential(id, name, type, data);
	say(`  credential test: ${test.message}`);
	if (test.status !== 'OK') throw new Error(`The credential does not work: ${test.message}`);
	return id;
};

const createWorkflow = async (n8n: N8nClient, credentialId: string): Promise<string> => {
	const workflow = exampleWorkflow();
	const withCredential = workflow.nodes.map((node) =>
		node.name === NODES.entityStore
			? {
					...node,
					credentials: { kibanaEntityStoreApi: { id: credentialId, name: CREDENTIAL.name } },
				}
			: node,
	);
	return await n8n.createWorkflow({ ...workflow, nodes: withCredential });
};

interface Summary {
	readonly items: number;
	/** Number of successful items by status. */
	readonly succeeded: Readonly<Record<string, number>>;
	readonly failed: ReadonlyArray<{ item: number; entityId: string; error: string }>;
	readonly counted: number;
	readonly requests: number;
	readonly seconds: number;
}

const summarise = (execution: Execution): Summary => {
	const run = execution.runOf(NODES.entityStore);
	const hints = (run?.hints ?? []).map(({ message }) => message).join(' ');
	const [counted] = execution.itemsOf(NODES.failed);
	const succeeded: Record<string, number> = {};
	for (const { json } of execution.itemsOf(NODES.entityStore)) {
		const status = String(json.status);
		succeeded[status] = (succeeded[status] ?? 0) + 1;
	}
	return {
		items: execution.itemsOf(NODES.users).length,
		succeeded,
		failed: execution.itemsOf(NODES.entityStore, 1).map(({ json, pairedItem }) => ({
			item: (pairedItem as { item: number }).item,
			entityId: String((json.details as { entityId?: string }).entityId ?? 'no entity ID'),
			error: String(json.error),
		})),
		counted: Number(counted?.json.count_error ?? 0),
		requests: Number(/in ([\d,]+) request/.exec(hints)?.[1]?.replace(',', '') ?? 0),
		seconds: (run?.executionTime ?? 0) / 1000,
	};
};

const FAILURES_SHOWN = 10;

const print = ({ items, succeeded, failed, counted, requests, seconds }: Summary): void => {
	say();
	say(`  items     ${count(items)}`);
	for (const [status, number] of Object.entries(succeeded)) {
		say(`  ${status.padEnd(10)}${count(number)}`);
	}
	say(`  failed    ${count(failed.length)} (counted by the error branch: ${count(counted)})`);
	for (const { item, entityId, error } of failed.slice(0, FAILURES_SHOWN)) {
		say(`            item ${item} (${entityId}): ${error}`);
	}
	say(`  requests  ${count(requests)}`);
	say(`  seconds   ${seconds.toFixed(1)} in the node`);
	say();
};

/** Returns every difference between the run and the expected result. Empty when there is none. */
const findMistakes = (summary: Summary, kibana: TestKibana | undefined, api: Api): string[] => {
	const mistakes: string[] = [];
	const expect = (what: string, found: unknown, wanted: unknown) => {
		if (isDeepStrictEqual(found, wanted)) return;
		mistakes.push(`${what}: expected ${JSON.stringify(wanted)}, found ${JSON.stringify(found)}`);
	};
	expect('items', summary.items, USER_COUNT);
	const stored = Object.values(summary.succeeded).reduce((sum, number) => sum + number, 0);
	expect('stored', stored, USER_COUNT - EXPECTED_FAILURES.length);
	expect('counted by the error branch', summary.counted, EXPECTED_FAILURES.length);
	expect(
		'failures',
		summary.failed.map(({ item, error }) => ({ item, error })),
		EXPECTED_FAILURES,
	);
	if (kibana === undefined) return mistakes;

	expect(
		'statuses',
		summary.succeeded,
		api === 'v1' ? { accepted: stored } : { created: EXPECTED_ENTITIES, updated: 1 },
	);
	expect(
		'requests',
		summary.requests,
		kibana.bulkRequests().length + kibana.createRequests().length,
	);
	const entities = kibana.entities('user');
	expect('entities stored', entities.length, EXPECTED_ENTITIES);
	for (const user of listOktaUsers(USER_COUNT).slice(0, 3)) {
		const id = entityIdOf(user, api);
		const found = entities.find((entity) => entity.id === id);
		expect(`entity ${id}`, found?.record, recordOf(user, api));
	}
	return mistakes;
};

/** The ID of a user whose name, address and directory ID are mapped, by generation. */
const entityIdOf = ({ profile }: OktaUser, api: Api): string =>
	api === 'v1' ? profile.login : `user:${profile.email}@unknown`;

/** Returns the expected entity of a user, built without code of the node. */
const recordOf = (user: OktaUser, api: Api): object => {
	const { id, status, created, lastLogin, profile } = user;
	return {
		entity: {
			id: entityIdOf(user, api),
			name: profile.displayName,
			source: api === 'v1' ? 'okta' : ['okta'],
			attributes: {
				managed: status !== 'DEPROVISIONED',
				mfa_enabled: profile.mfaEnrolled === 'yes',
			},
			lifecycle: { first_seen: created, ...(lastLogin && { last_activity: lastLogin }) },
			risk: { calculated_score_norm: profile.riskScore },
		},
		asset: { business_unit: profile.department, criticality: profile.assetCriticality },
		user: {
			name: profile.login,
			email: [profile.email, profile.secondEmail].filter(Boolean),
			full_name: [`${profile.firstName} ${profile.lastName}`],
			id: [id],
			roles: [profile.title],
		},
	};
};

const untilInterrupted = async (): Promise<void> =>
	await new Promise((resolve) => {
		process.once('SIGINT', resolve);
		process.once('SIGTERM', resolve);
	});

const main = async (): Promise<number> => {
	const { once, api } = readArguments();
	const interrupted = untilInterrupted().then(() => 'interrupted' as const);
	const endings: Array<() => Promise<void>> = [];

	const work = async (): Promise<'done' | 'wrong'> => {
		const target = await findTarget(api);
		if (target.testKibana) endings.push(async () => await target.testKibana?.stop());
		say(`• ${target.testKibana ? `test Kibana (${api})` : 'Kibana'} at ${target.url}`);

		say('• starting n8n …');
		const n8n = await startN8n();
		endings.push(n8n.stop);
		const client = await signUp(n8n.url, LOGIN);
		const workflowId = await createWorkflow(client, await createCredential(client, target));

		say(`• running the workflow on ${count(USER_COUNT)} Okta users …`);
		const summary = summarise(await client.run(workflowId, NODES.trigger));
		print(summary);
		const mistakes = findMistakes(summary, target.testKibana, api);
		for (const mistake of mistakes) say(`  NOT AS EXPECTED  ${mistake}`);
		if (mistakes.length === 0) say('  All as expected.');
		if (once) return mistakes.length === 0 ? 'done' : 'wrong';

		say(`
  n8n is open at ${n8n.url}/workflow/${workflowId}
  sign in as ${LOGIN.email} with the password ${LOGIN.password}
  Ctrl-C ends it all.`);
		await interrupted;
		return mistakes.length === 0 ? 'done' : 'wrong';
	};

	try {
		const result = await Promise.race([work(), interrupted]);
		return result === 'wrong' || (once && result === 'interrupted') ? 1 : 0;
	} finally {
		for (const end of endings.reverse()) await end();
	}
};

main().then(
	(code) => process.exit(code),
	(error: Error) => {
		console.error(error.message);
		process.exit(1);
	},
);
