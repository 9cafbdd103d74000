/** Events as they are handed on. */
import { EVENTS, type Aspect, type EventName, type WatchedEntity } from './events';
import { isDigest, keep, valueOf, type Kept, type Row } from './state';

/** One event of one entity. */
export interface Report<Entity> {
	readonly event: EventName;
	/** By name; a value of which only a digest was kept is missing. `null` is no value. */
	readonly before: Readonly<Record<string, unknown>>;
	readonly after: Readonly<Record<string, unknown>>;
	readonly entity: Entity;
}

/** The aspects that have an event, by position, with their new values. */
export type Differences = ReadonlyArray<readonly [aspect: number, after: Kept | undefined]>;

/** @param row the values before, by the position of their aspect */
export const reportOf = <Entity>(
	aspects: readonly Aspect[],
	event: EventName,
	differences: Differences,
	row: Row,
	entity: Entity,
): Report<Entity> => {
	const before: Record<string, unknown> = {};
	const after: Record<string, unknown> = {};
	for (const [index, value] of differences) {
		const key = aspects[index]?.key;
		if (key === undefined) continue;
		if (!isDigest(row[index])) before[key] = valueOf(row[index]) ?? null;
		after[key] = valueOf(value) ?? null;
	}
	return { event, before, after, entity };
};

/**
 * Returns events as they would look for some entities, to build a workflow with. Each event comes once before
 * one comes again; where no entity has a value for any of them, the first entities stand for the first event.
 *
 * @param entities the most recent first
 */
export const samplesOf = <Entity extends WatchedEntity>(
	aspects: readonly Aspect[],
	entities: readonly Entity[],
	most: number,
): Array<Report<Entity>> => {
	const chosen = EVENTS.filter((event) => aspects.some((aspect) => aspect.event === event));
	const sample = (event: EventName, entity: Entity, isAny: boolean): Report<Entity> | undefined => {
		const differences = [...aspects.entries()]
			.filter(([, aspect]) => aspect.event === event)
			.map(([index, aspect]) => [index, aspect.read(entity), aspect] as const)
			.filter(([, value, { meaningOf }]) => isAny || meaningOf(undefined, value) === 'report')
			.filter(([, value]) => isAny || value !== undefined)
			.map(([index, value]) => [index, keep(value)] as const);
		return differences.length > 0 ? reportOf(aspects, event, differences, [], entity) : undefined;
	};
	const byEvent = chosen.map((event) =>
		entities.flatMap((entity) => sample(event, entity, false) ?? []),
	);
	const inTurn = Array.from({ length: most }, (_, turn) =>
		byEvent.flatMap((reports) => reports[turn] ?? []),
	).flat();
	const [first] = chosen;
	if (inTurn.length > 0 || first === undefined) return inTurn.slice(0, most);
	return entities.slice(0, most).flatMap((entity) => sample(first, entity, true) ?? []);
};
