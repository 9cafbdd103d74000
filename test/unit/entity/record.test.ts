import fc from 'fast-check';

import {
	ENTITY_TYPES,
	FIELDS_OF,
	fieldsOf,
	GENERATION_NAMES,
} from '../../../nodes/KibanaEntityStore/entity/fields';
import { identifyByName } from '../../../nodes/KibanaEntityStore/kibana/v1/identity';
import { identifyByEuid } from '../../../nodes/KibanaEntityStore/kibana/v2/identity';
import {
	createRecordBuilder,
	type BuiltRecord,
	type RecordRules,
} from '../../../nodes/KibanaEntityStore/entity/record';

const build = (source: Record<string, unknown>, rules: Partial<RecordRules> = {}): BuiltRecord =>
	createRecordBuilder({
		generation: 'v1',
		identify: identifyByName,
		entityType: 'user',
		force: true,
		unknownKeys: 'reject',
		emptyLists: 'ignore',
		timeZone: 'UTC',
		...rules,
	})(source);

const messages = (source: Record<string, unknown>, rules?: Partial<RecordRules>) =>
	build(source, rules).problems.map(({ message }) => message);

describe('record', () => {
	it('nests dotted keys, keeps nested ones, and leaves out what was not given', () => {
		const { record, entityId } = build({
			'entity.id': 'jane',
			entity: { attributes: { managed: 'yes' }, name: '' },
			'user.email': 'jane@example.com',
			user: { full_name: null, roles: ['admin'] },
		});
		expect(entityId).toBe('jane');
		expect(record).toEqual({
			entity: { id: 'jane', attributes: { managed: true } },
			user: { name: 'jane', email: ['jane@example.com'], roles: ['admin'] },
		});
	});

	it('fills in the name that a section must hold, and leaves a given name alone', () => {
		expect(build({ 'entity.id': 'jane', 'user.id': '7' }).record).toMatchObject({
			user: { name: 'jane' },
		});
		expect(build({ 'entity.id': 'jane', 'user.name': 'JD' }).record).toMatchObject({
			user: { name: 'JD' },
		});
		expect(build({ 'entity.id': 'jane' }).record).toEqual({ entity: { id: 'jane' } });
	});

	it.each([
		[{}, 'Nothing names this user'],
		[{ 'user.email': 'a@example.com' }, 'Nothing names this user'],
		[{ 'entity.id': 'a', foo: 1 }, 'foo is not a field of a user entity'],
		[{ 'entity.id': 'a', host: { ip: '::1' } }, 'host is not a field of a user entity'],
		[{ 'entity.id': 'a', user: 'alice' }, 'user expects an object with fields inside, got text'],
		[
			{ 'entity.id': 'a', user: { name: 'a', emial: 'x' } },
			'user.emial is not a field of a user entity (did you mean user.email?)',
		],
		[
			{ 'entity.id': 'a', 'asset.criticality': 'severe' },
			'asset.criticality expects one of low_impact, medium_impact, high_impact, extreme_impact, got "severe"',
		],
		[
			{ 'entity.id': 'a', 'entity.risk.calculated_score_norm': 250 },
			'entity.risk.calculated_score_norm expects 100 or less, got 250',
		],
		[{ 'entity.id': { a: 1 } }, 'entity.id expects text, got an object'],
		[
			{ 'entity.id': 'a', '@timestamp': '2026-01-01T00:00:00Z' },
			'@timestamp cannot be written: Kibana 9.2 and 9.3 set it and refuse any value; leave it out',
		],
		[
			{ 'entity.id': 'a', user: { risk: { calculated_level: 'Low' } } },
			'user.risk cannot be written: Kibana refuses it; map the entity.risk fields instead',
		],
		[{ 'entity.id': 'a', entity: { id: 'b' } }, 'entity.id is given twice, nested and dotted'],
	] as Array<[Record<string, unknown>, string]>)('refuses %j', (source, message) => {
		expect(messages(source)).toEqual([message]);
	});

	it('reports every problem of a record at once, and still names the entity', () => {
		const built = build({ 'entity.id': 'a', foo: 1, 'entity.attributes.managed': 'maybe' });
		expect(built.record).toBeUndefined();
		expect(built.entityId).toBe('a');
		expect(built.problems.map(({ field }) => field)).toEqual(['foo', 'entity.attributes.managed']);
	});

	it('needs force exactly for the fields that the catalogue calls protected', () => {
		const source = { 'entity.id': 'a', 'entity.name': 'A', 'entity.attributes.managed': true };
		expect(build(source, { force: false }).problems).toEqual([
			{
				field: 'entity.name',
				kind: 'protectedField',
				message: 'entity.name is protected by Kibana',
			},
		]);
		expect(build(source, { force: true }).problems).toEqual([]);
		// Nothing is sent, so there is nothing to protect.
		expect(build({ 'entity.id': 'a', 'entity.name': '' }, { force: false }).problems).toEqual([]);
	});

	it('passes relationships on where Kibana versions differ, and refuses those of a user for sure', () => {
		const source = { 'entity.id': 'a', 'entity.relationships.owned_by': 'b' };
		expect(build(source, { entityType: 'host', force: false }).record).toEqual({
			entity: { id: 'a', relationships: { owned_by: ['b'] } },
		});
		expect(build(source, { entityType: 'user' }).problems).toHaveLength(1);
	});

	it('leaves unknown keys out of automatic mapping and names them', () => {
		const built = build(
			{ id: 7, user: { email: 'a@example.com', profile: {} }, 'entity.id': 'a', host: 'web' },
			{ unknownKeys: 'ignore' },
		);
		expect(built.record).toEqual({
			entity: { id: 'a' },
			user: { name: 'a', email: ['a@example.com'] },
		});
		expect(built.ignored).toEqual(['id', 'user.profile', 'host']);
	});

	it('suggests a field for no more unknown keys than an error shows', () => {
		const keys = [...Array(30).keys()].map((at) => [`user.email${at}`, 1] as const);
		const all = messages(Object.fromEntries(keys));
		expect(all.filter((message) => message.includes('did you mean'))).toHaveLength(20);
		expect(all).toHaveLength(31);
	});

	it('leaves an empty list out, or clears the field with it where Kibana can', () => {
		const source = { 'user.name': 'a', 'user.roles': [], 'user.full_name': ['', null] };
		const later = { generation: 'v2', identify: identifyByEuid } as const;
		expect(build(source, later).record).toEqual({
			entity: { id: 'user:a@unknown' },
			user: { name: 'a' },
		});
		expect(build(source, { ...later, emptyLists: 'clear' }).record).toEqual({
			entity: { id: 'user:a@unknown' },
			user: { name: 'a', roles: [] },
		});
		for (const owns of [[], '[]']) {
			const related = { 'user.name': 'a', 'entity.relationships.owns': owns };
			expect(build(related, later).isEmpty).toBe(true);
			expect(build(related, { ...later, emptyLists: 'clear' }).record).toMatchObject({
				entity: { relationships: { owns: [] } },
			});
		}
		expect(messages(source)).toEqual([]);
		expect(messages(source, { emptyLists: 'clear' })).toEqual([
			'user.roles cannot be cleared: Kibana 9.2 and 9.3 only add to lists',
		]);
	});

	it('says which naming field is there but empty, where another one gives the ID', () => {
		const later = { generation: 'v2', identify: identifyByEuid } as const;
		const emptyNaming = (source: Record<string, unknown>, rules: Partial<RecordRules> = {}) =>
			build(source, { ...later, ...rules }).emptyNaming;
		expect(emptyNaming({ 'user.email': '', 'user.name': 'a' })).toBe('user.email');
		expect(emptyNaming({ user: { email: null, name: 'a' } })).toBe('user.email');
		expect(emptyNaming({ 'user.email': [''], 'user.id': '7', 'user.name': 'a' })).toBe(
			'user.email',
		);
		expect(emptyNaming({ 'user.id': '', 'user.name': 'a' })).toBe('user.id');
		expect(emptyNaming({ 'user.email': '', 'user.name': 'a' }, { identityProvider: 'okta' })).toBe(
			'user.email',
		);
		const host = { 'host.id': undefined, 'host.name': 'web' };
		expect(emptyNaming(host, { entityType: 'host' })).toBe('host.id');
		for (const fine of [
			{ 'user.name': 'a' },
			{ 'user.email': 'a@b.c', 'user.id': '' },
			{ 'user.email': '', 'user.name': 'a', 'entity.id': 'user:a@unknown' },
		]) {
			expect(emptyNaming(fine)).toBeUndefined();
		}
		// Kibana 9.2 and 9.3 name users by name alone.
		expect(build({ 'user.email': '', 'user.name': 'a' }).emptyNaming).toBeUndefined();
	});

	it("takes the labels of the editor's dropdowns", () => {
		const later = { generation: 'v2', identify: identifyByEuid } as const;
		for (const level of ['High Impact', 'high impact', 'HIGH_IMPACT']) {
			expect(build({ 'user.name': 'a', 'asset.criticality': level }).record).toMatchObject({
				asset: { criticality: 'high_impact' },
			});
		}
		const source = { 'user.name': 'a', 'entity.risk.calculated_level': 'critical' };
		expect(build(source).record).toMatchObject({
			entity: { risk: { calculated_level: 'Critical' } },
		});
		const unassigned = { 'user.name': 'a', 'asset.criticality': 'Unassigned' };
		expect(build(unassigned, later).record).toMatchObject({ asset: { criticality: null } });
		expect(messages(unassigned)).toEqual([
			expect.stringMatching(/^asset\.criticality cannot be unassigned/),
		]);
	});

	it('ignores prototype keys and treats them as unknown', () => {
		const source = JSON.parse('{"__proto__":{"x":1},"constructor":{"y":1},"entity.id":"a"}');
		expect(build(source, { unknownKeys: 'ignore' })).toMatchObject({
			record: { entity: { id: 'a' } },
			ignored: ['__proto__', 'constructor'],
		});
		expect(({} as Record<string, unknown>).x).toBeUndefined();
	});

	it('never throws, whatever an item holds', () => {
		fc.assert(
			fc.property(
				fc.constantFrom(...ENTITY_TYPES),
				fc.dictionary(
					fc.oneof(fc.string(), fc.constantFrom('entity', 'user', 'entity.id', 'host.ip')),
					fc.anything({ withBigInt: true, withDate: true, withSparseArray: true }),
				),
				fc.boolean(),
				(entityType, source, isLater) => {
					const generation = isLater
						? ({ generation: 'v2', identify: identifyByEuid } as const)
						: {};
					const built = build(source, { entityType, ...generation });
					expect(built.record === undefined).toBe(built.problems.length > 0);
				},
			),
		);
	});

	it('gives the same record for nested and for dotted keys', () => {
		const dotted = fc.dictionary(
			fc.constantFrom('user.email', 'user.full_name', 'entity.name', 'asset.owner', 'user.id'),
			fc.string({ minLength: 1 }),
		);
		fc.assert(
			fc.property(dotted, (fields) => {
				const source: Record<string, unknown> = { ...fields, 'entity.id': 'a' };
				const nested: Record<string, Record<string, unknown>> = {};
				for (const [path, given] of Object.entries(source)) {
					const [section = '', leaf = ''] = path.split('.');
					(nested[section] ??= {})[leaf] = given;
				}
				expect(build(nested).record).toEqual(build(source).record);
			}),
		);
	});
});

describe('field catalogue', () => {
	const sets = GENERATION_NAMES.flatMap((generation) =>
		ENTITY_TYPES.map((entityType) => [generation, entityType] as const),
	);

	it.each(sets)('%s: states each path of a %s once', (generation, entityType) => {
		const paths = fieldsOf(generation, entityType).map(({ path }) => path);
		expect(new Set(paths).size).toBe(paths.length);
	});

	it.each(sets)(
		'%s: has no path of a %s that is a section of another',
		(generation, entityType) => {
			const { byPath, sections } = FIELDS_OF[generation][entityType];
			expect([...byPath.keys()].filter((path) => sections.has(path))).toEqual([]);
		},
	);

	it.each(sets)('%s: gives every choice of a %s its values and nothing else any', (...of) => {
		for (const one of fieldsOf(...of)) {
			expect(one.values !== undefined).toBe(one.type === 'choice');
		}
	});
});

describe('a record for the other generation', () => {
	const later: Partial<RecordRules> = { generation: 'v2', identify: identifyByEuid };

	it('is refused for the field that this Kibana does not know, by name', () => {
		expect(messages({ 'user.name': 'a', 'entity.attributes.privileged': true }, later)).toEqual([
			'entity.attributes.privileged is not known to this Kibana (v2, as in Kibana 9.4 and later), only to Kibana 9.2 and 9.3',
		]);
		expect(messages({ 'user.name': 'a', tags: ['vip'] })).toEqual([
			'tags is not known to this Kibana (v1, as in Kibana 9.2 and 9.3), only to Kibana 9.4 and later',
		]);
		expect(
			messages({ entity: { id: 'a' }, cloud: { provider: 'aws' } }, { entityType: 'generic' }),
		).toEqual([expect.stringMatching(/^cloud is not known to this Kibana/)]);
	});

	it('is converted where a field only changed its shape', () => {
		for (const source of ['okta', ['okta']]) {
			const fields = { 'user.name': 'a', 'entity.source': source };
			expect(build(fields).record).toMatchObject({ entity: { source: 'okta' } });
			expect(build(fields, later).record).toMatchObject({ entity: { source: ['okta'] } });
		}
		expect(messages({ 'user.name': 'a', 'entity.source': ['okta', 'ad'] })).toEqual([
			'entity.source expects text, got a list',
		]);
	});

	it('leaves what only the other knows out of automatic mapping, and tells it apart', () => {
		const source = { 'user.name': 'a', tags: ['vip'], id: 7 };
		const built = build(source, { unknownKeys: 'ignore' });
		expect(built).toMatchObject({ ignored: ['id'], unknownHere: ['tags'] });
		expect(build(source, { ...later, unknownKeys: 'ignore' }).record).toMatchObject({
			tags: ['vip'],
		});
	});

	it('passes relationships and labels through as they are', () => {
		const relation = { ids: ['host:a'], raw_identifiers: { host: { name: ['a'] } } };
		for (const [given, sent] of [
			[relation, relation],
			[JSON.stringify(relation), relation],
			[['host:a'], ['host:a']],
			['host:a', ['host:a']],
		]) {
			expect(
				build({ 'user.name': 'a', 'entity.relationships.owns': given }, later).record,
			).toMatchObject({ entity: { relationships: { owns: sent } } });
		}
		const labels = { team: 'soc', level: 3, none: null, deep: { a: [1] } };
		for (const given of [labels, JSON.stringify(labels)]) {
			expect(build({ 'user.name': 'a', labels: given }, later).record).toMatchObject({ labels });
		}
		const circle: Record<string, unknown> = {};
		circle.self = circle;
		for (const given of ['team: soc', '[1]', ['a'], circle, { big: 1n }]) {
			expect(messages({ 'user.name': 'a', labels: given }, later)).toEqual([
				expect.stringMatching(/^labels expects a JSON object, got/),
			]);
		}
	});
});
