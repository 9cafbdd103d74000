/** The directory of the scale run: the users of the demo, as many as wanted. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const [GENERATOR = ''] = readFileSync(join(__dirname, '../demo/oktaUsers.js'), 'utf8').split(
	'\nmodule.exports',
);

/**
 * JavaScript of a Code node that yields users in the shape of Okta's API. A few are broken on purpose. None is
 * there twice: in two batches, nobody knows which of the two is written last.
 */
export const listCode = (users: number): string => `${GENERATOR}
const byName = new Map(listOktaUsers(${users}).map((user) => [user.profile.login, user]));
return [...byName.values()].map((json) => ({ json }));
`;
