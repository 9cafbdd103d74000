/**
 * Polls a trigger node as n8n does in a published workflow: with its own poll executor, at once when the
 * workflow is published, and with static data that is saved only when n8n saves it.
 *
 * As `engine.ts`, this knows API of n8n-core that is not promised between releases.
 */
import 'reflect-metadata';
import { Container } from '@n8n/di';
import { PollContext, PollTriggerExecutor, WorkflowExecute } from 'n8n-core';
import { UnexpectedError, Workflow } from 'n8n-workflow';
import type {
	ExecutionError,
	IDataObject,
	INodeExecutionData,
	INodeParameters,
} from 'n8n-workflow';

import { additionalDataFor, instantiate, nodeFor, nodeTypesOf } from './engine';
import type { NodeSetup, NodeUnderTest } from './engine';

/** What one poll has started: an execution, a failed one, or none. */
export interface Polled {
	/** Undefined when no execution was started; empty when one was started without items. */
	readonly items?: INodeExecutionData[];
	readonly error?: Error;
}

export interface PublishedWorkflow {
	/** What the poll at the time of publishing has started. */
	readonly first: Polled;
	/** Polls once, as at the next time of the schedule. */
	poll(): Promise<Polled>;
	/** Ends without saving, and publishes again from what was saved, perhaps with other parameters. */
	restart(parameters?: INodeParameters): Promise<Polled>;
	/** The items of all executions that were started so far. */
	executions(): INodeExecutionData[][];
	/** What is stored in the database of the static data of the workflow. */
	saved(): IDataObject;
}

type Polling = NodeSetup & { readonly node: NodeUnderTest };

const copyOf = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value)) as Value;

/**
 * Publishes a workflow of one trigger node.
 *
 * @throws what the first poll throws, as n8n refuses to publish then
 */
export async function publish(setup: Polling): Promise<PublishedWorkflow> {
	let disk: IDataObject = {};
	let instance = 0;
	const executions: INodeExecutionData[][] = [];

	const start = async (parameters: INodeParameters) => {
		instance += 1;
		const own = instance;
		const nodeType = instantiate(setup.node);
		const node = nodeFor(nodeType, { ...setup, parameters });
		const workflow = new Workflow({
			id: 'poll-test',
			name: 'Poll test',
			nodes: [node],
			connections: {},
			active: true,
			nodeTypes: nodeTypesOf([nodeType]),
			staticData: copyOf(disk),
			settings: { executionOrder: 'v1' },
		});
		const save = () => {
			const data = workflow.staticData as IDataObject & { __dataChanged?: boolean };
			if (data.__dataChanged !== true) return;
			disk = copyOf(data);
			data.__dataChanged = false;
		};
		let polled: Polled = {};
		const context = new PollContext(
			workflow,
			Object.values(workflow.nodes)[0]!,
			additionalDataFor(workflow, setup),
			'trigger',
			'activate',
			([items = []]) => {
				save();
				executions.push(items);
				polled = { items };
			},
			(error) => {
				polled = { error };
			},
		);
		const run = Container.get(PollTriggerExecutor).create(
			workflow,
			node,
			context,
			() => own === instance,
		);
		const poll = async (isPublishing: boolean): Promise<Polled> => {
			polled = {};
			await run(isPublishing);
			return polled;
		};
		const first = await poll(true);
		// What the nodes have kept while they were started is saved once.
		save();
		return { first, poll };
	};

	let current = await start(setup.parameters);
	return {
		first: current.first,
		poll: async () => await current.poll(false),
		restart: async (parameters = setup.parameters) => {
			current = await start(parameters);
			return current.first;
		},
		executions: () => [...executions],
		saved: () => copyOf(disk),
	};
}

/** Runs the node by hand, as the editor does. @throws what the node throws */
export async function test(
	setup: Polling,
	staticData: IDataObject = {},
): Promise<{ readonly items: INodeExecutionData[]; readonly staticData: IDataObject }> {
	const nodeType = instantiate(setup.node);
	const node = nodeFor(nodeType, setup);
	const workflow = new Workflow({
		id: 'poll-test',
		name: 'Poll test',
		nodes: [node],
		connections: {},
		active: false,
		nodeTypes: nodeTypesOf([nodeType]),
		staticData: copyOf(staticData),
		settings: { executionOrder: 'v1' },
	});
	const finished = await new WorkflowExecute(additionalDataFor(workflow, setup), 'manual').run({
		workflow,
		startNode: Object.values(workflow.nodes)[0]!,
	});
	const task = finished.data.resultData.runData[node.name]?.at(-1);
	const error: ExecutionError | undefined = task?.error ?? finished.data.resultData.error;
	if (error) throw Object.assign(new Error(error.message), error);
	if (!task) throw new UnexpectedError('The node did not run');
	return { items: task.data?.main?.[0] ?? [], staticData: copyOf(workflow.staticData) };
}
