/**
 * What the benchmark writes: users of a directory, and the record that each of them becomes. Both
 * functions run as they stand inside an n8n Code node, so they need nothing from outside.
 */

/**
 * @param {number} count how many users
 * @param {number} brokenEvery one user in so many is broken, in one of four ways; 0 for none
 */
function listUsers(count, brokenEvery) {
	const departments = ['Finance', 'IT Security', 'Engineering', 'Sales', 'Human Resources'];
	const criticalities = ['low_impact', 'medium_impact', 'high_impact', 'extreme_impact'];
	const levels = ['Low', 'Moderate', 'High', 'Critical'];
	const firstNames = ['Ada', 'Amir', 'Carlos', 'Chidi', 'Dana', 'Elif', 'Farid', 'Grace', 'Hiro'];
	const lastNames = ['Abara', 'Baker', 'Costa', 'Demir', 'Evans', 'Fischer', 'Haddad', 'Okafor'];
	const start = Date.parse('2026-01-02T00:00:00.000Z');

	const breakUser = (user, way) => {
		if (way === 0) user.profile.criticality = 'severe';
		if (way === 1) user.created = 'pending';
		if (way === 2) user.profile.riskScore = 250;
		if (way === 3) user.profile.email = { value: user.profile.email };
	};

	const users = new Array(count);
	for (let index = 0; index < count; index += 1) {
		const firstName = firstNames[index % firstNames.length];
		const lastName = lastNames[index % lastNames.length];
		const number = String(index).padStart(7, '0');
		const login = `${firstName}.${lastName}.${number}`.toLowerCase();
		const user = {
			id: `00u1x4q8k2m${number}`,
			status: index % 9 === 0 ? 'SUSPENDED' : 'ACTIVE',
			created: new Date(start - (index % 2000) * 86400000).toISOString(),
			lastLogin: new Date(start - (index % 30) * 3600000).toISOString(),
			source: 'okta',
			url: `https://directory.example.com/users/00u1x4q8k2m${number}`,
			profile: {
				login,
				email: `${login}@example.com`,
				domain: 'example.com',
				firstName,
				lastName,
				displayName: `${firstName} ${lastName}`,
				department: departments[index % departments.length],
				role: 'Analyst',
				kind: 'User Account',
				subKind: index % 7 === 0 ? 'Contractor' : 'Employee',
				owner: `it-operations-${index % 40}@example.com`,
				managed: true,
				mfaEnrolled: index % 10 !== 0,
				riskLevel: levels[index % levels.length],
				riskScore: (index % 1000) / 10,
				criticality: criticalities[index % criticalities.length],
			},
		};
		if (brokenEvery > 0 && index % brokenEvery === 3) {
			breakUser(user, Math.floor(index / brokenEvery) % 4);
		}
		users[index] = user;
	}
	return users;
}

/**
 * The record of a user with its ID in Kibana, written by hand, as a plain script would. Kibana lists an entity
 * under its type only if the record names the type (docs/kibana-api.md#fields).
 */
function toRecord(user) {
	const { profile } = user;
	return {
		user: {
			name: profile.login,
			email: [profile.email],
			full_name: [profile.displayName],
			id: [user.id],
			domain: [profile.domain],
			roles: [profile.role],
		},
		entity: {
			id: `user:${profile.email}@unknown`,
			EngineMetadata: { Type: 'user' },
			name: profile.displayName,
			source: [user.source],
			type: profile.kind,
			sub_type: profile.subKind,
			url: user.url,
			attributes: { managed: profile.managed, mfa_enabled: profile.mfaEnrolled },
			lifecycle: { first_seen: user.created, last_activity: user.lastLogin },
			risk: {
				calculated_level: profile.riskLevel,
				calculated_score_norm: profile.riskScore,
			},
		},
		asset: {
			criticality: profile.criticality,
			business_unit: profile.department,
			owner: profile.owner,
		},
	};
}

module.exports = { listUsers, toRecord };
