/** Values that a field takes as JSON, given as values or as text. */

/** Elasticsearch takes 20 levels unless told otherwise, and much deeper data breaks whatever walks it. */
export const DEEPEST = 100;

const isDeeperThan = (value: unknown, levels: number): boolean =>
	typeof value === 'object' &&
	value !== null &&
	(levels === 0 || Object.values(value).some((child) => isDeeperThan(child, levels - 1)));

/** The value as JSON carries it, or undefined for one that it cannot carry, such as a circular reference. */
export const asJson = (value: unknown): unknown => {
	try {
		const json: unknown = JSON.parse(JSON.stringify(value));
		return isDeeperThan(json, DEEPEST) ? undefined : json;
	} catch {
		return undefined;
	}
};

/** Returns what a JSON text says, or undefined for any other text. */
export const parseJson = (text: string): unknown => {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
};

/** Returns the list that a JSON text holds, or undefined for any other text. */
export const jsonList = (text: string): unknown[] | undefined => {
	const parsed = text.trimStart().startsWith('[') ? parseJson(text) : undefined;
	return Array.isArray(parsed) ? parsed : undefined;
};
