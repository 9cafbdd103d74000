/** Parameters that say which entity an item is about, and what they hold. */
import type { IDataObject, INodeProperties } from 'n8n-workflow';

import { isEntityType, type EntityType } from '../entity/fields';
import type { Failure } from '../failure';
import { IDENTITY_PROVIDERS } from './entity/write/options';
import { entityType } from './parameters';
import { invalid, invalidEntityType } from './itemFailures';
import type { ItemCall } from './perItem';

const identifyBy: INodeProperties = {
	displayName: 'Identify By',
	name: 'identifyBy',
	type: 'options',
	noDataExpression: true,
	default: 'id',
	options: [
		{
			name: 'Entity ID',
			value: 'id',
			description: 'The ID of the entity, as Kibana and this node show it',
		},
		{
			name: 'Fields',
			value: 'fields',
			description:
				'Fields that name the entity, such as its email address; the ID follows from them',
		},
	],
};

export const entityId: INodeProperties = {
	displayName: 'Entity ID',
	name: 'entityId',
	type: 'string',
	required: true,
	default: '',
	placeholder: 'e.g. user:jane@example.com@okta',
	description: 'The ID of the entity, as Kibana shows it',
};

/** By its name in the collection: the field that it stands for. */
const PATHS: Readonly<Record<string, string>> = {
	hostHostname: 'host.hostname',
	hostId: 'host.id',
	hostName: 'host.name',
	serviceName: 'service.name',
	userDomain: 'user.domain',
	userEmail: 'user.email',
	userId: 'user.id',
	userName: 'user.name',
};

const text = (displayName: string, name: string, placeholder: string): INodeProperties => ({
	displayName,
	name,
	type: 'string',
	default: '',
	placeholder: `e.g. ${placeholder}`,
});

const namingFields: INodeProperties = {
	displayName: 'Naming Fields',
	name: 'namingFields',
	type: 'collection',
	default: {},
	placeholder: 'Add Field',
	description:
		'What is known of the entity. Kibana 9.4 and later know a user by email, ID or name, a host by ID, name or hostname; Kibana 9.2 and 9.3 know both by name alone.',
	displayOptions: { show: { identifyBy: ['fields'] } },
	options: [
		text('Host ID', 'hostId', 'i-0abc123'),
		text('Host Name', 'hostName', 'web-01'),
		text('Hostname', 'hostHostname', 'web-01.example.com'),
		{
			displayName: 'Identity Provider',
			name: 'identityProvider',
			type: 'options',
			default: 'none',
			description:
				'Where the user comes from, if Kibana has found it in logs. An expression may give any other source, as in the part after the last @ of the IDs.',
			options: IDENTITY_PROVIDERS.filter(({ value }) => value !== 'custom'),
		},
		text('Service Name', 'serviceName', 'checkout'),
		text('User Domain', 'userDomain', 'corp.example'),
		text('User Email', 'userEmail', 'jane@example.com'),
		text('User ID', 'userId', 'S-1-5-21-1'),
		text('User Name', 'userName', 'jane'),
	],
};

/** For operations that have to know the type in any case. */
export const typedEntity: readonly INodeProperties[] = [
	entityType,
	identifyBy,
	{ ...entityId, displayOptions: { show: { identifyBy: ['id'] } } },
	namingFields,
];

/** For operations to which an ID says enough. */
export const anyEntity: readonly INodeProperties[] = [
	identifyBy,
	{ ...entityId, displayOptions: { show: { identifyBy: ['id'] } } },
	{ ...entityType, displayOptions: { show: { identifyBy: ['fields'] } } },
	namingFields,
];

/** The entity of an item. The type is known when the item has to say it. */
export interface IdentifiedEntity {
	readonly id: string;
	readonly type: EntityType;
}

export type ReadEntity =
	| IdentifiedEntity
	| { readonly failure: Failure; readonly entityType?: string };

/** Returns the namespace that a choice of identity provider stands for; undefined for none. */
const namespaceOf = (given: unknown): string | undefined =>
	given === undefined || given === '' || given === 'none' ? undefined : String(given);

/** Stored documents have lists, of which Kibana takes the first value (docs/kibana-api.md#euid). */
const firstTextOf = (value: unknown): string => String([value].flat()[0] ?? '');

/** Returns which entity an item is about, or what is missing to say it. */
export const readEntity = ({ context, index, generation }: ItemCall): ReadEntity => {
	const type = context.getNodeParameter('entityType', index, 'user');
	if (!isEntityType(type)) {
		return { failure: invalidEntityType() };
	}
	if (context.getNodeParameter('identifyBy', index, 'id') === 'id') {
		const id = firstTextOf(context.getNodeParameter('entityId', index, ''));
		return id.trim() === ''
			? { failure: invalid('The item has no entity ID', 'entity.id'), entityType: type }
			: { id, type };
	}
	const { identityProvider, ...given } = context.getNodeParameter(
		'namingFields',
		index,
		{},
	) as IDataObject;
	const fields = new Map(
		Object.entries(given).map(([name, value]) => [PATHS[name], firstTextOf(value)]),
	);
	const found = generation.identify(
		(path) => fields.get(path),
		type,
		namespaceOf(identityProvider),
	);
	if ('entityId' in found) return { id: found.entityId, type };
	const { field, message, hint, fix } = found.problem;
	return {
		failure: {
			...invalid(message, field),
			...(hint !== undefined && { hint }),
			...(fix && { fix }),
		},
		entityType: type,
	};
};
