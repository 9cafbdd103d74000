import type { Source } from './source';

export const entraId: Source = {
	name: 'Entra ID User',
	value: 'entraIdUser',
	description:
		"Items of n8n's Microsoft Entra ID node (User, Get Many). Set Output to Raw to get department, job title and whether the account is enabled too.",
	docs: [
		'https://learn.microsoft.com/en-us/graph/api/user-list',
		'https://learn.microsoft.com/en-us/graph/api/resources/user',
	],
	fields: {
		user: {
			'user.name': '={{ $json.userPrincipalName }}',
			'user.email': '={{ $json.mail }}',
			'user.full_name': '={{ $json.displayName }}',
			'user.id': '={{ $json.id }}',
			'user.roles': '={{ $json.jobTitle }}',
			'entity.name': '={{ $json.displayName }}',
			'entity.type': '={{ $json.userType }}',
			'entity.source': 'entra_id',
			'entity.attributes.managed': '={{ $json.accountEnabled }}',
			'entity.lifecycle.first_seen': '={{ $json.createdDateTime }}',
			'asset.business_unit': '={{ $json.department }}',
		},
	},
};
