/**
 * Returns the milliseconds that a `Retry-After` header asks for, in either of its forms: seconds or an
 * HTTP date.
 *
 * @param nowMs epoch milliseconds from which a date counts
 * @returns undefined when there is no header, or one that makes no sense
 */
export const readRetryAfter = (header: string | undefined, nowMs: number): number | undefined => {
	const text = header?.trim();
	if (!text) return undefined;
	if (/^\d+(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1000);
	// Date.parse makes a date of nearly anything, such as "-5". An HTTP date begins with its weekday.
	const date = /^[A-Z][a-z]{2}/.test(text) ? Date.parse(text) : NaN;
	return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
};
