import { valuesAt, type EntityDocument } from './documents';

const compare = (a: unknown, b: unknown): number => {
	if (typeof a === 'number' && typeof b === 'number') return a - b;
	return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
};

/** Sorts documents by a field. Documents without it are last in both directions, as in Elasticsearch. */
export const compareFields =
	(field: string, direction: 1 | -1) =>
	(a: EntityDocument, b: EntityDocument): number => {
		const [left] = valuesAt(a, field);
		const [right] = valuesAt(b, field);
		if (left === undefined || right === undefined) {
			return Number(left === undefined) - Number(right === undefined);
		}
		return direction * compare(left, right);
	};
