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

	it('knows every text from which the credential could be read, longest first', () => {
		expect(secretsOf({ authentication: 'apiKey', apiKey: `ApiKey ${ENCODED}` })).toEqual({
			whole: [ENCODED, 'VuaCfGcBCdbkQm-e5aOx:ui2lp2axTNmsyakw9tvNnw', 'ui2lp2axTNmsyakw9tvNnw'],
			parts: [ENCODED.replace(/=+$/, ''), 'ui2lp2axTNmsyakw9tvNnw'],
		});
	});

	it('takes a short password for no secret, but its header', () => {
		const { whole, parts } = secretsOf({
			authentication: 'basic',
			username: 'jane',
			password: 'short',
		});
		expect(whole).toEqual([Buffer.from('jane:short').toString('base64'), 'jane:short']);
		expect(parts).toEqual([Buffer.from('jane:short').toString('base64').replace(/=+$/, '')]);
	});
});
