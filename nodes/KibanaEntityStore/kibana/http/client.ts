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
		return {
			problem: 'The base URL is not a valid URL. Enter one such as https://kibana.example.com:5601',
		};
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

/** What axios takes for an address of its own. It then ignores the base that is given with it. */
const ABSOLUTE_URL = /^([a-z][a-z\d+.-]*:)?\/\//i;

/** Steps upwards that a URL keeps, but that a proxy may unpack. */
const HIDDEN_STEP = /(^|\/|%2f|%5c)(\.|%2e){2}(\/|%2f|%5c|$)/i;

/**
 * Returns the address that a request reaches, if it belongs to the Kibana at this base URL. The parts are
 * joined as axios joins them, which n8n sends with.
 *
 * @param baseUrl as `readBaseUrl` returns it
 * @param givenBase what the request gives as its base, if anything
 * @returns undefined for any other address, and for one that names a user
 */
export const addressBelow = (
	baseUrl: string,
	url: string,
	givenBase?: string,
): string | undefined => {
	const base = new URL(`${baseUrl}/`);
	const isJoined = givenBase !== undefined && givenBase !== '' && !ABSOLUTE_URL.test(url);
	const path = url === '' ? '' : `/${url.replace(/^\/+/, '')}`;
	let address: URL;
	try {
		address = new URL(isJoined ? `${givenBase.replace(/\/+$/, '')}${path}` : url);
	} catch {
		return undefined;
	}
	const { origin, pathname, username, password, href } = address;
	const isBelow = origin === base.origin && pathname.startsWith(base.pathname);
	const hasUser = username !== '' || password !== '';
	return isBelow && !hasUser && !HIDDEN_STEP.test(pathname) ? href : undefined;
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
