import type {
	FieldType as MapperType,
	ILoadOptionsFunctions,
	ResourceMapperField,
	ResourceMapperFields,
} from 'n8n-workflow';

import { inWords } from '../entity/choices';
import {
	ENTITY_TYPES,
	FIELDS_OF,
	GENERATION_NAMES,
	KIBANA_VERSIONS,
	type EntityField,
	type EntityType,
	type FieldType,
	type GenerationName,
} from '../entity/fields';
import { canNameItself } from '../entity/identity';
import { generationNamed } from '../kibana/detect';
import { openSession } from '../n8n/session';
import { fieldsOfSource, type MappedType, type SourceFields } from '../sources';

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
	/** Whether a Kibana of the generations in question knows the field. */
	readonly isKnown: boolean;
	/** The one generation that knows the field, where others are shown too. */
	readonly only?: GenerationName;
	/** Nothing else can name the entity. */
	readonly needsId: boolean;
	/** Whether protected fields are written. */
	readonly isForced: boolean;
	/** What the source fills the field with. */
	readonly filledWith?: string;
}

/**
 * What the editor fills a field with when it shows it first, or again. Without a value of its own, the
 * switch of a flag would send `false` unasked.
 */
const defaultOf = (
	{ type }: EntityField,
	filledWith: string | undefined,
): Pick<ResourceMapperField, 'defaultValue'> => {
	if (filledWith !== undefined) return { defaultValue: filledWith };
	return type === 'boolean' ? { defaultValue: null } : {};
};

/** The versions that know the field by this name, as far as is known (docs/kibana-api.md#fields). */
const VERSIONS_OF_NAME = { earlier: 'Kibana 9.4 and 9.5', later: 'after Kibana 9.5' } as const;

const toMapperField = (
	field: EntityField,
	{ isKnown, only, needsId, isForced, filledWith }: Circumstances,
): ResourceMapperField => {
	const required = isKnown && needsId && field.required === 'always';
	const notes = [
		...(field.renamed ? [VERSIONS_OF_NAME[field.renamed]] : only ? [KIBANA_VERSIONS[only]] : []),
		...(field.protection === 'force' && !isForced ? ['protected'] : []),
	];
	return {
		id: field.path,
		// The editor cuts long labels off at the end, where the path can be spared.
		displayName: `${[field.label, ...notes].join(' – ')} (${field.path})`,
		required,
		defaultMatch: false,
		canBeUsedToMatch: false,
		display: isKnown,
		removed: !(isKnown && (field.everyday || required || filledWith !== undefined)),
		...defaultOf(field, filledWith),
		// A list stays plain text in the editor, where one value, several or a JSON array can be typed.
		type: field.list ? 'string' : MAPPER_TYPES[field.type],
		...(field.values && {
			options: field.values.map((value) => ({ name: inWords(value), value })),
		}),
	};
};

/**
 * The mapper's fields of entity types, each path once: those of one generation, or of several with a
 * note on each that not all of them know. What Kibana never lets a client write is not offered.
 *
 * Fields of other generations come along unseen. Should Kibana be upgraded, the editor would show every
 * field at once that it has not met before; those that it has met wait behind "Add field".
 *
 * @param isForced whether protected fields are written; while they are not, their labels say so
 * @param filled what fields are filled with, as far as all of the generations know them
 */
export const mapperFields = (
	entityTypes: readonly EntityType[],
	generations: readonly GenerationName[],
	isForced: boolean,
	filled: SourceFields = {},
): ResourceMapperField[] => {
	const byPath = new Map<string, { field: EntityField; knownTo: Set<GenerationName> }>();
	const others = GENERATION_NAMES.filter((name) => !generations.includes(name));
	for (const generation of [...generations, ...others]) {
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
		const knowing = generations.filter((name) => knownTo.has(name));
		const isKnownToAll = knowing.length === generations.length;
		const [only] = isKnownToAll ? [] : knowing;
		const filledWith = isKnownToAll ? filled[field.path] : undefined;
		return toMapperField(field, {
			isKnown: knowing.length > 0,
			only,
			needsId,
			isForced,
			filledWith,
		});
	});
};

/** A line above the fields, where the editor has no other place for a notice beside fields. */
const notice = (why: string): ResourceMapperField => ({
	id: 'notice',
	displayName: `${why}: fields of all versions shown`,
	required: false,
	defaultMatch: false,
	canBeUsedToMatch: false,
	display: true,
	readOnly: true,
	removed: false,
	// The editor has no input for this type, and so shows the line alone.
	type: 'binary',
});

/** Editors wait for the fields, so a Kibana that does not answer must not hold them up for long. */
const TIMEOUT_MS = 10_000;

/** Short enough for one line of the panel; what else there is to say, a run says. */
const noticeAbout = ({ reason }: { readonly reason: string }): ResourceMapperField => {
	if (reason === 'unauthorized') return notice('Kibana refuses the credential');
	if (reason === 'invalidSetting') return notice('The credential is incomplete');
	if (reason === 'routeMissing' || reason === 'notInstalled')
		return notice('No Entity Store found');
	return notice('Kibana does not answer');
};

/** The generation to show, or what to say instead: nothing before a credential is chosen. */
type Asked = { readonly name: GenerationName } | { readonly notices: ResourceMapperField[] };

const askForGeneration = async (context: ILoadOptionsFunctions): Promise<Asked> => {
	const chosen = generationNamed(context.getCurrentNodeParameter('options.apiGeneration'));
	if (chosen) return chosen;
	try {
		const session = await openSession(context, { timeoutMs: TIMEOUT_MS, maxRetries: 0 });
		if ('failure' in session) return { notices: [noticeAbout(session.failure)] };
		const detected = await session.detect();
		return 'failure' in detected
			? { notices: [noticeAbout(detected.failure)] }
			: detected.generation;
	} catch {
		return { notices: [] };
	}
};

/**
 * Returns the fields of a mapping as the connected Kibana knows them. Where Kibana cannot be asked: the
 * fields of all versions.
 */
const fieldsFor = async (
	context: ILoadOptionsFunctions,
	mappedType: MappedType,
): Promise<ResourceMapperFields> => {
	const entityTypes = mappedType === 'mixed' ? ENTITY_TYPES : [mappedType];
	const source = context.getCurrentNodeParameter('source');
	const filled = fieldsOfSource(source, mappedType);
	const asked = await askForGeneration(context);
	const isForced = context.getCurrentNodeParameter('force') === true;
	if ('name' in asked) return { fields: mapperFields(entityTypes, [asked.name], isForced, filled) };
	const fields = mapperFields(entityTypes, GENERATION_NAMES, isForced, filled);
	return { fields: [...asked.notices, ...fields] };
};

/** The fields of users. */
export async function getUserFields(this: ILoadOptionsFunctions): Promise<ResourceMapperFields> {
	return await fieldsFor(this, 'user');
}

/** The fields of hosts. */
export async function getHostFields(this: ILoadOptionsFunctions): Promise<ResourceMapperFields> {
	return await fieldsFor(this, 'host');
}

/** The fields of services. */
export async function getServiceFields(this: ILoadOptionsFunctions): Promise<ResourceMapperFields> {
	return await fieldsFor(this, 'service');
}

/** The fields of generic entities. */
export async function getGenericFields(this: ILoadOptionsFunctions): Promise<ResourceMapperFields> {
	return await fieldsFor(this, 'generic');
}

/** The fields of all types, for items that each have a type of their own. */
export async function getMixedFields(this: ILoadOptionsFunctions): Promise<ResourceMapperFields> {
	return await fieldsFor(this, 'mixed');
}
