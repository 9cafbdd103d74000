import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { GENERATED_PAGES } from './pages';

describe('pages made from code', () => {
	it.each(Object.entries(GENERATED_PAGES))(
		'%s is what the code says (npm run docs)',
		(path, page) => {
			expect(readFileSync(join(__dirname, '../..', path), 'utf8')).toBe(page());
		},
	);
});
