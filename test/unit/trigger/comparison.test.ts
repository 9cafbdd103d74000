import { readLeaves } from '../../../nodes/KibanaEntityStore/entity/leaves';
import { compare, type Outcome } from '../../../nodes/KibanaEntityStore/trigger/comparison';
import {
	aspectsOf,
	EVENTS,
	type EventName,
	type Watch,
	type WatchedEntity,
} from '../../../nodes/KibanaEntityStore/trigger/events';
import { loadState } from '../../../nodes/KibanaEntityStore/trigger/state';

const ALL: Watch = { events: EVENTS, riskLevel: 'High', minPoints: 10, fields: ['user.roles'] };
const only = (...events: EventName[]): Watch => ({ ...ALL, events });

const user = (id: string, document: Record<string, unknown> = {}): WatchedEntity => ({
	id,
	type: 'user',
	leaves: readLeaves({ '@timestamp': '2026-01-01T00:00:00Z', ...document }),
});

const risk = (level?: string, score?: number) => ({
	entity: { risk: { calculated_level: level, calculated_score_norm: score } },
});

const SETTINGS = { scope: 'all', reportsExisting: false, maxReports: 100 };

/** Polls again and again, through what n8n would store. */
const trigger = (watch: Watch, given: Partial<typeof SETTINGS> = {}) => {
	let saved: unknown;
	const poll = (
		entities: readonly WatchedEntity[],
		more: Partial<typeof SETTINGS> = {},
		watched = watch,
	): Outcome<WatchedEntity> => {
		const settings = { ...SETTINGS, ...given, ...more };
		const comparison = compare<WatchedEntity>(aspectsOf(watched), loadState(saved), settings);
		for (const entity of entities) comparison.see(entity, entity.id);
		const outcome = comparison.finish();
		if ('failure' in outcome) throw new Error(outcome.failure.message);
		if (outcome.state) saved = JSON.parse(JSON.stringify(outcome.state));
		return outcome;
	};
	return poll;
};

const events = ({ reports }: Outcome<WatchedEntity>) =>
	reports.map(({ event, before, after, entity }) => [entity.id, event, before, after]);

describe('the first poll', () => {
	it('takes stock, and has n8n save it', () => {
		const poll = trigger(ALL);
		const outcome = poll([user('a', risk('Critical', 95)), user('b')]);
		expect(outcome.reports).toEqual([]);
		expect(outcome.mustSave).toBe(true);
		expect(poll([user('a', risk('Critical', 95)), user('b')])).toEqual({
			reports: [],
			mustSave: false,
			deferred: 0,
		});
	});

	it('reports all that exists when it is asked to', () => {
		const poll = trigger(only('entityCreated', 'criticalityChanged'), { reportsExisting: true });
		const all = [user('b', { asset: { criticality: 'high_impact' } }), user('a')];
		expect(events(poll(all))).toEqual([
			['a', 'entityCreated', {}, {}],
			['b', 'entityCreated', {}, {}],
			['b', 'criticalityChanged', { criticality: null }, { criticality: 'high_impact' }],
		]);
		expect(poll(all).reports).toEqual([]);
	});

	it('comes anew with another filter or space', () => {
		const poll = trigger(ALL);
		poll([user('a')]);
		expect(poll([user('a'), user('b')], { scope: 'other' }).reports).toEqual([]);
	});

	it('comes anew when the state was damaged', () => {
		const { state } = trigger(ALL)([user('a', risk('High', 80))]);
		expect(loadState(state)?.positions.size).toBe(1);
		expect(loadState({ ...state, keys: 'AA==' })).toBeUndefined();
		expect(loadState({ ...state, version: 2 })).toBeUndefined();
		expect(loadState('text')).toBeUndefined();
	});
});

describe('a risk level', () => {
	const reached = only('riskLevelReached');

	it('is reported once when it is reached, and again only after it fell below', () => {
		const poll = trigger(reached);
		poll([user('a', risk('Low'))]);
		expect(poll([user('a', risk('Moderate'))]).reports).toEqual([]);
		expect(events(poll([user('a', risk('High'))]))).toEqual([
			['a', 'riskLevelReached', { riskLevel: 'Moderate' }, { riskLevel: 'High' }],
		]);
		expect(poll([user('a', risk('Critical'))]).reports).toEqual([]);
		// n8n saves what it must not forget: otherwise the next rise would be lost after a restart.
		expect(poll([user('a', risk('Low'))])).toMatchObject({ reports: [], mustSave: true });
		expect(events(poll([user('a', risk('Critical'))]))).toEqual([
			['a', 'riskLevelReached', { riskLevel: 'Low' }, { riskLevel: 'Critical' }],
		]);
	});

	it('that was chosen later begins with a stock', () => {
		const poll = trigger(reached);
		poll([user('a', risk('Moderate'))]);
		const lower: Watch = { ...reached, riskLevel: 'Moderate' };
		expect(poll([user('a', risk('Moderate'))], {}, lower).reports).toEqual([]);
		expect(poll([user('a', risk('High'))], {}, lower).reports).toEqual([]);
		expect(events(poll([user('b', risk('Moderate'))], {}, lower))).toHaveLength(1);
	});
});

describe('a risk score', () => {
	const changed = only('riskScoreChanged');

	it('is compared with the last one that was reported, so small steps add up', () => {
		const poll = trigger(changed);
		poll([user('a', risk(undefined, 20))]);
		expect(poll([user('a', risk(undefined, 26))]).reports).toEqual([]);
		expect(events(poll([user('a', risk(undefined, 30))]))).toEqual([
			['a', 'riskScoreChanged', { riskScore: 20 }, { riskScore: 30 }],
		]);
		expect(events(poll([user('a')]))).toEqual([
			['a', 'riskScoreChanged', { riskScore: 30 }, { riskScore: null }],
		]);
	});

	it('is the same however a store rounds it', () => {
		const poll = trigger({ ...changed, minPoints: 1 });
		poll([user('a', risk(undefined, 93.12))]);
		expect(poll([user('a', risk(undefined, 93.12000274658203))]).reports).toEqual([]);
	});
});

describe('lists', () => {
	const lists = only('watchlistChanged', 'fieldsChanged');
	const having = (watchlists: unknown, roles: unknown) =>
		user('a', { entity: { attributes: { watchlists } }, user: { roles } });

	it('are sets, and a list of one is its value', () => {
		const poll = trigger(lists);
		poll([having(['vip', 'leavers'], ['admin'])]);
		expect(poll([having(['leavers', 'vip', 'vip'], 'admin')]).reports).toEqual([]);
		expect(events(poll([having('vip', [])]))).toEqual([
			['a', 'watchlistChanged', { watchlists: ['leavers', 'vip'] }, { watchlists: ['vip'] }],
			['a', 'fieldsChanged', { 'user.roles': 'admin' }, { 'user.roles': null }],
		]);
	});

	it('and sections are watched as a whole', () => {
		const poll = trigger({ ...lists, fields: ['labels'] });
		poll([user('a', { labels: { b: 1, a: 'x' } })]);
		expect(poll([user('a', { labels: { a: 'x', b: 1 } })]).reports).toEqual([]);
		expect(events(poll([user('a', { labels: { a: 'x' } })]))).toEqual([
			['a', 'fieldsChanged', { labels: { a: 'x', b: 1 } }, { labels: { a: 'x' } }],
		]);
	});
});

describe('an entity', () => {
	it('that is deleted and created again is a new one', () => {
		const poll = trigger(only('entityCreated', 'criticalityChanged'));
		const critical = user('a', { asset: { criticality: 'high_impact' } });
		poll([critical, user('b')]);
		expect(poll([user('b')])).toMatchObject({ reports: [], mustSave: true });
		expect(events(poll([critical, user('b')]))).toEqual([
			['a', 'entityCreated', {}, {}],
			['a', 'criticalityChanged', { criticality: null }, { criticality: 'high_impact' }],
		]);
	});

	it('counts in the last version that was listed', () => {
		const poll = trigger(only('criticalityChanged'));
		const at = (criticality?: string) => user('a', { asset: { criticality } });
		poll([at('low_impact')]);
		expect(poll([at('high_impact'), at('low_impact')]).reports).toEqual([]);
		expect(events(poll([at('high_impact'), at()]))).toEqual([
			['a', 'criticalityChanged', { criticality: 'low_impact' }, { criticality: null }],
		]);
	});
});

describe('more events than a poll may report', () => {
	it('are left to the next polls, in order, before newer ones', () => {
		const poll = trigger(only('entityCreated', 'criticalityChanged'), { maxReports: 2 });
		poll([]);
		const at = (id: string, second: number, criticality?: string) =>
			user(id, {
				'@timestamp': `2026-01-01T00:00:0${second}Z`,
				asset: { criticality },
			});
		const first = [at('c', 3), at('b', 2, 'low_impact'), at('a', 1)];
		expect(events(poll(first)).map(([id, event]) => [id, event])).toEqual([
			['a', 'entityCreated'],
			['b', 'entityCreated'],
		]);
		// An older time does not get ahead of those that wait.
		const second = [at('d', 0), ...first];
		expect(events(poll(second)).map(([id, event]) => [id, event])).toEqual([
			['b', 'criticalityChanged'],
			['c', 'entityCreated'],
		]);
		const last = poll(second);
		expect(events(last).map(([id, event]) => [id, event])).toEqual([['d', 'entityCreated']]);
		expect(last.deferred).toBe(0);
	});
});
