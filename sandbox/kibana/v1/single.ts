/** The routes of v1 for one entity (docs/kibana-api.md#v1-single-upsert, docs/kibana-api.md#v1-delete). */
import type { EntityType } from '../definitions';
import type { Call } from '../endpoint';
import { refuse, type Answer } from '../http';
import type { RowRule } from '../rules';
import type { Store } from '../store';
import { leavesOf } from '../v2/documents';
import { acceptRecord, checkEngine, isAnswer } from './records';
import { describeIssues, schemaOf } from './schema';

export interface SingleOptions {
	readonly rule?: RowRule;
	readonly hasCapability: boolean;
	readonly nullCriticality: boolean;
	/** Whether a new entity is listed at once. A known entity always is. */
	readonly createsAtOnce: boolean;
}

const isKnown = (store: Store, space: string, type: EntityType, id: string): boolean =>
	store.takenIn(space).some(([row]) => row?.type === type && row.id === id);

/** `PUT /api/entity_store/entities/{entityType}`. */
export const upsertOne = (
	store: Store,
	{ space, params, query, body }: Call,
	{ rule, hasCapability, nullCriticality, createsAtOnce }: SingleOptions,
): Answer => {
	const schema = schemaOf(nullCriticality);
	const parsedParams = schema.params.safeParse(params);
	if (!parsedParams.success) return refuse(400, describeIssues('params', parsedParams.error));
	const parsedQuery = schema.forceQuery.safeParse(query);
	if (!parsedQuery.success) return refuse(400, describeIssues('query', parsedQuery.error));
	const parsedBody = schema.record.safeParse(body);
	if (!parsedBody.success) return refuse(400, describeIssues('body', parsedBody.error));

	const { entityType: type } = parsedParams.data;
	const record = parsedBody.data;
	const unavailable = checkEngine(store, type, space, hasCapability);
	if (unavailable) return unavailable;
	const force = parsedQuery.data.force === 'true';
	const row = acceptRecord({ type, space, record, force });
	if (isAnswer(row)) return row;
	if (leavesOf(record).every((path) => path === 'entity.id')) {
		return refuse(400, "The request doesn't contain any update");
	}
	const ruling = rule?.({ type, record });
	if (ruling) return refuse(ruling.status, ruling.message);
	if (createsAtOnce || isKnown(store, space, type, row.id)) store.appendVisible(row);
	else store.append([row]);
	return { status: 200, body: '' };
};

/** `DELETE /api/entity_store/entities/{entityType}`. The ID is in the body; in early revisions in the path. */
export const deleteOne = (
	store: Store,
	{ space, params, body }: Call,
	hasCapability: boolean,
): Answer => {
	const parsedParams = schemaOf().params.safeParse(params);
	if (!parsedParams.success) return refuse(400, describeIssues('params', parsedParams.error));
	const { entityType: type } = parsedParams.data;
	const id = params.entityId ?? (body as { id?: unknown } | null)?.id;
	if (typeof id !== 'string') return refuse(400, '[request body]: id: Required');
	if (id.trim() === '') return refuse(400, 'The entity ID cannot be blank');
	const unavailable = checkEngine(store, type, space, hasCapability);
	if (unavailable) return unavailable;
	if (!isKnown(store, space, type, id)) {
		return refuse(404, `Entity of type '${type}' with ID '${id}' not found`);
	}
	store.remove(space, type, id);
	return { status: 200, body: { deleted: true } };
};
