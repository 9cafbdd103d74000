import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { mapperFields } from '../../nodes/KibanaEntityStore/methods/resourceMapping';

/** Names of the nodes, by which the demo finds them in an execution. */
export const NODES = {
	trigger: 'Run by Hand',
	users: 'Okta: List Users',
	entityStore: 'Kibana Entity Store',
	stored: 'Stored',
	failed: 'Count Failures',
} as const;

export const USER_COUNT = 5_000;

/** The users that are broken on purpose: position and expected error. */
export interface ExpectedFailure {
	readonly item: number;
	readonly error: string;
}

/** The failures of a Kibana; only newer ones can take a criticality away. */
export const expectedFailures = (api: 'v1' | 'v2'): readonly ExpectedFailure[] => [
	{ item: 411, error: 'Nothing names this user' },
	{ item: 1203, error: 'user.email expects a list of text, got an object inside the list' },
	{
		item: 1777,
		error:
			'entity.lifecycle.first_seen expects a date (ISO 8601, or epoch seconds or milliseconds), got "pending"',
	},
	{
		item: 2390,
		error: `asset.criticality expects one of low_impact, medium_impact, high_impact, extreme_impact${api === 'v1' ? '' : ', unassigned'}, got "severe"`,
	},
	{
		item: 2954,
		error:
			'entity.attributes.mfa_enabled expects true or false (also "yes", "no", 1, 0), got "maybe"',
	},
	{ item: 3631, error: 'entity.risk.calculated_score_norm expects 100 or less, got 250' },
	{ item: 4242, error: 'entity.name expects text, got a list' },
];

/** Two users share a login, so one entity fewer than valid items is stored. */
export const EXPECTED_ENTITIES = USER_COUNT - expectedFailures('v1').length - 1;

const MAPPING = {
	'user.name': '={{ $json.profile.login }}',
	'entity.name': '={{ $json.profile.displayName }}',
	'entity.source': 'okta',
	'entity.attributes.managed': '={{ $json.status !== "DEPROVISIONED" }}',
	'entity.attributes.mfa_enabled': '={{ $json.profile.mfaEnrolled }}',
	'entity.lifecycle.first_seen': '={{ $json.created }}',
	'entity.lifecycle.last_activity': '={{ $json.lastLogin }}',
	'entity.risk.calculated_score_norm': '={{ $json.profile.riskScore }}',
	'asset.business_unit': '={{ $json.profile.department }}',
	'asset.criticality': '={{ $json.profile.assetCriticality }}',
	'user.email': '={{ [$json.profile.email, $json.profile.secondEmail] }}',
	'user.full_name': '={{ $json.profile.firstName }} {{ $json.profile.lastName }}',
	'user.id': '={{ $json.id }}',
	'user.roles': '={{ $json.profile.title }}',
};

const generatorCode = (): string => {
	const source = readFileSync(join(__dirname, 'oktaUsers.js'), 'utf8');
	const [generator] = source.split('\nmodule.exports');
	return `${generator}\nreturn listOktaUsers(${USER_COUNT}).map((json) => ({ json }));\n`;
};

const NOTE = `## Okta users into the Entity Store
**Okta: List Users** stands for the Okta node (*User > Get Many*, *Return All*): it yields ${USER_COUNT.toLocaleString('en-US')} users in the shape of Okta's API, a few of them broken.

1. Replace it by the Okta node with your credential.
2. Open **Kibana Entity Store**, choose your *Kibana Entity Store API* credential and, if need be, the space.
3. Run. Failures leave by the error output, each with its reason, and are counted.

It runs on Kibana 9.2 and later as it is: no *Entity ID* is mapped, so each Kibana names the users in its own way.

*Write Protected Fields* is on, because Kibana protects most of the mapped fields.`;

const node = (
	name: string,
	type: string,
	typeVersion: number,
	position: readonly [number, number],
	parameters: object,
	more: object = {},
) => ({
	id: `00000000-0000-4000-8000-${String(position[0] * 1000 + position[1]).padStart(12, '0')}`,
	name,
	type,
	typeVersion,
	position,
	parameters,
	...more,
});

const to = (name: string) => ({ node: name, type: 'main', index: 0 });

/** Returns the example workflow, ready to be imported. It contains no credential of an n8n. */
export const exampleWorkflow = () => ({
	name: 'Okta users to Kibana Entity Store',
	nodes: [
		node('Note', 'n8n-nodes-base.stickyNote', 1, [0, 0], {
			content: NOTE,
			height: 320,
			width: 460,
		}),
		node(NODES.trigger, 'n8n-nodes-base.manualTrigger', 1, [0, 400], {}),
		node(NODES.users, 'n8n-nodes-base.code', 2, [220, 400], { jsCode: generatorCode() }),
		node(
			NODES.entityStore,
			'n8n-nodes-kibana-entity-store.kibanaEntityStore',
			1,
			[440, 400],
			{
				resource: 'entity',
				operation: 'upsert',
				space: { __rl: true, mode: 'list', value: '' },
				entityType: 'user',
				inputMode: 'fields',
				force: true,
				userFields: {
					mappingMode: 'defineBelow',
					value: MAPPING,
					matchingColumns: [],
					schema: mapperFields(['user'], ['v2'], true).map((field) => ({
						...field,
						removed: !(field.id in MAPPING),
					})),
					attemptToConvertTypes: false,
					convertFieldsToString: false,
				},
				options: {},
			},
			{ onError: 'continueErrorOutput' },
		),
		node(NODES.stored, 'n8n-nodes-base.noOp', 1, [680, 300], {}),
		node(NODES.failed, 'n8n-nodes-base.summarize', 1.1, [680, 500], {
			fieldsToSummarize: { values: [{ aggregation: 'count', field: 'error' }] },
			options: {},
		}),
	],
	connections: {
		[NODES.trigger]: { main: [[to(NODES.users)]] },
		[NODES.users]: { main: [[to(NODES.entityStore)]] },
		[NODES.entityStore]: { main: [[to(NODES.stored)], [to(NODES.failed)]] },
	},
	settings: { executionOrder: 'v1' },
	pinData: {},
});

/** The text of the committed example file. */
export const exampleFile = (): string => `${JSON.stringify(exampleWorkflow(), null, 2)}\n`;
