import { readAuthorization, secretsOf } from '../../nodes/KibanaEntityStore/kibana/authorization';

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

	it('knows every form in which an answer could quote the credential', () => {
		expect(secretsOf({ authentication: 'apiKey', apiKey: `ApiKey ${ENCODED}` })).toEqual([
			ENCODED,
			'VuaCfGcBCdbkQm-e5aOx:ui2lp2axTNmsyakw9tvNnw',
			'ui2lp2axTNmsyakw9tvNnw',
		]);
	});
});
