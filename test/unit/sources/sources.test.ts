import type { IDataObject } from 'n8n-workflow';

import {
	ENTITY_TYPES,
	FIELDS_OF,
	GENERATION_NAMES,
	generationsWith,
	type EntityField,
	type EntityType,
	type GenerationName,
} from '../../../nodes/KibanaEntityStore/entity/fields';
import {
	fieldsOfSource,
	SOURCES,
	sourcesFor,
	type MappedType,
	type SourceFields,
} from '../../../nodes/KibanaEntityStore/sources';
import { runNode, type EngineResult } from '../../../sandbox/n8n/engine';
import { mapping, nodeOn } from '../../acceptance/run';
import { SAMPLES, type Sample } from './samples';

/** Nothing listens there: a dry run of a chosen generation asks Kibana nothing. */
const NOWHERE = { url: 'http://127.0.0.1:1', apiKey: 'bm9ib2R5Om5vd2hlcmU=' };

/** Where each item has a type of its own, the samples say so in this field. */
const TYPE_OF_ITEM = '={{ $json.kind }}';

const typesOf = (type: MappedType): readonly EntityType[] =>
	type === 'mixed' ? ENTITY_TYPES : [type];

/** The fields that a Kibana of the generation is offered: those that it knows for the type. */
const offered = (
	fields: SourceFields,
	type: MappedType,
	generation: GenerationName,
): Record<string, string> =>
	Object.fromEntries(
		Object.entries(fields).filter(([path]) =>
			typesOf(type).some((one) => FIELDS_OF[generation][one].byPath.has(path)),
		),
	);

interface Dry {
	readonly source: string;
	readonly type: MappedType;
	readonly generation: GenerationName;
	readonly force?: boolean;
}

/** Maps items through the node on n8n's engine, without sending anything. */
const dryRun = async (
	items: readonly IDataObject[],
	{ source, type, generation, force = true }: Dry,
): Promise<EngineResult> => {
	const fields = fieldsOfSource(source, type);
	if (fields === undefined) throw new Error(`${source} has no fields for ${type}`);
	return await runNode({
		...nodeOn(NOWHERE),
		items,
		onError: 'continueErrorOutput',
		parameters: mapping(
			offered(fields, type, generation),
			{ dryRun: true, apiGeneration: generation, force },
			{ entityType: type === 'mixed' ? TYPE_OF_ITEM : type },
		),
	});
};

const jsonOf = ({ outputs }: EngineResult, output: 0 | 1): IDataObject[] =>
	(outputs[output] ?? []).map(({ json }) => json);

/** Every mapping of every source. */
const MAPPINGS = SOURCES.flatMap(({ name, value, fields }) =>
	(Object.keys(fields) as MappedType[]).map((type) => ({ name, value, type })),
);

const EACH_MAPPING = MAPPINGS.flatMap((one) =>
	GENERATION_NAMES.map((generation) => ({ ...one, generation })),
);

const samplesOf = (value: string): readonly Sample[] => SAMPLES.get(value) ?? [];

describe('sources', () => {
	it('are listed by name, each under a value of its own, with public references', () => {
		const names = SOURCES.map(({ name }) => name);
		const byName = (a: string, b: string) => a.localeCompare(b, 'en');
		expect(names).toEqual([...names].sort(byName));
		expect(new Set(SOURCES.map(({ value }) => value)).size).toBe(SOURCES.length);
		for (const { description, docs } of SOURCES) {
			expect(description).not.toBe('');
			expect(docs.length).toBeGreaterThan(0);
			for (const url of docs) expect(new URL(url).protocol).toBe('https:');
		}
	});

	it('are offered for the types that they can fill, and nothing else is found', () => {
		expect(sourcesFor('user').map(({ value }) => value)).toEqual([
			'activeDirectoryUser',
			'entraIdUser',
			'googleWorkspaceUser',
			'oktaUser',
		]);
		expect(sourcesFor('mixed').map(({ value }) => value)).toEqual(['assetInventoryCsv']);
		expect(fieldsOfSource('oktaUser', 'host')).toBeUndefined();
		expect(fieldsOfSource('nothing', 'user')).toBeUndefined();
		expect(fieldsOfSource('__proto__', 'user')).toBeUndefined();
	});

	it('have a sample for each mapping', () => {
		const sampled = [...SAMPLES].flatMap(([value, samples]) =>
			samples.map(({ type }) => `${value} ${type}`),
		);
		expect([...new Set(sampled)].sort()).toEqual(
			MAPPINGS.map(({ value, type }) => `${value} ${type}`).sort(),
		);
	});
});

/** Kibana 9.4 and later keep the entity type in a field that the node sends with every creation. */
const withEngineType = (record: unknown, generation: string): unknown => {
	if (generation === 'v1') return record;
	const { entity, ...sections } = record as { entity: { id: string } };
	const [type] = Object.keys(sections).filter((key) => ['host', 'service', 'user'].includes(key));
	return { ...sections, entity: { ...entity, EngineMetadata: { Type: type ?? 'generic' } } };
};

describe.each(EACH_MAPPING)('$name as $type ($generation)', ({ value, type, generation }) => {
	const fields = fieldsOfSource(value, type) ?? {};

	it('maps what the source sends to exactly this record', async () => {
		const samples = samplesOf(value).filter((sample) => sample.type === type);
		const result = await dryRun(
			samples.map(({ item }) => item),
			{ source: value, type, generation },
		);
		expect(jsonOf(result, 1)).toEqual([]);
		expect(jsonOf(result, 0).map(({ record }) => record)).toEqual(
			samples.map(({ records }) => withEngineType(records[generation], generation)),
		);
	});

	it('makes nothing of an empty item, and says that its ID is missing', async () => {
		const kinds = type === 'mixed' ? ['generic', 'host', 'service'] : [undefined];
		const result = await dryRun(
			kinds.map((kind) => (kind === undefined ? {} : { kind })),
			{ source: value, type, generation },
		);
		expect(jsonOf(result, 0)).toEqual([]);
		for (const { details } of jsonOf(result, 1)) {
			expect(details).toMatchObject({ reason: 'invalidRecord', fields: ['entity.id'] });
		}
	});

	it('names the protected fields that it fills while they may not be written', async () => {
		const [sample] = samplesOf(value).filter((one) => one.type === type);
		if (sample === undefined) throw new Error('There is no sample');
		const result = await dryRun([sample.item], { source: value, type, generation, force: false });
		const [{ details } = {}] = jsonOf(result, 1);
		const { reason, fields: named } = details as IDataObject;
		expect(reason).toBe('protectedFields');
		expect(named).not.toEqual([]);
		const isProtected = (path: string) =>
			typesOf(type).some(
				(one) => FIELDS_OF[generation][one].byPath.get(path)?.protection === 'force',
			);
		expect((named as string[]).filter((path) => !isProtected(path))).toEqual([]);
		expect((named as string[]).filter((path) => !(path in fields))).toEqual([]);
	});
});

describe.each(MAPPINGS)('the fields of $name as $type', ({ value, type }) => {
	const fields = fieldsOfSource(value, type) ?? {};
	const found = (path: string): EntityField[] =>
		GENERATION_NAMES.flatMap((generation) =>
			typesOf(type).flatMap((one) => FIELDS_OF[generation][one].byPath.get(path) ?? []),
		);

	it('are in the catalogue, and can be written', () => {
		for (const path of Object.keys(fields)) {
			const protections = found(path).map(({ protection }) => protection);
			expect({ path, isKnown: protections.length > 0 }).toEqual({ path, isKnown: true });
			expect(protections).not.toContain('never');
			expect(protections).not.toContain('unsent');
		}
	});

	it('name the entity on both generations', () => {
		const names = ['entity.id', 'user.name', 'host.name', 'service.name'];
		const naming = Object.keys(fields).filter((path) => names.includes(path));
		expect(naming.length).toBeGreaterThan(0);
		for (const path of naming) {
			const [own] = typesOf(type).filter((one) => generationsWith(one, path).length > 0);
			expect(own && generationsWith(own, path)).toEqual(GENERATION_NAMES);
		}
	});

	it('hold no ID beside fields that name the entity, which Kibana would refuse', () => {
		const isNamed = type !== 'generic' && type !== 'mixed';
		expect('entity.id' in fields).toBe(!isNamed);
		expect('host.id' in fields).toBe(false);
	});
});

it('lists the fields that only one generation knows', () => {
	const lone = MAPPINGS.flatMap(({ value, type }) =>
		Object.keys(fieldsOfSource(value, type) ?? {}).flatMap((path) => {
			const generations = new Set(typesOf(type).flatMap((one) => generationsWith(one, path)));
			return generations.size === 1 ? [`${path} ${[...generations].join()}`] : [];
		}),
	);
	expect([...new Set(lone)].sort()).toEqual([
		'cloud.account.id v2',
		'cloud.provider v2',
		'cloud.region v2',
		'cloud.service.name v2',
		'entity.attributes.privileged v1',
		'entity.lifecycle.last_seen v2',
		'host.os.full v2',
		'host.os.kernel v2',
		'host.os.name v2',
		'host.os.platform v2',
		'host.os.version v2',
		'tags v2',
	]);
});
