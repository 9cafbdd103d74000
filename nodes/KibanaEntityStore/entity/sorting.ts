/** Ordering entities by the value of a field. */
import { CRITICALITIES, RISK_LEVELS } from './fields';

/** A value to sort by; undefined where an entity has none. */
export type SortValue = number | string | undefined;

/** Returns a value by which a field is sorted: levels by their meaning, not by their first letters. */
export const sortValueOf = (given: unknown): SortValue => {
	const value: unknown = Array.isArray(given) ? given[0] : given;
	if (typeof value === 'number') return value;
	if (typeof value === 'boolean') return Number(value);
	if (typeof value !== 'string' || value === '') return undefined;
	for (const order of [RISK_LEVELS, CRITICALITIES] as ReadonlyArray<readonly string[]>) {
		const place = order.indexOf(value);
		if (place >= 0) return place;
	}
	return value;
};

/** Compares two values. Entities without one come last in either direction. */
export const compareSortValues = (
	one: SortValue,
	other: SortValue,
	isDescending: boolean,
): number => {
	if (one === undefined || other === undefined) {
		return Number(one === undefined) - Number(other === undefined);
	}
	const order =
		typeof one === 'number' && typeof other === 'number'
			? one - other
			: String(one).localeCompare(String(other));
	return isDescending ? -order : order;
};
