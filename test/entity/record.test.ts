import fc from 'fast-check';

import {
	ENTITY_TYPES,
	FIELDS,
	FIELDS_OF,
	type EntityType,
} from '../../nodes/KibanaEntityStore/entity/fields';
import { buildRecord, type RecordRules } from '../../nodes/KibanaEntityStore/entity/record';

const build = (source: Record<string, unknown>, rules: Partial<RecordRules> = {}) =>
	buildRecord(source, {
		entityType: 'user',
		force: true,
		unknownKeys: 'reject',
		timeZone: 'UTC',
		...rules,
	});

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
		[{}, 'entity.id is required'],
		[{ 'user.email': 'a@example.com' }, 'entity.id is required'],
		[{ 'entity.id': 'a', foo: 1 }, 'foo is not a field of a user entity'],
		[{ 'entity.id': 'a', host: { ip: '::1' } }, 'host is not a field of a user entity'],
		[{ 'entity.id': 'a', user: 'alice' }, 'user holds further fields, got text'],
		[
			{ 'entity.id': 'a', user: { name: 'a', emial: 'x' } },
			'user.emial is not a field of a user entity',
		],
		[
			{ 'entity.id': 'a', 'asset.criticality': 'severe' },
			'asset.criticality expects one of low_impact, medium_impact, high_impact, extreme_impact, got "severe"',
		],
		[
			{ 'entity.id': 'a', 'entity.risk.calculated_score_norm': 250 },
			'entity.risk.calculated_score_norm expects 100 or less',
		],
		[{ 'entity.id': { a: 1 } }, 'entity.id expects text, got an object'],
		[
			{ 'entity.id': 'a', '@timestamp': '2026-01-01T00:00:00Z' },
			'@timestamp cannot be written: Kibana sets it itself and refuses any value; leave it out',
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
			{ unknownKeys: 'leaveOut' },
		);
		expect(built.record).toEqual({
			entity: { id: 'a' },
			user: { name: 'a', email: ['a@example.com'] },
		});
		expect(built.leftOut).toEqual(['id', 'user.profile', 'host']);
	});

	it('ignores prototype keys and treats them as unknown', () => {
		const source = JSON.parse('{"__proto__":{"x":1},"constructor":{"y":1},"entity.id":"a"}');
		expect(build(source, { unknownKeys: 'leaveOut' })).toMatchObject({
			record: { entity: { id: 'a' } },
			leftOut: ['__proto__', 'constructor'],
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
				(entityType, source) => {
					const built = build(source, { entityType });
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
	it('states each path once per entity type', () => {
		for (const entityType of ENTITY_TYPES) {
			const paths = FIELDS.filter((one) => one.entityTypes.includes(entityType)).map(
				({ path }) => path,
			);
			expect(new Set(paths).size).toBe(paths.length);
		}
	});

	it('has no path that is a section of another', () => {
		for (const entityType of ENTITY_TYPES) {
			const { byPath, sections } = FIELDS_OF[entityType as EntityType];
			expect([...byPath.keys()].filter((path) => sections.has(path))).toEqual([]);
		}
	});

	it('gives every choice its values and nothing else any', () => {
		for (const one of FIELDS) expect(one.values !== undefined).toBe(one.type === 'choice');
	});
});
