import {
	readAuthorization,
	secretsOf,
} from '../../../../nodes/KibanaEntityStore/kibana/http/authorization';

const ENCODED = Buffer.from('VuaCfGcBCdbkQm-e5aOx:ui2lp2axTNmsyakw9tvNnw').toString('base64');

describe('authorization header', () => {
	it.each([
		ENCODED,
		` ${ENCODED}\n`,
		`ApiKey ${ENCODED}`,
		`apikey  ${ENCODED}`,
		`Authorization: ApiKey ${ENCODED}`,
		'VuaCfGcBCdbkQm-e5aOx:ui2lp2axTNmsyakw9tvNnw',
		'ApiKey VuaCfGcBCdbkQm-e5aOx:ui2lp2axTNmsyakw9tvNnw',
	])('understands the API key in the form %#', (apiKey) => {
		expect(readAuthorization({ authentication: 'apiKey', apiKey })).toEqual({
			header: `ApiKey ${ENCODED}`,
		});
	});

	it('encodes user and password as UTF-8, and keeps the password as it is', () => {
		const read = readAuthorization({
			authentication: 'basic',
			username: 'jörg ',
			password: ' p:ä ',
		});
		const expected = Buffer.from('jörg: p:ä ').toString('base64');
		expect(read).toEqual({ header: `Basic ${expected}` });
	});

	it.each([
		{ authentication: 'apiKey', apiKey: '' },
		{ authentication: 'apiKey', apiKey: 'ApiKey ' },
		{ authentication: 'basic', username: '', password: 'x' },
		{ authentication: 'basic', username: 'a:b', password: 'x' },
		{},
	])('says what is missing in %j', (identity) => {
		expect(readAuthorization(identity)).toEqual({ problem: expect.any(String) });
	});

	it('lists every form in which an answer could quote the credential', () => {
		expect(secretsOf({ authentication: 'apiKey', apiKey: `ApiKey ${ENCODED}` })).toEqual(
			expect.arrayContaining([
				ENCODED,
				encodeURIComponent(ENCODED),
				'VuaCfGcBCdbkQm-e5aOx:ui2lp2axTNmsyakw9tvNnw',
				'VuaCfGcBCdbkQm-e5aOx%3Aui2lp2axTNmsyakw9tvNnw',
				'ui2lp2axTNmsyakw9tvNnw',
			]),
		);
	});

	it('lists the password as JSON, JSON inside JSON, a URL and HTML encode it', () => {
		const password = 'p"a\\s<s> &é';
		const secrets = secretsOf({ authentication: 'basic', username: 'jane', password });
		const inJson = JSON.stringify({ password });
		for (const quoting of [
			inJson,
			JSON.stringify({ message: inJson }),
			`?password=${encodeURIComponent(password)}`,
			new URLSearchParams({ password }).toString().replace(/%20/g, '+'),
			'<p>p&quot;a\\s&lt;s&gt; &amp;é</p>',
		]) {
			const clean = secrets.reduce((text, secret) => text.replaceAll(secret, '[hidden]'), quoting);
			expect(clean).toContain('[hidden]');
			expect(clean).not.toMatch(/é|%C3%A9/);
		}
		const lengths = secrets.map(({ length }) => length);
		expect(lengths).toEqual([...lengths].sort((one, other) => other - one));
	});

	it('accepts a lone surrogate in a key', () => {
		expect(secretsOf({ authentication: 'apiKey', apiKey: 'not-base64-\ud800' })).not.toEqual([]);
	});
});
