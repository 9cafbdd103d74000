/** The parameters that say which entity an item is about. */
import type { INodeProperties } from 'n8n-workflow';

import type { EntityType } from '../../../entity/fields';

export const findBy: INodeProperties = {
	displayName: 'Find By',
	name: 'findBy',
	type: 'options',
	noDataExpression: true,
	default: 'id',
	description: 'How to find the entity of an item: by its ID, or by values that it has',
	options: [
		{ name: 'Entity ID', value: 'id', description: 'The ID under which Kibana keeps the entity' },
		{
			name: 'Fields',
			value: 'fields',
			description: 'Values such as an email address or a host name, as alerts have them',
		},
	],
};

export const entityId: INodeProperties = {
	displayName: 'Entity ID',
	name: 'entityId',
	type: 'resourceLocator',
	required: true,
	default: { mode: 'list', value: '' },
	description:
		'The ID of the entity, as Kibana shows it, such as user:jane@example.com@okta or host:web-01. In Kibana 9.2 and 9.3 it is the plain name.',
	displayOptions: { show: { findBy: ['id'] } },
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			placeholder: 'Choose an entity',
			typeOptions: { searchListMethod: 'searchEntities', searchable: true },
		},
		{
			displayName: 'By ID',
			name: 'id',
			type: 'string',
			placeholder: 'e.g. user:jane@example.com@okta',
		},
	],
};

export interface MatchField {
	/** Its key in the collection: keys with dots are no names of parameters. */
	readonly name: string;
	readonly path: string;
	readonly entityTypes: readonly EntityType[];
	readonly property: Pick<INodeProperties, 'displayName' | 'placeholder' | 'description'>;
}

const ofUser: readonly EntityType[] = ['user'];
const ofHost: readonly EntityType[] = ['host'];

/** The fields by which an entity can be found. */
export const MATCH_FIELDS: readonly MatchField[] = [
	{
		name: 'email',
		path: 'user.email',
		entityTypes: ofUser,
		property: {
			displayName: 'Email (user.email)',
			placeholder: 'e.g. jane@example.com',
			description: 'An email address of the user',
		},
	},
	{
		name: 'entityName',
		path: 'entity.name',
		entityTypes: ['generic', 'host', 'service', 'user'],
		property: {
			displayName: 'Entity Name (entity.name)',
			description: 'The name under which Kibana shows the entity, such as Jane Doe',
		},
	},
	{
		name: 'hostId',
		path: 'host.id',
		entityTypes: ['host', 'user'],
		property: {
			displayName: 'Host ID (host.id)',
			description:
				'An ID of the host. For a user: the host that a local account belongs to, beside the user name.',
		},
	},
	{
		name: 'hostIp',
		path: 'host.ip',
		entityTypes: ofHost,
		property: {
			displayName: 'Host IP (host.ip)',
			placeholder: 'e.g. 10.0.0.5',
			description: 'An IP address of the host',
		},
	},
	{
		name: 'hostName',
		path: 'host.name',
		entityTypes: ofHost,
		property: {
			displayName: 'Host Name (host.name)',
			placeholder: 'e.g. web-01',
			description: 'The name of the host, as its agent reports it',
		},
	},
	{
		name: 'hostname',
		path: 'host.hostname',
		entityTypes: ofHost,
		property: {
			displayName: 'Hostname (host.hostname)',
			description: 'The name that the host gives itself, where its agent reports another',
		},
	},
	{
		name: 'serviceName',
		path: 'service.name',
		entityTypes: ['service'],
		property: {
			displayName: 'Service Name (service.name)',
			description: 'The name of the service',
		},
	},
	{
		name: 'userDomain',
		path: 'user.domain',
		entityTypes: ofUser,
		property: {
			displayName: 'User Domain (user.domain)',
			description: 'A domain of the account, beside the user name',
		},
	},
	{
		name: 'userId',
		path: 'user.id',
		entityTypes: ofUser,
		property: {
			displayName: 'User ID (user.id)',
			description: 'An ID of the user in a directory, such as a SID',
		},
	},
	{
		name: 'userName',
		path: 'user.name',
		entityTypes: ofUser,
		property: {
			displayName: 'User Name (user.name)',
			placeholder: 'e.g. jane',
			description: 'The login name of the user',
		},
	},
];

export const matchFields: INodeProperties = {
	displayName: 'Fields to Match',
	name: 'matchFields',
	type: 'collection',
	default: {},
	placeholder: 'Add field',
	description:
		'An entity must have all the values given, spelled exactly so. Fields without a value in an item are left out.',
	displayOptions: { show: { findBy: ['fields'] } },
	options: MATCH_FIELDS.map(
		({ name, entityTypes, property }): INodeProperties => ({
			...property,
			name,
			type: 'string',
			default: '',
			displayOptions: { show: { '/entityType': [...entityTypes] } },
		}),
	),
};

export const simplify: INodeProperties = {
	displayName: 'Simplify',
	name: 'simplify',
	type: 'boolean',
	default: true,
	description: 'Whether to return a simplified version of the response instead of the raw data',
};
