import { firstText, missingId, type Identify } from '../../entity/identity';

/**
 * Identity by name, as in the first generation. When no entity ID is mapped, the name field of the type is the
 * ID. When an ID is mapped, Kibana replaces the name by it. The section of the type requires a name, so
 * the ID is used for a missing name.
 */
export const identifyByName: Identify = (read, type) => {
	const namePath = type === 'generic' ? undefined : `${type}.name`;
	const entityId = firstText(read, 'entity.id') ?? (namePath && firstText(read, namePath));
	return entityId === undefined
		? missingId(type, namePath === undefined ? [] : [namePath])
		: { entityId, namePath, namedBy: namePath === undefined ? [] : [namePath], isSelfNamed: true };
};
