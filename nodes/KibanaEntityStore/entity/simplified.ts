/** The short form of a stored entity. */
import type { LeafReader } from './leaves';

/** The paths that the short form is made of, besides those of a type's own risk. */
export const SIMPLIFIED_PATHS = [
	'entity.name',
	'entity.risk.calculated_level',
	'entity.risk.calculated_score_norm',
	'asset.criticality',
	'entity.attributes.watchlists',
	'entity.lifecycle.first_seen',
	'entity.lifecycle.last_seen',
	'entity.lifecycle.last_activity',
] as const;

/** What most workflows need of an entity. What Kibana does not know of it is null. */
export interface SimplifiedEntity {
	readonly entityId: string;
	readonly entityType: string;
	readonly name: string | null;
	/** `Unknown`, `Low`, `Moderate`, `High` or `Critical`. */
	readonly riskLevel: string | null;
	/** From 0 to 100. */
	readonly riskScore: number | null;
	readonly criticality: string | null;
	readonly watchlists: string[];
	readonly firstSeen: string | null;
	readonly lastSeen: string | null;
}

const firstOf = (value: unknown): unknown => (Array.isArray(value) ? value[0] : value);

/** Returns the risk of an entity. The first generation keeps that of Kibana's own scoring below its type. */
export const riskOf = (
	type: string,
	leaves: LeafReader,
): { readonly level?: string; readonly score?: number } => {
	const read = (name: string) =>
		firstOf(leaves.get(`entity.risk.${name}`) ?? leaves.get(`${type}.risk.${name}`));
	const level = read('calculated_level');
	const given = read('calculated_score_norm');
	const score = given === undefined || given === null || given === '' ? NaN : Number(given);
	return {
		...(typeof level === 'string' && { level }),
		...(Number.isFinite(score) && { score }),
	};
};

export const simplify = (
	entityId: string,
	entityType: string,
	leaves: LeafReader,
): SimplifiedEntity => {
	const text = (...paths: string[]): string | null => {
		for (const path of paths) {
			const value = firstOf(leaves.get(path));
			if (typeof value === 'string' && value !== '') return value;
		}
		return null;
	};
	const { level, score } = riskOf(entityType, leaves);
	const watchlists = [leaves.get('entity.attributes.watchlists') ?? []].flat();
	return {
		entityId,
		entityType,
		name: text('entity.name'),
		riskLevel: level ?? null,
		riskScore: score ?? null,
		criticality: text('asset.criticality'),
		watchlists: watchlists.map(String),
		firstSeen: text('entity.lifecycle.first_seen'),
		lastSeen: text('entity.lifecycle.last_seen', 'entity.lifecycle.last_activity'),
	};
};
