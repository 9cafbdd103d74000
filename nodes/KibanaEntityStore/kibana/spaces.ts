import { z } from 'zod';

import type { Failure } from '../bulk/outcome';
import type { KibanaAnswer } from './http/client';
import { parseBody, readCommonAnswer } from './failure';

export interface Space {
	readonly id: string;
	readonly name: string;
}

const spacesSchema = z.array(z.object({ id: z.string(), name: z.string() }));

/** Reads the answer of `GET /api/spaces/space` (contract §6). */
export const readSpaces = (answer: KibanaAnswer): { spaces: Space[] } | { failure: Failure } => {
	if (answer.kind === 'answer' && answer.status === 200) {
		const read = spacesSchema.safeParse(parseBody(answer.body));
		if (read.success) return { spaces: read.data };
	}
	const verdict = readCommonAnswer(answer, 0);
	if ('failure' in verdict) return { failure: verdict.failure };
	return { failure: { reason: 'unexpectedAnswer', message: 'Kibana did not list its spaces' } };
};
