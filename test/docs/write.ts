import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { GENERATED_PAGES } from './pages';

for (const [path, page] of Object.entries(GENERATED_PAGES)) {
	writeFileSync(join(__dirname, '../..', path), page());
}
