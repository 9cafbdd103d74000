import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { withKibana } from '../kibana/testing';
import { APIS } from './job';
import { requestForStored } from './look';

const run = promisify(execFile);

describe('the request that the demo prints', () => {
	it.each(APIS)('shows what a Kibana of %s has stored', async (api) => {
		await withKibana({ api }, async (kibana) => {
			for (const name of ['jane', 'kai']) kibana.seed('user', { entity: { id: name, name } });
			const { stdout } = await run('sh', ['-c', requestForStored(kibana, api)]);
			const { total, records } = JSON.parse(stdout) as { total: number; records: object[] };
			expect(total).toBe(2);
			expect(records).toHaveLength(2);
		});
	});
});
