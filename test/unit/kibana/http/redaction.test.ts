/** Servers and proxies that quote the request in their answer, in every spelling that they have. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { redactorOf } from '../../../../nodes/KibanaEntityStore/kibana/http/redaction';
import { runNode } from '../../../../sandbox/n8n/engine';
import { mapping, nodeOn } from '../../../acceptance/run';

const DECODED = 'VuaCfGcBCdbkQm-e5aOx:ui2lp2axTNm/yakw+tv>>?w1';
const KEY = DECODED.slice(DECODED.indexOf(':') + 1);
const ENCODED = Buffer.from(DECODED).toString('base64');
const HEADER = `ApiKey ${ENCODED}`;
const IDENTITY = { authentication: 'apiKey', apiKey: ENCODED };

const inJson = (text: string): string => JSON.stringify({ authorization: text });
const inUnicode = (text: string): string =>
	text.replace(/[^]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
const nested = (text: string, levels: number): string =>
	Array.from({ length: levels }).reduce<string>((inner) => JSON.stringify({ inner }), text);
const html = (text: string): string => text.replace(/[^\w ]/g, (one) => `&#${one.charCodeAt(0)};`);
const hexHtml = (text: string): string =>
	text.replace(/[^\w ]/g, (one) => `&#x${one.charCodeAt(0).toString(16)};`);
const named = (text: string): string =>
	text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/=/g, '&equals;');
const urlSafe = (text: string): string => text.replace(/\+/g, '-').replace(/\//g, '_');
const lowerPercent = (text: string): string =>
	encodeURIComponent(text).replace(/%[\dA-F]{2}/g, (one) => one.toLowerCase());

/** Messages of a server that quotes the request, by how it spells it. */
const ECHOES: ReadonlyArray<readonly [string, string]> = [
	['the header', `bad header ${HEADER}`],
	['the header without padding', `bad header ${HEADER.replace(/=+$/, '')}`],
	['the header in URL-safe Base64', `bad header ${urlSafe(HEADER).replace(/=+$/, '')}`],
	['the header in lower case', `bad header ${HEADER.toLowerCase()}`],
	['the header in upper case', `bad header ${HEADER.toUpperCase()}`],
	['the beginning of the header', `bad header ${HEADER.slice(0, 30)}…`],
	['the end of the header', `bad header …${HEADER.slice(-16)}`],
	['the middle of the header', `bad header …${ENCODED.slice(20, 33)}…`],
	['the header in lines of 20', `bad header ${HEADER.replace(/.{20}/g, '$&\r\n')}`],
	['the key with its ID', `unknown key ${DECODED}`],
	['the key alone', `unknown key ${KEY}`],
	['half of the key', `unknown key ${KEY.slice(0, 13)}`],
	['JSON', inJson(HEADER)],
	['JSON in JSON', inJson(inJson(HEADER))],
	['JSON, five times over', nested(HEADER, 5)],
	['the key as JSON in JSON', inJson(inJson(KEY))],
	['JSON with one escape', inJson(HEADER).replace(/=/g, '\\u003d')],
	['JSON with one escape, in JSON', inJson(inJson(HEADER).replace(/=/g, '\\u003D'))],
	['JSON all in escapes', `"${inUnicode(HEADER)}"`],
	['JSON all in escapes, in JSON', inJson(`"${inUnicode(HEADER)}"`)],
	[
		'escapes of two digits',
		HEADER.replace(/[^\w]/g, (one) => `\\x${one.charCodeAt(0).toString(16)}`),
	],
	['a URL', `?authorization=${encodeURIComponent(HEADER)}`],
	['a URL in lower case', `?authorization=${lowerPercent(HEADER)}`],
	['a URL in a URL', `?next=${encodeURIComponent(`?a=${encodeURIComponent(HEADER)}`)}`],
	['a URL, four times over', [1, 2, 3, 4].reduce((text) => encodeURIComponent(text), HEADER)],
	['the key in a URL', `?key=${encodeURIComponent(DECODED)}`],
	['a form', new URLSearchParams({ authorization: HEADER, key: KEY }).toString()],
	['percent signs all over', Buffer.from(KEY).toString('hex').replace(/../g, '%$&')],
	['a page', `<p>${named(HEADER)} ${named(KEY)}</p>`],
	['a page with numbers', `<p>${html(HEADER)} ${html(KEY)}</p>`],
	['a page with numbers in hex', `<p>${hexHtml(HEADER)} ${hexHtml(KEY)}</p>`],
	['a page of numbers', KEY.replace(/[^]/g, (one) => `&#${one.charCodeAt(0)};`)],
	['a page quoted in a page', named(named(`<p>${KEY}</p>`))],
	['a page in JSON', inJson(html(HEADER))],
	['a URL on a page', named(`<a href="?a=${encodeURIComponent(HEADER)}&b=1">`)],
	['JSON in a URL', encodeURIComponent(inJson(inUnicode(KEY)))],
	['more layers than anybody unpacks', nested(encodeURIComponent(nested(KEY, 6)), 7)],
];

let server: Server;
let url: string;
let answer: { readonly status: number; readonly body: string };

beforeAll(async () => {
	server = createServer((_, response) => {
		response.writeHead(answer.status, { 'content-type': 'application/json' });
		response.end(answer.body);
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
	server.closeAllConnections();
	await new Promise((resolve) => server.close(resolve));
});

const stringsIn = (value: unknown): string[] => {
	if (typeof value === 'string') return [value];
	if (typeof value !== 'object' || value === null) return [];
	return Object.entries(value).flatMap(([key, inner]) => [key, ...stringsIn(inner)]);
};

/** Everything that a run shows, and what the execution keeps of it. */
const shownFor = async (status: number, body: string): Promise<string> => {
	answer = { status, body };
	const { outputs, hints, finished } = await runNode({
		...nodeOn({ url, apiKey: ENCODED }),
		items: [{ name: 'a' }],
		parameters: mapping(
			{ 'user.name': '={{ $json.name }}' },
			{ apiGeneration: 'v2', maxRetries: 0 },
		),
		onError: 'continueErrorOutput',
	});
	expect(outputs[1]).toHaveLength(1);
	const { resultData } = finished.data;
	return stringsIn([outputs, hints, resultData]).join('\n');
};

const pieces = (text: string): string[] =>
	Array.from({ length: Math.max(1, text.length - 11) }, (_, at) => text.slice(at, at + 12));

/** The pieces of an echo that are shown, but for those around a credential that stands in it as it is. */
const told = (echo: string, shown: string): string[] => {
	const around = [ENCODED, DECODED, KEY].reduce(
		(rest, secret) => rest.replaceAll(secret, ' '),
		echo,
	);
	const harmless = new Set(around === echo ? [] : pieces(around));
	const bare = echo.replace(/^(bad header|unknown key) (ApiKey )?/i, '');
	return pieces(bare).filter((piece) => !harmless.has(piece) && shown.includes(piece));
};

describe('a server that quotes the request', () => {
	it('has its say where it quotes nothing', async () => {
		const message = 'security_exception: API key [VuaCfGcBCdbkQm-e5aOx] has expired, 100% & "so"';
		expect(await shownFor(400, JSON.stringify({ message }))).toContain(message);
	});

	it('has its say around what is cut out', async () => {
		const message = `the header ${HEADER} is wrong`;
		const shown = await shownFor(400, JSON.stringify({ message }));
		expect(shown).toContain('the header ApiKey [hidden] is wrong');
	});

	it.each(ECHOES)('shows nothing of it in an error: %s', async (_, echo) => {
		const body = JSON.stringify({ statusCode: 400, error: 'Bad Request', message: echo });
		const shown = await shownFor(400, body);
		expect(shown).toContain('[hidden]');
		expect(told(echo, shown)).toEqual([]);
	});

	it.each(ECHOES)('shows nothing of it in the error of an item: %s', async (_, reason) => {
		const error = { _id: 'x', status: 400, type: 'bad', reason };
		const shown = await shownFor(200, JSON.stringify({ ok: true, errors: [error] }));
		expect(told(reason, shown)).toEqual([]);
	});

	it('shows nothing of it beside what is nested deeper than any stack', async () => {
		const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
		const body = `{"message":${JSON.stringify(HEADER)},"deep":${deep}}`;
		expect(told(HEADER, await shownFor(400, body))).toEqual([]);
	});
});

describe('redaction', () => {
	const redact = redactorOf(IDENTITY);

	it('hides keys and numbers as well, and leaves all else as it was', () => {
		const digits = redactorOf({ authentication: 'basic', username: 'jane', password: '123456789' });
		const body = JSON.stringify({ a: { '123456789': true }, list: [123456789, 1.5, null, 'x'] });
		expect(JSON.parse(digits(body))).toEqual({
			a: { '[hidden]': true },
			list: ['[hidden]', 1.5, null, 'x'],
		});
	});

	it('leaves bodies without a secret untouched, to the byte', () => {
		for (const body of [
			'',
			'{"a": "\\u003d%20&amp;" }',
			'<html>&nbsp;</html>',
			'VuaCfGcBCdbkQm-e5aOx',
		]) {
			expect(redact(body)).toBe(body);
		}
	});

	it('hides a page that quotes a secret as a whole', () => {
		expect(redact(`<html>${HEADER}</html>`)).toBe('[hidden]');
	});

	it.each(['p"a\\s<s> &é', 'päß wörd with blanks', '%41%42&amp;\\u0041=3D', 'a%20b"cdefghijkl'])(
		'knows the password %j in JSON, in JSON inside JSON, in a URL, a form and a page',
		(password) => {
			const hide = redactorOf({ authentication: 'basic', username: 'jane', password });
			for (const quoting of [
				password,
				JSON.stringify({ password }),
				JSON.stringify({ message: JSON.stringify({ password }) }),
				JSON.stringify({ message: encodeURIComponent(password) }),
				JSON.stringify({ message: new URLSearchParams({ password }).toString() }),
				JSON.stringify({ message: named(password) }),
				JSON.stringify({ message: Buffer.from(`jane:${password}`).toString('base64') }),
			]) {
				expect(hide(quoting)).toContain('[hidden]');
			}
		},
	);

	it('takes the ID of an API key, and a user name, for no secret', () => {
		const body = JSON.stringify({ message: 'API key VuaCfGcBCdbkQm-e5aOx of user elastic-agent' });
		expect(redact(body)).toBe(body);
	});

	it('hides nothing for a credential without a secret, and gets along with half a surrogate pair', () => {
		expect(redactorOf({ authentication: 'apiKey', apiKey: '' })('"x"')).toBe('"x"');
		const half = redactorOf({ authentication: 'apiKey', apiKey: 'not-base64-\ud800' });
		expect(half('"not-base64-"')).toBe('"not-base64-"');
	});

	it('takes a time that grows with the body, also for layers over layers', () => {
		for (const body of ['%25'.repeat(500_000), '\\'.repeat(1_000_000), '&amp;'.repeat(300_000)]) {
			expect(typeof redact(body)).toBe('string');
		}
	});
});
