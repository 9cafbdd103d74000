/** Asset criticality of Kibana 9.4 and later: a field of the entity (docs/kibana-api.md#asset-criticality). */
import { z } from 'zod';

import type { BulkRecord } from '../../bulk/record';
import type { Verdict } from '../../bulk/verdict';
import { ENTITY_TYPES } from '../../entity/fields';
import { leavesOf } from '../../entity/leaves';
import type { Failure } from '../../failure';
import {
	isLevel,
	LEVELS,
	NO_ENTITY,
	UNASSIGNED,
	type Criticality,
	type CriticalityApi,
} from '../criticality';
import type { WriteStep } from '../generation';
import { inUrl, lookUp } from '../lookUp';
import { ask } from '../reply';
import { list } from './list';
import { BASE } from './paths';
import { write } from './write';

const firstOf = (document: unknown, path: string): unknown =>
	[leavesOf(document).get(path)].flat()[0];

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

/** How a record ends that takes a level away. */
const NULL_LEVEL = '"asset":{"criticality":null}}';

const cannotUnassign = (failure: Failure): Failure => ({
	...failure,
	message: `This Kibana cannot take a criticality away through its API: ${failure.serverMessage ?? ''}`,
	hint: 'Remove it on the page of the entity in Kibana, or assign another level',
});

/**
 * Some versions take no `null` in place of a level, and refuse the whole request without saying which record
 * has it (docs/kibana-api.md#unassign-criticality).
 */
const blameUnassigned = (verdict: Verdict, records: readonly BulkRecord[]): Verdict => {
	const isOfLevel =
		'failure' in verdict &&
		verdict.failure.httpStatus === 400 &&
		/criticality/.test(verdict.failure.serverMessage ?? '');
	const positions = records.flatMap(({ json }, at) => (json.endsWith(NULL_LEVEL) ? [at] : []));
	return isOfLevel && positions.length > 0
		? { kind: 'rejected', positions, failure: cannotUnassign(verdict.failure) }
		: verdict;
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
	steps: (client, now) => {
		const steps = write.stepsOf('update', client, true, now) as readonly WriteStep[];
		return steps.map((step) => ({
			...step,
			post: async (records) => blameUnassigned(await step.post(records), records),
		}));
	},
	get: async (client, now, entity) => {
		const found = await lookUp(client, list, list.groupOf(entity), [list.term(entity)], now);
		if (found.kind !== 'listed') return { ...found, isTransient: found.kind === 'transient' };
		const document = found.documents.get(entity.id);
		return document === undefined
			? { failure: NO_ENTITY }
			: { value: criticalityOf(document).criticality };
	},
	list: async (client, now, { type, level }, next) => {
		const levels = (level === undefined ? LEVELS : [level]).map((one) => `"${one}"`).join(' or ');
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
