import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { exampleFile, expectedFailures, USER_COUNT } from './exampleWorkflow';
import { listOktaUsers } from './oktaUsers';

describe('the example workflow', () => {
	it('is committed as it is generated (npm run examples writes it)', () => {
		const file = join(__dirname, '../../examples/okta-users-to-entity-store.json');
		expect(readFileSync(file, 'utf8')).toBe(exampleFile());
	});

	it('makes the same users every time, and only two valid users share a login', () => {
		const users = listOktaUsers(USER_COUNT);
		expect(users).toHaveLength(USER_COUNT);
		expect(listOktaUsers(USER_COUNT)).toEqual(users);
		const withoutLogin = users.filter(({ profile }) => !profile.login);
		expect(withoutLogin).toEqual([users[expectedFailures('v2')[0]?.item ?? -1]]);
		expect(new Set(users.map(({ id }) => id)).size).toBe(USER_COUNT);
		expect(new Set(users.map(({ profile }) => profile.login)).size).toBe(USER_COUNT - 1);
	});
});
