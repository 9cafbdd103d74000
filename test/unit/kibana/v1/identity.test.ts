import type { EntityType } from '../../../../nodes/KibanaEntityStore/entity/fields';
import { identifyByName } from '../../../../nodes/KibanaEntityStore/kibana/v1/identity';
import { identify } from '../identify';

type Document = Record<string, unknown>;

describe('identity by name (first generation)', () => {
	it.each<[EntityType, Document, string]>([
		['user', { 'user.name': 'alice' }, 'alice'],
		['host', { 'host.name': 'web-01', 'host.id': ['i-1'] }, 'web-01'],
		['service', { 'service.name': 'api' }, 'api'],
		['user', { 'entity.id': 'jane', 'user.name': 'alice' }, 'jane'],
		['generic', { 'entity.id': 'arn:x' }, 'arn:x'],
	])('of a %s %j is %s', (type, fields, entityId) => {
		expect(identify(identifyByName, type, fields)).toEqual({
			entityId,
			values: { ...fields, 'entity.id': entityId },
		});
	});

	it('adds the name that the section requires', () => {
		const fields = { 'entity.id': 'jane', 'user.email': ['jane@example.com'] };
		expect(identify(identifyByName, 'user', fields)).toMatchObject({
			values: { ...fields, 'user.name': 'jane' },
		});
	});

	it.each<[EntityType, string]>([
		['user', 'Map user.name, or Entity ID (entity.id)'],
		['generic', 'Map Entity ID (entity.id)'],
	])('needs something that names the %s', (type, hint) => {
		const message = `Nothing names this ${type === 'user' ? 'user' : 'entity'}`;
		expect(identify(identifyByName, type, { 'user.email': ['a@b.c'] })).toMatchObject({
			problem: { field: 'entity.id', message, hint },
		});
	});
});
