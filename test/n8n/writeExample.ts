import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { exampleFile } from './exampleWorkflow';

writeFileSync(join(__dirname, '../../examples/okta-users-to-entity-store.json'), exampleFile());
