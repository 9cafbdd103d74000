import type { Source } from './source';

/** Okta lets a user be without a display name, and n8n's simplified output always is. */
const FULL_NAME =
	'={{ [$json.profile?.firstName, $json.profile?.lastName].filter(Boolean).join(" ") }}';

export const okta: Source = {
	name: 'Okta User',
	value: 'oktaUser',
	description:
		"Items of n8n's Okta node (User, Get Many). Turn Simplify off to get title and department too.",
	docs: ['https://developer.okta.com/docs/reference/api/users/'],
	fields: {
		user: {
			'user.name': '={{ $json.profile?.login }}',
			'user.email': '={{ $json.profile?.email }}',
			'user.full_name': FULL_NAME,
			'user.id': '={{ $json.id }}',
			'user.roles': '={{ $json.profile?.title }}',
			'entity.name': FULL_NAME,
			'entity.source': 'okta',
			'entity.attributes.managed': '={{ $json.status ? $json.status === "ACTIVE" : undefined }}',
			'entity.lifecycle.first_seen': '={{ $json.created }}',
			'entity.lifecycle.last_activity': '={{ $json.lastLogin }}',
			'asset.business_unit': '={{ $json.profile?.department }}',
		},
	},
};
