/** How v1 checks and normalises one record (docs/kibana-api.md#v1-bulk-upsert). */
import { permissionFor, type EntityType } from '../definitions';
import { refuse, type Answer } from '../http';
import type { AcceptedRow, EntityRecord, Store } from '../store';
import { isObject, leavesOf } from '../v2/documents';

const capitalise = (record: EntityRecord): EntityRecord =>
	Object.fromEntries(
		Object.entries(record).map(([key, value]) => [
			key.charAt(0).toUpperCase() + key.slice(1),
			value,
		]),
	);

/** The sections in which Kibana changes the first letter of the keys to upper case, before checks and storage. */
const CAPITALISED = ['attributes', 'lifecycle', 'behaviors', 'relationships'];

const normalise = (record: EntityRecord): EntityRecord => {
	const entity = { ...(record.entity as EntityRecord) };
	for (const key of CAPITALISED) {
		if (isObject(entity[key])) entity[key] = capitalise(entity[key]);
	}
	return { ...record, entity };
};

const toDocument = (type: EntityType, record: EntityRecord): EntityRecord => {
	const { entity, ...rest } = record;
	const stamp = { '@timestamp': new Date().toISOString() };
	if (type === 'generic') return { ...rest, entity, ...stamp };
	const own = { ...(rest[type] as EntityRecord), name: (entity as EntityRecord).id, entity };
	return { ...rest, [type]: own, ...stamp };
};

const NOT_ALLOWED = 'The following attributes are not allowed to be updated';

/** Checks the leaves of a record. Returns the answer that ends the request, or undefined. */
const judge = (type: EntityType, record: EntityRecord, force: boolean): Answer | undefined => {
	const leaves = leavesOf(record);
	const unknown = leaves.filter((path) => permissionFor(type, path) === 'never');
	if (unknown.length > 0) return refuse(400, `${NOT_ALLOWED}: ${unknown.join(', ')}`);
	const locked = leaves.filter((path) => permissionFor(type, path) === 'force');
	if (force || locked.length === 0) return undefined;
	return refuse(400, `${NOT_ALLOWED} without forcing it (?force=true): ${locked.join(', ')}`);
};

/** Checks whether a type accepts writes in a space. Returns the answer that ends the request, or undefined. */
export const checkEngine = (
	store: Store,
	type: EntityType,
	space: string,
	hasCapability = true,
): Answer | undefined => {
	if (store.engine(type, space) !== 'started') {
		return refuse(503, `Entity Engine '${type}' is not running`);
	}
	if (hasCapability) return undefined;
	return refuse(
		503,
		'Capability crud-api not enabled on this cluster. Please restart entity store ',
	);
};

export interface RecordToAccept {
	readonly type: EntityType;
	readonly space: string;
	/** A record that the schema has accepted. */
	readonly record: EntityRecord;
	readonly force: boolean;
}

/** Checks a record and returns its row, or the answer that ends the request. */
export const acceptRecord = ({
	type,
	space,
	record,
	force,
}: RecordToAccept): AcceptedRow | Answer => {
	const normalised = normalise(record);
	const refused = judge(type, normalised, force);
	if (refused) return refused;
	const { id } = record.entity as { id: string };
	return { type, id, space, record, document: toDocument(type, normalised) };
};

export const isAnswer = (result: AcceptedRow | Answer): result is Answer => 'status' in result;
