import type {
	IExecuteFunctions,
	IHttpRequestOptions,
	ILoadOptionsFunctions,
	IPollFunctions,
} from 'n8n-workflow';

import type { KibanaAnswer, Transport } from '../kibana/http/client';

/** What n8n calls a node with that may ask Kibana. */
export type RequestContext = IExecuteFunctions | ILoadOptionsFunctions | IPollFunctions;

export const CREDENTIAL_TYPE = 'kibanaEntityStoreApi';

interface FullResponse {
	readonly statusCode: number;
	readonly headers: Readonly<Record<string, string | string[] | undefined>>;
	readonly body: unknown;
}

const textOf = (body: unknown): string => {
	if (typeof body === 'string') return body;
	return body === undefined || body === null ? '' : JSON.stringify(body);
};

/** JSON may escape any character in several ways; here each has one. Other text stays as it is. */
const inOneSpelling = (text: string): string => {
	if (!text.includes('\\')) return text;
	try {
		return JSON.stringify(JSON.parse(text));
	} catch {
		return text;
	}
};

/** A server or proxy may quote the request in its answer; what it quotes must not travel further. */
const withoutSecrets = (text: string, secrets: readonly string[]): string =>
	secrets.reduce((clean, secret) => clean.replaceAll(secret, '[hidden]'), inOneSpelling(text));

const toAnswer = (response: FullResponse, secrets: readonly string[]): KibanaAnswer => ({
	kind: 'answer',
	status: response.statusCode,
	headers: Object.fromEntries(
		Object.entries(response.headers).map(([name, value]) => [
			name.toLowerCase(),
			[value ?? ''].flat().join(', '),
		]),
	),
	body: withoutSecrets(textOf(response.body), secrets),
});

/** n8n wraps network errors; the code stands on the wrapper or on what it wraps. */
const networkCode = (error: unknown): string => {
	const { httpCode, code, cause } = (error ?? {}) as Record<string, unknown>;
	const inner = (cause as { code?: unknown } | undefined)?.code;
	const found = [httpCode, inner, code].find((one) => typeof one === 'string' && one !== '');
	return (found as string | undefined) ?? 'UNKNOWN';
};

/**
 * Carries requests through n8n's HTTP helper, which lets the credential authorize them and switch off
 * redirects, honours proxies, and ends a request in flight when the execution is cancelled.
 *
 * @param timeoutMs per request; undefined leaves n8n's default
 * @param secrets texts that are cut out of every answer
 */
export const createTransport =
	(context: RequestContext, secrets: readonly string[], timeoutMs?: number): Transport =>
	async ({ method, url, headers, body }) => {
		// n8n edits the options of a request, so every request gets its own.
		const options: IHttpRequestOptions = {
			method,
			url,
			headers: { ...headers },
			body,
			timeout: timeoutMs,
			encoding: 'text',
			returnFullResponse: true,
			// Answers of any status are read here; a thrown 401 would be sent a second time by n8n.
			ignoreHttpStatusErrors: true,
		};
		try {
			const response = (await context.helpers.httpRequestWithAuthentication.call(
				context,
				CREDENTIAL_TYPE,
				options,
			)) as FullResponse;
			return toAnswer(response, secrets);
		} catch (error) {
			const code = networkCode(error);
			return code === 'ERR_CANCELED' ? { kind: 'cancelled' } : { kind: 'noAnswer', code };
		}
	};
