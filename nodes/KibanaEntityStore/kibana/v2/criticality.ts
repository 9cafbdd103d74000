/** Asset criticality of Kibana 9.4 and later: a field of the entity (docs/kibana-api.md#asset-criticality). */
import { z } from 'zod';

import { CRITICALITIES, ENTITY_TYPES, UNASSIGNED } from '../../entity/fields';
import { readLeaves } from '../../entity/leaves';
import { isLevel, NO_ENTITY, type Criticality, type CriticalityApi } from '../criticality';
import type { WriteStep } from '../generation';
import { inUrl, lookUp } from '../lookUp';
import { ask } from '../reply';
import { list } from './list';
import { BASE } from './paths';
import { write } from './write';

const firstOf = (document: unknown, path: string): unknown =>
	[readLeaves(document).get(path)].flat()[0];

/** Entities that a client has created may lack the field that says their type. */
const typeOf = (document: unknown): string => {
	const [prefix] = String(firstOf(document, 'entity.id')).split(':');
	const type = firstOf(document, 'entity.EngineMetadata.Type') ?? prefix;
	return ENTITY_TYPES.find((one) => one === type) ?? 'generic';
};

const criticalityOf = (document: unknown): Criticality => {
	const level = firstOf(document, 'asset.criticality');
	return {
		entityId: String(firstOf(document, 'entity.id')),
		entityType: typeOf(document),
		criticality: isLevel(level) ? level : UNASSIGNED,
	};
};

const pageSchema = z.object({
	entities: z.array(z.unknown()),
	nextSearchAfter: z.array(z.unknown()).optional(),
});

const PAGE_SIZE = 1_000;

export const criticality: CriticalityApi = {
	record: ({ id }, level) =>
		JSON.stringify({
			entity: { id },
			asset: { criticality: level === UNASSIGNED ? null : level },
		}),
	bytesOf: write.bytesOf,
	envelopeBytes: write.envelopeBytes,
	steps: (client, now) => write.stepsOf('update', client, true, now) as readonly WriteStep[],
	get: async (client, now, entity) => {
		const found = await lookUp(client, list, list.groupOf(entity), [list.term(entity)], now);
		if (found.kind !== 'listed') return { ...found, isTransient: found.kind === 'transient' };
		const document = found.documents.get(entity.id);
		return document === undefined
			? { failure: NO_ENTITY }
			: { value: criticalityOf(document).criticality };
	},
	list: async (client, now, { type, level }, next) => {
		const levels = (level === undefined ? CRITICALITIES : [level])
			.map((one) => `"${one}"`)
			.join(' or ');
		const filter = inUrl(`asset.criticality: (${levels})`);
		const cursor = next === undefined ? '' : `&searchAfter=${inUrl(next)}`;
		const path = `${BASE}/entities?size=${PAGE_SIZE}&filter=${filter}${cursor}` as const;
		const reply = await ask(client, { method: 'GET', path, answer: pageSchema }, now);
		if ('failure' in reply) return reply;
		const { entities, nextSearchAfter } = reply.value;
		const found = entities
			.map(criticalityOf)
			.filter(({ entityType }) => type === undefined || entityType === type);
		const isLast = entities.length < PAGE_SIZE || nextSearchAfter === undefined;
		return { value: { found, ...(!isLast && { next: JSON.stringify(nextSearchAfter) }) } };
	},
};
