/**
 * The use case of the demo: runs the example workflow in a running n8n, and compares the result with the expected
 * one.
 */
import { isDeepStrictEqual } from 'node:util';

import type { TestKibana } from '../kibana/server';
import type { Execution, N8nClient } from '../n8n/rest';
import {
	exampleWorkflow,
	EXPECTED_ENTITIES,
	expectedFailures,
	NODES,
	USER_COUNT,
} from './exampleWorkflow';
import { listOktaUsers } from './oktaUsers';

const CREDENTIAL = { name: 'Kibana', type: 'kibanaEntityStoreApi' };

type OktaUser = ReturnType<typeof listOktaUsers>[number];

export interface Target {
	readonly url: string;
	readonly apiKey: string;
	/** Undefined when the target is the user's own Kibana. */
	readonly testKibana?: TestKibana;
}

/** The generations of the API that the test Kibana can have. */
export const APIS = ['v1', 'v2'] as const;
export type Api = (typeof APIS)[number];

/** @throws when the test of the credential fails */
export const createCredential = async (
	n8n: N8nClient,
	{ url, apiKey }: Target,
): Promise<{ id: string; said: string }> => {
	const { name, type } = CREDENTIAL;
	const data = { baseUrl: url, authentication: 'apiKey', apiKey, allowUnauthorizedCerts: false };
	const id = await n8n.createCredential(name, type, data);
	const test = await n8n.testCredential(id, name, type, data);
	if (test.status !== 'OK') throw new Error(`The credential does not work: ${test.message}`);
	return { id, said: test.message };
};

/** Imports the example workflow with its credential, and returns its ID. */
export const createWorkflow = async (n8n: N8nClient, credentialId: string): Promise<string> => {
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

export interface Summary {
	readonly items: number;
	/** Number of successful items by status. */
	readonly succeeded: Readonly<Record<string, number>>;
	readonly failed: ReadonlyArray<{ item: number; entityId: string; error: string }>;
	readonly counted: number;
	readonly requests: number;
	readonly seconds: number;
}

export const summarise = (execution: Execution): Summary => {
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

/** Returns every difference between the run and the expected result. Empty when there is none. */
export const findMistakes = (
	summary: Summary,
	kibana: TestKibana | undefined,
	api: Api,
): string[] => {
	const mistakes: string[] = [];
	const expect = (what: string, found: unknown, wanted: unknown) => {
		if (isDeepStrictEqual(found, wanted)) return;
		mistakes.push(`${what}: expected ${JSON.stringify(wanted)}, found ${JSON.stringify(found)}`);
	};
	expect('items', summary.items, USER_COUNT);
	const stored = Object.values(summary.succeeded).reduce((sum, number) => sum + number, 0);
	expect('stored', stored, USER_COUNT - expectedFailures(api).length);
	expect('counted by the error branch', summary.counted, expectedFailures(api).length);
	expect(
		'failures',
		summary.failed.map(({ item, error }) => ({ item, error })),
		expectedFailures(api),
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
			...(api === 'v2' && { EngineMetadata: { Type: 'user' } }),
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
