/**
 * A store that changes while it is polled, and an oracle that says what had to be reported: it keeps whole
 * values in plain maps, while the trigger keeps digests in a text.
 */
import fc from 'fast-check';

import { compare } from '../../nodes/KibanaEntityStore/trigger/comparison';
import { RISK_LEVELS, type GenerationName } from '../../nodes/KibanaEntityStore/entity/fields';
import { v1 } from '../../nodes/KibanaEntityStore/kibana/v1';
import { v2 } from '../../nodes/KibanaEntityStore/kibana/v2';
import {
	aspectsOf,
	type EventName,
	type Watch,
	type WatchedEntity,
} from '../../nodes/KibanaEntityStore/trigger/events';
import type { Report } from '../../nodes/KibanaEntityStore/trigger/report';
import { loadState } from '../../nodes/KibanaEntityStore/trigger/state';

/** What the oracle looks at, as the store holds it. `undefined` is no value. */
export interface Stored {
	level?: string | undefined;
	score?: number | undefined;
	criticality?: string | undefined;
	watchlists?: string[] | undefined;
	role?: string | string[] | undefined;
	note?: string | undefined;
}

interface Entity extends Stored {
	readonly id: string;
	time: number;
}

export type Write =
	| { readonly kind: 'create' | 'write'; readonly entity: number; readonly values: Stored }
	| { readonly kind: 'delete'; readonly entity: number }
	/** Stamps one time on all. */
	| { readonly kind: 'snapshot' }
	| { readonly kind: 'clock'; readonly byMs: number };

export type Step =
	| { readonly kind: 'write'; readonly write: Write }
	| {
			readonly kind: 'poll';
			/** Writes between the pages, by the page that they come before. */
			readonly between: ReadonlyArray<readonly [page: number, write: Write]>;
			/** Whether the last page is never answered. */
			readonly fails: boolean;
			/** Pages that are listed once more, as new as they are then. */
			readonly again: number;
	  }
	/** n8n ends, and begins with what it has saved. */
	| { readonly kind: 'restart' }
	| { readonly kind: 'watch'; readonly watch: Watch }
	| { readonly kind: 'scope'; readonly scope: string };

/** The form in which entities are listed. The first generation has kept the risk in two places. */
export type Form = 'v2' | 'v1' | 'v1, risk below the type';

export interface History {
	readonly form: Form;
	readonly watch: Watch;
	readonly maxReports: number;
	readonly reportsExisting: boolean;
	readonly steps: readonly Step[];
}

const ENTITIES = 7;
const PAGE = 2;

const long = 'long '.repeat(3_000);

const anyValues: fc.Arbitrary<Stored> = fc.record(
	{
		level: fc.constantFrom(undefined, ...RISK_LEVELS),
		score: fc.constantFrom(undefined, 0, 3.5, 12, 20.004, 40, 49.999, 93.12, 100),
		criticality: fc.constantFrom(undefined, 'low_impact', 'high_impact', 'extreme_impact'),
		watchlists: fc.constantFrom(undefined, [], ['vip'], ['vip', 'leavers'], ['leavers', 'vip']),
		role: fc.constantFrom(undefined, 'admin', ['admin'], ['admin', 'dev'], ['dev', 'admin'], []),
		note: fc.constantFrom(undefined, '', 'a', 'b', `${long}a`, `${long}b`, `${long}c`),
	},
	{ requiredKeys: [] },
);

/** Some more often: what matters is what happens to one of them in a row. */
const anyEntity = fc.oneof(fc.constant(3), fc.nat(ENTITIES - 1));

const anyWrite: fc.Arbitrary<Write> = fc.oneof(
	{
		weight: 6,
		arbitrary: fc.record({
			kind: fc.constant('write' as const),
			entity: anyEntity,
			values: anyValues,
		}),
	},
	{
		weight: 3,
		arbitrary: fc.record({
			kind: fc.constant('create' as const),
			entity: anyEntity,
			values: anyValues,
		}),
	},
	{
		weight: 2,
		arbitrary: fc.record({ kind: fc.constant('delete' as const), entity: anyEntity }),
	},
	{ weight: 1, arbitrary: fc.constant({ kind: 'snapshot' as const }) },
	{
		weight: 1,
		arbitrary: fc.record({
			kind: fc.constant('clock' as const),
			byMs: fc.constantFrom(-3_600_000, -1, 0, 86_400_000),
		}),
	},
);

const ALL: readonly EventName[] = [
	'entityCreated',
	'riskLevelReached',
	'riskScoreChanged',
	'criticalityChanged',
	'watchlistChanged',
	'fieldsChanged',
];

const anyWatch = (events: readonly EventName[]): fc.Arbitrary<Watch> =>
	fc.record({
		events: fc.oneof(
			fc.constant([...events]),
			fc.subarray([...events], { minLength: 1 }),
			// Alone, since other events would have n8n save what this one has to.
			fc.constantFrom(...events).map((event) => [event]),
		),
		riskLevel: fc.constantFrom('Low', 'High', 'Critical'),
		minPoints: fc.constantFrom(1, 10, 50),
		fields: fc.subarray(['user.roles', 'labels.note'], { minLength: 1 }),
	});

const anyStep = (events: readonly EventName[]): fc.Arbitrary<Step> =>
	fc.oneof(
		{
			weight: 8,
			arbitrary: anyWrite.map((write): Step => ({ kind: 'write', write })),
		},
		{
			weight: 6,
			arbitrary: fc.record({
				kind: fc.constant('poll' as const),
				between: fc.array(fc.tuple(fc.nat(ENTITIES), anyWrite), { maxLength: 4 }),
				fails: fc.integer({ min: 0, max: 5 }).map((number) => number === 0),
				again: fc.nat(2),
			}),
		},
		{ weight: 3, arbitrary: fc.constant<Step>({ kind: 'restart' }) },
		{ weight: 1, arbitrary: anyWatch(events).map((watch): Step => ({ kind: 'watch', watch })) },
		{
			weight: 1,
			arbitrary: fc.constantFrom('one', 'other').map((scope): Step => ({ kind: 'scope', scope })),
		},
	);

const FORMS: Readonly<Record<GenerationName, readonly Form[]>> = {
	v1: ['v1', 'v1, risk below the type'],
	v2: ['v2'],
};

/** @param generation decides which events there are */
export const anyHistory = (generation: GenerationName): fc.Arbitrary<History> => {
	const events = ALL.filter((event) => generation === 'v2' || event !== 'watchlistChanged');
	return fc.record({
		form: fc.constantFrom(...FORMS[generation]),
		watch: anyWatch(events),
		maxReports: fc.constantFrom(1, 2, 5, 1_000),
		reportsExisting: fc.boolean(),
		steps: fc.array(anyStep(events), { minLength: 10, maxLength: 80 }),
	});
};

/** An entity as the list of its generation shows it, and as the node reads that. */
const toWatched = ({ id, time, ...values }: Entity, form: Form): WatchedEntity => {
	const risk = { calculated_level: values.level, calculated_score_norm: values.score };
	const shared = {
		'@timestamp': new Date(time).toISOString(),
		asset: { criticality: values.criticality },
		labels: { note: values.note },
	};
	const { role: roles, watchlists } = values;
	switch (form) {
		case 'v2': {
			const entity = { id, EngineMetadata: { Type: 'user' }, risk, attributes: { watchlists } };
			return v2.readDocument({ ...shared, entity, user: { roles } });
		}
		case 'v1':
			return v1.readDocument(
				{ ...shared, entity: { id, name: id, risk }, user: { name: id, roles } },
				'user',
			);
		case 'v1, risk below the type':
			return v1.readDocument(
				{ ...shared, entity: { id, name: id }, user: { name: [id], roles, risk } },
				'user',
			);
	}
};

/** The store, and how it is listed: in the order of IDs, while others write. */
class Store {
	private readonly entities = new Map<string, Entity>();
	private now = Date.UTC(2026, 0, 1);

	apply(write: Write): void {
		this.now += 1_000;
		if (write.kind === 'clock') {
			this.now += write.byMs;
			return;
		}
		if (write.kind === 'snapshot') {
			for (const entity of this.entities.values()) entity.time = this.now;
			return;
		}
		const id = `user:${write.entity}`;
		const stored = this.entities.get(id);
		if (write.kind === 'delete') this.entities.delete(id);
		else if (write.kind === 'create') {
			if (!stored) this.entities.set(id, { id, time: this.now, ...write.values });
		} else if (stored) Object.assign(stored, write.values, { time: this.now });
	}

	/** @returns every version that was listed, in order; the last one of an entity is the newest */
	list({ between, again }: Extract<Step, { kind: 'poll' }>): Entity[] {
		const listed: Entity[] = [];
		const page = (number: number) => {
			const ids = Array.from({ length: PAGE }, (_, index) => `user:${number * PAGE + index}`);
			listed.push(...ids.flatMap((id) => this.entities.get(id) ?? []).map((one) => ({ ...one })));
		};
		const pages = Math.ceil(ENTITIES / PAGE);
		for (let number = 0; number < pages; number += 1) {
			for (const [before, write] of between) if (before === number) this.apply(write);
			page(number);
		}
		for (const [before, write] of between) if (before >= pages) this.apply(write);
		for (let number = 0; number < again; number += 1) page(number);
		return listed;
	}
}

/** In one form: lists are sets, one of a single value is that value, and an empty one is none. */
const plain = (value: unknown): unknown => {
	if (Array.isArray(value)) {
		const sorted = [...new Set(value)].sort();
		return sorted.length > 1 ? sorted : plain(sorted[0]);
	}
	return value === '' ? undefined : value;
};

const rankOf = (level: unknown): number =>
	['Unknown', 'Low', 'Moderate', 'High', 'Critical'].indexOf(level as string);

type Name = 'created' | 'level' | 'score' | 'criticality' | 'watchlists' | 'role' | 'note';

const EVENT_OF: Readonly<Record<Name, EventName>> = {
	created: 'entityCreated',
	level: 'riskLevelReached',
	score: 'riskScoreChanged',
	criticality: 'criticalityChanged',
	watchlists: 'watchlistChanged',
	role: 'fieldsChanged',
	note: 'fieldsChanged',
};

const KEY_OF: Readonly<Record<Exclude<Name, 'created'>, string>> = {
	level: 'riskLevel',
	score: 'riskScore',
	criticality: 'criticality',
	watchlists: 'watchlists',
	role: 'user.roles',
	note: 'labels.note',
};

const namesOf = ({ events, fields }: Watch): Name[] =>
	(Object.keys(EVENT_OF) as Name[]).filter(
		(name) =>
			events.includes(EVENT_OF[name]) &&
			(EVENT_OF[name] !== 'fieldsChanged' || fields.includes(KEY_OF[name as 'role'])),
	);

const valueIn = (entity: Entity, name: Name): unknown => {
	if (name === 'created') return true;
	const value = plain(entity[name]);
	return name === 'score' && typeof value === 'number' ? Math.round(value * 100) / 100 : value;
};

const same = (one: unknown, other: unknown): boolean =>
	JSON.stringify(one) === JSON.stringify(other);

type Base = Map<string, Partial<Record<Name, unknown>>>;

export interface Judged {
	readonly polls: number;
	readonly reports: number;
	readonly missed: number;
	readonly twice: number;
}

/** Says what had to be reported, poll by poll. */
class Oracle {
	private base: Base | undefined;
	private names: Name[];
	private level: string;
	private due: string[] = [];
	reports = 0;
	polls = 0;

	constructor(
		private watch: Watch,
		private readonly maxReports: number,
		private readonly reportsExisting: boolean,
	) {
		this.names = namesOf(watch);
		this.level = watch.riskLevel;
	}

	/** The columns that have been compared before. */
	private stocked = new Set<string>();
	private scope = 'one';

	private columns(): string[] {
		return this.names.map((name) => (name === 'level' ? `level ${this.level}` : name));
	}

	rewatch(watch: Watch): void {
		this.watch = watch;
		this.names = namesOf(watch);
		this.level = watch.riskLevel;
	}

	/** The scope of the next poll. Only one that a poll succeeds in counts. */
	rescope(scope: string): void {
		if (this.scope === scope) return;
		this.scope = scope;
		if (this.polls === 0) return;
		this.base = undefined;
		this.stocked = new Set();
		this.due = [];
	}

	private isDue(name: Name, before: unknown, after: unknown): boolean {
		if (name === 'level') {
			const least = rankOf(this.watch.riskLevel);
			return rankOf(after) >= least && rankOf(before) < least;
		}
		if (name === 'score') {
			const points = Math.abs(Number(after ?? 0) - Number(before ?? 0));
			return points >= this.watch.minPoints - 1e-9 && !same(before, after);
		}
		return !same(before, after);
	}

	/** Takes one poll that succeeded, and throws what is wrong with its reports. */
	judge(listed: readonly Entity[], reports: ReadonlyArray<Report<WatchedEntity>>): void {
		this.polls += 1;
		this.reports += reports.length;
		if (this.polls === 1 && this.reportsExisting) this.stocked = new Set(this.columns());
		const now = new Map(listed.map((entity) => [entity.id, entity]));
		const base: Base = this.base ?? new Map();
		for (const id of [...base.keys()]) if (!now.has(id)) base.delete(id);
		const stock = this.columns().filter((column) => !this.stocked.has(column));
		for (const [id, entity] of now) {
			const values = base.get(id) ?? {};
			base.set(id, values);
			for (const [index, name] of this.names.entries()) {
				if (stock.includes(this.columns()[index] as string)) values[name] = valueIn(entity, name);
			}
		}
		this.base = base;
		this.stocked = new Set(this.columns());

		if (reports.length > this.maxReports) throw new Error('more reports than the limit');
		const before = new Set(this.pending(now));
		for (const report of reports) this.take(report, now);
		const left = this.pending(now);
		if (reports.length < this.maxReports && left.length > 0) {
			throw new Error(`missed: ${left.join(', ')} in poll ${this.polls}`);
		}
		this.checkOrder(reports, before);
		this.due = left;

		for (const [id, entity] of now) {
			const values = base.get(id) ?? {};
			const isPending = this.isDue('level', values.level, valueIn(entity, 'level'));
			if (this.names.includes('level') && !isPending) values.level = valueIn(entity, 'level');
		}
	}

	private pending(now: ReadonlyMap<string, Entity>): string[] {
		return [...now.values()]
			.filter((entity) =>
				this.names.some((name) =>
					this.isDue(name, this.base?.get(entity.id)?.[name], valueIn(entity, name)),
				),
			)
			.map(({ id }) => id);
	}

	/** One report has to be due, and to say what was before and what is now. */
	private take(report: Report<WatchedEntity>, now: ReadonlyMap<string, Entity>): void {
		const { id } = report.entity;
		const entity = now.get(id);
		const values = this.base?.get(id);
		if (!entity || !values) throw new Error(`${id} is not there`);
		const names = this.names.filter(
			(name) =>
				EVENT_OF[name] === report.event && this.isDue(name, values[name], valueIn(entity, name)),
		);
		if (names.length === 0) {
			throw new Error(`twice or never due: ${report.event} of ${id} in poll ${this.polls}`);
		}
		const keys = names.filter((name) => name !== 'created').map((name) => KEY_OF[name as 'role']);
		if (!same(Object.keys(report.after).sort(), keys.sort())) {
			throw new Error(`${report.event} of ${id} says ${JSON.stringify(report.after)}`);
		}
		for (const name of names) {
			const is = valueIn(entity, name);
			if (name !== 'created') {
				const key = KEY_OF[name];
				const was = values[name];
				if (!same(plain(report.after[key]) ?? null, is ?? null)) {
					throw new Error(`${report.event} of ${id}: wrong value after`);
				}
				// After a restart the level before may be an older one, as long as it was below, too.
				const isAsKnown =
					name === 'level'
						? rankOf(report.before[key]) < rankOf(this.watch.riskLevel)
						: same(plain(report.before[key]) ?? null, was ?? null);
				const isUnknown = EVENT_OF[name] === 'fieldsChanged' && !(key in report.before);
				if (!isAsKnown && !isUnknown)
					throw new Error(`${report.event} of ${id}: wrong value before`);
			}
			values[name] = is;
		}
	}

	/** What was left over comes before what is new. */
	private checkOrder(reports: ReadonlyArray<Report<WatchedEntity>>, before: Set<string>): void {
		const due = new Set(this.due.filter((id) => before.has(id)));
		let isNew = false;
		for (const { entity } of reports) {
			if (!due.has(entity.id)) isNew = true;
			else if (isNew) throw new Error(`${entity.id} had waited, and came after a new one`);
		}
	}
}

/**
 * Plays a history, and polls to its end.
 *
 * @throws what the oracle finds wrong
 */
export const play = ({ form, watch, maxReports, reportsExisting, steps }: History): Judged => {
	const store = new Store();
	const oracle = new Oracle(watch, maxReports, reportsExisting);
	let current = watch;
	let scope = 'one';
	let memory: unknown;
	let disk: unknown;

	const poll = (step: Extract<Step, { kind: 'poll' }>): number => {
		const listed = store.list(step);
		const comparison = compare<WatchedEntity>(aspectsOf(current), loadState(memory), {
			scope,
			reportsExisting,
			maxReports,
		});
		for (const entity of listed) comparison.see(toWatched(entity, form), entity.id);
		if (step.fails) return 1;
		const outcome = comparison.finish();
		if ('failure' in outcome) throw new Error(outcome.failure.message);
		if (outcome.state) memory = JSON.parse(JSON.stringify(outcome.state));
		if (outcome.reports.length > 0 || outcome.mustSave) disk = memory;
		oracle.rescope(scope);
		oracle.judge(listed, outcome.reports);
		return outcome.deferred;
	};

	const quiet = { kind: 'poll', between: [], fails: false, again: 0 } as const;
	for (const step of steps) {
		if (step.kind === 'write') store.apply(step.write);
		else if (step.kind === 'poll') poll(step);
		else if (step.kind === 'restart') memory = disk;
		else if (step.kind === 'watch') {
			// An edited workflow is started again, too.
			memory = disk;
			current = step.watch;
			oracle.rewatch(step.watch);
		} else {
			memory = disk;
			scope = step.scope;
		}
	}
	for (let left = poll(quiet), most = 100; left > 0; left = poll(quiet)) {
		most -= 1;
		if (most === 0) throw new Error('there is always something left over');
	}
	const last = oracle.reports;
	poll(quiet);
	if (oracle.reports !== last) throw new Error('reports without a change');
	return { polls: oracle.polls, reports: oracle.reports, missed: 0, twice: 0 };
};
