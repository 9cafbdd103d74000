import { readLeaves } from '../../../nodes/KibanaEntityStore/entity/leaves';
import {
	compare,
	MAX_ENTITIES,
	MAX_STATE_BYTES,
	type Outcome,
} from '../../../nodes/KibanaEntityStore/trigger/comparison';
import { RISK_LEVELS } from '../../../nodes/KibanaEntityStore/entity/fields';
import {
	aspectsOf,
	EVENTS,
	type Watch,
	type WatchedEntity,
} from '../../../nodes/KibanaEntityStore/trigger/events';
import { loadState } from '../../../nodes/KibanaEntityStore/trigger/state';

const watch: Watch = {
	events: EVENTS,
	riskLevel: 'High',
	minPoints: 10,
	fields: ['user.email', 'user.roles'],
};

const settings = { scope: '', reportsExisting: false, maxReports: 1_000 };

const entity = (number: number): WatchedEntity => ({
	id: `user:person.${number}@example.com@okta`,
	type: 'user',
	leaves: readLeaves({
		'@timestamp': '2026-01-01T00:00:00.000Z',
		entity: {
			risk: {
				calculated_level: RISK_LEVELS[number % RISK_LEVELS.length],
				calculated_score_norm: (number * 7.77) % 100,
			},
			attributes: { watchlists: number % 3 === 0 ? ['vip', `list-${number % 50}`] : undefined },
		},
		asset: { criticality: number % 2 === 0 ? 'high_impact' : undefined },
		user: { email: `person.${number}@example.com`, roles: [`role-${number % 300}`] },
	}),
});

const poll = (count: number, saved?: unknown, watched = watch) => {
	const comparison = compare<WatchedEntity>(aspectsOf(watched), loadState(saved), settings);
	for (let number = 0; number < count; number += 1) {
		const one = entity(number);
		comparison.see(one, one.id);
	}
	return comparison.finish();
};

const succeeded = (outcome: ReturnType<typeof poll>): Outcome<WatchedEntity> => {
	if ('failure' in outcome) throw new Error(outcome.failure.message);
	return outcome;
};

describe('what is kept of 100,000 entities', () => {
	it('takes at most 40 bytes for each, and stays as it is in a poll without changes', () => {
		const { state, reports } = succeeded(poll(MAX_ENTITIES));
		const bytes = Buffer.byteLength(JSON.stringify(state));
		expect(reports).toEqual([]);
		expect(bytes / MAX_ENTITIES).toBeLessThan(40);
		expect(bytes / MAX_ENTITIES).toBeGreaterThan(15);

		const again = succeeded(poll(MAX_ENTITIES, state));
		expect(again).toEqual({ reports: [], mustSave: false, deferred: 0 });

		// One more is refused.
		expect(poll(MAX_ENTITIES + 1, state)).toEqual({
			failure: {
				reason: 'tooLarge',
				message: 'The trigger would have to remember 100,001 entities, more than 100,000',
				fix: 'narrowFilter',
			},
		});
	}, 120_000);

	it('holds nothing of entities that have no value to watch', () => {
		const criticality: Watch = { ...watch, events: ['criticalityChanged'] };
		const { state } = succeeded(poll(10_000, undefined, criticality));
		expect(loadState(state)?.positions.size).toBe(5_000);
		expect(JSON.stringify(state).length / 5_000).toBeLessThan(11);
	});

	it('is refused when it is too large in bytes', () => {
		const fields = Array.from({ length: 5 }, (_, index) => `user.field${index}`);
		const comparison = compare<WatchedEntity>(
			aspectsOf({ ...watch, events: ['fieldsChanged'], fields }),
			undefined,
			settings,
		);
		const values = (number: number) =>
			readLeaves({ user: Object.fromEntries(fields.map((path) => [path.slice(5), number])) });
		for (let number = 0; number < MAX_ENTITIES; number += 1) {
			comparison.see({ id: `${number}`, type: 'user', leaves: values(number) }, `${number}`);
		}
		// Five fields that differ from entity to entity are one too many for so many entities.
		const outcome = comparison.finish();
		expect('failure' in outcome && outcome.failure).toEqual({
			reason: 'tooLarge',
			message: expect.stringMatching(
				/^What the trigger has to remember of 100,000 entities takes [\d,]+ bytes, more than 4,000,000$/,
			),
			fix: 'narrowFilter',
		});
		expect(MAX_STATE_BYTES).toBe(4_000_000);
	}, 120_000);

	it('reports a change of a value of which only a digest was kept, without the value before', () => {
		const emails: Watch = { ...watch, events: ['fieldsChanged'], fields: ['user.email'] };
		const { state } = succeeded(poll(10_000, undefined, emails));
		expect(Object.values(state?.columns ?? {})).toEqual([{ digests: expect.any(String) }]);
		const comparison = compare<WatchedEntity>(aspectsOf(emails), loadState(state), settings);
		for (let number = 0; number < 10_000; number += 1) {
			const one = entity(number);
			const other = entity(number === 5 ? 20_000 : number);
			comparison.see({ ...one, leaves: other.leaves }, one.id);
		}
		const { reports } = succeeded(comparison.finish());
		expect(reports.map(({ event, before, after }) => ({ event, before, after }))).toEqual([
			{
				event: 'fieldsChanged',
				before: {},
				after: { 'user.email': 'person.20000@example.com' },
			},
		]);
	});

	it('reports a flood in order, poll by poll, without holding all of it', () => {
		const count = 1_500;
		const few = { ...settings, maxReports: 150 };
		const flood = (saved: unknown, reportsExisting: boolean) => {
			const comparison = compare<WatchedEntity>(aspectsOf(watch), loadState(saved), {
				...few,
				reportsExisting,
			});
			for (let number = 0; number < count; number += 1) {
				const one = entity(number);
				comparison.see(one, one.id);
			}
			return succeeded(comparison.finish());
		};
		const seen = new Set<string>();
		let polls = 0;
		let { state, reports, deferred } = flood(undefined, true);
		for (;;) {
			for (const { event, entity: one } of reports) {
				expect(seen.has(`${event} ${one.id}`)).toBe(false);
				seen.add(`${event} ${one.id}`);
			}
			if (deferred === 0) break;
			expect(reports).toHaveLength(150);
			polls += 1;
			({ state = state, reports, deferred } = flood(state, false));
		}
		const created = [...seen].filter((one) => one.startsWith('entityCreated'));
		expect(created).toHaveLength(count);
		expect(polls).toBe(Math.floor(seen.size / 150));
	});
});
