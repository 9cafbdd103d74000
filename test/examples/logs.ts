/** The way through logs: a directory is indexed as documents, and Kibana makes the entities of them. */
import { okta } from './okta';
import {
	connect,
	entityStore,
	failureBranch,
	failureConnections,
	failurePins,
	FAILURES,
	kibana,
	listOkta,
	nightly,
	NIGHTLY_OPTIONS,
	node,
	note,
	pin,
	SETTINGS,
	type Example,
} from './workflow';

/** A data stream of Elasticsearch's own template for logs, which Kibana reads. */
export const DATA_STREAM = 'logs-n8n.okta_users-default';

const NOTE = `## Okta users through logs, every night
For very large directories on Kibana 9.4 and later. Every night at 02:55, all users of Okta are indexed as documents into a data stream of Elasticsearch, 1,000 in a request. Kibana makes the entities of them by itself, with IDs such as *user:jane.doe@example.com@okta*. After three minutes the fields that are not in the documents are written with *Update*. Users whom Kibana has not read by then are tried again, up to ten times.

**To try it:** choose your *Kibana Entity Store API* credential in **Update Users** and press *Execute workflow* on **Every Night**. Okta, Elasticsearch, Wait and Slack are pinned to sample data, one user of it broken on purpose. *Dry Run* is on: each item shows its record, and nothing is written.

**To use it**
1. **Defer the Rest**: choose your credential and execute **Once**. Kibana otherwise reads 100,000 logs in a run and never the rest.
2. **Okta**: choose your *Okta API* credential, then unpin.
3. **Index Documents**: enter the URL of your Elasticsearch, choose an *Elasticsearch API* credential whose user has *create_doc* and *auto_configure* on the data stream, then unpin.
4. **Wait for Kibana**: unpin. Its time is the *Delay* and the *Frequency* of the store, and a minute.
5. **Tell the Team**: choose credential and channel, then unpin.
6. Remove the option *Dry Run* from **Update Users**, and publish the workflow.`;

const LIST = 'Okta';
const BATCHES = '1,000 at a Time';
const DOCUMENTS = 'ECS Documents';
const INDEX = 'Index Documents';
const INDEXED_USERS = 'What Was Indexed';
const WAIT = 'Wait for Kibana';
const UPDATE = 'Update Users';
const MISSING = 'Who Is Missing?';
const IS_OVER = 'Waited Enough?';
const ONCE = 'Once';
const DEFER = 'Defer the Rest';

const BATCH_SIZE = 1_000;
const ROUNDS = 10;

/**
 * Kibana reads logs by their time, up to a minute ago. So the documents get the time at which they are sent, batch by
 * batch. The ID makes a repeated request harmless.
 */
const DOCUMENTS_CODE = `const now = new Date().toISOString();
const lines = $input.all().flatMap(({ json: { id, profile } }) => [
  { create: { _id: $execution.id + '-' + id } },
  {
    '@timestamp': now,
    event: { kind: 'asset', module: 'okta' },
    user: { id, name: profile.login, email: profile.email, full_name: profile.displayName },
  },
]);
return [{ json: { body: lines.map((line) => JSON.stringify(line) + '\\n').join('') } }];
`;

/** The answers are in the order of the users. 409 is a document that an earlier try has stored. */
const INDEXED_CODE = `const results = $input.all().flatMap(({ json }) => json.items.map(({ create }) => create));
const users = $('${LIST}').all().map(({ json }, at) => {
  const { status, error } = results[at];
  return error === undefined || status === 409 ? json : { ...json, refused: error.reason };
});
if (users.length > 0 && users.every(({ refused }) => refused !== undefined)) {
  throw new Error('Elasticsearch has refused all documents: ' + users[0].refused);
}
return users.map((json) => ({ json }));
`;

/** All failed items go the same way, so that the team gets one message at the end. */
const MISSING_CODE = `const failed = $input.all().map(({ json }) => json);
const isMissing = ({ details }) => details.reason === 'notFound';
const isOver = $runIndex + 1 >= ${ROUNDS} || !failed.some((json) => isMissing(json) && !json.refused);
return failed.map((json) => {
  const isRefused = json.refused !== undefined && isMissing(json);
  return {
    json: {
      ...json,
      isOver,
      ...(isRefused && { error: 'Elasticsearch has refused the document: ' + json.refused, message: '' }),
    },
  };
});
`;

const USERS = okta.workflow.pinData.Okta ?? [];

const indexed = (id: string) => ({
	create: {
		_index: `.ds-${DATA_STREAM}-2026.11.24-000001`,
		_id: `42-${id}`,
		_version: 1,
		result: 'created',
		_shards: { total: 2, successful: 2, failed: 0 },
		_seq_no: 0,
		_primary_term: 1,
		status: 201,
	},
});

/** As Elasticsearch answers a bulk request. */
const ANSWER = {
	took: 12,
	errors: false,
	items: USERS.map(({ json }) => indexed((json as { id: string }).id)),
};

export const logs: Example = {
	file: 'okta-users-through-logs.json',
	trigger: 'Every Night',
	workflow: {
		name: 'Okta users through logs, every night',
		nodes: [
			note(NOTE, 620),
			nightly(55),
			listOkta(LIST, [220, 0]),
			node(BATCHES, 'splitInBatches', 3, [440, 0], { batchSize: BATCH_SIZE, options: {} }),
			node(DOCUMENTS, 'code', 2, [660, 200], { jsCode: DOCUMENTS_CODE }),
			node(
				INDEX,
				'httpRequest',
				4.2,
				[880, 200],
				{
					method: 'POST',
					url: `https://elasticsearch.example.com:9200/${DATA_STREAM}/_bulk`,
					authentication: 'predefinedCredentialType',
					nodeCredentialType: 'elasticsearchApi',
					sendBody: true,
					contentType: 'raw',
					rawContentType: 'application/x-ndjson',
					body: '={{ $json.body }}',
					options: {},
				},
				{ retryOnFail: true, maxTries: 5, waitBetweenTries: 5_000 },
			),
			node(INDEXED_USERS, 'code', 2, [660, 0], { jsCode: INDEXED_CODE }),
			node(
				WAIT,
				'wait',
				1.1,
				[1100, 0],
				{ amount: 3, unit: 'minutes' },
				{ webhookId: '00000000-0000-4000-8000-00000000a1ea' },
			),
			entityStore(UPDATE, [1320, 0], {
				operation: 'update',
				entityType: 'user',
				force: true,
				// No entity.name: the documents name the users, and would name them again the next night.
				mapping: {
					'user.email': '={{ $json.profile.email }}',
					'user.roles': '={{ $json.profile.title }}',
					'entity.attributes.managed': '={{ $json.status === "ACTIVE" }}',
					'asset.business_unit': '={{ $json.profile.department }}',
					'asset.criticality': '={{ $json.profile.assetCriticality }}',
				},
				options: { ...NIGHTLY_OPTIONS, identityProvider: 'okta' },
			}),
			node(MISSING, 'code', 2, [1320, 200], { jsCode: MISSING_CODE }),
			node(IS_OVER, 'if', 2.2, [1540, 200], {
				conditions: {
					options: { caseSensitive: true, leftValue: '', typeValidation: 'strict', version: 2 },
					combinator: 'and',
					conditions: [
						{
							id: '1',
							leftValue: '={{ $json.isOver }}',
							rightValue: '',
							operator: { type: 'boolean', operation: 'true', singleValue: true },
						},
					],
				},
				options: {},
			}),
			node(ONCE, 'manualTrigger', 1, [0, 420], {}),
			kibana(DEFER, [220, 420], {
				resource: 'store',
				operation: 'updateConfiguration',
				logExtraction: { maxLogsPerWindowCapBehavior: 'defer' },
				options: NIGHTLY_OPTIONS,
			}),
			...failureBranch(
				1760,
				420,
				`$('${LIST}').isExecuted ? $('${LIST}').all().length - failed.length : 0`,
				"json.profile?.login ?? 'The entity store'",
				'could not be updated in Kibana',
			),
		],
		connections: connect({
			'Every Night': [[LIST]],
			[LIST]: [[BATCHES]],
			[BATCHES]: [[INDEXED_USERS], [DOCUMENTS]],
			[DOCUMENTS]: [[INDEX]],
			[INDEX]: [[BATCHES]],
			[INDEXED_USERS]: [[WAIT]],
			[WAIT]: [[UPDATE]],
			[UPDATE]: [[], [MISSING]],
			[MISSING]: [[IS_OVER]],
			[IS_OVER]: [[FAILURES.gather], [WAIT]],
			[ONCE]: [[DEFER]],
			[DEFER]: [[], [FAILURES.gather]],
			...failureConnections,
		}),
		settings: SETTINGS,
		pinData: {
			[LIST]: USERS as Array<{ json: object }>,
			[INDEX]: pin(ANSWER),
			[WAIT]: USERS as Array<{ json: object }>,
			...failurePins,
		},
	},
};

/** Names of the nodes that the tests run. */
export const LOGS_NODES = {
	LIST,
	DOCUMENTS,
	INDEX,
	INDEXED_USERS,
	WAIT,
	UPDATE,
	MISSING,
	ONCE,
	DEFER,
} as const;
