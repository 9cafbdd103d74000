import {
	UserError,
	type ICredentialDataDecryptedObject,
	type ICredentialTestRequest,
	type ICredentialType,
	type IHttpRequestOptions,
	type INodeProperties,
} from 'n8n-workflow';

import { readAuthorization } from '../nodes/KibanaEntityStore/kibana/http/authorization';
import { addressBelow, readBaseUrl } from '../nodes/KibanaEntityStore/kibana/http/client';

/** What the test button says of an answer; n8n itself names the error code of an unreachable host. */
const onStatus = (value: number, message: string) => ({
	type: 'responseCode' as const,
	properties: { value, message },
});

const NOT_KIBANA =
	'This URL answers, but not as Kibana does. Check the base URL: it must be the address of Kibana, not of Elasticsearch, with its base path if it has one';
const REDIRECTED =
	'This URL answers with a redirect, which is not followed so that the credential reaches no other address. Enter the final address, such as https:// instead of http://';

/** Requests come in two shapes: that of n8n's helper of today, and an older one from the HTTP Request node. */
type AnyRequest = Omit<IHttpRequestOptions, 'url' | 'agentOptions'> & {
	url?: string;
	uri?: string;
	followRedirect?: boolean;
	followAllRedirects?: boolean;
	rejectUnauthorized?: boolean;
	agentOptions?: Readonly<Record<string, unknown>>;
};

/** What a request may settle about its connection; other options could lead it to another host. */
const CONNECTION_OPTIONS = ['ca', 'cert', 'key', 'passphrase'];

const OTHER_ADDRESS = 'The Kibana Entity Store API credential is only sent to its own base URL';
const OWN_PROXY =
	'The Kibana Entity Store API credential is not sent through the proxy of a single node. Remove the proxy from the node, or set it for all of n8n';

/**
 * Ties a request to one Kibana. n8n lets any node borrow a credential, for any URL.
 *
 * @param baseUrl as `readBaseUrl` returns it
 * @throws UserError for a request that would reach anything else
 */
const tieTo = (baseUrl: string, request: AnyRequest): void => {
	if (request.proxy !== undefined) throw new UserError(OWN_PROXY);
	const { url, uri, baseURL, agentOptions } = request;
	// Which of two addresses counts differs from one n8n to the next.
	const [given, ...others] = [url, uri].filter((one) => one !== undefined);
	const address =
		given === undefined || others.length > 0
			? undefined
			: addressBelow(baseUrl, String(given), baseURL === undefined ? undefined : String(baseURL));
	if (address === undefined) throw new UserError(OTHER_ADDRESS);
	// What was checked is what is sent, however n8n would join its parts.
	delete request.baseURL;
	if (url === undefined) request.uri = address;
	else request.url = address;
	if (agentOptions !== undefined) {
		const kept = Object.entries(agentOptions).filter(([name]) => CONNECTION_OPTIONS.includes(name));
		request.agentOptions = Object.fromEntries(kept);
	}
	// n8n would carry the header along to wherever a redirect points.
	request.disableFollowRedirect = true;
	request.followRedirect = false;
	request.followAllRedirects = false;
	request.maxRedirects = 0;
	request.sendCredentialsOnCrossOriginRedirect = false;
};

/** A proxy in front of several servers would follow a host of the request's own. */
const OWN_HEADERS = /^(authorization|host)$/i;

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

	/** Without a fragment: n8n adds a query of its own at the end. */
	documentationUrl =
		'https://github.com/n8n-nodes-kibana-entity-store/n8n-nodes-kibana-entity-store/blob/main/docs/credential.md';

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
		const tied: AnyRequest = request;
		tieTo(address.baseUrl, tied);
		const headers = Object.entries(request.headers ?? {}).filter(
			([name]) => !OWN_HEADERS.test(name),
		);
		tied.headers = { ...Object.fromEntries(headers), authorization: authorization.header };
		const isUnchecked = credentials.allowUnauthorizedCerts === true;
		tied.skipSslCertificateValidation = isUnchecked;
		tied.rejectUnauthorized = !isUnchecked;
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
