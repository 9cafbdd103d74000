import { KibanaEntityStoreApi } from '../../../credentials/KibanaEntityStoreApi.credentials';
import { startKibana, type TestKibana } from '../../../sandbox/kibana/server';
import { isAtLeast } from '../../../sandbox/n8n/server';
import { VERSION, type Installed } from './installed';

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

		/**
		 * n8n 1.123 and 2.0 drop what they know of a failed request, so that the sentences of the credential
		 * for a status are never looked up there, and n8n says its own.
		 */
		const keepsStatus = isAtLeast(VERSION, '2.34.0') || !isAtLeast(VERSION, '1.123.0');
		const said = async (more: object) => {
			const { status, message } = await press(more);
			expect(status).toBe('Error');
			return message;
		};
		const ours = (sentence: RegExp, theirs: string) => (keepsStatus ? sentence : theirs);
		const matching = (expected: RegExp | string) => expect.stringMatching(expected);

		it('tells a wrong key, a key without access, a URL that is no Kibana, and nobody there apart', async () => {
			const rejected = ours(/does not accept this credential/, 'Authorization failed');
			expect(await said({ apiKey: 'nobody:knows-this-key' })).toEqual(matching(rejected));
			expect(await said({ authentication: 'basic', username: 'elastic', password: 'no' })).toEqual(
				matching(rejected),
			);
			expect(await said({ apiKey: kibana.unprivilegedApiKey })).toEqual(
				matching(ours(/no access to any space/, 'Forbidden')),
			);
			expect(await said({ baseUrl: kibana.url.replace('/kbn', '/other') })).toEqual(
				matching(ours(/not as Kibana does/, 'could not be found')),
			);
			expect(await said({ baseUrl: 'http://127.0.0.1:1' })).toEqual(
				matching(ours(/ECONNREFUSED/, 'refused the connection')),
			);
		});

		it('says on every n8n when the URL is none, or answers as Kibana does not', async () => {
			// n8n itself is a web server that answers anything, and no Kibana.
			expect(await said({ baseUrl: installed.n8n.url })).toMatch(/not as Kibana does/);
			expect(await said({ baseUrl: 'kibana.example.com' })).toMatch(
				/The base URL is not a valid URL/,
			);
		});
	});
};
