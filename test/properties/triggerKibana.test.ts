/**
 * The same as `trigger.test.ts` with all that lies between: n8n's poll executor, HTTP, and the paging of a
 * store that others write to while it is listed, page by page, newest first.
 */
import fc from 'fast-check';
import type { IDataObject } from 'n8n-workflow';

import { KibanaEntityStoreApi } from '../../credentials/KibanaEntityStoreApi.credentials';
import { KibanaEntityStoreTrigger } from '../../nodes/KibanaEntityStore/KibanaEntityStoreTrigger.node';
import { startKibana, type ScriptedAnswer, type TestKibana } from '../../sandbox/kibana/server';
import { publish } from '../../sandbox/n8n/poll';
import { nodeOn } from '../acceptance/run';

const HISTORIES = Number(process.env.HTTP_HISTORIES ?? 15);
/** More than a page, so that writes come between pages. */
const BYSTANDERS = 1_100;
const LEVELS = ['low_impact', 'high_impact', 'extreme_impact'];

let kibana: TestKibana;

beforeAll(async () => {
	kibana = await startKibana({ api: 'v2' });
});

afterAll(async () => await kibana.stop());

type Change =
	| { readonly kind: 'set'; readonly entity: number; readonly level: number }
	| { readonly kind: 'snapshot' };

type Poll = {
	readonly kind: 'poll';
	readonly during: readonly Change[];
	readonly fault: 'none' | 'none' | '503' | 'reset' | 'cut' | 'noise';
};
type Step = Change | Poll | { readonly kind: 'restart' };

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
			fault: fc.constantFrom('none', 'none', '503', 'reset', 'cut', 'noise'),
		}),
	},
	{ weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
);

const FAULTS: Readonly<Record<Poll['fault'], ScriptedAnswer[]>> = {
	none: [],
	'503': [{ status: 503, body: 'Kibana server is not ready yet' }],
	reset: [{ reset: 'after' }],
	cut: [{ pass: true }, { cutMidway: true }],
	noise: [{ pass: true }, { status: 200, body: '<html>' }],
};

const idOf = (entity: number): string => `user:watched-${entity}@okta`;

describe('a Kibana that changes while it is polled', () => {
	it(`is reported without a gap and without a repetition, in ${HISTORIES} histories`, async () => {
		await fc.assert(
			fc.asyncProperty(fc.array(anyStep, { minLength: 4, maxLength: 14 }), async (steps) => {
				kibana.clear();
				for (let number = 0; number < BYSTANDERS; number += 1) {
					kibana.seed('user', { entity: { id: `user:${number}@okta` } } as never);
				}
				const levels = new Map<string, string>();
				const apply = (change: Change) => {
					if (change.kind === 'snapshot') {
						kibana.snapshot();
						return;
					}
					const id = idOf(change.entity);
					const criticality = LEVELS[change.level] as string;
					const document = { asset: { criticality } } as never;
					if (levels.has(id)) kibana.changeInBackground(id, document);
					else kibana.seed('user', { entity: { id }, asset: { criticality } } as never);
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
					else if (step.kind !== 'poll') apply(step);
					else {
						const during = step.during.map(
							(change): ScriptedAnswer => ({ happens: () => apply(change), pass: true }),
						);
						kibana.answerNextOn('list', ...during, ...(FAULTS[step.fault] ?? []));
						await workflow.poll();
						kibana.recover();
					}
				}
				// What was scripted and not used up must not disturb the end.
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
			{ numRuns: HISTORIES },
		);
	}, 600_000);
});
