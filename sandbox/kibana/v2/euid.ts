/** How Kibana names an entity: the EUID and the ID of its document (docs/kibana-api.md#euid). */
import { createHash } from 'node:crypto';

import type { EntityType } from '../definitions';
import { expandDottedKeys, valuesAt, type EntityDocument } from './documents';

export type DigestAlgorithm = 'sha256' | 'md5';

/** The document ID in Elasticsearch, which is also the name of a failed row (docs/kibana-api.md#bulk-update). */
export const digestOf = (euid: string, algorithm: DigestAlgorithm = 'sha256'): string =>
	createHash(algorithm).update(euid, 'utf8').digest('hex');

/** Returns the first value of a field. The field is missing when its first value is empty. */
const first = (document: EntityDocument, path: string): string | undefined => {
	const [value] = valuesAt(document, path);
	return value === undefined || value === null || value === '' ? undefined : String(value);
};

const firstOf = (document: EntityDocument, paths: readonly string[]): string | undefined => {
	for (const path of paths) {
		const value = first(document, path);
		if (value !== undefined) return value;
	}
	return undefined;
};

const NAMESPACES: Readonly<Record<string, string>> = {
	okta: 'okta',
	entityanalytics_okta: 'okta',
	azure: 'entra_id',
	entityanalytics_entra_id: 'entra_id',
	o365: 'microsoft_365',
	o365_metrics: 'microsoft_365',
	entityanalytics_ad: 'active_directory',
};

const namespaceOf = (document: EntityDocument): string => {
	const dataset = first(document, 'data_stream.dataset')?.split('.')[0];
	const source = first(document, 'event.module') ?? dataset;
	if (source === undefined || source === '') return 'unknown';
	return Object.hasOwn(NAMESPACES, source) ? (NAMESPACES[source] as string) : source;
};

/** Accounts that exist on many machines, so that name and host do not identify a person. */
const SHARED_NAMES = new Set([
	...['root', 'bin', 'daemon', 'sys', 'nobody', 'jenkins', 'ansible', 'deploy', 'terraform'],
	...['gitlab-runner', 'postgres', 'mysql', 'redis', 'elasticsearch', 'kafka', 'admin'],
	...['operator', 'service'],
]);

const IDENTITY_EVENTS = ['user', 'group', 'creation', 'deletion'];

const isFromIdentityProvider = (document: EntityDocument): boolean => {
	if (valuesAt(document, 'event.kind').includes('asset')) return true;
	const types = valuesAt(document, 'event.type');
	return (
		valuesAt(document, 'event.category').includes('iam') &&
		IDENTITY_EVENTS.some((type) => types.includes(type))
	);
};

const deriveUser = (document: EntityDocument): string | undefined => {
	const [email, id, name] = ['email', 'id', 'name'].map((key) => first(document, `user.${key}`));
	if (valuesAt(document, 'event.outcome').includes('failure')) return undefined;
	if (email === undefined && id === undefined && name === undefined) return undefined;

	const host = first(document, 'host.id');
	const fromProvider = isFromIdentityProvider(document);
	if (name !== undefined && host !== undefined && !fromProvider && !SHARED_NAMES.has(name)) {
		return `user:${name}@${host}@local`;
	}
	if (first(document, 'entity.id') === undefined && !fromProvider) return undefined;

	const namespace = namespaceOf(document);
	const domain = first(document, 'user.domain');
	const account = domain === undefined ? name : `${name}@${domain}`;
	return `user:${email ?? id ?? account}@${namespace}`;
};

const prefixed = (type: EntityType, value: string | undefined): string | undefined =>
	value === undefined ? undefined : `${type}:${value}`;

/** Returns the EUID from the identity fields of a document, or undefined. */
export const deriveEuid = (type: EntityType, doc: unknown): string | undefined => {
	const document = expandDottedKeys(doc);
	switch (type) {
		case 'host':
			return prefixed(type, firstOf(document, ['host.id', 'host.name', 'host.hostname']));
		case 'service':
			return prefixed(type, first(document, 'service.name'));
		case 'user':
			return deriveUser(document);
		default:
			return first(document, 'entity.id');
	}
};
