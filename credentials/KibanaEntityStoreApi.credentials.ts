import {
	UserError,
	type ICredentialDataDecryptedObject,
	type ICredentialTestRequest,
	type ICredentialType,
	type IHttpRequestOptions,
	type INodeProperties,
} from 'n8n-workflow';

import { readAuthorization } from '../nodes/KibanaEntityStore/kibana/http/authorization';
import { isBelow, readBaseUrl } from '../nodes/KibanaEntityStore/kibana/http/client';

/** What the test button says of an answer; n8n itself names the error code of an unreachable host. */
const onStatus = (value: number, message: string) => ({
	type: 'responseCode' as const,
	properties: { value, message },
});

const NOT_KIBANA =
	'This URL answers, but not as Kibana does. Check the base URL: it must be the address of Kibana, not of Elasticsearch, with its base path if it has one';
const REDIRECTED =
	'This URL answers with a redirect, which is not followed so that the credential reaches no other address. Enter the final address, such as https:// instead of http://';

const ignoreSslIssues: INodeProperties = {
	displayName: 'Ignore SSL Issues',
	name: 'allowUnauthorizedCerts',
	type: 'boolean',
	default: false,
	description: 'Whether to connect even if the certificate of Kibana cannot be verified',
};

export class KibanaEntityStoreApi implements ICredentialType {
	name = 'kibanaEntityStoreApi';

	displayName = 'Kibana Entity Store API';

	icon = {
		light: 'file:../icons/kibanaEntityStore.svg',
		dark: 'file:../icons/kibanaEntityStore.dark.svg',
	} as const;

	documentationUrl =
		'https://github.com/n8n-nodes-kibana-entity-store/n8n-nodes-kibana-entity-store#credential';

	properties: INodeProperties[] = [
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'e.g. https://kibana.example.com:5601',
			description: 'Address of Kibana, with its base path if it has one, such as /kbn',
		},
		{
			displayName: 'Authentication',
			name: 'authentication',
			type: 'options',
			default: 'apiKey',
			options: [
				{ name: 'API Key', value: 'apiKey' },
				{ name: 'Username and Password', value: 'basic' },
			],
		},
		{
			displayName: 'API Key',
			name: 'apiKey',
			type: 'string',
			required: true,
			typeOptions: { password: true },
			default: '',
			description: 'The encoded key that Kibana shows when the API key is created',
			displayOptions: { show: { authentication: ['apiKey'] } },
		},
		{
			displayName: 'Username',
			name: 'username',
			type: 'string',
			required: true,
			default: '',
			displayOptions: { show: { authentication: ['basic'] } },
		},
		{
			displayName: 'Password',
			name: 'password',
			type: 'string',
			required: true,
			typeOptions: { password: true },
			default: '',
			displayOptions: { show: { authentication: ['basic'] } },
		},
		ignoreSslIssues,
	];

	async authenticate(
		credentials: ICredentialDataDecryptedObject,
		request: IHttpRequestOptions,
	): Promise<IHttpRequestOptions> {
		const address = readBaseUrl(credentials.baseUrl);
		if ('problem' in address) throw new UserError(address.problem);
		const authorization = readAuthorization(credentials);
		if ('problem' in authorization) throw new UserError(authorization.problem);
		// n8n lets any node borrow a credential for any URL; this one is for one Kibana only.
		if (!isBelow(request.url, address.baseUrl, request.baseURL)) {
			throw new UserError(
				'The Kibana Entity Store API credential is only sent to its own base URL',
			);
		}
		request.headers = { ...request.headers, authorization: authorization.header };
		request.skipSslCertificateValidation = credentials.allowUnauthorizedCerts === true;
		// n8n would carry the header along to wherever a redirect points.
		request.disableFollowRedirect = true;
		return request;
	}

	/** Listing spaces always needs a valid credential, and no more than access to Kibana. */
	test: ICredentialTestRequest = {
		request: {
			baseURL: '={{ $credentials.baseUrl.trim().replace(/\\/+$/, "") }}',
			url: '/api/spaces/space',
			headers: { 'elastic-api-version': '2023-10-31' },
		},
		// n8n's type allows one kind of rule in a list, its tester handles both.
		rules: [
			onStatus(
				401,
				'Kibana does not accept this credential. Check the API key, or the username and password: it may be wrong, expired or revoked',
			),
			onStatus(
				403,
				'Kibana knows this credential, but gives it no access to any space. Add Kibana privileges to the API key or user',
			),
			...[400, 404, 405].map((status) => onStatus(status, NOT_KIBANA)),
			...[301, 302, 303, 307, 308].map((status) => onStatus(status, REDIRECTED)),
			...[502, 503, 504].map((status) =>
				onStatus(status, 'Kibana is not available right now. It may be starting: try again'),
			),
			{
				type: 'responseSuccessBody',
				properties: { key: 'id', value: undefined, message: NOT_KIBANA },
			},
		] as ICredentialTestRequest['rules'],
	};
}
