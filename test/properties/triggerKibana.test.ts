/**
 * The same as `trigger.test.ts` with all that lies between: n8n's poll executor, HTTP, and the paging of a
 * store that others write to while it is listed, page by page, newest first.
 */
import fc from 'fast-check';

import { GENERATION_NAMES, type GenerationName } from '../../nodes/KibanaEntityStore/entity/fields';
import { startKibana, type TestKibana } from '../../sandbox/kibana/server';
import { anyWatchedHistory, watchKibana } from './watchedKibana';

const HISTORIES = Number(process.env.HTTP_HISTORIES ?? 15);
const HISTORIES_OF: Readonly<Record<GenerationName, number>> = {
	// Its lists take a request for each type.
	v1: Math.ceil(HISTORIES / 4),
	v2: HISTORIES,
};

describe.each(GENERATION_NAMES)('a Kibana (%s) that changes while it is polled', (api) => {
	let kibana: TestKibana;

	beforeAll(async () => {
		kibana = await startKibana({ api });
	});

	afterAll(async () => await kibana.stop());

	it(`is reported without a gap and without a repetition, in ${HISTORIES_OF[api]} histories`, async () => {
		await fc.assert(
			fc.asyncProperty(anyWatchedHistory, async (steps) => {
				expect((await watchKibana(kibana, api, steps)).wrong).toEqual([]);
			}),
			{ numRuns: HISTORIES_OF[api] },
		);
	}, 600_000);
});
