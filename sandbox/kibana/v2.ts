/** The routes of the second API generation, Kibana 9.4 and later (contract §4). */
import { isIP } from 'node:net';
import type { z } from 'zod/v4';

import type { EntityType } from './definitions';
import { refuse, type Answer } from './http';
import type { ItemRule, RowRule } from './rules';
import type { EngineState } from './store';
import { valuesAt, type EntityDocument } from './v2/documents';
import { digestOf, type DigestAlgorithm } from './v2/euid';
import { judgeCreation, judgeUpdate } from './v2/judge';
import type { LatestIndex } from './v2/latestIndex';
import type { Lifecycle } from './v2/lifecycle';
import { list } from './v2/list';
import { describeIssues, schemaOf, type Revision } from './v2/schema';

/** One Kibana of the second generation. */
export interface SecondGeneration {
	readonly index: LatestIndex;
	readonly lifecycle: Lifecycle;
	readonly revision: Revision;
	readonly digest: DigestAlgorithm;
	/** Ends when what was written can be searched. */
	refreshed(): Promise<void>;
	/** By which a row ends a whole bulk or create request. */
	rowRule(): RowRule | undefined;
	/** By which a row of a bulk request fails alone. */
	itemRule(): ItemRule | undefined;
	/** Counts a bulk request that has come to writing these entities. */
	countAttempts(space: string, ids: ReadonlySet<string>): (id: string) => number;
}

/** What a route may read of a request. */
export interface Call {
	readonly space: string;
	readonly params: Readonly<Record<string, unknown>>;
	readonly query: Readonly<Record<string, unknown>>;
	readonly body: unknown;
}

export type Route = (kibana: SecondGeneration, call: Call) => Answer | Promise<Answer>;

/** Ends the work on a request with an answer that is none of success. */
class Refusal extends Error {
	constructor(readonly answer: Answer) {
		super();
	}
}

const end = (status: number, message: string): never => {
	throw new Refusal(refuse(status, message));
};

/** A route whose refusals become its answers. */
const route =
	(work: Route): Route =>
	async (kibana, call) => {
		try {
			return await work(kibana, call);
		} catch (error) {
			if (error instanceof Refusal) return error.answer;
			throw error;
		}
	};

const parse = <Value>(
	part: 'body' | 'query' | 'params',
	schema: z.ZodType<Value>,
	value: unknown,
): Value => {
	const parsed = schema.safeParse(value);
	return parsed.success ? parsed.data : end(400, describeIssues(part, parsed.error));
};

const OK: Answer = { status: 200, body: { ok: true } };

/** Kibana's answer to whatever it has not foreseen, Elasticsearch's refusals included (§2.5). */
const unforeseen = (): never =>
	end(500, 'An internal server error occurred. Check Kibana server logs for details.');

const requireInstalled = ({ lifecycle }: SecondGeneration, space: string): void => {
	if (lifecycle.engines(space).size > 0) return;
	end(
		400,
		'Entity Store is not installed. Install it via POST /api/security/entity_store/install or from the Security Entity Store page, then retry.',
	);
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

/** What Elasticsearch cannot put into a field for addresses. */
const noAddressIn = (document: EntityDocument): string | undefined => {
	const values = valuesAt(document, 'host.ip').map(String);
	return values.find((value) => isIP(value) === 0 || value.includes('%'));
};

/** What is reported of one row that was not written (§4.1). */
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

/** `PUT …/entities/bulk`: checked as a whole, written row by row (§4.1). */
export const bulkUpdate = route(async (kibana, { space, query, body }) => {
	const schema = schemaOf(kibana.revision);
	const { force } = parse('query', schema.forceQuery, query);
	const { entities } = parse('body', schema.bulkBody, body);
	requireInstalled(kibana, space);

	const sent = (body as { entities: ReadonlyArray<{ doc?: unknown }> }).entities;
	const rows = entities.map(({ type, doc }, position) => {
		const prepared = passed(judgeUpdate(type, doc, force));
		applyRowRule(kibana, type, sent[position]?.doc);
		return { type, ...prepared };
	});
	// Elasticsearch takes no bulk request without a line.
	if (rows.length === 0) unforeseen();

	const attemptOf = kibana.countAttempts(space, new Set(rows.map(({ id }) => id)));
	const errors: ItemError[] = [];
	for (const { type, id, document } of rows) {
		const _id = digestOf(id, kibana.digest);
		const fault = kibana.itemRule()?.({ type, id, doc: document, attempt: attemptOf(id) });
		const stored = kibana.index.find(space, id);
		const noAddress = noAddressIn(document);
		if (fault) errors.push({ _id, ...fault });
		else if (stored === undefined) errors.push(missing(_id));
		else if (noAddress !== undefined) errors.push(unparsable(_id, noAddress));
		else kibana.index.update(stored, { type, id, space, record: document });
	}
	if (errors.length < rows.length) await kibana.refreshed();
	return { status: 200, body: { ok: true, errors } };
});

/** `POST …/entities/{entityType}` (§4.6). */
export const create = route(async (kibana, { space, params, query, body }) => {
	const schema = schemaOf(kibana.revision);
	const { entityType: type } = parse('params', schema.params, params);
	parse('query', schema.noQuery, query);
	const sent = parse('body', schema.document, body);
	requireInstalled(kibana, space);

	const { id, document } = passed(judgeCreation(type, sent));
	applyRowRule(kibana, type, body);
	if (kibana.index.find(space, id)) end(409, `Entity ID '${id}' already exists`);
	if (noAddressIn(document) !== undefined) unforeseen();
	kibana.index.create({ type, id, space, record: document });
	await kibana.refreshed();
	return OK;
});

const notFound = (id: string): never => end(404, `Entity ID '${id}' not found`);

/** `PUT …/entities/{entityType}` (§4.7). */
export const updateOne = route(async (kibana, { space, params, query, body }) => {
	const schema = schemaOf(kibana.revision);
	const { entityType: type } = parse('params', schema.params, params);
	const { force } = parse('query', schema.forceQuery, query);
	const sent = parse('body', schema.document, body);
	requireInstalled(kibana, space);

	const { id, document } = passed(judgeUpdate(type, sent, force));
	const stored = kibana.index.find(space, id) ?? notFound(id);
	if (noAddressIn(document) !== undefined) unforeseen();
	kibana.index.update(stored, { type, id, space, record: document });
	await kibana.refreshed();
	return OK;
});

/** `DELETE …/entities/`, which neither asks for an installation nor waits (§4.8). */
export const deleteOne = route((kibana, { space, query, body }) => {
	const schema = schemaOf(kibana.revision);
	parse('query', schema.noQuery, query);
	const { entityId } = parse('body', schema.deleteBody, body);
	kibana.index.remove(kibana.index.find(space, entityId) ?? notFound(entityId));
	return { status: 200, body: { deleted: true } };
});

/** `GET …/entities` (§4.9). */
export const listEntities = route((kibana, { space, query }) => {
	const parsed = parse('query', schemaOf(kibana.revision).listQuery, query);
	requireInstalled(kibana, space);
	return list(kibana.index, space, parsed);
});

const overallStatus = (states: readonly EngineState[]): string => {
	if (states.length === 0) return 'not_installed';
	return states.includes('started') ? 'running' : 'stopped';
};

const componentsOf = (type: EntityType, space: string) => [
	{ id: `entity_store_extract_${type}_${space}`, installed: true, resource: 'task' },
];

/** `GET …/status` (§4.10). */
export const storeStatus = route(({ lifecycle, revision }, { space, query }) => {
	const { include_components: withComponents } = parse(
		'query',
		schemaOf(revision).statusQuery,
		query,
	);
	const engines = [...lifecycle.engines(space)].map(([type, status]) => ({
		type,
		status,
		...(withComponents && { components: componentsOf(type, space) }),
	}));
	return {
		status: 200,
		body: { status: overallStatus(engines.map((one) => one.status)), engines },
	};
});

/** `POST …/install`; what is there already stays as it is (§4.10). */
export const install = route(({ lifecycle, revision }, { space, query, body }) => {
	const schema = schemaOf(revision);
	parse('query', schema.noQuery, query);
	const { entityTypes } = parse('body', schema.installBody, body ?? {});
	return { ...OK, status: lifecycle.install(space, entityTypes) ? 201 : 200 };
});

const requireAnyEngine = ({ lifecycle }: SecondGeneration, space: string): void => {
	if (lifecycle.engines(space).size === 0) end(404, 'Entity store is not installed');
};

/** `PUT …/start` and `PUT …/stop` (§4.10). */
export const switchTo = (state: EngineState): Route =>
	route((kibana, { space, query, body }) => {
		const schema = schemaOf(kibana.revision);
		parse('query', schema.noQuery, query);
		const { entityTypes } = parse('body', schema.typesBody, body ?? {});
		requireAnyEngine(kibana, space);
		kibana.lifecycle.setState(space, state, entityTypes);
		return OK;
	});

/** `POST …/uninstall`; without its last engine a space has no index either (§4.10). */
export const uninstall = route(({ index, lifecycle, revision }, { space, query, body }) => {
	const schema = schemaOf(revision);
	parse('query', schema.noQuery, query);
	const { entityTypes } = parse('body', schema.typesBody, body ?? {});
	lifecycle.uninstall(space, entityTypes);
	if (lifecycle.engines(space).size === 0) index.drop(space);
	return OK;
});

/** `PUT …` on the base path, which changes settings that nothing here depends upon (§4.10). */
export const changeSettings = route((kibana, { space, query, body }) => {
	const schema = schemaOf(kibana.revision);
	parse('query', schema.noQuery, query);
	parse('body', schema.settingsBody, body);
	requireAnyEngine(kibana, space);
	return OK;
});
