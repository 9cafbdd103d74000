import type {
	FieldType as MapperType,
	ILoadOptionsFunctions,
	ResourceMapperField,
	ResourceMapperFields,
} from 'n8n-workflow';

import {
	ENTITY_TYPES,
	FIELDS_OF,
	GENERATION_NAMES,
	isEntityType,
	SPOKEN_BY,
	type EntityField,
	type EntityType,
	type FieldType,
	type GenerationName,
} from '../entity/fields';
import { canNameItself } from '../entity/identity';
import { createClient } from '../kibana/client';
import { detectGeneration, generationNamed } from '../kibana/detect';
import { readConnection } from '../n8n/connection';

const MAPPER_TYPES: Readonly<Record<FieldType, MapperType>> = {
	text: 'string',
	boolean: 'boolean',
	number: 'number',
	date: 'dateTime',
	choice: 'options',
	object: 'object',
	any: 'string',
};

interface Circumstances {
	/** The one generation that knows the field, where others are shown too. */
	readonly only?: GenerationName;
	/** Nothing else can name the entity. */
	readonly needsId: boolean;
}

const toMapperField = (
	field: EntityField,
	{ only, needsId }: Circumstances,
): ResourceMapperField => ({
	id: field.path,
	displayName: `${field.label} (${field.path})${only ? ` – ${SPOKEN_BY[only]} only` : ''}`,
	required: needsId && field.required === 'always',
	defaultMatch: false,
	canBeUsedToMatch: false,
	display: true,
	removed: !field.everyday,
	// A list stays plain text in the editor, where one value, several or a JSON array can be typed.
	type: field.list ? 'string' : MAPPER_TYPES[field.type],
	...(field.values && { options: field.values.map((value) => ({ name: value, value })) }),
});

/**
 * The mapper's fields of entity types, in the order of the catalogue, each path once: those of one
 * generation, or of several with a note on each that not all of them know. What Kibana never lets a
 * client write is not offered.
 */
export const mapperFields = (
	entityTypes: readonly EntityType[],
	generations: readonly GenerationName[],
): ResourceMapperField[] => {
	const byPath = new Map<string, { field: EntityField; knownTo: Set<GenerationName> }>();
	for (const generation of generations) {
		for (const entityType of entityTypes) {
			for (const [path, field] of FIELDS_OF[generation][entityType].byPath) {
				if (field.protection === 'never') continue;
				const known = byPath.get(path) ?? { field, knownTo: new Set() };
				byPath.set(path, known);
				known.knownTo.add(generation);
			}
		}
	}
	const needsId = !entityTypes.some(canNameItself);
	return [...byPath.values()].map(({ field, knownTo }) => {
		const [only] = knownTo.size < generations.length ? knownTo : [];
		return toMapperField(field, { only, needsId });
	});
};

/** Stands above the fields, where the editor has no other place for a notice beside fields. */
const notice = (why: string): ResourceMapperField => ({
	id: 'notice',
	displayName: `The fields of all Kibana versions are shown: ${why}`,
	required: false,
	defaultMatch: false,
	canBeUsedToMatch: false,
	display: true,
	readOnly: true,
	removed: false,
	type: 'string',
});

/** Editors wait for the fields, so a Kibana that does not answer must not hold them up for long. */
const TIMEOUT_MS = 10_000;

const askForGeneration = async (
	context: ILoadOptionsFunctions,
): Promise<{ readonly name: GenerationName } | { readonly problem: string }> => {
	const chosen = generationNamed(context.getCurrentNodeParameter('options.apiGeneration'));
	if (chosen) return chosen;
	try {
		const connection = await readConnection(context, TIMEOUT_MS);
		if ('problem' in connection) return connection;
		const client = createClient(connection.transport, connection.baseUrl);
		const detected = await detectGeneration(client, Date.now());
		if ('failure' in detected) return { problem: detected.failure.message };
		return detected.generation;
	} catch {
		return { problem: 'no Kibana API credential is chosen yet' };
	}
};

/**
 * The fields of the chosen entity type, or of all types when an expression chooses it item by item, as
 * the connected Kibana knows them. Where Kibana cannot be asked: the fields of all versions.
 */
export async function getEntityFields(this: ILoadOptionsFunctions): Promise<ResourceMapperFields> {
	const chosen = this.getCurrentNodeParameter('entityType');
	const entityTypes = isEntityType(chosen) ? [chosen] : ENTITY_TYPES;
	const asked = await askForGeneration(this);
	if ('name' in asked) return { fields: mapperFields(entityTypes, [asked.name]) };
	return { fields: [notice(asked.problem), ...mapperFields(entityTypes, GENERATION_NAMES)] };
}
