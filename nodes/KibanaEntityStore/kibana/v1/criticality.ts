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
import { quoted } from '../kql';
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
const pageSchema = z.object({ records: z.array(recordSchema) });
const deletedSchema = z.object({ deleted: z.boolean() });

const PAGE_SIZE = 1_000;

/** @param from the lowest ID to list, if not the first */
const kueryOf = (type?: EntityType, level?: string, from?: string): string =>
	[
		...(type === undefined ? [] : [`id_field: "${idField(type)}"`]),
		...(level === undefined ? [] : [`criticality_level: "${level}"`]),
		...(from === undefined ? [] : [`id_value >= ${quoted(from)}`]),
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
		// Kibana answers 404 for an entity without a level; whether the entity is there it does not know. The page of a
		// proxy that finds nothing says nothing of a level.
		if ('failure' in reply) {
			const { httpStatus, serverMessage } = reply.failure;
			return httpStatus === 404 && serverMessage !== undefined ? { value: UNASSIGNED } : reply;
		}
		const { criticality_level: level } = reply.value;
		return { value: isLevel(level) ? level : UNASSIGNED };
	},
	/**
	 * In the order of the IDs, which stay as they are, whatever is assigned meanwhile. Page numbers would shift, and end
	 * at 10,000. An ID may be that of a user and of a host, so each page begins with the last ID of the one before it.
	 */
	list: async (client, now, { type, level }, next) => {
		const kuery = kueryOf(type, level, next);
		const filter = kuery === '' ? '' : `&kuery=${inUrl(kuery)}`;
		const order = 'sort_field=id_value&sort_direction=asc';
		const path = `${BASE}/list?page=1&per_page=${PAGE_SIZE}&${order}${filter}` as const;
		const reply = await ask(client, { method: 'GET', path, answer: pageSchema }, now);
		if ('failure' in reply) return reply;
		const { records } = reply.value;
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
		const last = records.at(-1)?.id_value;
		const isLast = records.length < PAGE_SIZE || last === undefined || last === next;
		return { value: { found, ...(!isLast && { next: last }) } };
	},
	remove: async (client, now, entity) => {
		const path = `${BASE}?${query(entity)}&refresh=wait_for` as const;
		const reply = await ask(client, { method: 'DELETE', path, answer: deletedSchema }, now);
		return 'failure' in reply ? reply : { value: reply.value.deleted };
	},
};
