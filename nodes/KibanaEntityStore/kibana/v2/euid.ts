/** The EUID of an entity: the ID that Kibana 9.4 and later derive from its fields. */
import type { EntityType } from '../../entity/fields';
import { firstText, LOCAL, type FieldReader } from '../../entity/identity';

const NAMESPACE_OF_MODULE: Readonly<Record<string, string>> = {
	okta: 'okta',
	entityanalytics_okta: 'okta',
	azure: 'entra_id',
	entityanalytics_entra_id: 'entra_id',
	o365: 'microsoft_365',
	o365_metrics: 'microsoft_365',
	entityanalytics_ad: 'active_directory',
};

/** The namespace of a user whose document names no source. It is the only one that a client can create. */
export const UNKNOWN = 'unknown';

const namespaceOf = (read: FieldReader): string => {
	const source =
		firstText(read, 'event.module') ?? firstText(read, 'data_stream.dataset')?.split('.')[0];
	if (!source) return UNKNOWN;
	return Object.hasOwn(NAMESPACE_OF_MODULE, source)
		? (NAMESPACE_OF_MODULE[source] as string)
		: source;
};

/** Names that many hosts share. Kibana does not treat them as accounts of one host (docs/kibana-api.md#euid). */
const SHARED_NAMES = new Set([
	...['root', 'bin', 'daemon', 'sys', 'nobody', 'jenkins', 'ansible', 'deploy', 'terraform'],
	...['gitlab-runner', 'postgres', 'mysql', 'redis', 'elasticsearch', 'kafka', 'admin'],
	...['operator', 'service'],
]);

const localAccount = (read: FieldReader): string | undefined => {
	const name = firstText(read, 'user.name');
	const hostId = firstText(read, 'host.id');
	if (name === undefined || hostId === undefined || SHARED_NAMES.has(name)) return undefined;
	return `${name}@${hostId}`;
};

const account = (read: FieldReader): string | undefined => {
	const name = firstText(read, 'user.name');
	const domain = firstText(read, 'user.domain');
	return (
		firstText(read, 'user.email') ??
		firstText(read, 'user.id') ??
		(name !== undefined && domain !== undefined ? `${name}@${domain}` : name)
	);
};

/** Returns the EUID of a user in a namespace, without checking whether Kibana would derive it. */
export const userEuid = (read: FieldReader, namespace: string): string | undefined => {
	const name = namespace === LOCAL ? localAccount(read) : account(read);
	return name === undefined ? undefined : `user:${name}@${namespace}`;
};

const holds = (read: FieldReader, path: string, wanted: string): boolean =>
	[read(path)].flat().includes(wanted);

/** Kibana derives users only from documents that describe an identity (docs/kibana-api.md#euid). */
const deriveUser = (read: FieldReader): string | undefined => {
	if (holds(read, 'event.outcome', 'failure')) return undefined;
	const isOfProvider = holds(read, 'event.kind', 'asset');
	if (!isOfProvider && localAccount(read) !== undefined) return userEuid(read, LOCAL);
	if (!isOfProvider && firstText(read, 'entity.id') === undefined) return undefined;
	return userEuid(read, namespaceOf(read));
};

const prefixed = (prefix: string, value: string | undefined): string | undefined =>
	value === undefined ? undefined : `${prefix}:${value}`;

/**
 * Returns the EUID that Kibana derives for a document (docs/kibana-api.md#euid). Events of the category `iam`
 * are not distinguished: the schema of the API accepts no `event` fields, so they never occur.
 *
 * @param read reads the fields of the document, expanded and as Kibana would store them
 * @returns undefined when nothing can be derived: the document then needs an entity ID
 */
export const deriveEuid = (type: EntityType, read: FieldReader): string | undefined => {
	switch (type) {
		case 'generic':
			return firstText(read, 'entity.id');
		case 'host':
			return prefixed(
				'host',
				firstText(read, 'host.id') ??
					firstText(read, 'host.name') ??
					firstText(read, 'host.hostname'),
			);
		case 'service':
			return prefixed('service', firstText(read, 'service.name'));
		case 'user':
			return deriveUser(read);
	}
};
