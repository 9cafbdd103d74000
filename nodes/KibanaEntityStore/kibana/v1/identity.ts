import { firstText, missingId, type Identify } from '../../entity/identity';

/**
 * Identity by name, as in the first generation: the entity ID is what the type's name
 * field says where none is mapped, and takes the place of the name where one is. The type's section
 * needs a name as soon as it is there, so the ID also fills in for a missing name.
 */
export const identifyByName: Identify = (read, type) => {
	const namePath = type === 'generic' ? undefined : `${type}.name`;
	const entityId = firstText(read, 'entity.id') ?? (namePath && firstText(read, namePath));
	return entityId === undefined
		? missingId(namePath === undefined ? [] : [namePath])
		: { entityId, namePath, namedBy: namePath === undefined ? [] : [namePath], isSelfNamed: true };
};
