/** Choosing among entities by what the list shows of them. */
import type { LeafReader } from './leaves';
import { riskOf } from './simplified';

export interface EntityFilter {
	readonly types: readonly string[];
	readonly riskLevels: readonly string[];
	/** Entities without a score do not fit. */
	readonly riskScoreFrom?: number | undefined;
	readonly criticalities: readonly string[];
	readonly sources: readonly string[];
	readonly nameContains: string;
}

interface Filtered {
	readonly id: string;
	readonly type: string;
	readonly leaves: LeafReader;
}

const textsAt = (leaves: LeafReader, path: string): string[] =>
	[leaves.get(path) ?? []].flat().map(String);

export const hasType = ({ types }: Pick<EntityFilter, 'types'>, { type }: Filtered): boolean =>
	types.length === 0 || types.includes(type);

/** Whether the name or the ID contains the text, in any case. */
export const hasName = (
	{ nameContains }: Pick<EntityFilter, 'nameContains'>,
	{ id, leaves }: Filtered,
): boolean => {
	const wanted = nameContains.toLowerCase();
	return [id, ...textsAt(leaves, 'entity.name')].some((text) =>
		text.toLowerCase().includes(wanted),
	);
};

/** Whether an entity fits all parts of a filter. An empty part admits all. */
export const passes = (filter: EntityFilter, entity: Filtered): boolean => {
	const isAmong = (wanted: readonly string[], found: readonly string[]) =>
		wanted.length === 0 || found.some((one) => wanted.includes(one));
	const { level, score } = riskOf(entity.type, entity.leaves);
	const { riskScoreFrom } = filter;
	return (
		hasType(filter, entity) &&
		hasName(filter, entity) &&
		isAmong(filter.riskLevels, level === undefined ? [] : [level]) &&
		(riskScoreFrom === undefined || (score !== undefined && score >= riskScoreFrom)) &&
		isAmong(filter.criticalities, textsAt(entity.leaves, 'asset.criticality')) &&
		isAmong(filter.sources, textsAt(entity.leaves, 'entity.source'))
	);
};
