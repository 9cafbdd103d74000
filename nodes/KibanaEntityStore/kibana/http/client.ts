/** One HTTP request to Kibana. The transport adds the credential. */
export interface KibanaRequest {
	readonly method: 'DELETE' | 'GET' | 'POST' | 'PUT';
	readonly url: string;
	readonly headers: Readonly<Record<string, string>>;
	/** JSON text in UTF-8. */
	readonly body?: Buffer;
}

/** What came back: an answer of any status, or none. */
export type KibanaAnswer =
	| {
			readonly kind: 'answer';
			readonly status: number;
			/** Names in lower case. */
			readonly headers: Readonly<Record<string, string>>;
			/** As received; proxies answer with anything. */
			readonly body: string;
	  }
	/** `code` is the network error's code, such as ECONNRESET, or an axios code. */
	| { readonly kind: 'noAnswer'; readonly code: string }
	| { readonly kind: 'cancelled' };

export type Answer = Extract<KibanaAnswer, { kind: 'answer' }>;

/** Carries one request to Kibana. It never throws and follows no redirect. */
export type Transport = (request: KibanaRequest) => Promise<KibanaAnswer>;

/** Sends requests below one Kibana's base URL and one space. */
export type KibanaClient = (
	method: KibanaRequest['method'],
	path: `/${string}`,
	body?: Buffer,
) => Promise<KibanaAnswer>;

const SPACE_ID = /^[a-z0-9_-]+$/;
/** The space that is addressed without a prefix. */
export const DEFAULT_SPACE = 'default';

/** Whether `space` can be a space ID at all (docs/kibana-api.md#urls); a dot or slash could leave the path. */
export const isSpaceId = (space: string): boolean => SPACE_ID.test(space);

/**
 * The base URL without trailing slashes, or what is wrong with it. Only the parts that belong to
 * a Kibana address are let through, so that nothing else of the text reaches a request or an error.
 */
export const readBaseUrl = (entered: unknown): { baseUrl: string } | { problem: string } => {
	let url: URL;
	try {
		url = new URL(String(entered ?? '').trim());
	} catch {
		return { problem: 'The base URL is no URL. Enter one such as https://kibana.example.com:5601' };
	}
	if (url.protocol !== 'https:' && url.protocol !== 'http:') {
		return { problem: 'The base URL must begin with https:// or http://' };
	}
	if (url.username || url.password || url.search || url.hash) {
		return {
			problem:
				'The base URL must be an address alone, without user, password, query or #. Enter the user and the password in their own fields',
		};
	}
	return { baseUrl: `${url.origin}${url.pathname.replace(/\/+$/, '')}` };
};

/** A URL with a scheme or host of its own; HTTP clients then ignore the base that it is given with. */
const ABSOLUTE_URL = /^([a-z][a-z\d+.-]*:|\/\/)/i;

/** Whether a URL, or a path with the base it is given with, is of the Kibana at this base URL. */
export const isBelow = (url: string, baseUrl: string, givenBase = ''): boolean => {
	try {
		const base = new URL(`${baseUrl}/`);
		const { origin, pathname } = new URL(ABSOLUTE_URL.test(url) ? url : `${givenBase}${url}`);
		return origin === base.origin && pathname.startsWith(base.pathname);
	} catch {
		return false;
	}
};

/** Headers of every request (docs/kibana-api.md#headers). */
const HEADERS = { 'kbn-xsrf': 'n8n', 'elastic-api-version': '2023-10-31' };

/**
 * @param baseUrl as `readBaseUrl` returns it, with Kibana's base path if there is one
 * @param space a space ID; the default space is addressed without a prefix (docs/kibana-api.md#urls)
 */
export const createClient =
	(transport: Transport, baseUrl: string, space: string = DEFAULT_SPACE): KibanaClient =>
	async (method, path, body) =>
		await transport({
			method,
			url: `${baseUrl}${space === DEFAULT_SPACE ? '' : `/s/${space}`}${path}`,
			headers: body === undefined ? HEADERS : { ...HEADERS, 'content-type': 'application/json' },
			body,
		});
