import type { IDataObject, INodeParameters } from 'n8n-workflow';

import {
	ENTITY_TYPES,
	fieldsOf,
	GENERATION_NAMES,
} from '../../../nodes/KibanaEntityStore/entity/fields';
import { KibanaEntityStore } from '../../../nodes/KibanaEntityStore/KibanaEntityStore.node';
import {
	fieldsOfSource,
	sourcesFor,
	type MappedType,
} from '../../../nodes/KibanaEntityStore/sources';
import { nodeOn } from '../../acceptance/run';
import { startKibana, type TestKibana } from '../../../sandbox/kibana/server';
import { callListSearch, callResourceMapping } from '../../../sandbox/n8n/engine';

let kibana: TestKibana;

beforeAll(async () => {
	kibana = await startKibana({
		basePath: '/kbn',
		spaces: [
			{ id: 'default', name: 'Default' },
			{ id: 'soc', name: 'Operations Center' },
		],
	});
});

afterAll(async () => await kibana.stop());

const parameters = (entityType: string, force = false): INodeParameters => ({
	resource: 'entity',
	operation: 'upsert',
	inputMode: 'fields',
	entityType,
	force,
});

const METHODS = {
	user: 'getUserFields',
	host: 'getHostFields',
	service: 'getServiceFields',
	generic: 'getGenericFields',
	mixed: 'getMixedFields',
} as const;

const fieldsFor = async (
	entityType: keyof typeof METHODS,
	{
		on = kibana,
		options = {},
		force = true,
	}: { on?: Pick<TestKibana, 'url' | 'apiKey'>; options?: object; force?: boolean } = {},
) => {
	const { node, ...setup } = nodeOn(on);
	const { fields } = await callResourceMapping(node, METHODS[entityType], {
		...setup,
		parameters: { ...parameters(entityType, force), options: options as INodeParameters },
	});
	return fields;
};

describe('the field mapping of the editor', () => {
	it('requires the entity ID where nothing else names the entity', async () => {
		for (const type of ENTITY_TYPES) {
			const required = (await fieldsFor(type)).filter((field) => field.required);
			expect(required.map(({ id }) => id)).toEqual(type === 'generic' ? ['entity.id'] : []);
		}
	});

	it('shows the everyday fields and keeps the rest behind "Add field"', async () => {
		const fields = await fieldsFor('user');
		const shown = fields.filter(({ removed }) => !removed).map(({ id }) => id);
		expect(shown).toEqual(expect.arrayContaining(['user.name', 'user.email', 'asset.criticality']));
		// An ID beside names is refused by some Kibana, so it is not the first thing to be offered.
		expect(shown).not.toContain('entity.id');
		expect(shown.length).toBeLessThanOrEqual(10);
		expect(shown.length).toBeLessThan(fields.length / 2);
		// Without this default the editor's switch would send "false" for a flag that nobody has set.
		const flags = fields.filter(({ type }) => type === 'boolean');
		expect(flags.length).toBeGreaterThan(0);
		expect(flags.filter(({ defaultValue }) => defaultValue !== null)).toEqual([]);
	});

	it('leaves it to the fields which of them the editor shows first', () => {
		const { properties } = new KibanaEntityStore().description;
		const mappers = properties.filter(
			({ typeOptions }) => typeOptions?.resourceMapper?.resourceMapperMethod !== undefined,
		);
		const names = mappers.map(({ name }) => name);
		expect(new Set(names).size).toBe(names.length);
		expect(names).toEqual(
			expect.arrayContaining(Object.keys(METHODS).map((type) => `${type}Fields`)),
		);
		const { resourceMapping } = new KibanaEntityStore().methods;
		for (const { typeOptions } of mappers) {
			const mapper = typeOptions?.resourceMapper;
			expect(Object.keys(resourceMapping)).toContain(mapper?.resourceMapperMethod);
			// With addAllFields off the editor hides every field that is not required.
			expect(mapper?.addAllFields ?? true).toBe(true);
		}
	});

	it('names each field for people and shows its path', async () => {
		const email = (await fieldsFor('user')).find(({ id }) => id === 'user.email');
		expect(email?.displayName).toBe('Email (user.email)');
	});

	describe.each(['v1', 'v2'] as const)('on a Kibana of the generation %s', (api) => {
		let other: TestKibana;
		beforeAll(async () => {
			other = await startKibana({ api });
		});
		afterAll(async () => await other.stop());

		it.each(ENTITY_TYPES)('offers just the fields of a %s that it knows', async (type) => {
			const offered = (await fieldsFor(type, { on: other }))
				.filter(({ display }) => display)
				.map(({ id }) => id);
			const known = fieldsOf(api, type).filter(({ protection }) => protection !== 'never');
			expect(offered).toEqual(known.map(({ path }) => path));
		});

		it('brings the fields of other versions along unseen, so that an upgrade shows none unasked', async () => {
			const fields = await fieldsFor('user', { on: other });
			const unseen = fields.filter(({ display }) => !display);
			expect(unseen.length).toBeGreaterThan(0);
			expect(unseen.filter(({ removed, required }) => !removed || required)).toEqual([]);
			const fieldsOfBoth = GENERATION_NAMES.flatMap((name) => fieldsOf(name, 'user'))
				.filter(({ protection }) => protection !== 'never')
				.map(({ path }) => path);
			expect(fields.map(({ id }) => id).sort()).toEqual([...new Set(fieldsOfBoth)].sort());
		});

		it('does not ask when the options say which generation it is', async () => {
			other.clear();
			const fields = await fieldsFor('user', {
				on: other,
				options: { apiGeneration: api === 'v1' ? 'v2' : 'v1' },
			});
			const tags = fields.find(({ id }) => id === 'tags');
			expect(tags?.display).toBe(api === 'v1');
			expect(other.requests).toHaveLength(0);
		});
	});

	it.each([
		['does not answer', { url: 'http://127.0.0.1:1' }, 'Kibana does not answer'],
		['refuses the key', { apiKey: 'nobody:nothing' }, 'Kibana refuses the credential'],
		['has no address', { url: 'nowhere' }, 'The credential is incomplete'],
	])('offers the fields of both generations with a notice when Kibana %s', async (_, bad, why) => {
		const [notice, ...fields] = await fieldsFor('user', {
			on: { url: kibana.url, apiKey: kibana.apiKey, ...bad },
		});
		expect(notice).toMatchObject({
			displayName: `${why}: fields of all versions shown`,
			readOnly: true,
			required: false,
		});
		const labels = new Map(fields.map(({ id, displayName }) => [id, displayName]));
		expect(labels.get('user.email')).toBe('Email (user.email)');
		expect(labels.get('tags')).toBe('Tags – Kibana 9.4 and later (tags)');
		expect(labels.get('entity.attributes.privileged')).toBe(
			'Privileged – Kibana 9.2 and 9.3 (entity.attributes.privileged)',
		);
		expect(labels.size).toBe(fields.length);
	});

	it('says of each protected field that it is, until protected fields are written', async () => {
		const labelOf = async (force: boolean, path: string) =>
			(await fieldsFor('user', { force })).find(({ id }) => id === path)?.displayName;
		expect(await labelOf(false, 'user.full_name')).toBe('Full Name – protected (user.full_name)');
		expect(await labelOf(true, 'user.full_name')).toBe('Full Name (user.full_name)');
		expect(await labelOf(false, 'user.name')).toBe('User Name (user.name)');
	});

	it('says of a field with two names which Kibana knows which', async () => {
		const labels = new Map(
			(await fieldsFor('user')).map(({ id, displayName }) => [id, displayName]),
		);
		expect(labels.get('entity.attributes.known_redirect')).toBe(
			'Known Redirect – Kibana 9.4 and 9.5 (entity.attributes.known_redirect)',
		);
		expect(labels.get('entity.attributes.known_redirects')).toBe(
			'Known Redirects – after Kibana 9.5 (entity.attributes.known_redirects)',
		);
	});

	it('gives a model a name of its own for each field, as n8n makes them from the labels', async () => {
		for (const type of ENTITY_TYPES) {
			const names = (await fieldsFor(type))
				.filter(({ display }) => display)
				.map(({ displayName }) => displayName.replace(/[^a-zA-Z0-9_-]/g, '_').slice(0, 64));
			expect(new Set(names).size).toBe(names.length);
		}
	});

	it('fills the fields with what the chosen source sends, and shows all of them', async () => {
		for (const [type, method] of Object.entries(METHODS)) {
			for (const { value } of sourcesFor(type as MappedType)) {
				const filled: Record<string, unknown> = {};
				// A generation that is chosen is not asked for.
				for (const apiGeneration of GENERATION_NAMES) {
					const { node, ...setup } = nodeOn(kibana);
					const { fields } = await callResourceMapping(node, method, {
						...setup,
						parameters: { ...parameters(type), source: value, options: { apiGeneration } },
					});
					for (const { id, defaultValue, removed, display } of fields) {
						if (typeof defaultValue !== 'string') continue;
						filled[id] = defaultValue;
						expect([id, removed, display]).toEqual([id, false, true]);
					}
				}
				expect(filled).toEqual(fieldsOfSource(value, type as MappedType));
			}
		}
	});

	it('fills only fields that this Kibana knows, and those that all do where it cannot be asked', async () => {
		const idsFilled = async (options: INodeParameters, credential: IDataObject = {}) => {
			const { node, ...setup } = nodeOn(kibana, credential);
			const { fields } = await callResourceMapping(node, 'getHostFields', {
				...setup,
				parameters: { ...parameters('host'), source: 'intuneDevice', options },
			});
			return fields
				.filter(({ defaultValue }) => typeof defaultValue === 'string')
				.map(({ id }) => id);
		};
		expect(await idsFilled({ apiGeneration: 'v2' })).toContain('host.os.name');
		expect(await idsFilled({ apiGeneration: 'v1' })).not.toContain('host.os.name');
		const unknown = await idsFilled({}, { baseUrl: 'http://127.0.0.1:1' });
		expect(unknown).toContain('host.name');
		expect(unknown).not.toContain('host.os.name');
	});

	it('offers the fields of all types when each item sets its own', async () => {
		const offered = (await fieldsFor('mixed')).map(({ id }) => id);
		expect(offered).toEqual(expect.arrayContaining(['user.email', 'host.ip', 'service.name']));
		expect(new Set(offered).size).toBe(offered.length);
	});
});

describe('the list of spaces', () => {
	const search = async (filter?: string, credential = {}) => {
		const { node, ...setup } = nodeOn(kibana, credential);
		return await callListSearch(node, 'searchSpaces', {
			...setup,
			parameters: parameters('user'),
			filter,
		});
	};

	it('shows names and finds by name or ID', async () => {
		expect((await search()).results).toEqual([
			{ name: 'Default', value: 'default' },
			{ name: 'Operations Center', value: 'soc' },
		]);
		expect((await search('CENTER')).results.map(({ value }) => value)).toEqual(['soc']);
		expect((await search('soc')).results.map(({ value }) => value)).toEqual(['soc']);
	});

	it.each([
		[{ apiKey: 'nobody:nothing' }, /does not accept the credential/],
		[{ baseUrl: 'nowhere' }, /The base URL is not a valid URL/],
		// n8n puts words of its own in place of a message that names this error code.
		[{ baseUrl: 'http://127.0.0.1:1' }, /refused the connection/],
	])('says why it stays empty: %j', async (credential, message) => {
		await expect(search('', credential)).rejects.toThrow(message);
	});
});
