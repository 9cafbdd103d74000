import { KibanaEntityStoreApi } from '../../../credentials/KibanaEntityStoreApi.credentials';
import { startKibana, type TestKibana } from '../../../sandbox/kibana/server';
import type { Installed } from './installed';

const NAME = 'Kibana';
const TYPE = new KibanaEntityStoreApi().name;

/** What the test button of the credential says, against what n8n can tell it. */
export const describeCredential = (installed: Installed): void => {
	let kibana: TestKibana;
	/** What the test button of the editor says, in a real n8n. */
	const press = async (more: object) => {
		const data = {
			baseUrl: kibana.url,
			authentication: 'apiKey',
			apiKey: kibana.apiKey,
			allowUnauthorizedCerts: false,
			...more,
		};
		const id = await installed.client.createCredential(NAME, TYPE, data);
		return await installed.client.testCredential(id, NAME, TYPE, data);
	};

	describe('the test button of the credential', () => {
		beforeAll(async () => {
			kibana = await startKibana({ basePath: '/kbn' });
		});

		afterAll(async () => await kibana?.stop());

		it('passes with a key in any form, a password, and a trailing slash', async () => {
			for (const more of [
				{},
				{ baseUrl: `${kibana.url}/` },
				{ apiKey: `ApiKey ${kibana.apiKey}` },
				{ apiKey: Buffer.from(kibana.apiKey, 'base64').toString() },
				{ authentication: 'basic', username: kibana.username, password: kibana.password },
			]) {
				expect(await press(more)).toEqual({ status: 'OK', message: 'Connection successful!' });
			}
		});

		it('tells a wrong key, a key without access, a URL that is no Kibana, and nobody there apart', async () => {
			const said = async (more: object) => {
				const { status, message } = await press(more);
				expect(status).toBe('Error');
				return message;
			};
			expect(await said({ apiKey: 'nobody:knows-this-key' })).toMatch(
				/does not accept this credential/,
			);
			expect(await said({ authentication: 'basic', username: 'elastic', password: 'no' })).toMatch(
				/does not accept this credential/,
			);
			expect(await said({ apiKey: kibana.unprivilegedApiKey })).toMatch(/no access to any space/);
			expect(await said({ baseUrl: kibana.url.replace('/kbn', '/other') })).toMatch(
				/not as Kibana does/,
			);
			// n8n itself is a web server that answers anything, and no Kibana.
			expect(await said({ baseUrl: installed.n8n.url })).toMatch(/not as Kibana does/);
			expect(await said({ baseUrl: 'http://127.0.0.1:1' })).toMatch(/ECONNREFUSED/);
			expect(await said({ baseUrl: 'kibana.example.com' })).toMatch(/The base URL is no URL/);
		});
	});
};
