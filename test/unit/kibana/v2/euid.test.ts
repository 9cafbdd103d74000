import { createHash } from 'node:crypto';

import type { EntityType } from '../../../../nodes/KibanaEntityStore/entity/fields';
import { deriveEuid } from '../../../../nodes/KibanaEntityStore/kibana/v2/euid';
import { EUID_VECTORS } from '../../../../sandbox/kibana/v2/euidVectors';

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

/** Returns the entity ID, and the fields as they are sent. */
