import { ENTITY_TYPES, FIELDS_OF } from '../../nodes/KibanaEntityStore/entity/fields';
import { KibanaEntityStore } from '../../nodes/KibanaEntityStore/KibanaEntityStore.node';
import { nodeOn } from '../actions/run';
import { startKibana, type TestKibana } from '../kibana/server';
import { callListSearch, callResourceMapping } from '../n8n/engine';

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

const parameters = (entityType: string) => ({
	resource: 'entity',
	operation: 'upsert',
	inputMode: 'fields',
	entityType,
});

const fieldsFor = async (entityType: string) => {
	const { node, ...setup } = nodeOn(kibana);
	const { fields } = await callResourceMapping(node, 'getEntityFields', {
		...setup,
		parameters: parameters(entityType),
	});
	return fields;
};

describe('the field mapping of the editor', () => {
	it.each(ENTITY_TYPES)(
		'offers every field of a %s that can be written, and no other',
		async (type) => {
			const offered = (await fieldsFor(type)).map(({ id }) => id);
			const writable = [...FIELDS_OF.v1[type].byPath.values()].filter(
				({ protection }) => protection !== 'never',
			);
			expect(offered).toEqual(writable.map(({ path }) => path));
		},
	);

	it('requires the entity ID where nothing else names the entity', async () => {
		for (const type of ENTITY_TYPES) {
			const required = (await fieldsFor(type)).filter((field) => field.required);
			expect(required.map(({ id }) => id)).toEqual(type === 'generic' ? ['entity.id'] : []);
		}
	});

	it('shows the everyday fields and keeps the rest behind "Add field"', async () => {
		const fields = await fieldsFor('user');
		const shown = fields.filter(({ removed }) => !removed).map(({ id }) => id);
		expect(shown).toEqual(expect.arrayContaining(['entity.id', 'user.email', 'asset.criticality']));
		expect(shown.length).toBeLessThan(fields.length / 2);
		// The editor's switch would send "false" for a flag that nobody has set.
		expect(fields.filter(({ type, removed }) => type === 'boolean' && !removed)).toEqual([]);
	});

	it('leaves it to the fields which of them the editor shows first', () => {
		const { properties } = new KibanaEntityStore().description;
		const mapper = properties.find(({ name }) => name === 'fields')?.typeOptions?.resourceMapper;
		// With addAllFields off the editor hides every field that is not required.
		expect(mapper?.addAllFields ?? true).toBe(true);
	});

	it('names each field for people and shows its path', async () => {
		const email = (await fieldsFor('user')).find(({ id }) => id === 'user.email');
		expect(email?.displayName).toBe('Email (user.email)');
	});

	it('offers the fields of all types when an expression chooses the type', async () => {
		const offered = (await fieldsFor('={{ $json.type }}')).map(({ id }) => id);
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
		[{ baseUrl: 'nowhere' }, /The base URL is no URL/],
		// n8n puts words of its own in place of a message that names this error code.
		[{ baseUrl: 'http://127.0.0.1:1' }, /refused the connection/],
	])('says why it stays empty: %j', async (credential, message) => {
		await expect(search('', credential)).rejects.toThrow(message);
	});
});
