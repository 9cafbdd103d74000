import { createHash } from 'node:crypto';

import type { EntityType } from '../../../nodes/KibanaEntityStore/entity/fields';
import {
	deriveEuid,
	explainNotCreatable,
	identifyByEuid,
	identifyByName,
	type Identify,
} from '../../../nodes/KibanaEntityStore/entity/identity';
import { EUID_VECTORS } from '../../../sandbox/kibana/v2/euidVectors';

type Document = Record<string, unknown>;

const read =
	(document: Document) =>
	(path: string): unknown =>
		document[path] ??
		path
			.split('.')
			.reduce<unknown>((section, key) => (section as Document | undefined)?.[key], document);

const digest = (algorithm: string, text: string): string =>
	createHash(algorithm).update(text).digest('hex');

const derive = (type: EntityType, document: Document) => deriveEuid(type, read(document));

describe('the EUID that Kibana derives', () => {
	it.each(EUID_VECTORS)('of a %s, %j, is %p', (type, document, euid, ...digests) => {
		expect(derive(type, document)).toBe(euid);
		const found = euid === undefined ? [] : ['md5', 'sha256'].map((name) => digest(name, euid));
		expect(found).toEqual(digests);
	});

	it.each<[string, Document, string | undefined]>([
		['no name at all', { entity: { id: 'x' }, event: { kind: 'asset' } }, undefined],
		[
			'a failed event',
			{ entity: { id: 'x' }, user: { name: 'a' }, event: { outcome: 'failure' } },
			undefined,
		],
		['neither an ID nor an event', { user: { email: ['a@b.c'] } }, undefined],
		['an empty ID', { entity: { id: '' }, user: { name: 'a' } }, undefined],
		[
			'an asset among kinds',
			{ user: { name: 'a' }, event: { kind: ['state', 'asset'] } },
			'user:a@unknown',
		],
		['a shared name on a host', { user: { name: 'root' }, host: { id: 'h' } }, undefined],
		[
			'a shared name on a host, with an ID',
			{ entity: { id: 'x' }, user: { name: 'root' }, host: { id: 'h' } },
			'user:root@unknown',
		],
		[
			'an identity event with a host',
			{ user: { name: 'a' }, host: { id: 'h' }, event: { kind: 'asset', module: 'okta' } },
			'user:a@okta',
		],
	])('passes the gate for users or not: %s', (_, document, euid) => {
		expect(derive('user', document)).toBe(euid);
	});

	it.each([
		['okta', 'okta'],
		['entityanalytics_okta', 'okta'],
		['azure', 'entra_id'],
		['entityanalytics_entra_id', 'entra_id'],
		['o365', 'microsoft_365'],
		['o365_metrics', 'microsoft_365'],
		['entityanalytics_ad', 'active_directory'],
		['jamf', 'jamf'],
		['constructor', 'constructor'],
	])('names the source %s as %s', (source, namespace) => {
		const asset = { user: { id: '7' }, event: { kind: 'asset' } };
		const euid = `user:7@${namespace}`;
		expect(derive('user', { ...asset, event: { kind: 'asset', module: source } })).toBe(euid);
		const dataset = { ...asset, data_stream: { dataset: `${source}.users` } };
		expect(derive('user', dataset)).toBe(euid);
	});
});

/** The entity ID, and the fields as they would be sent. */
const identify = (by: Identify, type: EntityType, fields: Document, identityProvider?: string) => {
	const identified = by((path) => fields[path], type, identityProvider);
	if ('problem' in identified) return identified;
	const { entityId, namePath, without = [] } = identified;
	const sent = Object.entries(fields).filter(([path]) => !without.includes(path));
	const isInSection = sent.some(([path]) => path.startsWith(`${type}.`));
	const named = namePath !== undefined && isInSection ? { [namePath]: entityId } : {};
	return { entityId, values: { ...named, ...Object.fromEntries(sent), 'entity.id': entityId } };
};

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

	it('fills in the name that the section must hold', () => {
		const fields = { 'entity.id': 'jane', 'user.email': ['jane@example.com'] };
		expect(identify(identifyByName, 'user', fields)).toMatchObject({
			values: { ...fields, 'user.name': 'jane' },
		});
	});

	it.each<[EntityType, string]>([
		['user', 'Map Entity ID (entity.id), or user.name'],
		['generic', 'Map Entity ID (entity.id)'],
	])('needs something that names the %s', (type, hint) => {
		expect(identify(identifyByName, type, { 'user.email': ['a@b.c'] })).toMatchObject({
			problem: { field: 'entity.id', text: 'is required', hint },
		});
	});
});

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
			'does not agree with user.email, for which this Kibana has the ID "user:j@b.c@unknown"',
			/^Leave Entity ID out of the mapping, so that it follows from user\.email/,
		],
		[
			'user',
			{ 'entity.id': 'user:j@b.c@okta', 'user.email': ['j@b.c'] },
			'does not agree with user.email, for which this Kibana has the ID "user:j@b.c@unknown"',
			/identity provider are written by ID alone: leave user\.email, user\.id and user\.name out/,
		],
		[
			'host',
			{ 'entity.id': 'host:zzz', 'host.name': 'a' },
			'does not agree with host.name, for which this Kibana has the ID "host:a"',
			/^Leave Entity ID out/,
		],
		[
			'user',
			{ 'user.roles': ['x'] },
			'is required',
			/or one of user\.email, user\.id, user\.name$/,
		],
		['host', {}, 'is required', /or one of host\.id, host\.name, host\.hostname$/],
		['service', {}, 'is required', /or service\.name$/],
		['generic', {}, 'is required', /^Map Entity ID \(entity\.id\)$/],
	])('refuses a %s %j', (type, fields, text, hint) => {
		expect(identify(identifyByEuid, type, fields)).toMatchObject({
			problem: { field: 'entity.id', text, hint: expect.stringMatching(hint) },
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
			problem: { text: expect.stringContaining('"user:alice@example.com@entra_id"') },
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
	const explain = (type: EntityType, entityId: string, document: Document) =>
		explainNotCreatable(type, entityId, read({ entity: { id: entityId }, ...document }));

	it('is what has no naming fields, with the reason of its kind', () => {
		expect(explain('user', 'user:a@b.c@okta', {})?.message).toMatch(/identity provider cannot be/);
		expect(explain('user', 'user:a@unknown', {})?.message).toMatch(/from an entity ID alone/);
		expect(explain('host', 'host:a', { host: { ip: ['::1'] } })?.hint).toMatch(
			/^Map one of host\.id, host\.name, host\.hostname/,
		);
	});

	it('is nothing else', () => {
		expect(explain('user', 'user:a@unknown', { user: { name: 'a' } })).toBeUndefined();
		expect(explain('host', 'host:a', { host: { name: 'a' } })).toBeUndefined();
		expect(explain('generic', 'arn:x', {})).toBeUndefined();
	});
});
