/** The pieces that the example workflows are put together from. */
import {
	ENTITY_TYPES,
	isEntityType,
	type EntityType,
} from '../../nodes/KibanaEntityStore/entity/fields';
import { mapperFields } from '../../nodes/KibanaEntityStore/methods/resourceMapping';

type Position = readonly [x: number, y: number];

export interface WorkflowNode {
	readonly id: string;
	readonly name: string;
	readonly type: string;
	readonly typeVersion: number;
	readonly position: Position;
	readonly parameters: object;
	readonly onError?: string;
	readonly credentials?: object;
	readonly webhookId?: string;
	readonly retryOnFail?: boolean;
	readonly maxTries?: number;
	/** Milliseconds between two tries. */
	readonly waitBetweenTries?: number;
}

export interface Workflow {
	readonly name: string;
	readonly nodes: readonly WorkflowNode[];
	readonly connections: object;
	readonly settings: object;
	readonly pinData: Readonly<Record<string, ReadonlyArray<{ readonly json: object }>>>;
}

/** A node; its ID follows from where it stands, so that the files stay the same. */
export const node = (
	name: string,
	type: string,
	typeVersion: number,
	position: Position,
	parameters: object,
	more: object = {},
): WorkflowNode => ({
	id: `00000000-0000-4000-8000-${String((position[0] + 1000) * 10_000 + position[1] + 1000).padStart(12, '0')}`,
	name,
	type: `n8n-nodes-base.${type}`,
	typeVersion,
	position,
	parameters,
	...more,
});

/** A note above the workflow: what it does, and what to fill in. */
export const note = (content: string, height = 440): WorkflowNode =>
	node('Note', 'stickyNote', 1, [-40, -height - 60], { content, height, width: 620 });

const NIGHTLY_HOUR = 2;

/** Every night, at a minute of its own: directories do not like to be asked by everybody at once. */
export const nightly = (minute: number, hour = NIGHTLY_HOUR): WorkflowNode =>
	node('Every Night', 'scheduleTrigger', 1.2, [0, 0], {
		rule: {
			interval: [{ field: 'days', triggerAtHour: hour, triggerAtMinute: minute }],
		},
	});

/** Lists all users of Okta, with everything that Okta sends of them. */
export const listOkta = (name: string, position: Position): WorkflowNode =>
	node(name, 'okta', 1, position, {
		resource: 'user',
		operation: 'getAll',
		returnAll: true,
		simplify: false,
	});

/** A node of Kibana with these parameters, its failures on an output of their own. */
export const kibana = (name: string, position: Position, parameters: object): WorkflowNode => ({
	...node(name, '', 1, position, {
		...parameters,
		space: { __rl: true, mode: 'list', value: '' },
	}),
	type: 'n8n-nodes-kibana-entity-store.kibanaEntityStore',
	onError: 'continueErrorOutput',
});

interface EntityStoreSettings {
	/** Or an expression that chooses it item by item. */
	readonly entityType: EntityType | `={{ ${string} }}`;
	/** Whether protected fields are written, too. */
	readonly force: boolean;
	readonly mapping: Readonly<Record<string, unknown>>;
	readonly options: object;
	/** Create or Update where nothing is given. */
	readonly operation?: 'update';
}

/** The node that writes entities, its failures on an output of their own. */
export const entityStore = (
	name: string,
	position: Position,
	{ entityType, force, mapping, options, operation }: EntityStoreSettings,
): WorkflowNode => ({
	...node(name, '', 1, position, {
		resource: 'entity',
		operation: operation ?? 'upsert',
		space: { __rl: true, mode: 'list', value: '' },
		...(isEntityType(entityType)
			? { entityType }
			: { entityType: 'mixed', itemEntityType: entityType }),
		inputMode: 'fields',
		force,
		[isEntityType(entityType) ? `${entityType}Fields` : 'mixedFields']: {
			mappingMode: 'defineBelow',
			value: mapping,
			matchingColumns: [],
			schema: mapperFields(
				isEntityType(entityType) ? [entityType] : ENTITY_TYPES,
				['v2'],
				force,
			).map((field) => ({
				...field,
				removed: !(field.id in mapping),
			})),
			attemptToConvertTypes: false,
			convertFieldsToString: false,
		},
		// Whoever tries an example must not find its invented entities in a real store.
		options: { dryRun: true, ...options },
	}),
	type: 'n8n-nodes-kibana-entity-store.kibanaEntityStore',
	onError: 'continueErrorOutput',
});

/**
 * What we recommend where nobody waits for the result: a Kibana that is busy at night gets more time and
 * more repeats than usual.
 */
export const NIGHTLY_OPTIONS = { maxRetries: 8, timeout: 120_000 };

export const FAILURES = {
	gather: 'One Message',
	notify: 'Tell the Team',
	isNothingWritten: 'Nothing Written?',
	fail: 'Fail the Execution',
} as const;

/** As Slack answers a message that was posted. */
const POSTED = {
	ok: true,
	channel: 'C012AB3CD',
	ts: '1764036000.000247',
	message: { type: 'message', subtype: 'bot_message', text: 'Sample', ts: '1764036000.000247' },
};

const FAILURES_LISTED = 10;

/** JavaScript that counts the items on the success outputs of these nodes, in their last run. */
const succeeded = (writers: readonly string[]): string =>
	`${JSON.stringify(writers)}.flatMap((name) => ($(name).isExecuted ? $(name).all(0) : [])).length`;

/**
 * Code that turns the failed items into one message: how many failed, how often for which reason, and the
 * first of them. A night without Kibana must not become a message of thousands of lines.
 *
 * @param written names of the nodes that write entities, or JavaScript that counts what they have written
 * @param who JavaScript that names an item, of its fields in `json`, for failures that know no entity ID
 * @param what what has happened to the entities
 */
const messageCode = (written: readonly string[] | string, who: string, what: string): string =>
	`const failed = $input.all().map(({ json }) => json);
const written = ${typeof written === 'string' ? written : succeeded(written)};
const countOf = {};
for (const { details } of failed) countOf[details.reason] = (countOf[details.reason] ?? 0) + 1;
const nameOf = (json) => json.details.entityId ?? ${who} ?? 'An item';
const lines = failed
  .slice(0, ${FAILURES_LISTED})
  .map((json) => [nameOf(json) + ': ' + json.error, json.message].filter(Boolean).join('. ').slice(0, 300));
const text = [
  failed.length + ' of ' + (failed.length + written) + ' entities ${what}:',
  ...Object.entries(countOf).map(([reason, count]) => count + ' × ' + reason),
  '',
  ...lines,
  ...(failed.length > lines.length ? ['… and ' + (failed.length - lines.length) + ' more'] : []),
].join('\\n');
return [{ json: { text, failed: failed.length, written } }];
`;

/** Posts a text to the channel of the team. */
export const notifyTeam = (position: Position, text: string): WorkflowNode =>
	node(FAILURES.notify, 'slack', 2.3, position, {
		resource: 'message',
		operation: 'post',
		select: 'channel',
		channelId: { __rl: true, mode: 'name', value: '#soc-data' },
		messageType: 'text',
		text,
		otherOptions: {},
	});

/**
 * The branch for failures: all of them in one message, and no message when there are none. Where nothing
 * was written at all, the execution fails.
 *
 * @param written see `messageCode`
 * @param who see `messageCode`
 * @param what see `messageCode`
 */
export const failureBranch = (
	x: number,
	y: number,
	written: readonly string[] | string,
	who: string,
	what = 'could not be written to Kibana',
): WorkflowNode[] => [
	node(FAILURES.gather, 'code', 2, [x, y], { jsCode: messageCode(written, who, what) }),
	notifyTeam([x + 220, y], '={{ $json.text }}'),
	// Below the message, so that n8n runs it after the message is sent.
	node(FAILURES.isNothingWritten, 'filter', 2.2, [x + 220, y + 180], {
		conditions: {
			options: { caseSensitive: true, leftValue: '', typeValidation: 'strict', version: 2 },
			conditions: [
				{
					id: '00000000-0000-4000-8000-000000000001',
					leftValue: '={{ $json.written }}',
					rightValue: 0,
					operator: { type: 'number', operation: 'equals' },
				},
			],
			combinator: 'and',
		},
		options: {},
	}),
	node(FAILURES.fail, 'stopAndError', 1, [x + 440, y + 180], {
		errorMessage: '={{ $json.text }}',
	}),
];

export const failurePins = { [FAILURES.notify]: [{ json: POSTED }] };

/** A node behind an output, at its first input or at the one named. */
type Target = string | readonly [name: string, input: number];
type Output = readonly Target[];

/** Connections by node: for each output the nodes behind it. */
export const connect = (outputs: Readonly<Record<string, readonly Output[]>>): object =>
	Object.fromEntries(
		Object.entries(outputs).map(([from, targets]) => {
			const main = targets.map((output) =>
				output.map((target) => {
					const [name, index] = typeof target === 'string' ? [target, 0] : target;
					return { node: name, type: 'main', index };
				}),
			);
			return [from, { main }];
		}),
	);

export const failureConnections = {
	[FAILURES.gather]: [[FAILURES.notify, FAILURES.isNothingWritten]],
	[FAILURES.isNothingWritten]: [[FAILURES.fail]],
};

export const pin = (...items: readonly object[]): Array<{ json: object }> =>
	items.map((json) => ({ json }));

export const SETTINGS = { executionOrder: 'v1' };

/** One example: the file it is kept in, and the workflow. */
export interface Example {
	readonly file: string;
	readonly trigger: string;
	readonly workflow: Workflow;
}
