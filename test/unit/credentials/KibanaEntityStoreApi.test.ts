import type { ICredentialDataDecryptedObject, IHttpRequestOptions } from 'n8n-workflow';

import { KibanaEntityStoreApi } from '../../../credentials/KibanaEntityStoreApi.credentials';

const credential: ICredentialDataDecryptedObject = {
	baseUrl: 'https://kibana.example/kbn/',
	authentication: 'apiKey',
	apiKey: 'ApiKey aWQ6a2V5LW9mLXRoZS1raW5n',
	allowUnauthorizedCerts: false,
};

const authenticate = async (
	request: Partial<IHttpRequestOptions>,
	more: ICredentialDataDecryptedObject = {},
) =>
	await new KibanaEntityStoreApi().authenticate(
		{ ...credential, ...more },
		{ url: '', ...request },
	);

describe('the Kibana Entity Store API credential', () => {
	it('adds its header to requests below its base URL, however they spell the address', async () => {
		for (const request of [
			{ url: 'https://kibana.example/kbn/api/spaces/space' },
			{ baseURL: 'https://kibana.example/kbn', url: '/api/spaces/space' },
		]) {
			expect((await authenticate(request)).headers).toEqual({
				authorization: 'ApiKey aWQ6a2V5LW9mLXRoZS1raW5n',
			});
		}
	});

	it.each([
		{ url: 'https://evil.test/kbn/api' },
		{ url: 'http://kibana.example/kbn/api' },
		{ url: 'https://kibana.example/other' },
		{ baseURL: 'https://evil.test', url: '@kibana.example/kbn/api' },
		{ baseURL: 'https://kibana.example/kbn/', url: 'https://evil.test/kbn/api' },
		{ baseURL: 'https://kibana.example/kbn/', url: '//evil.test/kbn/api' },
	])('is sent nowhere else: %j', async (request) => {
		await expect(authenticate(request)).rejects.toThrow('only sent to its own base URL');
	});

	it('keeps other headers, follows no redirect and checks certificates unless told otherwise', async () => {
		const url = 'https://kibana.example/kbn/api';
		expect(await authenticate({ url, headers: { 'kbn-xsrf': 'n8n' } })).toMatchObject({
			headers: { 'kbn-xsrf': 'n8n' },
			disableFollowRedirect: true,
			skipSslCertificateValidation: false,
		});
		expect(await authenticate({ url }, { allowUnauthorizedCerts: true })).toMatchObject({
			skipSslCertificateValidation: true,
		});
	});

	it.each<ICredentialDataDecryptedObject>([
		{ apiKey: '' },
		{ baseUrl: '' },
		{ authentication: 'basic', username: '' },
	])('says what is missing in %j, without quoting the rest', async (more) => {
		const failing = authenticate({ url: 'https://kibana.example/kbn/api' }, more);
		await expect(failing).rejects.toThrow(/^The (Kibana Entity Store API credential|base URL)/);
		await expect(failing).rejects.not.toThrow(/aWQ6/);
	});
});
