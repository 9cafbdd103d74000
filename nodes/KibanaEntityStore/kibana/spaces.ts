import { z } from 'zod';

import type { Failure } from '../failure';
import { failureOf } from './failures';
import { readAnswer, unreadable } from './http/answer';
import type { KibanaClient } from './http/client';
import { parseBody } from './http/words';

export interface Space {
	readonly id: string;
	readonly name: string;
}

/** Only the ID is certain (docs/kibana-api.md#spaces). */
const spacesSchema = z.array(
	z
		.object({ id: z.string(), name: z.string().optional() })
		.transform(({ id, name = id }) => ({ id, name })),
);

/**
 * Lists the spaces that the credential may see. It never throws.
 *
 * @param client sends to the default space
 */
export const listSpaces = async (
	client: KibanaClient,
): Promise<{ readonly spaces: readonly Space[] } | { readonly failure: Failure }> => {
	const reading = readAnswer(await client('GET', '/api/spaces/space'), 0);
	if (reading.kind !== 'ok') return { failure: failureOf(reading) };
	const read = spacesSchema.safeParse(parseBody(reading.answer.body));
	return read.success ? { spaces: read.data } : { failure: failureOf(unreadable(200)) };
};
