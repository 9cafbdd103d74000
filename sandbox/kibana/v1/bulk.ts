import { refuse, type Answer } from '../http';
import type { LossRule, RowRule } from '../rules';
import type { AcceptedRow, Store } from '../store';
import { acceptRecord, checkEngine, isAnswer } from './records';
import { describeIssues, schemaOf } from './schema';

export interface BulkOptions {
	readonly rule?: RowRule;
	readonly loses?: LossRule;
	/** Whether the engines accept writes. */
	readonly hasCapability?: boolean;
	readonly nullCriticality?: boolean;
}

/** `PUT /api/entity_store/entities/bulk`: all rows are accepted, or none (docs/kibana-api.md#v1-bulk-upsert). */
export const bulkUpsert = (
	store: Store,
	space: string,
	query: unknown,
	body: unknown,
	{ rule, loses, hasCapability, nullCriticality }: BulkOptions = {},
): Answer => {
	const schema = schemaOf(nullCriticality);
	const parsedQuery = schema.forceQuery.safeParse(query);
	if (!parsedQuery.success) return refuse(400, describeIssues('query', parsedQuery.error));
	const parsedBody = schema.bulkBody.safeParse(body);
	if (!parsedBody.success) return refuse(400, describeIssues('body', parsedBody.error));

	const force = parsedQuery.data.force === 'true';
	const accepted: AcceptedRow[] = [];
	for (const { type, record } of parsedBody.data.entities) {
		const unavailable = checkEngine(store, type, space, hasCapability);
		if (unavailable) return unavailable;
		const row = acceptRecord({ type, space, record, force });
		if (isAnswer(row)) return row;
		const ruling = rule?.({ type, record });
		if (ruling) return refuse(ruling.status, ruling.message);
		// Kibana does not read the result of Elasticsearch for each row.
		if (!loses?.({ type, record })) accepted.push(row);
	}
	store.append(accepted);
	return { status: 200, body: '' };
};
