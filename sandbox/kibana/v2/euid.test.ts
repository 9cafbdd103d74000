import type { EntityType } from '../definitions';
import { deriveEuid, digestOf } from './euid';
import { EUID_VECTORS } from './euidVectors';

const withId = (user: object) => ({ entity: { id: '…' }, user });

describe('the EUID', () => {
	it.each(EUID_VECTORS)(
		'of the %s %j is %s, with both digests',
		(type, document, euid, ...digests) => {
			expect(deriveEuid(type, document)).toBe(euid);
			const found = euid === undefined ? [] : [digestOf(euid, 'md5'), digestOf(euid, 'sha256')];
			expect(found).toEqual(digests);
		},
	);

	it.each<[EntityType, object]>([
		['host', { host: { domain: ['corp.example'], ip: ['10.0.0.5'] } }],
		['host', { host: { id: [], name: '', hostname: [''] } }],
		['user', { user: { name: 'alice' } }],
		['user', withId({ full_name: ['Alice A.'], roles: ['admin'] })],
		['user', { entity: { id: '' }, user: { name: 'alice' } }],
		['service', { service: { id: 'svc-1' } }],
		['generic', { entity: { id: '' } }],
		['generic', {}],
	])('of the %s %j does not exist', (type, document) => {
		expect(deriveEuid(type, document)).toBeUndefined();
	});

	it('uses the first element of an array only, even when it is empty', () => {
		expect(deriveEuid('host', { host: { id: ['', 'b'], name: 'a' } })).toBe('host:a');
		expect(deriveEuid('host', { host: { name: ' A ' } })).toBe('host: A ');
	});
});

describe('a user from the logs', () => {
	const alice = { user: { email: ['alice@example.com'], name: 'alice' } };
	const asset = (event: object, more: object = {}) => ({
		...alice,
		event: { kind: ['event', 'asset'], ...event },
		...more,
	});

	it.each<[string, object, string | undefined]>([
		['a failure', asset({ outcome: 'failure' }), undefined],
		['an asset without a module', asset({}), 'unknown'],
		['a module of its own', asset({ module: 'jamf' }), 'jamf'],
		['azure', asset({ module: 'azure' }), 'entra_id'],
		['entityanalytics_okta', asset({ module: 'entityanalytics_okta' }), 'okta'],
		['o365_metrics', asset({ module: 'o365_metrics' }), 'microsoft_365'],
		[
			'a dataset',
			asset({}, { data_stream: { dataset: 'entityanalytics_ad.user' } }),
			'active_directory',
		],
		[
			'a module before a dataset',
			asset({ module: 'okta' }, { data_stream: { dataset: 'o365.a' } }),
			'okta',
		],
		[
			'IAM of a fitting type',
			{ ...alice, event: { category: ['iam'], type: ['user', 'change'], module: 'okta' } },
			'okta',
		],
		['IAM of another type', { ...alice, event: { category: ['iam'], type: ['info'] } }, undefined],
	])('with %s', (_, document, namespace) => {
		const euid = namespace && `user:alice@example.com@${namespace}`;
		expect(deriveEuid('user', document)).toBe(euid);
	});

	it.each<[string, object, string | undefined]>([
		['its host', {}, 'user:alice@h-1@local'],
		[
			'its host, whatever else is known',
			{ user: { name: 'alice', email: ['a@b.c'] } },
			'user:alice@h-1@local',
		],
		['a name that many hosts have', { user: { name: 'root' } }, undefined],
		['such a name and an ID', { user: { name: 'root' }, entity: { id: 'x' } }, 'user:root@unknown'],
		['such a name in other letters', { user: { name: 'Root' } }, 'user:Root@h-1@local'],
		['no name', { user: { email: ['a@b.c'] } }, undefined],
		['an identity provider', { event: { kind: 'asset', module: 'okta' } }, 'user:alice@okta'],
	])('is local by %s', (_, more, euid) => {
		const document = { user: { name: 'alice' }, host: { id: ['h-1'] }, ...more };
		expect(deriveEuid('user', document)).toBe(euid);
	});
});
