/** Finding the entities of many targets with few requests. */
import { findAll, type FindGroup, type Found } from '../../../bulk/find';
import type { Failure } from '../../../failure';
import type { EntityMatch, Generation, ListedEntity } from '../../../kibana/generation';
import { createExplainer } from '../../../kibana/installed';
import { MAX_TERM_BYTES, MAX_TERMS, PAGE_SIZE } from '../../../kibana/lookUp';
import { findEntities, fits } from '../../../kibana/search';
import { formatCount } from '../../../n8n/items';
import type { Session } from '../../../n8n/session';
import type { Target } from './target';

/** Requests that read wait for nothing, so few at a time keep a Kibana busy. */
const CONCURRENCY = 2;

const tooMany = (): Failure => ({
	reason: 'invalidRecord',
	message: `More than ${formatCount(PAGE_SIZE - 1)} entities have these values`,
	hint: 'Match more fields, or use Get Many',
});

/** Equal for two targets exactly if they look for the same. */
const keyOf = ({ space, match: { type, id, fields } }: Target): string =>
	JSON.stringify([space, type, id, ...fields]);

export interface FindTargets {
	/** Finds what the targets look for; the same is asked for once. */
	readonly find: (targets: readonly Target[]) => Promise<(target: Target) => Found<ListedEntity>>;
	/** Requests made so far. */
	readonly requests: () => number;
}

export const createFinder = (session: Session, generation: Generation): FindTargets => {
	let requests = 0;
	const find: FindTargets['find'] = async (targets) => {
		const distinct = new Map<string, Target>();
		for (const target of targets) {
			const key = keyOf(target);
			if (!distinct.has(key)) distinct.set(key, target);
		}
		const groups = new Map<string, { readonly space: string; readonly matches: EntityMatch[] }>();
		for (const { space, match } of distinct.values()) {
			const key = `${space} ${generation.search.groupOf(match)}`;
			const group = groups.get(key);
			if (group) group.matches.push(match);
			else groups.set(key, { space, matches: [match] });
		}
		const report = await findAll(
			[...groups.values()].map(({ space, matches }): FindGroup<EntityMatch, ListedEntity> => {
				const client = session.clientOf(space);
				const group = generation.search.groupOf(matches[0] as EntityMatch);
				const explain = createExplainer(client, generation, session.now);
				return {
					queries: matches,
					ask: async (some) =>
						await explain(await findEntities(client, generation, group, some, session.now)),
				};
			}),
			{
				...session.patience,
				now: session.now,
				limits: { maxItems: MAX_TERMS, maxBytes: MAX_TERM_BYTES },
				bytesOf: generation.search.bytesOf,
				fits,
				concurrency: CONCURRENCY,
				tooMany,
			},
		);
		requests += report.requests;
		return (target) =>
			report.found.get((distinct.get(keyOf(target)) as Target).match) as Found<ListedEntity>;
	};
	return { find, requests: () => requests };
};
