/**
 * What really happened, and whether the node has reported it: the store, and what was done to the requests,
 * against what each item says. It shares no code with the node.
 */
import type { INodeExecutionData } from 'n8n-workflow';

import type { Fault, FaultName } from '../../sandbox/kibana/faults';
import type { FaultyRequest, TestKibana } from '../../sandbox/kibana/server';
import {
	isPermanent,
	markerIn,
	markerOf,
	toSource,
	type ItemSpec,
	type Scenario,
} from './scenario';

/** What one output item says of its entity. */
export interface Reported {
	/** `accepted`, `created`, `updated`, `failed` or `unknown`. */
	readonly status: string;
	readonly reason?: string;
	readonly httpStatus?: number;
	readonly serverMessage?: string;
	/** Index of the input item that it is paired with. */
	readonly pairedWith: number | undefined;
	readonly isError: boolean;
}

export const readReported = ({ json, pairedItem }: INodeExecutionData): Reported => {
	const details = (json.details ?? {}) as Record<string, unknown>;
	const isError = json.error !== undefined;
	return {
		status: String(isError ? details.status : json.status),
		reason: details.reason as string | undefined,
		httpStatus: details.httpStatus as number | undefined,
		serverMessage: details.serverMessage as string | undefined,
		pairedWith: (pairedItem as { item?: number } | undefined)?.item,
		isError,
	};
};

/** The faults that the requests of each record met. */
export interface Injected {
	readonly count: number;
	/** Names of all faults that were injected. */
	readonly names: ReadonlySet<FaultName>;
	readonly faultsOf: (marker: string) => readonly Fault[];
}

/** The markers of the records that a request carries. */
export const markersIn = ({ payload }: FaultyRequest): string[] => {
	const { entities } = (payload ?? {}) as { entities?: ReadonlyArray<Record<string, unknown>> };
	const records = entities ? entities.map((row) => row.record ?? row.doc) : [payload];
	return records.flatMap((record) => markerIn(record) ?? []);
};

export const createLog = () => {
	const byMarker = new Map<string, Fault[]>();
	const names = new Set<FaultName>();
	let count = 0;
	const injected: Injected = {
		get count() {
			return count;
		},
		names,
		faultsOf: (marker) => byMarker.get(marker) ?? [],
	};
	const onFault = (name: FaultName, fault: Fault, request: FaultyRequest): void => {
		count += 1;
		names.add(name);
		for (const marker of markersIn(request)) {
			const met = byMarker.get(marker) ?? [];
			if (met.length === 0) byMarker.set(marker, met);
			met.push(fault);
		}
	};
	return { injected, onFault };
};

const STORED = new Set(['accepted', 'created', 'updated']);

/** Reasons that blame the record itself. */
const BLAME = new Set([
	'alreadyExists',
	'invalidRecord',
	'notCreatable',
	'notFound',
	'protectedFields',
	'refused',
	'tooLarge',
]);

/** Reasons that need a certain fault to have happened somewhere in the run. */
const NEEDS: Readonly<Record<string, readonly FaultName[]>> = {
	notInstalled: ['store stops'],
	notRunning: ['store stops'],
	routeMissing: ['redirect'],
	unauthorized: ['key revoked'],
	unreachable: ['connection refused'],
};

/** What a violation ends with when an item is `unknown` without a cause. */
export const NOTHING_LOST = 'and no answer was lost';

export interface Judgement {
	/** Said to be stored, and not in the store as sent. */
	readonly lost: string[];
	/** Blamed for what is not its own fault, or not blamed for what is. */
	readonly wronglyBlamed: string[];
	/** Anything else that is not as promised. */
	readonly others: string[];
}

const isContained = (part: unknown, whole: unknown): boolean => {
	// Empty text is not sent.
	if (part === '') return true;
	if (typeof part !== 'object' || part === null) return part === whole;
	return Object.entries(part).every(([key, value]) => {
		const found = (whole as Record<string, unknown> | undefined)?.[key];
		// What the user maps as text may be a list in the store.
		return isContained(value, Array.isArray(found) && !Array.isArray(value) ? found[0] : found);
	});
};

const failsFor = (item: ItemSpec, scenario: Scenario): boolean =>
	item.isBroken || isPermanent(item, scenario);

/**
 * @param reported one for each item, in order
 * @param keyOf which entity an item writes; equal for equal entities
 */
export const judge = (
	kibana: TestKibana,
	scenario: Scenario,
	reported: readonly Reported[],
	injected: Injected,
): Judgement => {
	const { items, operation, api, isSurvivable } = scenario;
	const lost: string[] = [];
	const wronglyBlamed: string[] = [];
	const others: string[] = [];
	if (reported.length !== items.length)
		others.push(`${reported.length} outputs of ${items.length} items`);

	const everStored = new Set(kibana.history().map(({ record }) => markerIn(record)));
	const stored = kibana.entities();
	/** The items of each entity, in order. */
	const writersOf = new Map<string, number[]>();
	const keyOf = ({ type, name }: ItemSpec) => `${type} ${name}`;
	const addWriter = (key: string, index: number): void => {
		const known = writersOf.get(key);
		if (known) known.push(index);
		else writersOf.set(key, [index]);
	};

	for (const [index, item] of items.entries()) {
		const marker = markerOf(index);
		const report = reported[index] as Reported;
		const what = `${marker} (${item.poison ?? 'good'}) is reported as ${report.status} ${report.reason ?? ''}`;
		const met = injected.faultsOf(marker);
		// A port that closes also cuts connections that nobody has answered yet.
		const wasLost = met.some(({ loses }) => loses) || injected.names.has('connection refused');
		const was500 = met.some(({ is500 }) => is500) || item.poison === 'row 500';
		addWriter(keyOf(item), index);
		if (report.pairedWith !== index) others.push(`${what}, paired with ${report.pairedWith}`);

		if (STORED.has(report.status)) {
			if (!everStored.has(marker)) lost.push(`${what}, and was never stored`);
			// Items are only poisoned for bulk requests: an entity that is not there is created all the same.
			if (failsFor(item, scenario) && !item.poison?.startsWith('item')) {
				others.push(`${what} for all its fault`);
			}
			continue;
		}
		if (report.status === 'failed' && everStored.has(marker)) {
			others.push(`${what}, and was stored`);
		}
		if (report.status === 'unknown' && !wasLost) others.push(`${what}, ${NOTHING_LOST}`);
		if (!['failed', 'unknown'].includes(report.status)) others.push(what);

		const reason = report.reason ?? '';
		const blamed = /^.*poison (item-\d+)/.exec(report.serverMessage ?? '')?.[1];
		// An entity that is not there is not there for any of its records.
		const isSameEntity = writersOf.get(keyOf(item))?.some((at) => markerOf(at) === blamed);
		if (blamed !== undefined && blamed !== marker && !(reason === 'notFound' && isSameEntity)) {
			wronglyBlamed.push(`${what} in the name of ${blamed}`);
		}
		const needed = NEEDS[reason];
		if (needed && !needed.some((name) => injected.names.has(name))) {
			others.push(`${what} without a cause`);
		}
		if (reason === 'invalidSetting' && !(api === 'v1' && operation !== 'upsert')) {
			others.push(`${what} without a cause`);
		}
		if (reason === 'noAnswer' && !wasLost) others.push(`${what}, ${NOTHING_LOST}`);
		const isOwnFault = failsFor(item, scenario) || item.poison?.startsWith('item') === true;
		if (BLAME.has(reason) && !isOwnFault) {
			const isExpected =
				(report.httpStatus === 500 && was500) ||
				(report.status === 'unknown' && wasLost) ||
				(operation === 'create' && reason === 'alreadyExists') ||
				(operation === 'update' && reason === 'notFound' && !scenario.isSeeded) ||
				reason === 'invalidRecord';
			if (!isExpected) wronglyBlamed.push(`${what}: ${report.serverMessage ?? ''}`);
		}
		const mayFail =
			isOwnFault ||
			(api === 'v1' && operation !== 'upsert') ||
			operation !== 'upsert' ||
			reason === 'invalidRecord';
		if (isSurvivable && !mayFail) wronglyBlamed.push(`${what}, which patience would have saved`);
		const hasOwnFault =
			blamed !== undefined ||
			['invalidRecord', 'tooLarge'].includes(reason) ||
			// The last word on a record that is refused for a while can be another fault's.
			report.httpStatus === 500 ||
			item.poison?.startsWith('item') === true;
		if (isSurvivable && operation === 'upsert' && isPermanent(item, scenario) && !hasOwnFault) {
			others.push(`${what} without its own fault`);
		}
	}

	const storedUnder = new Map(stored.map((entity) => [markerIn(entity.record), entity]));
	for (const writers of writersOf.values()) {
		const last = writers.filter((at) => STORED.has(reported[at]?.status ?? '')).at(-1);
		if (last === undefined) continue;
		const later = writers.filter((at) => at > last && reported[at]?.status === 'unknown');
		const candidates = [last, ...later];
		const winner = candidates.find((at) => storedUnder.has(markerOf(at)));
		const found = winner === undefined ? undefined : storedUnder.get(markerOf(winner));
		const item = items[winner ?? last] as ItemSpec;
		if (found === undefined || winner === undefined) {
			lost.push(`${markerOf(last)} is reported as stored last, and the store holds another`);
		} else if (!isContained(toSource(item, winner, scenario), found.record)) {
			lost.push(`${markerOf(winner)} is stored otherwise than sent: ${JSON.stringify(found)}`);
		}
	}
	return { lost, wronglyBlamed, others };
};
