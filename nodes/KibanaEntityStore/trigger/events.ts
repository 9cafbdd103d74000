/** What can be reported of an entity, and when. */
import { RISK_LEVELS } from '../entity/fields';
import type { LeafReader } from '../entity/leaves';

/** In the order in which events of one entity are reported. */
export const EVENTS = [
	'entityCreated',
	'riskLevelReached',
	'riskScoreChanged',
	'criticalityChanged',
	'watchlistChanged',
	'fieldsChanged',
] as const;

export type EventName = (typeof EVENTS)[number];

/** What is to be reported. */
export interface Watch {
	readonly events: readonly EventName[];
	/** For `riskLevelReached`: the lowest level that counts as reached. */
	readonly riskLevel: string;
	/** For `riskScoreChanged`: by how many points of 100 the score has to differ. */
	readonly minPoints: number;
	/** For `fieldsChanged`: dotted paths of fields, or of sections. */
	readonly fields: readonly string[];
}

/** An entity as a list shows it. */
export interface WatchedEntity {
	readonly id: string;
	readonly type: string;
	readonly leaves: LeafReader;
}

/**
 * What a new value means.
 * - `report`: it is an event.
 * - `keep`: no event; later values are compared with the value before it.
 * - `follow`: no event; later values are compared with the new one.
 * - `rearm`: as `follow`, and an event can only be recognized later if this is not forgotten.
 */
export type Meaning = 'follow' | 'keep' | 'rearm' | 'report';

/** One value of an entity that is compared from poll to poll. `undefined` is no value. */
export interface Aspect {
	/** Names the values in the saved state. Values of another name are never compared with these. */
	readonly column: string;
	readonly event: EventName;
	/** Its key in `before` and `after`; undefined when these do not show it. */
	readonly key?: string;
	/** Where the value stands in what Kibana stores. */
	readonly path?: string;
	/** Reads the value, as JSON. */
	readonly read: (entity: WatchedEntity) => unknown;
	/** Says what it means that a value differs from the one before. */
	readonly meaningOf: (before: unknown, after: unknown) => Meaning;
	/** Whether the value itself is needed to tell what a difference means. */
	readonly isExact: boolean;
}

const created: Aspect = {
	column: 'created',
	event: 'entityCreated',
	read: () => true,
	meaningOf: () => 'report',
	isExact: true,
};

/** The first generation keeps the risk of Kibana's own scoring below the type of the entity. */
const riskIn = ({ type, leaves }: WatchedEntity, name: string): unknown => {
	const value = leaves.get(`entity.risk.${name}`) ?? leaves.get(`${type}.risk.${name}`);
	return Array.isArray(value) ? value[0] : value;
};

const riskLevelReached = (level: string): Aspect => {
	const levels: readonly unknown[] = RISK_LEVELS;
	const isReached = (value: unknown) => levels.indexOf(value) >= levels.indexOf(level);
	return {
		// Levels below another one were followed without a report, so they are no base for this one.
		column: `riskLevel:${level}`,
		event: 'riskLevelReached',
		key: 'riskLevel',
		path: 'entity.risk.calculated_level',
		read: (entity) => {
			const level = riskIn(entity, 'calculated_level');
			return typeof level === 'string' ? level : undefined;
		},
		meaningOf: (before, after) => {
			if (isReached(before) === isReached(after)) return 'follow';
			return isReached(after) ? 'report' : 'rearm';
		},
		isExact: true,
	};
};

const isNothing = (value: unknown): boolean =>
	value === undefined || value === null || value === '';

/** Points with two decimals: a score has no more that mean anything, and stores differ in the rest. */
const inHundredths = (score: unknown): number => Math.round(Number(score ?? 0) * 100);

const riskScoreChanged = (minPoints: number): Aspect => ({
	column: 'riskScore',
	event: 'riskScoreChanged',
	key: 'riskScore',
	path: 'entity.risk.calculated_score_norm',
	read: (entity) => {
		const given = riskIn(entity, 'calculated_score_norm');
		const score = isNothing(given) ? NaN : Number(given);
		return Number.isFinite(score) ? inHundredths(score) / 100 : undefined;
	},
	meaningOf: (before, after) =>
		Math.abs(inHundredths(after) - inHundredths(before)) >= inHundredths(minPoints)
			? 'report'
			: 'keep',
	isExact: true,
});

const sortKey = (value: unknown): string => JSON.stringify(value) ?? '';

/** Returns a list without repetitions and in one order: stored lists are sets. */
const asSet = (list: readonly unknown[]): unknown[] => {
	if (list.length < 2) return [...list];
	const distinct = new Map(list.map((value) => [sortKey(value), value]));
	return [...distinct].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, value]) => value);
};

/** Returns a stored value in one form: a list of one may be stored as its value, and an empty one not at all. */
const inOneForm = (value: unknown): unknown => {
	if (!Array.isArray(value)) return isNothing(value) ? undefined : value;
	const set = asSet(value.filter((one) => !isNothing(one)));
	return set.length > 1 ? set : set[0];
};

const CRITICALITY = 'asset.criticality';
const WATCHLISTS = 'entity.attributes.watchlists';

const criticalityChanged: Aspect = {
	column: 'criticality',
	event: 'criticalityChanged',
	key: 'criticality',
	path: CRITICALITY,
	read: ({ leaves }) => inOneForm(leaves.get(CRITICALITY)),
	meaningOf: () => 'report',
	isExact: false,
};

const watchlistChanged: Aspect = {
	column: 'watchlists',
	event: 'watchlistChanged',
	key: 'watchlists',
	path: WATCHLISTS,
	read: ({ leaves }) => {
		const found = asSet([leaves.get(WATCHLISTS) ?? []].flat());
		return found.length === 0 ? undefined : found;
	},
	meaningOf: () => 'report',
	isExact: false,
};

/** The values of a section by the rest of their paths, in one order. */
const sectionAt = (leaves: LeafReader, path: string): unknown => {
	const values: Array<[string, unknown]> = [];
	for (const [leaf, value] of leaves.inside(path)) {
		const form = inOneForm(value);
		if (form !== undefined) values.push([leaf, form]);
	}
	if (values.length === 0) return undefined;
	return Object.fromEntries(values.sort(([one], [other]) => (one < other ? -1 : 1)));
};

const fieldChanged = (path: string): Aspect => ({
	column: `field:${path}`,
	event: 'fieldsChanged',
	key: path,
	path,
	read: ({ leaves }) => {
		const value = leaves.get(path);
		return value === undefined ? sectionAt(leaves, path) : inOneForm(value);
	},
	meaningOf: () => 'report',
	isExact: false,
});

/** Returns what is to be compared, in the order in which it is reported. */
export const aspectsOf = ({ events, riskLevel, minPoints, fields }: Watch): readonly Aspect[] => {
	const all: Readonly<Record<EventName, readonly Aspect[]>> = {
		entityCreated: [created],
		riskLevelReached: [riskLevelReached(riskLevel)],
		riskScoreChanged: [riskScoreChanged(minPoints)],
		criticalityChanged: [criticalityChanged],
		watchlistChanged: [watchlistChanged],
		fieldsChanged: [...new Set(fields)].map(fieldChanged),
	};
	return EVENTS.filter((event) => events.includes(event)).flatMap((event) => all[event]);
};
