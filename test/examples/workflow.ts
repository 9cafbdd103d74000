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
export const note = (content: string, height = 400): WorkflowNode =>
	node('Note', 'stickyNote', 1, [-40, -height - 60], { content, height, width: 620 });

const NIGHTLY_HOUR = 2;

/** Every night, at a minute of its own: directories do not like to be asked by everybody at once. */
export const nightly = (minute: number): WorkflowNode =>
	node('Every Night', 'scheduleTrigger', 1.2, [0, 0], {
		rule: {
			interval: [{ field: 'days', triggerAtHour: NIGHTLY_HOUR, triggerAtMinute: minute }],
		},
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
}

/** The node that writes entities, its failures on an output of their own. */
export const entityStore = (
	name: string,
	position: Position,
	{ entityType, force, mapping, options }: EntityStoreSettings,
): WorkflowNode => ({
	...node(name, '', 1, position, {
		resource: 'entity',
		operation: 'upsert',
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
		options,
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
	describe: 'Describe Failure',
	gather: 'One Message',
	notify: 'Tell the Team',
} as const;

/** As Slack answers a message that was posted. */
const POSTED = {
	ok: true,
	channel: 'C012AB3CD',
	ts: '1764036000.000247',
	message: { type: 'message', subtype: 'bot_message', text: 'Sample', ts: '1764036000.000247' },
};

/**
 * The branch for failures: one line for each, all lines in one message, and no message when there are none.
 *
 * @param who an expression's inside that names the item, for failures that know no entity ID
 */
export const failureBranch = (x: number, y: number, who: string): WorkflowNode[] => [
	node(FAILURES.describe, 'set', 3.4, [x, y], {
		assignments: {
			assignments: [
				{
					id: '1',
					name: 'line',
					type: 'string',
					value: `={{ $json.details.entityId ?? ${who} }}: {{ $json.error }}. {{ $json.message ?? '' }}`,
				},
			],
		},
		options: {},
	}),
	node(FAILURES.gather, 'summarize', 1.1, [x + 220, y], {
		fieldsToSummarize: {
			values: [
				{ aggregation: 'count', field: 'line' },
				{ aggregation: 'concatenate', field: 'line', separateBy: '\n' },
			],
		},
		options: {},
	}),
	node(FAILURES.notify, 'slack', 2.3, [x + 440, y], {
		resource: 'message',
		operation: 'post',
		select: 'channel',
		channelId: { __rl: true, mode: 'name', value: '#soc-data' },
		messageType: 'text',
		text: '={{ $json.count_line }} entities could not be written to Kibana:\n{{ $json.concatenated_line }}',
		otherOptions: {},
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
	[FAILURES.describe]: [[FAILURES.gather]],
	[FAILURES.gather]: [[FAILURES.notify]],
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
