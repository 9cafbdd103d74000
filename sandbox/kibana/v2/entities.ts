/** The routes that write and list entities. */
import { isIP } from 'node:net';

import type { Call } from '../endpoint';
import { valuesAt, type EntityDocument } from './documents';
import { digestOf } from './euid';
import { route, type SecondGeneration } from './generation';
import { judgeCreation, judgeUpdate } from './judge';
import { list } from './list';
import { end, ok, parse, unforeseen } from './route';
import { schemaOf } from './schema';

const requireInstalled = ({ lifecycle }: SecondGeneration, space: string): void => {
	if (lifecycle.isInstalled(space)) return;
	end(
		400,
		'Entity Store is not installed. Install it via POST /api/security/entity_store/install or from the Security Entity Store page, then retry.',
	);
};

/** Nothing can be written while the store is being installed. */
const requireReady = ({ lifecycle }: SecondGeneration, space: string): void => {
	if (lifecycle.isInstalling(space)) unforeseen();
};

const applyRowRule = (kibana: SecondGeneration, type: string, doc: unknown): void => {
	const ruling = kibana.rowRule()?.({ type, record: (doc ?? {}) as EntityDocument });
	if (ruling) end(ruling.status, ruling.message);
};

interface Prepared {
	readonly id: string;
	readonly document: EntityDocument;
}

const passed = (verdict: ReturnType<typeof judgeUpdate>): Prepared =>
	'message' in verdict ? end(verdict.status, verdict.message) : verdict;

/** A value that Elasticsearch refuses in a field for IP addresses. */
const noAddressIn = (document: EntityDocument): string | undefined => {
	const values = valuesAt(document, 'host.ip').map(String);
	return values.find((value) => isIP(value) === 0 || value.includes('%'));
};

/** The error of one row that was not written. */
interface ItemError {
	readonly _id: string;
	readonly status: number;
	readonly type?: string;
	readonly reason?: string;
}

const missing = (_id: string): ItemError => ({
	_id,
	status: 404,
	type: 'document_missing_exception',
	reason: `[${_id}]: document missing`,
});

const unparsable = (_id: string, value: string): ItemError => ({
	_id,
	status: 400,
	type: 'document_parsing_exception',
	reason: `[1:2] failed to parse field [host.ip] of type [ip] in document with id '${_id}'. Preview of field's value: '${value}'`,
});

/** `PUT …/entities/bulk`: checked as a whole, written row by row (docs/kibana-api.md#bulk-update). */
export const bulkUpdate = route(
	({ settings }, { query, body }) => {
		const schema = schemaOf(settings);
		const { force } = parse('query', schema.forceQuery, query);
		return { force, entities: parse('body', schema.bulkBody, body).entities };
	},
	async (kibana, { force, entities }, { space, body }) => {
		requireInstalled(kibana, space);
		const sent = (body as { entities: ReadonlyArray<{ doc?: unknown }> }).entities;
		const rows = entities.map(({ type, doc }, position) => {
			const prepared = passed(judgeUpdate(type, doc, force));
			applyRowRule(kibana, type, sent[position]?.doc);
			return { type, ...prepared };
		});
		// Elasticsearch accepts no bulk request without a line.
		if (rows.length === 0) unforeseen();
		requireReady(kibana, space);

		const attemptOf = kibana.countAttempts(space, new Set(rows.map(({ id }) => id)));
		const errors: ItemError[] = [];
		for (const { type, id, document } of rows) {
			const _id = digestOf(id, kibana.settings.digest);
			const fault = kibana.itemRule()?.({ type, id, doc: document, attempt: attemptOf(id) });
			const stored = kibana.index.find(space, id);
			const noAddress = noAddressIn(document);
			if (fault) errors.push({ _id, ...fault });
			else if (stored === undefined) errors.push(missing(_id));
			else if (noAddress !== undefined) errors.push(unparsable(_id, noAddress));
			else kibana.index.update(stored, { type, id, space, record: document });
		}
		if (errors.length < rows.length) await kibana.refreshed(space);
		return ok({ ok: true, errors });
	},
);

/** `POST …/entities/{entityType}` (docs/kibana-api.md#create). */
export const create = route(
	({ settings }, { params, query, body }) => {
		const schema = schemaOf(settings);
		const { entityType: type } = parse('params', schema.params, params);
		parse('query', schema.noQuery, query);
		return { type, sent: parse('body', schema.document, body) };
	},
	async (kibana, { type, sent }, { space, body }) => {
		requireInstalled(kibana, space);
		const { id, document } = passed(judgeCreation(type, sent));
		applyRowRule(kibana, type, body);
		requireReady(kibana, space);
		if (kibana.index.find(space, id)) end(409, `Entity ID '${id}' already exists`);
		if (noAddressIn(document) !== undefined) unforeseen();
		kibana.index.create({ type, id, space, record: document });
		await kibana.refreshed(space);
		return ok();
	},
);

const notFound = (id: string): never => end(404, `Entity ID '${id}' not found`);

/** `PUT …/entities/{entityType}` (docs/kibana-api.md#update-one). */
export const updateOne = route(
	({ settings }, { params, query, body }) => {
		const schema = schemaOf(settings);
		const { entityType: type } = parse('params', schema.params, params);
		const { force } = parse('query', schema.forceQuery, query);
		return { type, force, sent: parse('body', schema.document, body) };
	},
	async (kibana, { type, force, sent }, { space }) => {
		requireInstalled(kibana, space);
		const { id, document } = passed(judgeUpdate(type, sent, force));
		requireReady(kibana, space);
		const stored = kibana.index.find(space, id) ?? notFound(id);
		if (noAddressIn(document) !== undefined) unforeseen();
		kibana.index.update(stored, { type, id, space, record: document });
		await kibana.refreshed(space);
		return ok();
	},
);

/** `DELETE …/entities/`: it does not check the installation and does not wait for a refresh (docs/kibana-api.md#delete). */
export const deleteOne = route(
	({ settings }, { query, body }: Call) => {
		const schema = schemaOf(settings);
		parse('query', schema.noQuery, query);
		return parse('body', schema.deleteBody, body);
	},
	({ index }, { entityId }, { space }) => {
		index.remove(index.find(space, entityId) ?? notFound(entityId));
		return ok({ deleted: true });
	},
);

/** `GET …/entities` (docs/kibana-api.md#list). */
export const listEntities = route(
	({ settings }, { query }) => parse('query', schemaOf(settings).listQuery, query),
	({ index, lifecycle, settings }, query, { space }) => {
		if (!lifecycle.isInstalled(space) && !settings.listsUninstalled) unforeseen();
		return list(index, space, query);
	},
);
