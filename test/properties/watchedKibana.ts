/**
 * A Kibana whose entities change while the trigger polls it, and an oracle that says what had to be reported: the
 * whole way through n8n's poll executor, HTTP, and the paging of a store that others write to while it is listed.
 */
import fc from 'fast-check';
import type { IDataObject } from 'n8n-workflow';

import { KibanaEntityStoreApi } from '../../credentials/KibanaEntityStoreApi.credentials';
import { KibanaEntityStoreTrigger } from '../../nodes/KibanaEntityStore/KibanaEntityStoreTrigger.node';
import {
	FAULT_NAMES,
	FAULTS,
	faultNamed,
	type Fault,
	type FaultName,
} from '../../sandbox/kibana/faults';
import { request } from '../../sandbox/kibana/request';
import type { ScriptedAnswer, TestKibana } from '../../sandbox/kibana/server';
import { publish } from '../../sandbox/n8n/poll';
import { nodeOn } from '../acceptance/run';

type GenerationName = 'v1' | 'v2';

/** More than a page, so that writes come between pages. */
const BYSTANDERS = 1_100;
/** Polls after the last step, until nothing is left over. */
const LAST_POLLS = 20;
const LEVELS = ['low_impact', 'high_impact', 'extreme_impact'];

type Change =
	| { readonly kind: 'set'; readonly entity: number; readonly level: number }
	| { readonly kind: 'snapshot' };

type Poll = {
	readonly kind: 'poll';
	readonly during: readonly Change[];
	/** What goes wrong, after so many good requests for pages. */
	readonly fault?: { readonly name: FaultName; readonly after: number } | undefined;
};
export type Step = Change | Poll | { readonly kind: 'restart' };

/**
 * Every fault that a list can meet. A store that is uninstalled loses its entities; and to wait for answers that
 * never come would only take time.
 */
const LIST_FAULTS = FAULT_NAMES.filter((name) => {
	const { only }: Fault = FAULTS[name];
	return only?.route === undefined && !/^(store stops|no answer)/.test(name);
});

const anyChange: fc.Arbitrary<Change> = fc.oneof(
	{
		weight: 5,
		arbitrary: fc.record({
			kind: fc.constant('set' as const),
			entity: fc.nat(5),
			level: fc.nat(LEVELS.length - 1),
		}),
	},
	{ weight: 1, arbitrary: fc.constant({ kind: 'snapshot' as const }) },
);

const anyStep: fc.Arbitrary<Step> = fc.oneof(
	{ weight: 4, arbitrary: anyChange },
	{
		weight: 3,
		arbitrary: fc.record({
			kind: fc.constant('poll' as const),
			during: fc.array(anyChange, { maxLength: 3 }),
			fault: fc.option(fc.record({ name: fc.constantFrom(...LIST_FAULTS), after: fc.nat(2) }), {
				nil: undefined,
				freq: 2,
			}),
		}),
	},
	{ weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
);

export const anyWatchedHistory: fc.Arbitrary<Step[]> = fc.array(anyStep, {
	minLength: 4,
	maxLength: 14,
});

/** The users of a Kibana, each with a criticality or none. */
interface Users {
	readonly idOf: (entity: number) => string;
	readonly set: (users: ReadonlyArray<readonly [id: string, level?: string]>) => Promise<void>;
}

const USERS: Readonly<Record<GenerationName, (kibana: TestKibana) => Users>> = {
	v1: (kibana) => ({
		idOf: (entity) => `watched-${entity}`,
		set: async (users) => {
			const entities = users.map(([id, criticality]) => ({
				type: 'user',
				record: { entity: { id }, ...(criticality !== undefined && { asset: { criticality } }) },
			}));
			const path = '/api/entity_store/entities/bulk?force=true';
			const { status } = await request(kibana, { method: 'PUT', path, body: { entities } });
			if (status !== 200) throw new Error(`PUT ${path}: ${status}`);
			kibana.runTransform();
		},
	}),
	v2: (kibana) => {
		const known = new Set<string>();
		return {
			idOf: (entity) => `user:watched-${entity}@okta`,
			set: async (users) => {
				for (const [id, criticality] of users) {
					const document = { ...(criticality !== undefined && { asset: { criticality } }) };
					if (known.has(id)) kibana.changeInBackground(id, document as never);
					else kibana.seed('user', { entity: { id }, ...document } as never);
					known.add(id);
				}
			},
		};
	},
};

/** Whether two lists hold the same texts, in any order. */
const isSame = (one: readonly unknown[], other: readonly unknown[]): boolean =>
	JSON.stringify([...one].sort()) === JSON.stringify([...other].sort());

/** Returns what is wrong with the reports of all changes of one entity: a chain from nothing to the last level. */
const judgeChain = (id: string, level: string, chain: readonly IDataObject[]): string[] => {
	const wrong: string[] = [];
	let last: unknown = null;
	for (const { before, after } of chain) {
		const was = (before as IDataObject).criticality;
		if (was !== last) wrong.push(`${id}: from ${String(was)}, and it was ${String(last)}`);
		last = (after as IDataObject).criticality;
		if (was === last) wrong.push(`${id}: reported without a change`);
	}
	return last === level ? wrong : [...wrong, `${id}: ${level} is not reported`];
};

export interface WatchedHistory {
	readonly requests: number;
	readonly faults: number;
	/** Events that were reported. */
	readonly events: number;
	readonly wrong: readonly string[];
}

/** Plays a history on a Kibana, polls to its end, and returns what is wrong with the reports. */
export const watchKibana = async (
	kibana: TestKibana,
	api: GenerationName,
	steps: readonly Step[],
): Promise<WatchedHistory> => {
	kibana.clear();
	const users = USERS[api](kibana);
	const bystanders = Array.from({ length: BYSTANDERS }, (_, number) => [`${number}`] as const);
	for (let start = 0; start < BYSTANDERS; start += 1_000) {
		await users.set(bystanders.slice(start, start + 1_000));
	}
	const levels = new Map<string, string>();
	const apply = async (change: Change) => {
		if (change.kind === 'snapshot') {
			kibana.snapshot();
			return;
		}
		const id = users.idOf(change.entity);
		const criticality = LEVELS[change.level] as string;
		await users.set([[id, criticality]]);
		levels.set(id, criticality);
	};
	const workflow = await publish({
		...nodeOn(kibana),
		node: KibanaEntityStoreTrigger,
		credentialTypes: [new KibanaEntityStoreApi()],
		parameters: {
			events: ['entityCreated', 'criticalityChanged'],
			options: { maxRetries: 0, maxItems: 2 },
		},
	});
	let faults = 0;
	for (const step of steps) {
		if (step.kind === 'restart') await workflow.restart();
		else if (step.kind !== 'poll') await apply(step);
		else {
			const during = step.during.map(
				(change): ScriptedAnswer => ({
					happens: async () => await apply(change),
					pass: true,
				}),
			);
			const { fault } = step;
			const good = Array.from({ length: fault?.after ?? 0 }, () => ({ pass: true }) as const);
			const bad = fault
				? [faultNamed(kibana, fault.name, { route: 'list', headers: {}, payload: {} })]
				: [];
			const script: ScriptedAnswer[] = [...during, ...good, ...bad];
			kibana.setFaults(({ route }) => {
				const answer = route === 'list' ? script.shift() : undefined;
				if (answer !== undefined && answer === bad[0]) faults += 1;
				return answer;
			});
			await workflow.poll();
			kibana.recover();
			await kibana.comeUp();
		}
	}
	for (let poll = 0; poll < LAST_POLLS; poll += 1) await workflow.poll();

	const told = workflow
		.executions()
		.flat()
		.map(({ json }) => json);
	const created = told.filter(({ event }) => event === 'entityCreated');
	const createdIds = created.map(({ entityId }) => String(entityId));
	const wrong = isSame(createdIds, [...levels.keys()])
		? []
		: [`created are ${[...levels.keys()].join(', ')}, and reported ${createdIds.join(', ')}`];
	for (const [id, level] of levels) {
		const chain = told.filter(
			({ event, entityId }) => event === 'criticalityChanged' && entityId === id,
		);
		wrong.push(...judgeChain(id, level, chain));
	}
	return { requests: kibana.requests.length, faults, events: told.length, wrong };
};
