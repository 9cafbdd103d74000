import type { Source } from './source';

export const googleWorkspace: Source = {
	name: 'Google Workspace User',
	value: 'googleWorkspaceUser',
	description:
		"Items of n8n's Google Workspace Admin node (User, Get Many). Set Output to Raw to get title, department and two-step verification too.",
	docs: [
		'https://developers.google.com/workspace/admin/directory/reference/rest/v1/users/list',
		'https://developers.google.com/workspace/admin/directory/reference/rest/v1/users#User',
	],
	fields: {
		user: {
			'user.name': '={{ $json.primaryEmail }}',
			'user.email': '={{ $json.primaryEmail }}',
			'user.full_name': '={{ $json.name?.fullName }}',
			'user.id': '={{ $json.id }}',
			'user.roles': '={{ $json.organizations?.[0]?.title }}',
			'entity.name': '={{ $json.name?.fullName }}',
			'entity.source': 'google_workspace',
			'entity.attributes.privileged': '={{ $json.isAdmin }}',
			'entity.attributes.managed':
				'={{ $json.suspended === undefined ? undefined : !$json.suspended }}',
			'entity.attributes.mfa_enabled': '={{ $json.isEnrolledIn2Sv }}',
			'entity.lifecycle.first_seen': '={{ $json.creationTime }}',
			// Google writes the first moment of 1970 for users who have never signed in.
			'entity.lifecycle.last_activity':
				'={{ $json.lastLoginTime?.startsWith("1970") ? undefined : $json.lastLoginTime }}',
			'asset.business_unit': '={{ $json.organizations?.[0]?.department }}',
		},
	},
};
