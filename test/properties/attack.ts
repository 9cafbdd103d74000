/** One attack through the core: prepare a Kibana, let the faults come, send, and judge. */
import { drawFaults, FAULTS, type Fault, type FaultName } from '../../sandbox/kibana/faults';
import type { FaultyRequest, TestKibana } from '../../sandbox/kibana/server';
import { runCore, type CoreRun } from './core';
import { createLog, judge, markersIn, type Injected } from './oracle';
import { poisonRules, toSource, type Scenario } from './scenario';

const MAX_DELAY_MS = 60_000;
const MAX_TOTAL_DELAY_MS = 300_000;

/** Puts a Kibana into the state before the first request. */
export const prepare = (kibana: TestKibana, scenario: Scenario): void => {
	const { api, items, isSeeded, hasProxy, limits } = scenario;
	kibana.clear();
	const { row, item } = poisonRules();
	kibana.refuse(row);
	kibana.failItems(item);
	kibana.limitProxy(hasProxy ? limits.proxyBytes : undefined);
	if (api !== 'v2' || !isSeeded) return;
	for (const [index, one] of items.entries()) {
		if (one.isBroken) continue;
		const source = toSource(one, index, scenario);
		delete source.asset;
		if (one.type === 'user') source.entity = { id: `user:${one.name}@unknown` };
		try {
			kibana.seed(one.type, source);
		} catch {
			// A name from which Kibana derives no EUID names nothing that could be there.
		}
	}
};

/** Lets no more come upon a record than patience lasts for. */
const isEndurable = (
	{ isSurvivable, maxRetries }: Scenario,
	{ faultsOf, names }: Injected,
	fault: Fault,
	request: FaultyRequest,
): boolean => {
	if (!isSurvivable) return true;
	const markers = markersIn(request);
	// Nonsense about one record alone cannot be distinguished from the truth about it.
	if (fault.only?.route === 'bulk' && markers.length < 2) return false;
	// Whoever comes meanwhile is refused as well, which nobody counts.
	if (fault === FAULTS['connection refused'] && names.has('connection refused')) return false;
	return markers.every((marker) => faultsOf(marker).length < maxRetries - 1);
};

/** A `Retry-After` as the standard has it: seconds or a date; anything else asks for nothing. */
export const askedMs = (header: string | undefined): number => {
	const text = (header ?? '').trim();
	if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1_000;
	// An HTTP date is in whole seconds; the test and the node look at the clock one after the other.
	return /GMT$/.test(text) ? Math.max(0, Date.parse(text) - Date.now() - 1_000) : 0;
};

export interface Attack extends CoreRun {
	readonly injected: Injected;
	readonly lost: readonly string[];
	readonly wronglyBlamed: readonly string[];
	readonly others: readonly string[];
}

const draws = (seed: number): (() => number) => {
	let state = seed >>> 0;
	return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
};

const snapshot = (kibana: TestKibana): string[] =>
	kibana
		.entities()
		.map(({ type, id, record }) => JSON.stringify([type, id, sorted(record)]))
		.sort();

const sorted = (value: unknown): unknown => {
	if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
	return Object.fromEntries(
		Object.entries(value)
			.sort(([one], [other]) => (one < other ? -1 : 1))
			.map(([key, inner]) => [key, sorted(inner)]),
	);
};

/** The bounds that the documentation states. */
const judgeBounds = (scenario: Scenario, { requests, records, pauses }: CoreRun): string[] => {
	const { maxRetries, concurrency } = scenario;
	const others: string[] = [];
	const steps = scenario.operation === 'upsert' && scenario.api === 'v2' ? 3 : 1;
	const most = steps * 2 * records * (1 + maxRetries);
	if (requests > most) others.push(`${requests} requests, more than ${most}`);
	for (const { ms, askedMs: asked } of pauses) {
		if (ms > MAX_DELAY_MS) others.push(`a pause of ${ms} ms`);
		if (concurrency === 1 && ms < asked)
			others.push(`a pause of ${ms} ms where ${asked} was asked`);
	}
	const total = pauses.reduce((sum, { ms }) => sum + ms, 0);
	if (total > steps * records * MAX_TOTAL_DELAY_MS) others.push(`${total} ms of pauses`);
	return others;
};

/** Forms of the credential that stand in a text. */
export const secretsReportedIn = (kibana: TestKibana, text: string): string[] => {
	const decoded = Buffer.from(kibana.apiKey, 'base64').toString();
	const key = decoded.split(':')[1] as string;
	return [kibana.apiKey, encodeURIComponent(kibana.apiKey), decoded, key].flatMap((secret) =>
		text.includes(secret) ? [`a secret is reported: ${secret}`] : [],
	);
};

type Allows = (fault: Fault, request: FaultyRequest, injected: Injected) => boolean;

const sendAndJudge = async (
	kibana: TestKibana,
	scenario: Scenario,
	allows: Allows,
): Promise<Attack> => {
	const { api, faults, isSurvivable } = scenario;
	prepare(kibana, scenario);
	const { injected, onFault } = createLog();
	drawFaults(kibana, {
		api,
		...faults,
		allows: (fault, request) => allows(fault, request, injected),
		onFault,
	});
	const draw = draws(faults.seed);
	const random = () => draw() * (isSurvivable ? 0.2 : 1);
	const run = await runCore(kibana, scenario, { random, askedMs });
	await kibana.comeUp();
	const { lost, wronglyBlamed, others } = judge(kibana, scenario, run.reported, injected);
	const agree = (run.thrown !== undefined) === run.reported.some(({ isError }) => isError);
	return {
		...run,
		injected,
		lost,
		wronglyBlamed,
		others: [
			...others,
			...judgeBounds(scenario, run),
			...secretsReportedIn(kibana, `${run.text}\n${run.thrown ?? ''}`),
			...(agree ? [] : ['"stop" and "continue" do not agree']),
		],
	};
};

/** Sends the same again to a Kibana that works, and to a fresh one, and compares what these hold. */
const judgeConvergence = async (kibana: TestKibana, scenario: Scenario): Promise<string[]> => {
	const healthy = { ...scenario, maxRetries: 4 };
	const pace = { random: () => 0.5, askedMs };
	kibana.recover();
	await runCore(kibana, healthy, pace);
	const again = snapshot(kibana);
	prepare(kibana, healthy);
	await runCore(kibana, healthy, pace);
	const fresh = snapshot(kibana);
	return JSON.stringify(again) === JSON.stringify(fresh)
		? []
		: [`running again gives ${again.join('\n')} and not ${fresh.join('\n')}`];
};

/** One run under the faults of a scenario. */
export const attack = async (
	kibana: TestKibana,
	scenario: Scenario,
	converges: boolean,
): Promise<Attack> => {
	const attacked = await sendAndJudge(kibana, scenario, (fault, request, injected) =>
		isEndurable(scenario, injected, fault, request),
	);
	if (!converges || scenario.operation !== 'upsert') return attacked;
	return {
		...attacked,
		others: [...attacked.others, ...(await judgeConvergence(kibana, scenario))],
	};
};

/** One run in which the first request to a route meets one fault. */
export const attackOnce = async (
	kibana: TestKibana,
	scenario: Scenario,
	name: FaultName,
	route: FaultyRequest['route'],
): Promise<Attack> =>
	await sendAndJudge(
		kibana,
		{ ...scenario, faults: { seed: 1, names: [name], rate: 1 } },
		(_, request, injected) => injected.count === 0 && request.route === route,
	);
