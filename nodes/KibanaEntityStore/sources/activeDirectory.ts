import type { Source } from './source';

/**
 * The first value of the first attribute that has one. An attribute of several values is a list in
 * the output of n8n's LDAP node, and one that was asked for and is missing is an empty list.
 */
const first = (...attributes: readonly string[]): string =>
	`[${attributes.map((name) => `$json.${name}`).join(', ')}].flat().filter(Boolean)[0]`;

/**
 * No `user.id`: n8n hands out `objectSid` and `objectGUID` as hexadecimal bytes, while logs hold them
 * in their usual notation, so an ID made of them would name nobody.
 */
export const activeDirectory: Source = {
	name: 'Active Directory / LDAP User',
	value: 'activeDirectoryUser',
	description: "Items of n8n's LDAP node (Search). Any LDAP server fills names and addresses.",
	docs: [
		'https://learn.microsoft.com/en-us/windows/win32/adschema/c-user',
		'https://learn.microsoft.com/en-us/troubleshoot/windows-server/active-directory/useraccountcontrol-manipulate-account-properties',
		'https://www.rfc-editor.org/rfc/rfc4519',
	],
	fields: {
		user: {
			'user.name': `={{ ${first('sAMAccountName', 'uid')} }}`,
			'user.email': `={{ ${first('mail')} }}`,
			'user.full_name': `={{ ${first('displayName', 'cn')} }}`,
			'user.domain': `={{ ${first('userPrincipalName')}?.split("@")[1] }}`,
			'user.roles': '={{ $json.memberOf }}',
			'entity.name': `={{ ${first('displayName', 'cn')} }}`,
			'entity.source': 'active_directory',
			// The second lowest bit says that the account is disabled.
			'entity.attributes.managed':
				'={{ $json.userAccountControl > 0 ? $json.userAccountControl % 4 < 2 : undefined }}',
			// 20240304081530.0Z as 20240304T081530Z.
			'entity.lifecycle.first_seen':
				'={{ [$json.whenCreated, $json.createTimestamp].flat().filter(Boolean).map((time) => time.slice(0, 8) + "T" + time.slice(8, 14) + "Z")[0] }}',
			// Counted in units of 100 ns from 1601 on, here turned into milliseconds from 1970 on.
			'entity.lifecycle.last_activity':
				'={{ $json.lastLogonTimestamp > 0 ? Math.round($json.lastLogonTimestamp * 0.0001 - 11644473600000) : undefined }}',
			'asset.business_unit': `={{ ${first('department')} }}`,
		},
	},
};
