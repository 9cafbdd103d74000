/** The checks of one document before Kibana writes anything (docs/kibana-api.md#identification). */
import type { EntityType } from '../definitions';
import { permissionFor } from './definitions';
import { leavesOf, without, type EntityDocument } from './documents';
import { deriveEuid } from './euid';
import { describeIssues, schemaOf, type Revision } from './schema';

/** The ID in use and the document to write, without the timestamp of the server; or the refusal. */
export type Verdict =
	| { readonly status: 200; readonly id: string; readonly document: EntityDocument }
	| { readonly status: number; readonly message: string };

const bad = (message: string): Verdict => ({ status: 400, message });

const idIn = (document: EntityDocument): string | undefined => {
	const { id } = (document.entity ?? {}) as { id?: string };
	return id === '' ? undefined : id;
};

const withEntity = (document: EntityDocument, fields: EntityDocument): EntityDocument => {
	const entity = { ...(document.entity as EntityDocument | undefined), ...fields };
	return { ...without(document, '@timestamp'), entity };
};

const mismatch = (given: string, derived: string): Verdict =>
	bad(`Supplied ID ${given} does not match generated EUID ${derived}`);

const NOT_ALLOWED = 'The following attributes are not allowed to be updated';

/** Checks a document for an update, after the schema. */
export const judgeUpdate = (
	type: EntityType,
	document: EntityDocument,
	force: boolean,
): Verdict => {
	const given = idIn(document);
	const derived = deriveEuid(type, document);
	const id = given ?? derived;
	if (id === undefined) return bad('Could not derive EUID from document or find it in entity.id');
	if (derived !== undefined && derived !== id) return mismatch(id, derived);
	if (!force) {
		const leaves = leavesOf(document);
		const unknown = leaves.filter((path) => permissionFor(type, path) === 'unknown');
		if (unknown.length > 0) return bad(`${NOT_ALLOWED}: [${unknown.join(', ')}]`);
		const locked = leaves.filter((path) => permissionFor(type, path) === 'force');
		if (locked.length > 0) {
			return bad(`${NOT_ALLOWED} without forcing it (?force=true): ${locked.join(', ')}`);
		}
	}
	return { status: 200, id, document: withEntity(document, { id }) };
};

/** Checks a document for a creation, after the schema. No field is protected. */
export const judgeCreation = (type: EntityType, document: EntityDocument): Verdict => {
	const given = idIn(document);
	const id = deriveEuid(type, document);
	if (id === undefined) return bad('Could not derive EUID from document');
	if (given !== undefined && given !== id) return mismatch(given, id);
	const { name = id } = (document.entity ?? {}) as { name?: string };
	return { status: 200, id, document: withEntity(document, { id, name }) };
};

/** All checks of bulk update for one row, as it was sent, before it writes. */
export const judgeDocument = (
	type: string,
	doc: unknown,
	force: boolean,
	revision: Revision = {},
): Verdict => {
	const parsed = schemaOf(revision).bulkBody.safeParse({ entities: [{ type, doc }] });
	if (!parsed.success) return bad(describeIssues('body', parsed.error));
	const [row] = parsed.data.entities;
	return judgeUpdate(row?.type as EntityType, row?.doc as EntityDocument, force);
};

/** All checks of create for one document, as it was sent, except that the entity is new. */
export const judgeCreate = (type: string, doc: unknown, revision: Revision = {}): Verdict => {
	const schema = schemaOf(revision);
	const params = schema.params.safeParse({ entityType: type });
	if (!params.success) return bad(describeIssues('params', params.error));
	const parsed = schema.document.safeParse(doc);
	if (!parsed.success) return bad(describeIssues('body', parsed.error));
	return judgeCreation(params.data.entityType, parsed.data);
};
