/** Runs a scenario through the whole node on n8n's engine, whose clock is turned to pass quickly. */
import type { INodeExecutionData, OnError } from 'n8n-workflow';

import { json, nodeOn } from '../acceptance/run';
import { drawFaults, FAULT_NAMES, type FaultName } from '../../sandbox/kibana/faults';
import type { TestKibana } from '../../sandbox/kibana/server';
import { runNode } from '../../sandbox/n8n/engine';
import { prepare, secretsReportedIn } from './attack';
import { createLog, judge, readReported, type Injected, type Reported } from './oracle';
import { toSource, type Scenario } from './scenario';

/** Faults that really take time, or need another task to end them. */
const TIMELY: readonly FaultName[] = [
	'connection refused',
	'no answer in time after the work',
	'no answer in time',
];

export const QUICK_NAMES = FAULT_NAMES.filter((name) => !TIMELY.includes(name));

export const ON_ERROR: readonly OnError[] = [
	'stopWorkflow',
	'continueRegularOutput',
	'continueErrorOutput',
];

/** The node waits in steps of this length. */
const STEP_MS = 200;

/** Lets the steps in which the node waits take no time. */
export const hurrying = async <Result>(work: () => Promise<Result>): Promise<Result> => {
	const { setTimeout: real } = globalThis;
	const quick = (callback: () => void, ms = 0) => real(callback, ms <= STEP_MS ? 0 : ms);
	globalThis.setTimeout = quick as typeof setTimeout;
	try {
		return await work();
	} finally {
		globalThis.setTimeout = real;
	}
};

export interface EngineAttack {
	readonly injected: Injected;
	readonly requests: number;
	readonly records: number;
	readonly lost: readonly string[];
	readonly wronglyBlamed: readonly string[];
	readonly others: readonly string[];
}

const NOTHING = { lost: [], wronglyBlamed: [], others: [] };

/** What is reported of all items, and what is wrong with the outputs as such. */
const readOutputs = (
	outputs: INodeExecutionData[][],
	onError: OnError,
	count: number,
): { readonly reported: readonly Reported[]; readonly wrong: readonly string[] } => {
	const wrong: string[] = [];
	const [main = [], errors = []] = outputs.map((items) => items.map(readReported));
	if (onError !== 'continueErrorOutput' && errors.length > 0) wrong.push('an error output');
	if (onError === 'continueErrorOutput') {
		if (main.some(({ isError }) => isError)) wrong.push('an error on the output for successes');
		if (errors.some(({ isError }) => !isError)) wrong.push('a success on the output for errors');
	}
	for (const branch of [main, errors]) {
		const order = branch.map(({ pairedWith }) => pairedWith as number);
		if (order.some((at, nth) => nth > 0 && at <= (order[nth - 1] as number))) {
			wrong.push(`out of order: ${order.join(', ')}`);
		}
	}
	const all = [...main, ...errors].sort(
		(one, other) => (one.pairedWith as number) - (other.pairedWith as number),
	);
	if (all.length !== count) wrong.push(`${all.length} outputs of ${count} items`);
	return { reported: all, wrong };
};

export const attackEngine = async (
	kibana: TestKibana,
	asked: Scenario,
	onError: OnError,
): Promise<EngineAttack> => {
	// How much patience lasts for is a matter of chance here.
	const scenario: Scenario = { ...asked, isSurvivable: false };
	const { api, operation, items, chunkSize, limits, concurrency, maxRetries, faults } = scenario;
	prepare(kibana, scenario);
	const { injected, onFault } = createLog();
	drawFaults(kibana, { api, ...faults, onFault });
	const { outputs, error, finished, hints } = await hurrying(
		async () =>
			await runNode({
				...nodeOn(kibana),
				onError,
				items: items.map((item, index) => ({
					kind: item.type,
					source: toSource(item, index, scenario) as never,
				})),
				parameters: json(
					'={{ $json.source }}',
					{
						chunkSize,
						concurrency,
						createConcurrency: concurrency,
						force: true,
						maxChunkBytes: limits.chunkBytes,
						maxRetries,
					},
					{ entityType: '={{ $json.kind }}', operation },
				),
			}),
	);
	const everything = JSON.stringify([finished, hints, error]);
	const found = {
		injected,
		requests: kibana.requests.length,
		records: items.length,
		...NOTHING,
	};
	const secrets = secretsReportedIn(kibana, everything);
	if (error !== undefined) {
		// A cause that is common to all items is the message itself.
		const [, total = items.length] = /^\d+ of (\d+) entities failed/.exec(error.message) ?? [];
		const isRight = onError === 'stopWorkflow' && Number(total) === items.length;
		const isEmpty = outputs.every((branch) => branch.length === 0);
		const others = isRight && isEmpty ? [] : [`${onError} throws ${error.message}`];
		return { ...found, others: [...others, ...secrets] };
	}
	const { reported, wrong } = readOutputs(outputs, onError, items.length);
	// Of a run without all its outputs nothing more can be checked.
	if (reported.length !== items.length) return { ...found, others: [...wrong, ...secrets] };
	const judged = judge(kibana, scenario, reported, injected);
	const isStopped = onError === 'stopWorkflow' && reported.some(({ isError }) => isError);
	return {
		...found,
		...judged,
		others: [
			...judged.others,
			...wrong,
			...secrets,
			...(isStopped ? ['a failure did not stop the workflow'] : []),
		],
	};
};
