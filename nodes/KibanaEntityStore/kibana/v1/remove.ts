/** Deleting entities of Kibana 9.2 and 9.3 (docs/kibana-api.md#v1-delete). */
import { createDeletionStep } from '../deletion';
import type { Deleting } from '../generation';
import { readAnswer } from '../http/answer';
import { inUrl } from '../lookUp';
import { readEngineOff } from './write';

const ENTITIES = '/api/entity_store/entities';

/** A segment of dots would leave the path. */
const isSegment = (id: string): boolean => !/^\.{1,2}$/.test(id);

export const remove: Deleting = {
	bodyOf: (id) => JSON.stringify({ id }),
	step: (client, now) => {
		/** An early revision takes the ID in the path, and no body. */
		let isInPath = false;
		return createDeletionStep({
			send: async ({ type, id, json }) => {
				if (!isInPath) {
					const answer = await client('DELETE', `${ENTITIES}/${type}`, Buffer.from(json));
					if (readAnswer(answer, now()).kind !== 'missingRoute' || !isSegment(id)) return answer;
				}
				const answer = await client('DELETE', `${ENTITIES}/${type}/${inUrl(id)}`);
				isInPath ||= readAnswer(answer, now()).kind !== 'missingRoute';
				return answer;
			},
			readProblem: readEngineOff,
			now,
		});
	},
};
