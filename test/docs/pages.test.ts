import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { GENERATED_PAGES } from './pages';

describe('pages made from code', () => {
	it.each(Object.entries(GENERATED_PAGES))('%s is up to date (npm run docs)', (path, page) => {
		expect(readFileSync(join(__dirname, '../..', path), 'utf8')).toBe(page());
	});
});
