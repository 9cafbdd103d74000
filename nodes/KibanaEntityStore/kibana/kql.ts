/** Values in Kibana's query language. */

/** Returns a text as a KQL value that stands for exactly that text. */
export const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;

/** Returns the clause for a field that has one of these values. */
export const oneOf = (path: string, values: Iterable<string>): string =>
	`${path}:(${[...values].map(quoted).join(' or ')})`;
