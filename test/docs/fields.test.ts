import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { fieldTable } from './fieldTable';

describe('docs/fields.md', () => {
	it('is what the field catalogue says (npm run docs writes it)', () => {
		const written = readFileSync(join(__dirname, '../../docs/fields.md'), 'utf8');
		expect(written).toBe(fieldTable());
	});
});
