/** Reading dates in all the forms in which directories write them. */
import { DateTime } from 'luxon';

import { isInstant } from './kinds';

/**
 * Below this an epoch number is taken for seconds, from it on for milliseconds: as seconds it lies in
 * the year 5138, as milliseconds in 1973, and no directory means either.
 */
const FIRST_EPOCH_MS = 1e11;
/** Smaller numbers are no dates: 20260102 is a date written as digits, and 0 is "never". */
const FIRST_EPOCH_SECOND = 1e8;

const EPOCH_TEXT = /^(\d{9,11}(\.\d+)?|\d{12,14})$/;
/** Luxon also reads a bare year, a week, or "12:30" as today; only whole calendar dates are safe. */
const ISO_TEXT = /^(\d{4}-\d{2}-\d{2}|\d{8}(?=T|$))/;

const fromEpoch = (epoch: number): DateTime | undefined => {
	if (!(epoch >= FIRST_EPOCH_SECOND)) return undefined;
	return DateTime.fromMillis(epoch < FIRST_EPOCH_MS ? epoch * 1000 : epoch);
};

/** No date is longer, and reading one takes longer than its length. */
const LONGEST_DATE = 100;

const readDate = (value: unknown, timeZone: string): DateTime | undefined => {
	if (typeof value === 'number') return fromEpoch(value);
	if (typeof value === 'string') {
		const text = value.trim();
		if (text.length > LONGEST_DATE) return undefined;
		if (EPOCH_TEXT.test(text)) return fromEpoch(Number(text));
		if (!ISO_TEXT.test(text)) return undefined;
		const iso = text.replace(/^(\d{4}-\d{2}-\d{2}) +/, '$1T').replace(/ +(Z|[+-]\d)/i, '$1');
		return DateTime.fromISO(iso, { zone: timeZone });
	}
	if (typeof value !== 'object' || value === null || !isInstant(value)) return undefined;
	const epochMs = Number(value);
	return Number.isFinite(epochMs) ? DateTime.fromMillis(epochMs) : undefined;
};

/** On a day that every month has, so that no calendar is needed. */
const NORMAL_UTC =
	/^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;
const UTC_TEXT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,3})?Z$/;

/** UTC text is what most sources send, and reads the same without a calendar library, much sooner. */
const normaliseUtc = (text: string): string | undefined => {
	if (NORMAL_UTC.test(text)) return text;
	const epochMs = UTC_TEXT.test(text) ? Date.parse(text) : NaN;
	if (Number.isNaN(epochMs)) return undefined;
	const normalised = new Date(epochMs).toISOString();
	// A day or an hour that does not exist may have been moved to one that does.
	return normalised.slice(0, 19) === text.slice(0, 19) ? normalised : undefined;
};

/** Kibana takes UTC with `Z` and refuses offsets (docs/kibana-api.md#v1-fields, #values). */
export const toUtc = (value: unknown, timeZone: string): string | undefined => {
	const normalised = typeof value === 'string' ? normaliseUtc(value) : undefined;
	if (normalised !== undefined) return normalised;
	const date = readDate(value, timeZone);
	return date?.isValid ? (date.toUTC().toISO() ?? undefined) : undefined;
};
