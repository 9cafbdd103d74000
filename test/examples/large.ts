/** A directory that is too large for one run: a workflow that cuts it into batches, and one that writes a batch. */
import { okta } from './okta';
import {
	connect,
	entityStore,
	failurePins,
	FAILURES,
	listOkta,
	nightly,
	NIGHTLY_OPTIONS,
	node,
	note,
	notifyTeam,
	pin,
	SETTINGS,
	type Example,
	type WorkflowNode,
} from './workflow';

const PARENT_NOTE = `## A large directory, in batches
Every night at 03:10, all users of Okta are cut into batches. The workflow *large-directory-batch* writes each batch as an execution of its own, so that all workers of n8n's queue mode share them. A batch without an answer, such as one of a worker that died, is run again once. All failures come back in one message. Where a batch is still missing, the execution fails.

**To try it:** press *Execute workflow*. Okta, the calls of the other workflow and Slack are pinned to sample data.

**To use it**
1. **Okta**: choose your *Okta API* credential, then unpin.
2. **Cut into Batches**: \`SIZE\` is the number of users in a batch. 5,000 users of Okta are about 5 MB; n8n refuses a call of more than 16 MB.
3. **Write Batches**: choose the *Header Auth* credential of the other workflow. The URL is that of its webhook, as the workers reach n8n: not through a proxy that cuts answers after a minute. Then unpin.
4. **Write Missing Batches Again**: the same credential and URL, then unpin.
5. **Tell the Team**: choose credential and channel, then unpin.
6. Publish the workflow, after the other one.

An entity must not be in two batches: they are written in any order.`;

const BATCH_NOTE = `## One batch of a large directory
Called by *large-directory-parent* for each batch of users. It writes them to Kibana's Entity Store and answers with a summary: how many were written, how many failed, for which reasons, and the first ten failures. The answer goes out when everything is written, so the caller knows of a batch without an answer that it is missing.

**To try it:** choose your *Kibana Entity Store API* credential in **Write Users** and press *Execute workflow*. The call is pinned to sample data, one user of it broken on purpose. *Dry Run* is on: nothing is written.

**To use it**
1. **Batch**: choose a *Header Auth* credential with a long random value, then unpin.
2. **Write Users**: pick the space, and map what your directory has.
3. Remove the option *Dry Run* from **Write Users**, and publish the workflow.

n8n keeps no data of executions that succeed (*Workflow Settings*): a batch is large, and the summary says what is worth knowing.`;

const LIST = 'Okta';
const CUT = 'Cut into Batches';
const WRITE_BATCHES = 'Write Batches';
const WAIT = 'Wait a Minute';
const AGAIN = 'Write Missing Batches Again';
const ANSWERS = 'All Answers';
const IS_MISSING = 'Anything Missing?';

const HOOK = 'Batch';
const SPLIT = 'Users';
const WRITE = 'Write Users';
const ANSWER = 'Answer with Summary';

const PATH = 'large-directory-batch';

/** A batch is text already: n8n copies a text in one piece, and thousands of objects one by one. */
const CUT_CODE = `const SIZE = 5000;

const users = $input.all().map(({ json }) => json);
const batches = [];
for (let first = 0; first < users.length; first += SIZE) {
  const part = users.slice(first, first + SIZE);
  const body = JSON.stringify({ users: part });
  batches.push({ json: { batch: batches.length + 1, size: part.length, body } });
}
return batches;
`;

/**
 * Code that turns the answers of all batches into one message, and into nothing when everything was written. An
 * item without a total is a batch without an answer.
 */
const MESSAGE_CODE = `const answers = $input.all().map(({ json }) => json);
const reports = answers.filter(({ total }) => typeof total === 'number');
const missing = answers.filter(({ total }) => typeof total !== 'number');
const sum = (key) => reports.reduce((all, report) => all + report[key], 0);
const [failed, written] = [sum('failed'), sum('succeeded')];
if (failed === 0 && missing.length === 0 && written > 0) return [];

const countOf = {};
for (const [reason, count] of reports.flatMap(({ reasons }) => Object.entries(reasons))) {
  countOf[reason] = (countOf[reason] ?? 0) + count;
}
const lines = reports
  .flatMap(({ failures }) => failures)
  .slice(0, 10)
  .map(({ entityId, message }) => ((entityId ?? 'A user') + ': ' + message).slice(0, 300));
const text = [
  failed + ' of ' + (failed + written) + ' users could not be written to Kibana:',
  ...Object.entries(countOf).map(([reason, count]) => count + ' × ' + reason),
  ...missing.map(({ batch, size }) => 'No answer for batch ' + batch + ' of ' + size + ' users: run the workflow again'),
  '',
  ...lines,
  ...(failed > lines.length ? ['… and ' + (failed - lines.length) + ' more'] : []),
].join('\\n');
return [{ json: { text, failed, written, missing: missing.length } }];
`;

/** Calls the webhook of a batch for each item, all at once, and waits for the answers. */
const call = (name: string, position: readonly [number, number]): WorkflowNode =>
	node(
		name,
		'httpRequest',
		4.2,
		position,
		{
			method: 'POST',
			url: `http://127.0.0.1:5678/webhook/${PATH}`,
			authentication: 'genericCredentialType',
			genericAuthType: 'httpHeaderAuth',
			sendBody: true,
			specifyBody: 'json',
			jsonBody: '={{ $json.body }}',
			// The last batch also waits until those before it are written.
			options: { timeout: 3_600_000 },
		},
		{ onError: 'continueErrorOutput' },
	);

const USERS = (okta.workflow.pinData.Okta ?? []).map(({ json }) => json);

/** As the workflow of a batch answers, for the sample users. */
const SUMMARY = {
	text: '4 entities: 3 created, 1 failed (1 invalidRecord). Item 3 (user:omar.haddad@example.com@unknown): asset.criticality expects one of low_impact, medium_impact, high_impact, extreme_impact, unassigned, got "severe"',
	total: 4,
	succeeded: 3,
	failed: 1,
	statuses: { created: 3, failed: 1 },
	reasons: { invalidRecord: 1 },
	failures: [
		{
			item: 3,
			entityId: 'user:omar.haddad@example.com@unknown',
			reason: 'invalidRecord',
			message:
				'asset.criticality expects one of low_impact, medium_impact, high_impact, extreme_impact, unassigned, got "severe"',
		},
	],
};

/** The data of these executions is large, and says nothing that the summaries do not say. */
const LARGE_SETTINGS = { ...SETTINGS, saveDataSuccessExecution: 'none' };

export const largeDirectoryParent: Example = {
	file: 'large-directory-parent.json',
	trigger: 'Every Night',
	workflow: {
		name: 'Large directory: cut into batches',
		nodes: [
			note(PARENT_NOTE, 600),
			nightly(10, 3),
			listOkta(LIST, [220, 0]),
			node(CUT, 'code', 2, [440, 0], { jsCode: CUT_CODE }),
			call(WRITE_BATCHES, [660, 0]),
			// n8n itself may be restarting. Shorter than the 65 seconds from which it would store all data meanwhile.
			node(
				WAIT,
				'wait',
				1.1,
				[880, 200],
				{ resume: 'timeInterval', amount: 60, unit: 'seconds' },
				{ webhookId: '00000000-0000-4000-8000-00000000a1eb' },
			),
			call(AGAIN, [1100, 200]),
			// Both rounds lead into one report, which comes last.
			node(ANSWERS, 'merge', 3, [1320, 0], { numberInputs: 3 }),
			node(FAILURES.gather, 'code', 2, [1540, 0], { jsCode: MESSAGE_CODE }),
			notifyTeam([1760, 0], '={{ $json.text }}'),
			// Below the message, so that n8n runs it after the message is sent.
			node(IS_MISSING, 'filter', 2.2, [1760, 180], {
				conditions: {
					options: { caseSensitive: true, leftValue: '', typeValidation: 'strict', version: 2 },
					conditions: [
						{
							id: '00000000-0000-4000-8000-000000000001',
							leftValue: '={{ $json.missing > 0 || $json.written === 0 }}',
							rightValue: '',
							operator: { type: 'boolean', operation: 'true', singleValue: true },
						},
					],
					combinator: 'and',
				},
				options: {},
			}),
			node(FAILURES.fail, 'stopAndError', 1, [1980, 180], { errorMessage: '={{ $json.text }}' }),
		],
		connections: connect({
			'Every Night': [[LIST]],
			[LIST]: [[CUT]],
			[CUT]: [[WRITE_BATCHES]],
			[WRITE_BATCHES]: [[ANSWERS], [WAIT]],
			[WAIT]: [[AGAIN]],
			[AGAIN]: [[[ANSWERS, 1]], [[ANSWERS, 2]]],
			[ANSWERS]: [[FAILURES.gather]],
			[FAILURES.gather]: [[FAILURES.notify, IS_MISSING]],
			[IS_MISSING]: [[FAILURES.fail]],
		}),
		settings: LARGE_SETTINGS,
		pinData: {
			[LIST]: okta.workflow.pinData.Okta ?? [],
			[WRITE_BATCHES]: pin(SUMMARY),
			[AGAIN]: pin(SUMMARY),
			...failurePins,
		},
	},
};

const writer = okta.workflow.nodes.find(({ name }) => name === WRITE);
const { userFields } = writer?.parameters as { userFields: { value: Record<string, unknown> } };

export const largeDirectoryBatch: Example = {
	file: 'large-directory-batch.json',
	trigger: HOOK,
	workflow: {
		name: 'Large directory: one batch',
		nodes: [
			note(BATCH_NOTE, 480),
			node(
				HOOK,
				'webhook',
				2,
				[0, 0],
				{
					httpMethod: 'POST',
					path: PATH,
					authentication: 'headerAuth',
					responseMode: 'responseNode',
					options: {},
				},
				{ webhookId: '00000000-0000-4000-8000-00000000a1ec' },
			),
			node(SPLIT, 'splitOut', 1, [220, 0], { fieldToSplitOut: 'body.users', options: {} }),
			{
				...entityStore(WRITE, [440, 0], {
					entityType: 'user',
					force: true,
					mapping: userFields.value,
					options: { ...NIGHTLY_OPTIONS, output: 'summary' },
				}),
				// The summary holds the failures: one item, whatever happens.
				onError: 'continueRegularOutput',
			},
			node(ANSWER, 'respondToWebhook', 1.1, [660, 0], {
				respondWith: 'firstIncomingItem',
				options: {},
			}),
		],
		connections: connect({ [HOOK]: [[SPLIT]], [SPLIT]: [[WRITE]], [WRITE]: [[ANSWER]] }),
		settings: LARGE_SETTINGS,
		pinData: {
			[HOOK]: pin({ headers: {}, params: {}, query: {}, body: { users: USERS } }),
		},
	},
};

/** Names of the nodes that the tests read. */
export const LARGE_NODES = { CUT, WRITE_BATCHES, WRITE, ANSWER } as const;
export const SAMPLE_SUMMARY = SUMMARY;
