/** The fields of the Kibana Entity Store API credential that say who asks. */
export interface Identity {
	readonly authentication?: unknown;
	readonly apiKey?: unknown;
	readonly username?: unknown;
	readonly password?: unknown;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value.trim() : '');

const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

/** People paste what they find: the encoded key, the whole header, or `id:key` from the API's answer. */
const encodedKey = (apiKey: string): string => {
	const bare = apiKey.replace(/^authorization:\s*/i, '').replace(/^apikey(\s+|$)/i, '');
	// Base64 holds no colon, so a colon means the form that is still to be encoded.
	return bare.includes(':') ? base64(bare) : bare;
};

/**
 * The `Authorization` header for a credential (docs/kibana-api.md#authentication).
 *
 * @returns the header's value, or what is missing; a problem never quotes the credential
 */
export const readAuthorization = (
	identity: Identity,
): { readonly header: string } | { readonly problem: string } => {
	if (identity.authentication === 'basic') {
		const username = textOf(identity.username);
		if (username === '')
			return { problem: 'The Kibana Entity Store API credential has no username' };
		if (username.includes(':')) return { problem: 'A Kibana username cannot hold a colon' };
		const password = typeof identity.password === 'string' ? identity.password : '';
		return { header: `Basic ${base64(`${username}:${password}`)}` };
	}
	const key = encodedKey(textOf(identity.apiKey));
	if (key === '') return { problem: 'The Kibana Entity Store API credential has no API key' };
	return { header: `ApiKey ${key}` };
};

/** Shorter texts are no secrets worth the name, and cutting them out would garble every answer. */
const SHORTEST_SECRET = 6;

/** A half of a surrogate pair, which a URL cannot carry, becomes a replacement character. */
const wellFormed = (text: string): string => Buffer.from(text, 'utf8').toString('utf8');

const jsonText = (text: string): string => JSON.stringify(text).slice(1, -1);

const htmlText = (text: string): string =>
	text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');

/** As answers quote a request: bare, in JSON, in JSON inside JSON, in a URL or a form, on a page. */
const SPELLINGS: ReadonlyArray<(text: string) => string> = [
	(text) => text,
	jsonText,
	(text) => jsonText(jsonText(text)),
	encodeURIComponent,
	(text) => encodeURIComponent(text).replace(/%20/g, '+'),
	htmlText,
	(text) => htmlText(text).replace(/'/g, '&#39;'),
];

/**
 * Every text from which the credential could be read: as entered, encoded, decoded, and its key, each as
 * an answer may spell it. Longest first, so that what is cut out of an answer leaves no remains.
 */
export const secretsOf = (identity: Identity): string[] => {
	const read = readAuthorization(identity);
	if ('problem' in read) return [];
	const encoded = read.header.replace(/^\w+ /, '');
	const decoded = Buffer.from(encoded, 'base64').toString('utf8');
	const secret = decoded.slice(decoded.indexOf(':') + 1);
	const secrets = [encoded, decoded, secret].filter(({ length }) => length >= SHORTEST_SECRET);
	const spelled = secrets.flatMap((text) => SPELLINGS.map((spell) => spell(wellFormed(text))));
	return [...new Set(spelled)].sort((one, other) => other.length - one.length);
};
