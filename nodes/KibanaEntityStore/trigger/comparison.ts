/** Comparing the entities of one poll with what was kept of the polls before. */
import type { Failure } from '../failure';
import { EVENTS, type Aspect, type WatchedEntity } from './events';
import { reportOf, type Differences, type Report } from './report';
import {
	createSalt,
	isSame,
	keep,
	keyOf,
	saveState,
	valueOf,
	type Kept,
	type LoadedState,
	type Row,
	type SavedState,
	type State,
} from './state';

/** More are refused: n8n reads and writes what is kept of them as one text. */
export const MAX_ENTITIES = 100_000;
/** Most bytes of the saved state: 40 for each entity. */
export const MAX_STATE_BYTES = 40 * MAX_ENTITIES;

export interface Outcome<Entity> {
	readonly reports: ReadonlyArray<Report<Entity>>;
	/** The state to save; undefined when nothing has changed. */
	readonly state?: SavedState;
	/** Whether later polls would report wrongly if the state was not saved. */
	readonly mustSave: boolean;
	/** Entities with events that are left to the next poll. */
	readonly deferred: number;
}

export interface Comparison<Entity extends WatchedEntity> {
	/**
	 * Takes a listed entity. Of one that is listed several times the last version counts.
	 *
	 * @param name equal for two entities exactly if they are the same
	 */
	readonly see: (entity: Entity, name: string) => void;
	/** Ends the poll, once all entities have been listed. */
	readonly finish: () => Outcome<Entity> | { readonly failure: Failure };
}

export interface ComparisonSettings {
	/** Names what the entities are chosen by. Another choice takes stock anew. */
	readonly scope: string;
	/** Whether the very first poll reports all that exists, as if it was new. */
	readonly reportsExisting: boolean;
	/** Most events of a poll. The others are left to the next ones, in order. */
	readonly maxReports: number;
}

/** An entity with events. */
interface Candidate<Entity> {
	readonly key: string;
	readonly id: string;
	/** Epoch milliseconds of its newest change. */
	readonly time: number;
	/** Its position among those that the poll before has left to this one. */
	readonly position: number;
	readonly differences: Differences;
	/** Undefined once so many come before it that it has to wait for the next poll anyway. */
	readonly entity: Entity | undefined;
}

/** How many more entities than can be reported are held: some may turn out to be unchanged, or newer. */
const SPARE = 500;

const inOrder = (one: Candidate<unknown>, other: Candidate<unknown>): number =>
	// Two that were not left over differ by NaN, which is no difference.
	one.position - other.position ||
	one.time - other.time ||
	(one.id < other.id ? -1 : Number(one.id > other.id));

const timeOf = ({ leaves }: WatchedEntity): number => {
	const time = Date.parse(String(leaves.get('@timestamp')));
	return Number.isNaN(time) ? 0 : time;
};

const counted = (number: number): string => number.toLocaleString('en-US');

const tooMany = (entities: number): Failure => ({
	reason: 'tooLarge',
	message: `The trigger would have to remember ${counted(entities)} entities, more than ${counted(MAX_ENTITIES)}`,
	fix: 'narrowFilter',
});

const tooLarge = (bytes: number, entities: number): Failure => ({
	reason: 'tooLarge',
	message: `What the trigger has to remember of ${counted(entities)} entities takes ${counted(bytes)} bytes, more than ${counted(MAX_STATE_BYTES)}`,
	fix: 'narrowFilter',
});

const isEmpty = (row: Row): boolean => row.every((one) => one === undefined);

/**
 * Begins a poll.
 *
 * An entity that was not there before is compared with one without any values, so nothing has to be kept
 * of entities without values. Without a state before, or with one of another scope, the poll takes stock:
 * it notes what there is and reports nothing. The same goes for an aspect that is new.
 */
export const compare = <Entity extends WatchedEntity>(
	aspects: readonly Aspect[],
	saved: LoadedState | undefined,
	{ scope, reportsExisting, maxReports }: ComparisonSettings,
): Comparison<Entity> => {
	const columns = aspects.map(({ column }) => column);
	const known: LoadedState =
		saved?.scope === scope
			? saved
			: {
					scope,
					salt: createSalt(),
					columns: saved === undefined && reportsExisting ? columns : [],
					positions: new Map(),
					values: [],
					deferred: [],
				};
	const { salt } = known;
	const hasSameColumns = JSON.stringify(known.columns) === JSON.stringify(columns);
	/** For each aspect: its values before by position, undefined for a new one. */
	const valuesBefore = columns.map((column) => {
		const at = known.columns.indexOf(column);
		return at === -1 ? undefined : (known.values[at] ?? []);
	});
	const waiting = new Map(known.deferred.map((key, index) => [key, index] as const));

	/** By position: 1 once the entity was listed. */
	const isListed = new Uint8Array(known.positions.size);
	let listed = 0;
	/** Rows that differ from those before, and rows of entities that are new, by key. */
	const changed = new Map<string, Row>();
	const added = new Map<string, Row>();
	const candidates = new Map<string, Candidate<Entity>>();
	/** How many candidates hold their entity. A poll may find 100,000, which are not held all. */
	let held = 0;
	const maxHeld = maxReports + SPARE;
	let excess = 0;
	let hasChanged = known !== saved || !hasSameColumns;
	// Values of an aspect that was left out for a while are no base for later ones, so that is saved, too.
	let mustSave = hasChanged;

	/** A row before, in the order of the aspects. */
	const rowBefore = (at: number | undefined): Row =>
		valuesBefore.map((values) => (at === undefined ? undefined : values?.[at]));

	const rowOf = (key: string): Row =>
		changed.get(key) ?? added.get(key) ?? rowBefore(known.positions.get(key));

	const setRow = (key: string, row: Row): void =>
		void (known.positions.has(key) ? changed : added).set(key, row);

	const releaseEntities = () => {
		const holding = [...candidates.values()].filter(({ entity }) => entity !== undefined);
		for (const candidate of holding.sort(inOrder).slice(maxHeld)) {
			candidates.set(candidate.key, { ...candidate, entity: undefined });
		}
		held = Math.min(holding.length, maxHeld);
	};

	/**
	 * Compares an entity with its values before. Nearly all are as they were, so nothing is made for these.
	 *
	 * @param at its position in the state before
	 * @returns the row with what is followed at once, and what is to be reported; undefined when nothing differs
	 */
	const differ = (
		entity: Entity,
		at: number | undefined,
	): { readonly row: Row; readonly differences: Differences } | undefined => {
		let row: Array<Kept | undefined> | undefined;
		let differences: Array<readonly [number, Kept | undefined]> | undefined;
		for (let index = 0; index < aspects.length; index += 1) {
			const aspect = aspects[index] as Aspect;
			const before = valuesBefore[index];
			const was = at === undefined ? undefined : before?.[at];
			const is = keep(aspect.read(entity));
			if (was === is) {
				row?.push(was);
				continue;
			}
			// Rows of other columns are made anew.
			row ??= rowBefore(at).slice(0, index);
			if (before === undefined || isSame(salt, was, is)) {
				row.push(is);
				continue;
			}
			const meaning = aspect.meaningOf(valueOf(was), valueOf(is));
			row.push(meaning === 'report' || meaning === 'keep' ? was : is);
			if (meaning === 'report') (differences ??= []).push([index, is]);
			else if (meaning !== 'keep') hasChanged = true;
			if (meaning === 'rearm') mustSave = true;
		}
		return row && { row, differences: differences ?? [] };
	};

	/** Whether there is room for one more entity. */
	const hasRoom = (): boolean => listed + added.size < MAX_ENTITIES;

	const seeKnown = (key: string, at: number, row: Row | undefined): void => {
		if (isListed[at] === 0) {
			if (!hasRoom()) {
				excess += 1;
				return;
			}
			isListed[at] = 1;
			listed += 1;
		}
		if (row) changed.set(key, row);
		// The version before this one may have differed.
		else if (changed.size > 0) changed.delete(key);
	};

	const seeNew = (key: string, row: Row, hasEvents: boolean): void => {
		if (!hasEvents && isEmpty(row)) added.delete(key);
		else if (added.has(key) || hasRoom()) added.set(key, row);
		else excess += 1;
	};

	const see = (entity: Entity, name: string): void => {
		const key = keyOf(salt, name);
		const at = known.positions.get(key);
		const differing = differ(entity, at);
		const differences = differing?.differences ?? [];
		if (at !== undefined) seeKnown(key, at, differing?.row);
		else seeNew(key, differing?.row ?? rowBefore(at), differences.length > 0);

		if (candidates.size > 0) {
			if (candidates.get(key)?.entity !== undefined) held -= 1;
			candidates.delete(key);
		}
		if (differences.length === 0) return;
		const position = waiting.get(key) ?? Infinity;
		const time = timeOf(entity);
		candidates.set(key, { key, id: entity.id, time, position, differences, entity });
		held += 1;
		if (held > 2 * maxHeld) releaseEntities();
	};

	/** Forgets the entities that are gone: whatever is created under their IDs is another entity. */
	const forget = (): void => {
		for (const at of known.positions.values()) {
			if (isListed[at] === 1) continue;
			hasChanged = true;
			const isMissed = ({ meaningOf }: Aspect, index: number): boolean => {
				const was = valuesBefore[index]?.[at];
				return was !== undefined && meaningOf(valueOf(was), undefined) !== 'follow';
			};
			if (aspects.some(isMissed)) mustSave = true;
		}
	};

	/** Reports events in order until the limit; returns the keys of the entities that have some left. */
	const report = (reports: Array<Report<Entity>>): string[] => {
		const deferred: string[] = [];
		for (const { key, differences, entity } of [...candidates.values()].sort(inOrder)) {
			const row = [...rowOf(key)];
			let left = differences.length;
			for (const event of EVENTS) {
				const own = differences.filter(([index]) => aspects[index]?.event === event);
				if (own.length === 0) continue;
				if (entity === undefined || deferred.length > 0 || reports.length >= maxReports) break;
				reports.push(reportOf(aspects, event, own, row, entity));
				for (const [index, after] of own) row[index] = after;
				left -= own.length;
			}
			setRow(key, row);
			if (left > 0) deferred.push(key);
		}
		return deferred;
	};

	/** Lists come in another order each time; rows that stay should stay where they are. */
	const inOldOrder = (): ReadonlyMap<string, Row> => {
		const ordered = new Map<string, Row>();
		const keepRow = (key: string, row: Row) => void (isEmpty(row) || ordered.set(key, row));
		for (const [key, at] of known.positions) if (isListed[at] === 1) keepRow(key, rowOf(key));
		for (const [key, row] of added) keepRow(key, row);
		return ordered;
	};

	const finish = (): Outcome<Entity> | { readonly failure: Failure } => {
		if (excess > 0) return { failure: tooMany(listed + added.size + excess) };
		forget();
		const reports: Array<Report<Entity>> = [];
		const keys = report(reports);
		const hasNewQueue = keys.join('') !== known.deferred.join('');
		const deferred = keys.length;
		if (!hasChanged && !hasNewQueue && reports.length === 0) return { reports, mustSave, deferred };
		const exact = new Set(aspects.filter(({ isExact }) => isExact).map(({ column }) => column));
		const next: State = { scope, salt, columns, rows: inOldOrder(), deferred: keys };
		const state = saveState(next, exact);
		const bytes = Buffer.byteLength(JSON.stringify(state));
		if (bytes > MAX_STATE_BYTES) return { failure: tooLarge(bytes, next.rows.size) };
		return { reports, state, mustSave, deferred };
	};

	return { see, finish };
};
