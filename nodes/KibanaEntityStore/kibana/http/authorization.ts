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

/** Shorter texts are no secrets, and hiding them would garble every answer. */
const SHORTEST_SECRET = 6;

/** Half of a surrogate pair, which no answer can carry, becomes a replacement character. */
const wellFormed = (text: string): string => Buffer.from(text, 'utf8').toString('utf8');

export interface Secrets {
	/** Every text that holds the whole credential or its secret, longest first. */
	readonly whole: readonly string[];
	/** Those of which no part may be shown. The ID of an API key and the user name are no secrets. */
	readonly parts: readonly string[];
}

/** Returns the texts from which the credential could be read; none when it has no secret. */
export const secretsOf = (identity: Identity): Secrets => {
	const read = readAuthorization(identity);
	if ('problem' in read) return { whole: [], parts: [] };
	const encoded = read.header.replace(/^\w+ /, '');
	const decoded = Buffer.from(encoded, 'base64').toString('utf8');
	const secret = decoded.slice(decoded.indexOf(':') + 1);
	const isSecret = ({ length }: string) => length >= SHORTEST_SECRET;
	const whole = [...new Set([encoded, decoded, secret].map(wellFormed))].filter(isSecret);
	return {
		whole: whole.sort((one, other) => other.length - one.length),
		parts: [...new Set([encoded.replace(/=+$/, ''), secret].map(wellFormed))].filter(isSecret),
	};
};
