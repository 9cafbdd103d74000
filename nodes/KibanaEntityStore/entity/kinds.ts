/** What kind of value a mapping has yielded, before its field is known. */

/** Luxon, moment and Date values, told by their methods: n8n may run a second copy of luxon. */
export const isInstant = (value: object): boolean => {
	// Most objects are plain ones, and looking for what they lack takes long.
	if (Object.getPrototypeOf(value) === Object.prototype) return false;
	const { toMillis, toISOString } = value as { toMillis?: unknown; toISOString?: unknown };
	// Data may have keys of these names, too.
	return typeof toMillis === 'function' || typeof toISOString === 'function';
};

/** Empty text, null and undefined mean "not given": Kibana refuses null nearly everywhere (docs/kibana-api.md#values). */
export const isGiven = (value: unknown): boolean =>
	value !== undefined && value !== null && value !== '';

/** The value's kind in the user's words. */
export const kindOf = (value: unknown): string => {
	if (value === null || value === undefined) return 'nothing';
	if (Array.isArray(value)) return 'a list';
	if (typeof value === 'string') return 'text';
	if (typeof value === 'boolean') return 'true or false';
	if (typeof value === 'number') return Number.isFinite(value) ? 'a number' : 'not a number';
	if (typeof value === 'bigint') return 'a number';
	if (typeof value === 'function') return 'a function';
	if (isInstant(value)) return 'a date';
	return 'an object';
};
