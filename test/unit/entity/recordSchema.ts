import { z } from 'zod';

import {
	FIELDS_OF,
	UNASSIGNED,
	type EntityField,
	type EntityType,
	type GenerationName,
} from '../../../nodes/KibanaEntityStore/entity/fields';
import { nest, type Nested } from '../../../sandbox/nest';

const valueSchema = ({ type, values = [], range, unassigned }: EntityField): z.ZodTypeAny => {
	switch (type) {
		case 'boolean':
			return z.boolean();
		case 'number':
			return range ? z.number().gte(range[0]).lte(range[1]) : z.number();
		case 'date':
			return z.string().datetime();
		case 'choice':
			return unassigned === 'null'
				? z.enum(values.filter((value) => value !== UNASSIGNED) as [string, ...string[]]).nullable()
				: z.enum(values as [string, ...string[]]);
		case 'object':
			return z.record(z.unknown());
		case 'any':
			return z.unknown();
		case 'text':
			return z.string();
	}
};

const fieldSchema = (field: EntityField): z.ZodTypeAny => {
	const schema = field.list ? z.array(valueSchema(field)) : valueSchema(field);
	return field.required === 'no' ? schema.optional() : schema;
};

type Section = Nested<EntityField>;

const isField = (node: Section | EntityField): node is EntityField => typeof node.path === 'string';

const isAlwaysThere = (node: Section | EntityField): boolean =>
	isField(node) ? node.required === 'always' : Object.values(node).some(isAlwaysThere);

const sectionSchema = (section: Section): z.ZodTypeAny => {
	const shape: Record<string, z.ZodTypeAny> = {};
	for (const [key, node] of Object.entries(section)) {
		if (isField(node)) shape[key] = fieldSchema(node);
		else shape[key] = isAlwaysThere(node) ? sectionSchema(node) : sectionSchema(node).optional();
	}
	return z.object(shape).strict();
};

const isSent = ({ protection }: EntityField): boolean =>
	protection !== 'never' && protection !== 'unsent';

const recordSchemaOf = (generation: GenerationName, entityType: EntityType): z.ZodTypeAny => {
	const fields = [...FIELDS_OF[generation][entityType].byPath];
	return sectionSchema(nest(fields.filter(([, field]) => isSent(field))));
};

type RecordSchemas = Readonly<Record<EntityType, z.ZodTypeAny>>;

const byEntityType = (generation: GenerationName): RecordSchemas => ({
	generic: recordSchemaOf(generation, 'generic'),
	host: recordSchemaOf(generation, 'host'),
	service: recordSchemaOf(generation, 'service'),
	user: recordSchemaOf(generation, 'user'),
});

/**
 * The record of each entity type as a generation takes it: strict at every level (docs/kibana-api.md#v1-fields, #fields), so an unknown key, a wrong type, a missing entity ID, a bad choice or date is found before
 * it is sent. Stricter than Kibana's own schema in one point: a section of another type, such as
 * `host.ip` in a user record, is refused here at once.
 */
export const RECORD_SCHEMA: Readonly<Record<GenerationName, RecordSchemas>> = {
	v1: byEntityType('v1'),
	v2: byEntityType('v2'),
};
