import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { exampleFile } from '../../sandbox/demo/exampleWorkflow';
import { ALL_EXAMPLES, fileOf } from '.';

const FOLDER = join(__dirname, '../../examples');

writeFileSync(join(FOLDER, 'okta-users-to-entity-store.json'), exampleFile());
for (const example of ALL_EXAMPLES) {
	writeFileSync(join(FOLDER, example.file), fileOf(example));
}
