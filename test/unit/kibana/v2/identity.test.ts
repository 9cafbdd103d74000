import type { EntityType } from '../../../../nodes/KibanaEntityStore/entity/fields';
import {
	identifyByEuid,
	notCreatable,
} from '../../../../nodes/KibanaEntityStore/kibana/v2/identity';
import { identify } from '../identify';

type Document = Record<string, unknown>;

describe('identity by EUID (second generation)', () => {
	it.each<[EntityType, Document, string]>([
		['user', { 'user.email': ['a@b.c', 'd@e.f'], 'user.name': 'alice' }, 'user:a@b.c@unknown'],
		['user', { 'user.name': 'alice', 'user.domain': ['corp'] }, 'user:alice@corp@unknown'],
		['user', { 'entity.id': 'user:alice@unknown', 'user.name': 'alice' }, 'user:alice@unknown'],
		['user', { 'entity.id': 'user:a@b.c@okta' }, 'user:a@b.c@okta'],
		['user', { 'entity.id': 'user:a@b.c@okta', 'user.domain': ['b.c'] }, 'user:a@b.c@okta'],
		['host', { 'host.name': 'web-01' }, 'host:web-01'],
		['host', { 'entity.id': 'host:web-01', 'host.ip': ['10.0.0.1'] }, 'host:web-01'],
		['service', { 'service.name': 'api' }, 'service:api'],
		['generic', { 'entity.id': 'arn:x' }, 'arn:x'],
	])('of a %s %j is %s', (type, fields, entityId) => {
		expect(identify(identifyByEuid, type, fields)).toEqual({
			entityId,
			values: { ...fields, 'entity.id': entityId },
		});
	});

	it.each<[EntityType, Document, string, RegExp]>([
		[
			'user',
			{ 'entity.id': 'jane', 'user.email': ['j@b.c'], 'user.name': 'jane' },
			'entity.id does not agree with user.email, for which this Kibana has the ID "user:j@b.c@unknown"',
			/^Leave Entity ID out of the mapping, so that it follows from user\.email/,
		],
		[
			'user',
			{ 'entity.id': 'user:j@b.c@okta', 'user.email': ['j@b.c'] },
			'entity.id does not agree with user.email, for which this Kibana has the ID "user:j@b.c@unknown"',
			/identity provider are written by ID alone: leave user\.email, user\.id and user\.name out/,
		],
		[
			'host',
			{ 'entity.id': 'host:zzz', 'host.name': 'a' },
			'entity.id does not agree with host.name, for which this Kibana has the ID "host:a"',
			/^Leave Entity ID out/,
		],
		[
			'user',
			{ 'user.roles': ['x'] },
			'Nothing names this user',
			/^Map user\.email, user\.id or user\.name, or Entity ID \(entity\.id\)$/,
		],
		['host', {}, 'Nothing names this host', /^Map host\.id, host\.name or host\.hostname, or /],
		['service', {}, 'Nothing names this service', /^Map service\.name, or Entity ID/],
		['generic', {}, 'Nothing names this entity', /^Map Entity ID \(entity\.id\)$/],
	])('refuses a %s %j', (type, fields, message, hint) => {
		expect(identify(identifyByEuid, type, fields)).toMatchObject({
			problem: { field: 'entity.id', message, hint: expect.stringMatching(hint) },
		});
	});

	it('addresses a user of an identity provider by ID alone', () => {
		const fields = {
			'user.email': ['alice@example.com'],
			'user.id': ['42'],
			'user.name': 'alice',
			'user.roles': ['admin'],
		};
		expect(identify(identifyByEuid, 'user', fields, 'okta')).toEqual({
			entityId: 'user:alice@example.com@okta',
			values: { 'entity.id': 'user:alice@example.com@okta', 'user.roles': ['admin'] },
		});
		const mapped = { 'entity.id': 'user:alice@example.com@okta' };
		expect(identify(identifyByEuid, 'user', mapped, 'okta')).toMatchObject({
			entityId: 'user:alice@example.com@okta',
		});
		expect(identify(identifyByEuid, 'user', { ...fields, ...mapped }, 'entra_id')).toMatchObject({
			problem: { message: expect.stringContaining('"user:alice@example.com@entra_id"') },
		});
		expect(identify(identifyByEuid, 'user', {}, 'okta')).toHaveProperty('problem');
		// Other types have no identity provider.
		expect(identify(identifyByEuid, 'host', { 'host.name': 'a' }, 'okta')).toMatchObject({
			entityId: 'host:a',
		});
	});

	it('addresses a local account by its name and the ID of its host', () => {
		const fields = { 'user.name': 'alice', 'host.id': ['h-1'] };
		expect(identify(identifyByEuid, 'user', fields, 'local')).toMatchObject({
			entityId: 'user:alice@h-1@local',
		});
		for (const incomplete of [
			{ 'user.name': 'alice' },
			{ 'user.name': 'root', 'host.id': ['h-1'] },
		]) {
			expect(identify(identifyByEuid, 'user', incomplete, 'local')).toMatchObject({
				problem: { hint: expect.stringMatching(/^Map user\.name and host\.id/) },
			});
		}
	});
});

describe('what the API cannot create', () => {
	const isSelfNamed = (type: EntityType, fields: Document, identityProvider?: string) => {
		const identified = identifyByEuid((path) => fields[path], type, identityProvider);
		return 'entityId' in identified && identified.isSelfNamed;
	};

	it('is a record without naming fields', () => {
		expect(isSelfNamed('user', { 'entity.id': 'user:a@b.c@okta' })).toBe(false);
		expect(isSelfNamed('user', { 'user.email': ['a@b.c'] }, 'okta')).toBe(false);
		expect(isSelfNamed('host', { 'entity.id': 'host:a', 'host.ip': ['::1'] })).toBe(false);
		const named = { 'entity.id': 'user:a@unknown', 'user.name': 'a' };
		expect(isSelfNamed('user', named)).toBe(true);
		expect(isSelfNamed('host', { 'host.name': 'a' })).toBe(true);
		expect(isSelfNamed('generic', { 'entity.id': 'arn:x' })).toBe(true);
	});

	it('has a reason that depends on its kind', () => {
		const ofProvider = notCreatable('user', 'user:a@b.c@okta');
		expect(ofProvider.message).toMatch(/identity provider cannot be/);
		expect(ofProvider.fix).toBe('createOwnUser');
		expect(notCreatable('user', 'user:a@unknown').message).toMatch(/from an entity ID alone/);
		expect(notCreatable('host', 'host:a').hint).toMatch(
			/^Map one of host\.id, host\.name, host\.hostname/,
		);
	});
});
