import { createHash } from 'node:crypto';

/** Returns a short text that is the same for the same entity IDs, in any order. An ID that occurs twice counts. */
export const fingerprintOf = (ids: Iterable<string>): string =>
	createHash('sha256')
		.update([...ids].sort().join('\n'))
		.digest('hex');
