import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { PACKAGE } from '../../../sandbox/n8n/package';
import { startRegistry, type PackageRegistry } from '../../../sandbox/n8n/registry';
import { signUp } from '../../../sandbox/n8n/rest';
import { isAtLeast, startN8n } from '../../../sandbox/n8n/server';
import { describeAgent } from './agent';
import { describeBatches } from './batches';
import { describeCredential } from './credential';
import { describeEditor } from './editor';
import { describeExamples } from './examples';
import { describeExpressions } from './expressions';
import { VERSION, type Installed } from './installed';
import { describeLifecycle } from './lifecycle';
import { describeLogs } from './logs';
import { describeOnError } from './onError';
import { describeRuns } from './runs';
import { describeTrigger } from './trigger';

const MINUTE = 60_000;
/**
 * Nothing but this machine is asked: n8n would look the package up in two places. Below 1.123 its language
 * models would take the way through this proxy to this machine too.
 */
const NOTHING_OUTSIDE = { HTTPS_PROXY: 'http://127.0.0.1:9', NO_PROXY: '127.0.0.1' };
const { version } = JSON.parse(readFileSync(join(__dirname, '../../../package.json'), 'utf8')) as {
	version: string;
};

describe(`n8n ${VERSION}`, () => {
	const installed = {} as Installed;
	let registry: PackageRegistry;

	beforeAll(async () => {
		registry = await startRegistry();
		installed.n8n = await startN8n({
			version: VERSION,
			registry,
			environment: {
				N8N_UNVERIFIED_PACKAGES_ENABLED: 'true',
				...(isAtLeast(VERSION, '1.123.0') && NOTHING_OUTSIDE),
			},
		});
		const login = { email: 'owner@example.com', password: 'Entity-Store-1' };
		installed.client = await signUp(installed.n8n.url, login, VERSION);
	}, 5 * MINUTE);

	afterAll(async () => {
		await installed.n8n?.stop();
		await registry?.stop();
	}, MINUTE);

	it(
		'installs the package as its page of community nodes does',
		async () => {
			expect(await installed.client.installPackage(PACKAGE, version)).toMatchObject({
				packageName: PACKAGE,
				installedVersion: version,
				installedNodes: [
					{ name: 'Kibana Entity Store', type: `${PACKAGE}.kibanaEntityStore` },
					{ name: 'Kibana Entity Store Trigger', type: `${PACKAGE}.kibanaEntityStoreTrigger` },
				],
			});
		},
		2 * MINUTE,
	);

	describeEditor(installed);
	describeCredential(installed);
	describeOnError(installed);
	describeRuns(installed);
	describeExpressions(installed);
	describeAgent(installed);
	describeExamples(installed);
	describeBatches(installed);
	describeLifecycle(installed);
	describeLogs(installed);
	describeTrigger(installed);
});
