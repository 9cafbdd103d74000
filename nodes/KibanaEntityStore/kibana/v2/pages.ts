/** Listing all entities of Kibana 9.4 and later, newest first, from cursor to cursor. */
import { z } from 'zod';

import { hasName, hasType } from '../../entity/filter';
import type { Failure } from '../../failure';
import type { AskForList, ListedEntity, ListQuery, Paging } from '../generation';
import { inUrl, PAGE_SIZE } from '../lookUp';
import { oneOf, quoted } from '../kql';
import { readDocument } from './list';
import { BASE } from './paths';

const pageSchema = z.object({
	entities: z.array(z.unknown()),
	nextSearchAfter: z.unknown().optional(),
});

const TYPE = 'entity.EngineMetadata.Type';
const TIME = '@timestamp';

/** What is needed of each entity besides what was asked for. */
const ALWAYS = ['entity.id', TYPE, TIME];

/** What the server can choose by. Entities that a client created may lack a type, so these come along. */
const clausesOf = ({
	types,
	kql,
	riskLevels,
	riskScoreFrom,
	criticalities,
	sources,
}: ListQuery): string[] => [
	...(types.length > 0 ? [`${oneOf(TYPE, types)} or not ${TYPE}:*`] : []),
	...(riskLevels.length > 0 ? [oneOf('entity.risk.calculated_level', riskLevels)] : []),
	...(riskScoreFrom === undefined ? [] : [`entity.risk.calculated_score_norm >= ${riskScoreFrom}`]),
	...(criticalities.length > 0 ? [oneOf('asset.criticality', criticalities)] : []),
	...(sources.length > 0 ? [oneOf('entity.source', sources)] : []),
	...(kql.trim() === '' ? [] : [kql]),
];

const isChosen = (query: ListQuery, entity: ListedEntity): boolean =>
	entity.id !== '' &&
	hasType(query, entity) &&
	(query.nameContains === '' || hasName(query, entity));

/**
 * Clocks of several Kibanas differ a little, and what is written can be found only after the next refresh
 * of the index, by default every second.
 */
const MARGIN_MS = 5_000;

/** Each look is shorter than the one before it, unless others write faster than Kibana lists. */
const MOST_LOOKS = 10;

/** Entities may have been passed by, so a list that looks whole would be wrong. */
const NEVER_QUIET: Failure = {
	reason: 'overloaded',
	message: 'Others kept writing entities faster than Kibana listed them',
	hint: 'Run it again when less is written, or set filters that fit fewer entities',
};

interface Look {
	/** Only entities of this time or later. */
	readonly since?: string | undefined;
	readonly cursor?: unknown;
	readonly size: number;
}

const pathOf = (query: ListQuery, { since, cursor, size }: Look): `/${string}` => {
	const clauses = clausesOf(query);
	if (since !== undefined) clauses.push(`${TIME} >= ${quoted(since)}`);
	const filter = clauses.map((clause) => `(${clause})`).join(' and ');
	const names = query.nameContains === '' ? [] : ['entity.name'];
	// Early builds read a list only where the parameter is repeated (docs/kibana-api.md#list).
	const paths = query.paths && [...new Set([...ALWAYS, ...names, ...query.paths])];
	return `${BASE}/entities?size=${size}${filter && `&filter=${inUrl(filter)}`}${
		cursor === undefined ? '' : `&searchAfter=${inUrl(JSON.stringify(cursor))}`
	}${(paths ?? []).map((path) => `&source=${inUrl(path)}`).join('')}`;
};

interface CursorPage {
	readonly entities: readonly ListedEntity[];
	readonly next: unknown;
}

const readPage = (body: unknown): CursorPage => {
	const { entities, nextSearchAfter } = pageSchema.parse(body);
	return { entities: entities.map((one) => readDocument(one)), next: nextSearchAfter };
};

const timeOf = (entity: ListedEntity | undefined): number =>
	Date.parse(String(entity?.leaves.get(TIME)));

const askForPage = async (ask: AskForList, path: `/${string}`) => {
	const answer = await ask(path);
	return 'failure' in answer ? answer : readPage(answer.body);
};

export const paging: Paging = {
	shows: () => true,
	picksPaths: true,
	refuse: () => undefined,
	/**
	 * There is no point in time: what is written meanwhile moves to the front, and may be passed by. So
	 * after the last page comes another look at what is as new as the start of the first look, and so on
	 * until a look takes one request, or nothing was written during it.
	 */
	pages: async function* (query, ask, limit) {
		let since: string | undefined;
		for (let look = 0; look < MOST_LOOKS; look += 1) {
			let newest = NaN;
			let requests = 0;
			let size = Math.min(limit ?? PAGE_SIZE, PAGE_SIZE);
			let asked = askForPage(ask, pathOf(query, { since, size }));
			for (;;) {
				const page = await asked;
				if ('failure' in page) {
					yield page;
					return;
				}
				if (requests === 0) newest = timeOf(page.entities[0]);
				requests += 1;
				const isLast = page.entities.length < size || page.next === undefined;
				size = PAGE_SIZE;
				const path = pathOf(query, { since, cursor: page.next, size });
				// The next page is on its way while this one is looked through. With a limit it may not be wanted.
				const ahead = isLast || limit !== undefined ? undefined : askForPage(ask, path);
				yield { entities: page.entities.filter((entity) => isChosen(query, entity)) };
				if (isLast) break;
				asked = ahead ?? askForPage(ask, path);
			}
			if (limit !== undefined || requests === 1 || Number.isNaN(newest)) return;
			const first = await askForPage(ask, pathOf({ ...query, paths: [] }, { size: 1 }));
			if ('failure' in first) {
				yield first;
				return;
			}
			if (timeOf(first.entities[0]) === newest) return;
			since = new Date(newest - MARGIN_MS).toISOString();
		}
		yield { failure: NEVER_QUIET };
	},
};
