import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { fieldTable } from './fieldTable';

writeFileSync(join(__dirname, '../../docs/fields.md'), fieldTable());
