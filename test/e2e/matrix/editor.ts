import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { startKibana, type TestKibana } from '../../../sandbox/kibana/server';
import { PACKAGE } from '../../../sandbox/n8n/package';
import { runtimeOf } from '../../../sandbox/n8n/server';
import { VERSION, type Installed } from './installed';
import { credentialData, credentialOf, TYPE } from './workflow';

const CREDENTIAL = 'kibanaEntityStoreApi';

type Themed = { readonly light: string; readonly dark: string };

const knownTo = (packageName: string, kind: 'nodes' | 'credentials'): string[] =>
	Object.keys(
		JSON.parse(
			readFileSync(join(runtimeOf(VERSION), packageName, `dist/known/${kind}.json`), 'utf8'),
		) as object,
	);

/** What the editor gets of the package before anything runs. */
export const describeEditor = (installed: Installed): void => {
	describe('the package in the editor', () => {
		let kibana: TestKibana;
		let credentialId: string;

		beforeAll(async () => {
			kibana = await startKibana({
				api: 'v2',
				spaces: [
					{ id: 'default', name: 'Default' },
					{ id: 'soc', name: 'Security Operations' },
				],
			});
			credentialId = await installed.client.createCredential(
				'Kibana',
				CREDENTIAL,
				credentialData(kibana),
			);
		});

		afterAll(async () => await kibana?.stop());

		const ask = (methodName: string, path: string, parameters: object = {}) => ({
			nodeTypeAndVersion: { name: TYPE, version: 1 },
			path,
			methodName,
			currentNodeParameters: {
				resource: 'entity',
				operation: 'upsert',
				space: { __rl: true, mode: 'list', value: '' },
				entityType: 'user',
				inputMode: 'fields',
				options: {},
				...parameters,
			},
			credentials: credentialOf(credentialId),
		});

		it('has no name in common with what n8n brings along', async () => {
			const bundled = ['n8n-nodes-base', '@n8n/n8n-nodes-langchain'];
			const credentials = bundled.flatMap((name) => knownTo(name, 'credentials'));
			const nodes = bundled.flatMap((name) => knownTo(name, 'nodes'));
			// Only the names of credentials are shared by all packages, but equal names of nodes confuse people.
			const { n8n } = JSON.parse(
				readFileSync(join(__dirname, '../../../package.json'), 'utf8'),
			) as { n8n: { nodes: string[]; credentials: string[] } };
			const own = (files: readonly string[]) =>
				files.map((file) => {
					const [name = ''] = file.split('/').at(-1)?.split('.') ?? [];
					return name.charAt(0).toLowerCase() + name.slice(1);
				});
			expect(own(n8n.credentials)).toContain(CREDENTIAL);
			expect(own(n8n.credentials).filter((name) => credentials.includes(name))).toEqual([]);
			expect(own(n8n.nodes).filter((name) => nodes.includes(name))).toEqual([]);

			const types = await installed.client.credentialTypes();
			expect(types.filter(({ name }) => name === 'kibanaApi')).toHaveLength(1);
			expect(types.filter(({ name }) => name === CREDENTIAL)).toHaveLength(1);
		});

		it('shows icons for light and dark, of the nodes and of the credential', async () => {
			const type = await installed.client.nodeType(TYPE);
			const trigger = await installed.client.nodeType(`${TYPE}Trigger`);
			const credential = (await installed.client.credentialTypes()).find(
				({ name }) => name === CREDENTIAL,
			);
			for (const { iconUrl } of [type, trigger, credential] as Array<{ iconUrl?: unknown }>) {
				const { light, dark } = iconUrl as Themed;
				expect(light).toContain(PACKAGE);
				expect(dark).not.toBe(light);
				for (const path of [light, dark]) {
					const icon = await installed.client.file(path);
					expect(icon.type).toContain('svg');
					expect(icon.text).toMatch(/^<svg/);
				}
			}
		});

		it('offers the fields of the entity type and of the Kibana that is connected', async () => {
			const { fields } = await installed.client.mapperFields(ask('getUserFields', 'userFields'));
			const ids = fields.map(({ id }) => id);
			expect(ids).toEqual(expect.arrayContaining(['user.name', 'user.email', 'asset.criticality']));
			expect(ids).not.toContain('host.ip');
			const hosts = await installed.client.mapperFields(
				ask('getHostFields', 'hostFields', { entityType: 'host' }),
			);
			expect(hosts.fields.map(({ id }) => id)).toContain('host.ip');
		});

		it('lists the spaces of Kibana', async () => {
			const { results } = await installed.client.locatorResults(ask('searchSpaces', 'space'));
			expect(results.map(({ value }) => value)).toEqual(expect.arrayContaining(['soc']));
			expect(results.map(({ name }) => name).join()).toContain('Security Operations');
		});
	});
};
