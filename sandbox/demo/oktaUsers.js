/**
 * Returns a directory export in the form of Okta's users API (`GET /api/v1/users`). Every call returns the same.
 * The function runs unchanged in a Code node of n8n, so it uses nothing from outside.
 *
 * @param {number} count number of users; a few of the first 5,000 are broken on purpose
 */
function listOktaUsers(count) {
	// mulberry32: small, seeded, and good enough to choose names.
	let seed = 20260102;
	const random = () => {
		seed = (seed + 0x6d2b79f5) | 0;
		let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
	};
	const pick = (choices) => choices[Math.floor(random() * choices.length)];
	const digits = (length) => Array.from({ length }, () => Math.floor(random() * 10)).join('');

	const firstNames = [
		...['Ada', 'Alice', 'Amir', 'Björn', 'Carlos', 'Chidi', 'Dana', 'Elif', 'Emma', 'Farid'],
		...['Grace', 'Hiro', 'Ines', 'Ivan', 'Jane', 'José', 'Kai', 'Lena', 'Liam', 'Maya'],
		...['Mina', 'Nadia', 'Noah', 'Olga', 'Priya', 'Quinn', 'Rosa', 'Sven', 'Tariq', 'Zoë'],
	];
	const lastNames = [
		...['Abara', 'Andersson', 'Baker', 'Costa', 'Demir', 'Evans', 'Fischer', 'García', 'Haddad'],
		...['Ivanova', 'Jansen', 'Kim', 'Lopez', 'Müller', 'Nakamura', 'O’Brien', 'Okafor', 'Patel'],
		...['Quist', 'Rossi', 'Silva', 'Tanaka', 'Usman', 'Virtanen', 'Wang', 'Yılmaz', 'Zhang'],
	];
	const criticalityOf = {
		Finance: 'high_impact',
		'IT Security': 'extreme_impact',
		Engineering: 'medium_impact',
		Sales: 'low_impact',
		'Human Resources': 'high_impact',
		Support: 'low_impact',
	};
	const departments = Object.keys(criticalityOf);
	const titles = ['Analyst', 'Engineer', 'Manager', 'Specialist', 'Director', 'Assistant'];
	const statuses = ['ACTIVE', 'ACTIVE', 'ACTIVE', 'ACTIVE', 'SUSPENDED', 'DEPROVISIONED', 'STAGED'];

	const plain = (text) =>
		text
			.normalize('NFD')
			.replace(/[^a-z]/gi, '')
			.toLowerCase();
	const dayMs = 86_400_000;
	const exported = Date.parse('2026-01-02T00:00:00.000Z');
	const daysAgo = (days) => new Date(exported - Math.round(days * dayMs)).toISOString();

	const users = Array.from({ length: count }, (_, index) => {
		const firstName = pick(firstNames);
		const lastName = pick(lastNames);
		const department = pick(departments);
		const status = pick(statuses);
		const id = `00u${digits(3)}${index.toString(36).padStart(14, 'x')}`;
		const login = `${plain(firstName)}.${plain(lastName)}.${index}@example.com`;
		const age = 30 + random() * 2000;
		const neverCameIn = status === 'STAGED';
		return {
			id,
			status,
			created: daysAgo(age),
			activated: neverCameIn ? null : daysAgo(age - 1),
			statusChanged: neverCameIn ? null : daysAgo(age / 2),
			lastLogin: neverCameIn ? null : daysAgo(random() * 30),
			lastUpdated: daysAgo(random() * 30),
			passwordChanged: neverCameIn ? null : daysAgo(age / 3),
			type: { id: 'oty1abcdefGHIJKLM0h8' },
			profile: {
				login,
				email: login,
				secondEmail: random() < 0.2 ? login.replace('@', '@mail.') : null,
				firstName,
				lastName,
				displayName: `${firstName} ${lastName}`,
				mobilePhone: null,
				department,
				title: pick(titles),
				employeeNumber: digits(6),
				userType: random() < 0.1 ? 'Contractor' : 'Employee',
				mfaEnrolled: random() < 0.9 ? 'yes' : 'no',
				riskScore: Math.round(random() * 1000) / 10,
				assetCriticality: criticalityOf[department],
			},
			credentials: {
				provider: { type: 'OKTA', name: 'OKTA' },
				emails: [{ value: login, status: 'VERIFIED', type: 'PRIMARY' }],
			},
			_links: { self: { href: `https://example.okta.com/api/v1/users/${id}` } },
		};
	});

	// Broken entries that real directories contain.
	const spoil = (index, change) => users[index] && change(users[index]);
	spoil(411, (user) => {
		user.id = null;
		Object.assign(user.profile, { login: null, email: null, secondEmail: null });
	});
	spoil(1203, (user) => Object.assign(user.profile, { email: { value: user.profile.email } }));
	spoil(1777, (user) => Object.assign(user, { created: 'pending' }));
	spoil(2390, (user) => Object.assign(user.profile, { assetCriticality: 'severe' }));
	spoil(2954, (user) => Object.assign(user.profile, { mfaEnrolled: 'maybe' }));
	spoil(3631, (user) => Object.assign(user.profile, { riskScore: 250 }));
	spoil(4242, (user) => Object.assign(user.profile, { displayName: ['Kai', 'Costa'] }));
	// Not broken: the same login and address twice. The later entry counts.
	spoil(4900, (user) => {
		const { login, email } = users[100].profile;
		Object.assign(user.profile, { login, email });
	});
	return users;
}

module.exports = { listOktaUsers };
