/** A large directory in batches, with a node that shows after each of them how far the run is. */
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
	SETTINGS,
	type Example,
} from './workflow';

const NOTE = `## Okta users in batches, every night
Every night at 02:05, the users of Okta are written in batches of 10,000. **Progress** shows how far the run is: open it while the workflow runs. Each batch with failures is reported in one message.

**To try it:** choose your *Kibana Entity Store API* credential in **Write Users** and press *Execute workflow*. Okta and Slack are pinned to sample data, one user of it broken on purpose. *Dry Run* is on: nothing is written.

**To use it**
1. **Okta**: choose your *Okta API* credential, then unpin.
2. **10,000 at a Time**: choose another size where the server of n8n has little memory.
3. **Tell the Team**: choose credential and channel, then unpin.
4. Remove the option *Dry Run* from **Write Users**, and publish the workflow.

*On Error* of **Write Users** is *Continue* and its option *Output* is *Summary*: each batch gives one item with its counts, and the next batch starts whatever has failed. The editor marks the number of batches in **Progress** red, because it knows it only while the workflow runs.`;

const LIST = 'Okta';
const BATCHES = '10,000 at a Time';
const WRITE = 'Write Users';
const PROGRESS = 'Progress';
const FAILED = 'Any Failed?';

const BATCH_SIZE = 10_000;

export const batches: Example = {
	file: 'okta-users-in-batches.json',
	trigger: 'Every Night',
	workflow: {
		name: 'Okta users to Kibana in batches, every night',
		nodes: [
			note(NOTE, 500),
			nightly(5),
			listOkta(LIST, [220, 0]),
			node(BATCHES, 'splitInBatches', 3, [440, 0], { batchSize: BATCH_SIZE, options: {} }),
			{
				...entityStore(WRITE, [660, 200], {
					entityType: 'user',
					force: true,
					mapping: {
						'user.name': '={{ $json.profile.login }}',
						'user.email': '={{ $json.profile.email }}',
						'entity.name': '={{ $json.profile.displayName }}',
						'entity.source': 'okta',
						'asset.criticality': '={{ $json.profile.assetCriticality }}',
					},
					options: { ...NIGHTLY_OPTIONS, output: 'summary' },
				}),
				onError: 'continueRegularOutput',
			},
			node(PROGRESS, 'set', 3.4, [880, 200], {
				assignments: {
					assignments: [
						{
							id: '1',
							name: 'progress',
							type: 'string',
							// The editor knows the number of batches only while the workflow runs.
							value: `=Batch {{ $runIndex + 1 }} of {{ $('${BATCHES}').context.maxRunIndex ?? '?' }}. {{ $json.text }}`,
						},
						{ id: '2', name: 'failed', type: 'number', value: '={{ $json.failed }}' },
					],
				},
				options: {},
			}),
			node(FAILED, 'filter', 2.2, [660, 0], {
				conditions: {
					options: { caseSensitive: true, leftValue: '', typeValidation: 'strict', version: 2 },
					combinator: 'and',
					conditions: [
						{
							id: '1',
							leftValue: '={{ $json.failed }}',
							rightValue: 0,
							operator: { type: 'number', operation: 'gt' },
						},
					],
				},
				options: {},
			}),
			notifyTeam([880, 0], '={{ $json.progress }}'),
		],
		connections: connect({
			'Every Night': [[LIST]],
			[LIST]: [[BATCHES]],
			[BATCHES]: [[FAILED], [WRITE]],
			[WRITE]: [[PROGRESS]],
			[PROGRESS]: [[BATCHES]],
			[FAILED]: [[FAILURES.notify]],
		}),
		settings: SETTINGS,
		pinData: { [LIST]: okta.workflow.pinData.Okta ?? [], ...failurePins },
	},
};

/** Names of the nodes that the tests run. */
export const BATCHES_NODES = { BATCHES, WRITE, PROGRESS, FAILED } as const;
