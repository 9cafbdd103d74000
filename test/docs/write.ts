import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { errorPage } from './errorPage';
import { fieldTable } from './fieldTable';

const FOLDER = join(__dirname, '../../docs');

writeFileSync(join(FOLDER, 'fields.md'), fieldTable());
writeFileSync(join(FOLDER, 'errors.md'), errorPage());
