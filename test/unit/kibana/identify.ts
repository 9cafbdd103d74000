import type { EntityType } from '../../../nodes/KibanaEntityStore/entity/fields';
import type { Identify } from '../../../nodes/KibanaEntityStore/entity/identity';

type Document = Record<string, unknown>;

/** Identifies a record with these fields, and returns the resulting record. */
export const identify = (
	by: Identify,
	type: EntityType,
	fields: Document,
	identityProvider?: string,
) => {
	const identified = by((path) => fields[path], type, identityProvider);
	if ('problem' in identified) return identified;
	const { entityId, namePath, without = [] } = identified;
	const sent = Object.entries(fields).filter(([path]) => !without.includes(path));
	const isInSection = sent.some(([path]) => path.startsWith(`${type}.`));
	const named = namePath !== undefined && isInSection ? { [namePath]: entityId } : {};
	return { entityId, values: { ...named, ...Object.fromEntries(sent), 'entity.id': entityId } };
};
