/** Which stored entities the input names. */
import type { EntityMatch, Generation, ListedEntity } from '../../../kibana/generation';
import { fits } from '../../../kibana/search';

export interface Presence {
	/** Whether one of the matches looks for this entity. */
	readonly has: (entity: ListedEntity) => boolean;
	/** Paths that a list must return for it. */
	readonly paths: readonly string[];
}

/** Takes about as long for many matches as for few: each entity is looked up by its own values. */
export const createPresence = (
	matches: readonly EntityMatch[],
	{ entityKey }: Generation,
): Presence => {
	const keys = new Set<string>();
	const byFirstField = new Map<string, Map<string, EntityMatch[]>>();
	const paths = new Set<string>();
	for (const match of matches) {
		if (match.id !== undefined) keys.add(entityKey(match.type, match.id));
		const [first] = match.fields;
		for (const path of match.fields.keys()) paths.add(path);
		if (first === undefined) continue;
		const [path, value] = first;
		const byValue = byFirstField.get(path) ?? new Map<string, EntityMatch[]>();
		byFirstField.set(path, byValue);
		const same = byValue.get(value);
		if (same) same.push(match);
		else byValue.set(value, [match]);
	}
	const has = (entity: ListedEntity): boolean => {
		if (keys.has(entityKey(entity.type, entity.id))) return true;
		for (const [path, byValue] of byFirstField) {
			for (const value of [entity.leaves.get(path) ?? []].flat()) {
				if (byValue.get(String(value))?.some((match) => fits(match, entity))) return true;
			}
		}
		return false;
	};
	return { has, paths: [...paths] };
};
