import {
	NodeOperationError,
	type ILoadOptionsFunctions,
	type INodeListSearchResult,
} from 'n8n-workflow';

import { adviceFor } from '../actions/fixes';
import { ENTITY_TYPES, isEntityType } from '../entity/fields';
import type { Failure } from '../failure';
import { generationNamed } from '../kibana/detect';
import type { ListedEntity } from '../kibana/generation';
import { DEFAULT_SPACE, isSpaceId } from '../kibana/http/client';
import { createExplainer } from '../kibana/installed';
import { askForList } from '../kibana/search';
import { openSession } from '../n8n/session';

/** Editors wait for the list, so a Kibana that does not answer must not hold them up for long. */
const TIMEOUT_MS = 10_000;
/** More than anybody reads through. */
const MOST_RESULTS = 100;
/** A rare name in a large store: the user types more of it instead of waiting. */
const MOST_PAGES = 20;

const labelOf = ({ id, leaves }: ListedEntity): string => {
	const [name] = [leaves.get('entity.name')].flat();
	return typeof name === 'string' && name !== '' && name !== id ? `${name} (${id})` : id;
};

/**
 * Returns entities of the chosen type and space for "From List", newest first where Kibana says so.
 *
 * @param filter a part of the name or the ID
 * @throws NodeOperationError when Kibana does not tell
 */
export async function searchEntities(
	this: ILoadOptionsFunctions,
	filter = '',
): Promise<INodeListSearchResult> {
	const fail = (failure: Failure) =>
		new NodeOperationError(this.getNode(), failure.message, { description: adviceFor(failure) });
	const chosen = generationNamed(this.getCurrentNodeParameter('options.apiGeneration'));
	const session = await openSession(this, {
		timeoutMs: TIMEOUT_MS,
		maxRetries: 0,
		...(chosen && { generation: chosen.name }),
	});
	if ('failure' in session) throw fail(session.failure);
	const detected = await session.detect();
	if ('failure' in detected) throw fail(detected.failure);
	const { generation } = detected;
	const space = this.getCurrentNodeParameter('space', { extractValue: true });
	const type = this.getCurrentNodeParameter('entityType');
	const chosenSpace = typeof space === 'string' && isSpaceId(space) ? space : DEFAULT_SPACE;
	const client = session.clientOf(chosenSpace);
	const explain = createExplainer(client, generation, session.now);
	const pages = generation.paging.pages(
		{
			types: isEntityType(type) ? [type] : ENTITY_TYPES,
			kql: '',
			riskLevels: [],
			criticalities: [],
			sources: [],
			nameContains: filter,
			paths: ['entity.name'],
		},
		async (path) => {
			const answer = await explain(await askForList(client, generation, path, session.now));
			return answer.kind === 'answer' ? { body: answer.body } : { failure: answer.failure };
		},
		filter === '' ? MOST_RESULTS : Infinity,
	);
	const found: ListedEntity[] = [];
	let read = 0;
	for await (const page of pages) {
		if ('failure' in page) throw fail(page.failure);
		found.push(...page.entities);
		read += 1;
		if (found.length >= MOST_RESULTS || read >= MOST_PAGES) break;
	}
	return {
		results: found
			.slice(0, MOST_RESULTS)
			.map((entity) => ({ name: labelOf(entity), value: entity.id })),
	};
}
