/**
 * The same as `trigger.test.ts` with all that lies between: n8n's poll executor, HTTP, and the paging of a
 * store that others write to while it is listed, page by page, newest first.
 */
import fc from 'fast-check';
import type { IDataObject } from 'n8n-workflow';

import { KibanaEntityStoreApi } from '../../credentials/KibanaEntityStoreApi.credentials';
import { GENERATION_NAMES, type GenerationName } from '../../nodes/KibanaEntityStore/entity/fields';
import { KibanaEntityStoreTrigger } from '../../nodes/KibanaEntityStore/KibanaEntityStoreTrigger.node';
import {
	FAULT_NAMES,
	FAULTS,
	faultNamed,
	type Fault,
	type FaultName,
} from '../../sandbox/kibana/faults';
import { request } from '../../sandbox/kibana/request';
import { startKibana, type ScriptedAnswer, type TestKibana } from '../../sandbox/kibana/server';
import { publish } from '../../sandbox/n8n/poll';
import { nodeOn } from '../acceptance/run';

const HISTORIES = Number(process.env.HTTP_HISTORIES ?? 15);
const HISTORIES_OF: Readonly<Record<GenerationName, number>> = {
	// Its lists take a request for each type.
	v1: Math.ceil(HISTORIES / 4),
	v2: HISTORIES,
};
/** More than a page, so that writes come between pages. */
const BYSTANDERS = 1_100;
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
type Step = Change | Poll | { readonly kind: 'restart' };

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
			expect(status).toBe(200);
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

describe.each(GENERATION_NAMES)('a Kibana (%s) that changes while it is polled', (api) => {
	let kibana: TestKibana;

	beforeAll(async () => {
		kibana = await startKibana({ api });
	});

	afterAll(async () => await kibana.stop());

	it(`is reported without a gap and without a repetition, in ${HISTORIES_OF[api]} histories`, async () => {
		await fc.assert(
			fc.asyncProperty(fc.array(anyStep, { minLength: 4, maxLength: 14 }), async (steps) => {
				kibana.clear();
				const users = USERS[api](kibana);
				const bystanders = Array.from(
					{ length: BYSTANDERS },
					(_, number) => [`${number}`] as const,
				);
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
						kibana.setFaults(({ route }) => (route === 'list' ? script.shift() : undefined));
						await workflow.poll();
						kibana.recover();
						await kibana.comeUp();
					}
				}
				for (let poll = 0; poll < 20; poll += 1) await workflow.poll();

				const told = workflow.executions().flat();
				const created = told.filter(({ json }) => json.event === 'entityCreated');
				expect(created.map(({ json }) => json.entityId).sort()).toEqual([...levels.keys()].sort());
				for (const [id, level] of levels) {
					const chain = told.filter(
						({ json }) => json.event === 'criticalityChanged' && json.entityId === id,
					);
					let last: unknown = null;
					for (const { json } of chain) {
						expect((json.before as IDataObject).criticality).toBe(last);
						last = (json.after as IDataObject).criticality;
						expect((json.before as IDataObject).criticality).not.toBe(last);
					}
					expect(last).toBe(level);
				}
			}),
			{ numRuns: HISTORIES_OF[api] },
		);
	}, 600_000);
});
