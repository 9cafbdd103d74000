import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { request } from '../kibana/request';
import { withKibana } from '../kibana/testing';
import { APIS } from './job';
import { requestForStored } from './look';

const run = promisify(execFile);

describe('the request that the demo prints', () => {
	it.each(APIS)('shows what a Kibana of %s has stored', async (api) => {
		await withKibana({ api }, async (kibana) => {
			const users = ['jane', 'kai'].map((id) => ({ entity: { id } }));
			if (api === 'v2') for (const user of users) kibana.seed('user', user);
			else {
				const { status } = await request(kibana, {
					method: 'PUT',
					path: '/api/entity_store/entities/bulk',
					body: { entities: users.map((record) => ({ type: 'user', record })) },
					headers: { 'elastic-api-version': '2023-10-31' },
				});
				expect(status).toBe(200);
			}
			const { stdout } = await run('sh', ['-c', requestForStored(kibana, api)]);
			const { total, records } = JSON.parse(stdout) as { total: number; records: object[] };
			expect(total).toBe(2);
			expect(records).toHaveLength(2);
		});
	});
});
