import { createHash } from 'node:crypto';

import type { EntityType } from '../../nodes/KibanaEntityStore/entity/fields';
import {
	deriveEuid,
	explainNotCreatable,
	identifyByEuid,
	identifyByName,
	type Identify,
} from '../../nodes/KibanaEntityStore/entity/identity';

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

/** The contract's table (§4.4), digests included. */
const VECTORS: Array<[EntityType, Document, string | undefined, string?, string?]> = [
	[
		'host',
		{ host: { name: 'web-01' } },
		'host:web-01',
		'603a215d57aab8ac67671284b5ad7d71',
		'5d9121c686dde5832139eb947ee6b4638763ac4aa06cfb0c3cdae244a427b1d5',
	],
	[
		'host',
		{ host: { id: ['i-0abc123'], name: 'web-01', hostname: ['web-01.local'] } },
		'host:i-0abc123',
		'45ac49fc907d57d1c28df22259e26555',
		'3da1e3c04af136fcdd34a8c694fd7c78ccb407e93ee2bad8470cd42ccc5dacfe',
	],
	[
		'host',
		{ host: { hostname: ['db-7', 'db-7.alias'] } },
		'host:db-7',
		'36083d4cea420f6ad0c8e91599352aff',
		'973de82b2fd154d274bc0715f98f89839255ee5ef2ae715db3dabc9d7d32870d',
	],
	[
		'host',
		{ host: { name: 'WEB-01' } },
		'host:WEB-01',
		'c86db97b6a370ce9712749d1bb1946ff',
		'a7541cad9fc8e1b4cbb09aa5235a10cb028f0c15d9ecce0d7ee56eaa107b2473',
	],
	[
		'host',
		{ host: { name: '', hostname: ['fallback'] } },
		'host:fallback',
		'6d9e9d807df4af9d41097dce841496a1',
		'a9a076d4961791e564454fd4970fde96e0c866ad9dae7ced6caa24c031822033',
	],
	[
		'host',
		{ 'host.name': 'dotted-01' },
		'host:dotted-01',
		'6c1292c18c34216081c5a292082e3044',
		'2f242c54034025064c14caf187dfe959898392c1e75f61edc9ebc523609e04c6',
	],
	[
		'host',
		{ host: { name: 'sérvér-é' } },
		'host:sérvér-é',
		'3b7998cdd97662c2cbdebf498ff5eea3',
		'9a3ed773501582da381a4d804283d4dca3e8e9e91c60e2845c353e00b48066b7',
	],
	['host', { host: { domain: ['corp.example'], ip: ['10.0.0.5'] } }, undefined],
	['user', { user: { name: 'alice' } }, undefined],
	[
		'user',
		{ entity: { id: '…' }, user: { name: 'alice' } },
		'user:alice@unknown',
		'a30716e9221acb1a30398405f6ca89b6',
		'dfbed019f11492da69033ba403f8ee585bbe7e1e7f0b345f6e335b6c527c5cd3',
	],
	[
		'user',
		{ entity: { id: '…' }, user: { name: 'alice', domain: ['corp.example'] } },
		'user:alice@corp.example@unknown',
		'59d569a558910adf0f07663b4f64118b',
		'21e69ade799651c9ea74af67c22d8259704645b79d85e242b95125b96387e45f',
	],
	[
		'user',
		{
			entity: { id: '…' },
			user: { id: ['S-1-5-21-1'], name: 'alice', domain: ['corp.example'] },
		},
		'user:S-1-5-21-1@unknown',
		'aeb203ebe85346ac645156939673477d',
		'c04a66d81a16e853fbfc3bd15118f285b4ddbc9c764feea3427d54523827da24',
	],
	[
		'user',
		{
			entity: { id: '…' },
			user: { email: ['alice@example.com', 'a@example.com'], id: ['42'], name: 'alice' },
		},
		'user:alice@example.com@unknown',
		'99da985b3d5d5fbb1310fc19dbd760ee',
		'4a8f2e530464681a60b8221e503f48c6cf85674f47b86831adc20463f3089d88',
	],
	['user', { entity: { id: '…' }, user: { full_name: ['Alice A.'], roles: ['admin'] } }, undefined],
	[
		'user',
		{ user: { email: 'alice@example.com' }, event: { kind: 'asset', module: 'okta' } },
		'user:alice@example.com@okta',
		'c42769f2735c543853c8aa1f1d4bcf33',
		'da14b3d69023c07ab7b898b4e0e1c2d1051977c7a66b25ac77debd6b95db49a8',
	],
	[
		'user',
		{ user: { name: 'alice' }, host: { id: 'h-1' } },
		'user:alice@h-1@local',
		'2c5168a26974d7b82e677ce17ccdbb3b',
		'8bdcf4d11b38bd65851f93e18514a86099e7867bd1b64f8d9bb3713f41c80acf',
	],
	[
		'service',
		{ service: { name: 'api-gateway' } },
		'service:api-gateway',
		'661c8522449d2a2dfbf89cf65878887d',
		'61ddcfd8ec4eedd34d6f1f954d2a7e9df8ee07260dcdd5451a86c19075954638',
	],
	['service', { service: { id: 'svc-1' } }, undefined],
	[
		'generic',
		{ entity: { id: 'arn:aws:s3:::my-bucket' } },
		'arn:aws:s3:::my-bucket',
		'79d69dc682d32243899fb90d18a05b56',
		'921a72e33486437a36c4290e4d105563b4691a410164c49609b1b0174cb3fba4',
	],
	[
		'generic',
		{ entity: { id: 'generic:thing-1' } },
		'generic:thing-1',
		'ad94ef404df248e402ddf98f3feef9b3',
		'b0d7bd9947852840b4a4c900454831c7f3622b0e0d6846c9c144a3128b8608bf',
	],
];

describe('the EUID that Kibana derives', () => {
	it.each(VECTORS)('of a %s, %j, is %p', (type, document, euid, ...digests) => {
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
