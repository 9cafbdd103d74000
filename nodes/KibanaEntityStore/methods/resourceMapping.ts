import type {
	FieldType as MapperType,
	ILoadOptionsFunctions,
	ResourceMapperField,
	ResourceMapperFields,
} from 'n8n-workflow';

import {
	ENTITY_TYPES,
	FIELDS_OF,
	isEntityType,
	type EntityField,
	type EntityType,
	type FieldType,
} from '../entity/fields';

const MAPPER_TYPES: Readonly<Record<FieldType, MapperType>> = {
	text: 'string',
	boolean: 'boolean',
	number: 'number',
	date: 'dateTime',
	choice: 'options',
};

const toMapperField = (field: EntityField): ResourceMapperField => ({
	id: field.path,
	displayName: `${field.label} (${field.path})`,
	required: field.required === 'always',
	defaultMatch: false,
	canBeUsedToMatch: false,
	display: true,
	removed: !field.everyday,
	// A list stays plain text in the editor, where one value, several or a JSON array can be typed.
	type: field.list ? 'string' : MAPPER_TYPES[field.type],
	...(field.values && { options: field.values.map((value) => ({ name: value, value })) }),
});

/**
 * The mapper's fields of an entity type, in the order of the catalogue; for several types each field
 * once. What Kibana never lets a client write is not offered.
 */
export const mapperFields = (entityTypes: readonly EntityType[]): ResourceMapperField[] => {
	const byPath = new Map<string, EntityField>();
	for (const entityType of entityTypes) {
		for (const [path, field] of FIELDS_OF[entityType].byPath) {
			if (field.protection !== 'never' && !byPath.has(path)) byPath.set(path, field);
		}
	}
	return [...byPath.values()].map(toMapperField);
};

/** The fields of the chosen entity type; of all types when an expression chooses it item by item. */
export async function getEntityFields(this: ILoadOptionsFunctions): Promise<ResourceMapperFields> {
	const chosen = this.getCurrentNodeParameter('entityType');
	return { fields: mapperFields(isEntityType(chosen) ? [chosen] : ENTITY_TYPES) };
}
