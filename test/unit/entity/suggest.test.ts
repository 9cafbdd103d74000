import fc from 'fast-check';

import {
	ENTITY_TYPES,
	FIELDS_OF,
	GENERATION_NAMES,
	type EntityType,
	type GenerationName,
} from '../../../nodes/KibanaEntityStore/entity/fields';
import { compileSuggest, suggestField } from '../../../nodes/KibanaEntityStore/entity/suggest';

/** The fields that can be sent for a type. */
const pathsOf = (type: EntityType, generation: GenerationName = 'v2'): string[] =>
	[...FIELDS_OF[generation][type].byPath.values()]
		.filter(({ protection }) => protection !== 'never' && protection !== 'unsent')
		.map(({ path }) => path);

const suggest = (type: EntityType, key: string, generation?: GenerationName) =>
	suggestField(key, pathsOf(type, generation));

describe('a suggestion for an unknown key', () => {
	it.each([
		// The same name in another notation.
		['user', 'user_email', 'user.email'],
		['user', 'User Email', 'user.email'],
		['user', 'userEmail', 'user.email'],
		['user', 'USER.NAME', 'user.name'],
		['user', 'userName', 'user.name'],
		['host', 'host-name', 'host.name'],
		['host', 'asset_serial_number', 'asset.serial_number'],
		['user', 'Asset Criticality', 'asset.criticality'],
		// Only the last part of it.
		['user', 'email', 'user.email'],
		['user', 'full_name', 'user.full_name'],
		['user', 'fullName', 'user.full_name'],
		['user', 'Full Name', 'user.full_name'],
		['user', 'criticality', 'asset.criticality'],
		['user', 'business_unit', 'asset.business_unit'],
		['host', 'ip', 'host.ip'],
		['user', 'profile.email', 'user.email'],
		// The name that another system gives it.
		['user', 'user.mail', 'user.email'],
		['user', 'mail', 'user.email'],
		['user', 'emailAddress', 'user.email'],
		['user', 'profile.emailAddress', 'user.email'],
		['user', 'displayName', 'user.full_name'],
		['service', 'displayName', 'entity.name'],
		['user', 'upn', 'user.name'],
		['user', 'userPrincipalName', 'user.name'],
		['user', 'department', 'asset.business_unit'],
		['user', 'owner', 'asset.owner'],
		['host', 'hostname', 'host.name'],
		['host', 'computerName', 'host.name'],
		['host', 'serialNumber', 'asset.serial_number'],
		['host', 'ipAddress', 'host.ip'],
		['host', 'IP Address', 'host.ip'],
		['host', 'os', 'host.os.name'],
		['host', 'manufacturer', 'asset.vendor'],
		['generic', 'region', 'cloud.region'],
		['user', 'id', 'user.id'],
		['host', 'id', 'host.id'],
		['generic', 'id', 'entity.id'],
		['host', 'host', 'host.name'],
		['user', 'objectSid', 'user.id'],
		// A typing error.
		['user', 'user.emial', 'user.email'],
		['user', 'user.fullname', 'user.full_name'],
		['user', 'asset.criticallity', 'asset.criticality'],
		['user', 'criticalty', 'asset.criticality'],
		['user', 'entity.lifecyle.first_seen', 'entity.lifecycle.first_seen'],
		['service', 'service.nmae', 'service.name'],
		// A field of another entity type is no typing error.
		['user', 'host.name', undefined],
		['host', 'user.name', undefined],
		['service', 'cloud.region', undefined],
		// Nothing that the entity type has, or that is near at all.
		['user', 'hostname', undefined],
		['host', 'mail', undefined],
		['user', 'favouriteColour', undefined],
		['user', 'manager', undefined],
		['user', 'jobTitle', undefined],
		['host', 'lastName', undefined],
		['user', 'status', undefined],
		['user', 'x', undefined],
		['user', '', undefined],
		['user', '...', undefined],
		['user', '__proto__', undefined],
		['user', 'constructor', undefined],
	] as const)('for a %s: %j is %j', (type, key, path) => {
		expect(suggest(type, key)).toBe(path);
	});

	it('keeps to what the Kibana in question knows', () => {
		expect(suggest('user', 'manager', 'v1')).toBe('entity.relationships.supervised_by');
		expect(suggest('host', 'os', 'v1')).toBeUndefined();
		expect(suggest('host', 'lastSeen', 'v1')).toBe('entity.lifecycle.last_activity');
		expect(suggest('host', 'lastSeen', 'v2')).toBe('entity.lifecycle.last_seen');
	});

	it('is one of the paths or none, whatever the key', () => {
		const anyPath = fc.constantFrom(...ENTITY_TYPES.flatMap((type) => pathsOf(type)));
		const nearlyAPath = fc
			.tuple(anyPath, fc.nat(), fc.string({ maxLength: 2 }))
			.map(([path, at, more]) => {
				const cut = at % path.length;
				return path.slice(0, cut) + more + path.slice(cut + 1);
			});
		fc.assert(
			fc.property(
				fc.oneof(fc.string(), fc.string({ unit: 'binary' }), anyPath, nearlyAPath),
				fc.constantFrom(...ENTITY_TYPES),
				fc.constantFrom(...GENERATION_NAMES),
				(key, type, generation) => {
					const paths = pathsOf(type, generation);
					const suggestion = suggestField(key, paths);
					expect([...paths, undefined]).toContain(suggestion);
					if (paths.includes(key)) expect(suggestion).toBe(key);
				},
			),
		);
	});

	it('is found for each path with one letter left out of its last part', () => {
		for (const path of pathsOf('user')) {
			const last = path.lastIndexOf('.') + 1;
			if (path.length - last < 5) continue;
			const key = path.slice(0, last + 2) + path.slice(last + 3);
			expect({ key, found: suggest('user', key) !== undefined }).toEqual({ key, found: true });
		}
	});

	it('is not sought for a key that is longer than any name', () => {
		const letters = { read: 0 };
		const paths = new Proxy(pathsOf('user'), {
			get: (target, name, receiver): unknown => {
				letters.read += 1;
				return Reflect.get(target, name, receiver);
			},
		});
		expect(suggestField(`user.mail${'l'.repeat(1_000_000)}`, paths)).toBeUndefined();
		expect(letters.read).toBe(0);
	});

	it('is remembered, and given for 1,000 keys at most', () => {
		const suggested = compileSuggest('v2', 'user');
		expect(suggested('user.mail')).toBe('user.email');
		for (let at = 0; at < 2_000; at += 1) suggested(`key ${at}`);
		expect(suggested('user.mail')).toBe('user.email');
		expect(suggested('emailAddress')).toBeUndefined();
	});
});
