/** The allowed values of a field, found by whatever people write for them. */

/** Longer text is no choice, and is not looked at. */
const LONGEST_CHOICE = 64;

/** Returns the label of a choice in the editor: Low Impact for `low_impact`. */
export const inWords = (value: string): string =>
	value
		.split('_')
		.map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`)
		.join(' ');

/** A choice without what people write differently: case, blanks, dashes and underscores. */
const normalise = (text: string): string => text.toLowerCase().replace(/[\s_-]/g, '');

/**
 * Compiles the allowed values of a field into a lookup that also takes the labels of the editor's
 * dropdown ("High Impact") and other spellings ("HIGH_IMPACT", "high-impact").
 *
 * @param values as the API takes them
 * @returns a function that returns the value that a text stands for, or undefined for one that stands
 *   for none; it never throws
 */
export const compileChoice = (
	values: readonly string[],
): ((text: string) => string | undefined) => {
	const exact = new Set(values);
	const bySpelling = new Map(values.map((value) => [normalise(value), value]));
	return (text) => {
		if (exact.has(text)) return text;
		return text.length > LONGEST_CHOICE ? undefined : bySpelling.get(normalise(text));
	};
};
