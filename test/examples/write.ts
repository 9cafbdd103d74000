import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { exampleFile } from '../../sandbox/demo/exampleWorkflow';
import {
	AGENT_EXAMPLES,
	EXAMPLES,
	fileOf,
	LIFECYCLE_EXAMPLES,
	READING_EXAMPLES,
	TRIGGER_EXAMPLES,
} from '.';

const FOLDER = join(__dirname, '../../examples');

writeFileSync(join(FOLDER, 'okta-users-to-entity-store.json'), exampleFile());
for (const example of [
	...EXAMPLES,
	...LIFECYCLE_EXAMPLES,
	...READING_EXAMPLES,
	...TRIGGER_EXAMPLES,
	...AGENT_EXAMPLES,
])
	writeFileSync(join(FOLDER, example.file), fileOf(example));
