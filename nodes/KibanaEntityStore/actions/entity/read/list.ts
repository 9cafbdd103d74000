/** Listing entities patiently, each of them once. */
import { askUntilFinal } from '../../../bulk/retry';
import type { Failure } from '../../../failure';
import type {
	AskForList,
	EntityPage,
	Generation,
	ListedEntity,
	ListQuery,
} from '../../../kibana/generation';
import { createExplainer } from '../../../kibana/installed';
import { askForList } from '../../../kibana/search';
import type { Session } from '../../../n8n/session';

export interface Listed<Value> {
	/** One for each entity, in the order in which they came first. */
	readonly values: readonly Value[];
}

const patientAsk = (session: Session, generation: Generation, space: string): AskForList => {
	const client = session.clientOf(space);
	const explain = createExplainer(client, generation, session.now);
	return async (path) => {
		const answer = await askUntilFinal(
			async () => await explain(await askForList(client, generation, path, session.now)),
			(one) => (one.kind === 'transient' && !session.patience.isCancelled() ? one : undefined),
			session.patience,
		);
		return answer.kind === 'answer' ? { body: answer.body } : { failure: answer.failure };
	};
};

/**
 * Lists the entities of a space that fit, page by page. An entity may come more than once; then the last is the
 * newest. A failure is the last page.
 *
 * @param limit most entities that are wanted; undefined for all that exist throughout
 */
export const pagesOf = async function* (
	session: Session,
	generation: Generation,
	space: string,
	query: ListQuery,
	limit?: number,
): AsyncGenerator<EntityPage, void> {
	const refusal = generation.paging.refuse(query);
	if (refusal) yield { failure: refusal };
	else yield* generation.paging.pages(query, patientAsk(session, generation, space), limit);
};

/**
 * Lists the entities of a space that fit, each once, in its newest state.
 *
 * @param keep what to keep of an entity: whole documents of many take a lot of memory
 * @param limit most entities; undefined for all that exist throughout
 */
export const listEntities = async <Value>(
	session: Session,
	generation: Generation,
	space: string,
	query: ListQuery,
	keep: (entity: ListedEntity) => Value,
	limit?: number,
): Promise<Listed<Value> | { readonly failure: Failure }> => {
	const positions = new Map<string, number>();
	const values: Value[] = [];
	for await (const page of pagesOf(session, generation, space, query, limit)) {
		if ('failure' in page) return page;
		for (const entity of page.entities) {
			const key = generation.entityKey(entity.type, entity.id);
			const position = positions.get(key);
			if (position !== undefined) {
				values[position] = keep(entity);
				continue;
			}
			if (values.length === limit) return { values };
			positions.set(key, values.length);
			values.push(keep(entity));
		}
		if (values.length === limit) return { values };
	}
	return { values };
};
