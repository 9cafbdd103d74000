/** Asset criticality of Kibana 9.3 and older: an API of its own (docs/kibana-api.md#asset-criticality). */
import { z } from 'zod';

import type { RecordVerdict, Verdict } from '../../bulk/verdict';
import { UNASSIGNED, type EntityType } from '../../entity/fields';
import type { Failure } from '../../failure';
import { verdictOf } from '../bulk/verdict';
import { isLevel, type Criticality, type CriticalityApi } from '../criticality';
import type { EntityRef } from '../generation';
import { readAnswer, unreadable } from '../http/answer';
import type { KibanaAnswer } from '../http/client';
import { parseBody } from '../http/words';
import { inUrl } from '../lookUp';
import { ask } from '../reply';

const BASE = '/api/asset_criticality';
const OPENING = '{"records":[';
const CLOSING = ']}';

const idField = (type: string): string => (type === 'generic' ? 'entity.id' : `${type}.name`);

const typeOf = (field: string): string =>
	field === 'entity.id' ? 'generic' : field.replace(/\.name$/, '');

const query = ({ type, id }: EntityRef): string =>
	`id_field=${idField(type)}&id_value=${inUrl(id)}`;

const bulkSchema = z.object({
	errors: z.array(z.object({ message: z.string(), index: z.number().int() })),
});

const refused = (message: string): Failure => ({
	reason: 'refused',
	message: `Kibana refused the entity: ${message}`,
	serverMessage: message,
});

/** Returns what the answer says of each of the records, by their positions. */
const readBulk = (answer: KibanaAnswer, count: number, nowMs: number): Verdict => {
	const reading = readAnswer(answer, nowMs);
	if (reading.kind !== 'ok') return verdictOf(reading);
	const read = bulkSchema.safeParse(parseBody(reading.answer.body));
	if (!read.success) return verdictOf(unreadable(200));
	const errorAt = new Map(read.data.errors.map(({ index, message }) => [index, message]));
	const fits = [...errorAt.keys()].every((index) => index >= 0 && index < count);
	if (!fits) return verdictOf(unreadable(200));
	const verdicts = Array.from({ length: count }, (_, position): RecordVerdict => {
		const message = errorAt.get(position);
		return message === undefined
			? { status: 'updated' }
			: { status: 'failed', failure: refused(message) };
	});
	return { kind: 'each', verdicts };
};

const recordSchema = z.object({
	id_field: z.string(),
	id_value: z.string(),
	criticality_level: z.string(),
});
const pageSchema = z.object({ records: z.array(recordSchema), total: z.number() });
const deletedSchema = z.object({ deleted: z.boolean() });

const PAGE_SIZE = 1_000;

const kueryOf = (type?: EntityType, level?: string): string =>
	[
		...(type === undefined ? [] : [`id_field: "${idField(type)}"`]),
		...(level === undefined ? [] : [`criticality_level: "${level}"`]),
	].join(' and ');

export const criticality: CriticalityApi = {
	record: ({ type, id }, level) =>
		JSON.stringify({ id_field: idField(type), id_value: id, criticality_level: level }),
	bytesOf: (_type, json) => Buffer.byteLength(json),
	envelopeBytes: OPENING.length + CLOSING.length,
	steps: (client, now) => [
		{
			carries: 'chunk',
			post: async (records) => {
				const body = `${OPENING}${records.map(({ json }) => json).join(',')}${CLOSING}`;
				const answer = await client('POST', `${BASE}/bulk`, Buffer.from(body));
				return readBulk(answer, records.length, now());
			},
		},
	],
	get: async (client, now, entity) => {
		const path = `${BASE}?${query(entity)}` as const;
		const reply = await ask(client, { method: 'GET', path, answer: recordSchema }, now);
		// Kibana answers 404 for an entity without a level; whether the entity is there it does not know.
		if ('failure' in reply) {
			return reply.failure.httpStatus === 404 ? { value: UNASSIGNED } : reply;
		}
		const { criticality_level: level } = reply.value;
		return { value: isLevel(level) ? level : UNASSIGNED };
	},
	list: async (client, now, { type, level }, next = '1') => {
		const kuery = kueryOf(type, level);
		const filter = kuery === '' ? '' : `&kuery=${inUrl(kuery)}`;
		const path = `${BASE}/list?page=${next}&per_page=${PAGE_SIZE}${filter}` as const;
		const reply = await ask(client, { method: 'GET', path, answer: pageSchema }, now);
		if ('failure' in reply) return reply;
		const { records, total } = reply.value;
		// What was taken away stays listed, as `unassigned` or `deleted`.
		const found = records.flatMap((one): Criticality[] =>
			isLevel(one.criticality_level)
				? [
						{
							entityId: one.id_value,
							entityType: typeOf(one.id_field),
							criticality: one.criticality_level,
						},
					]
				: [],
		);
		const page = Number(next);
		const isLast = records.length === 0 || page * PAGE_SIZE >= total;
		return { value: { found, ...(!isLast && { next: String(page + 1) }) } };
	},
	remove: async (client, now, entity) => {
		const path = `${BASE}?${query(entity)}&refresh=wait_for` as const;
		const reply = await ask(client, { method: 'DELETE', path, answer: deletedSchema }, now);
		return 'failure' in reply ? reply : { value: reply.value.deleted };
	},
};
