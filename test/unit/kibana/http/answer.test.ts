import fc from 'fast-check';

import { readAnswer } from '../../../../nodes/KibanaEntityStore/kibana/http/answer';
import type { KibanaAnswer } from '../../../../nodes/KibanaEntityStore/kibana/http/client';

const answer = (status: number, body = '', headers = {}): KibanaAnswer => ({
	kind: 'answer',
	status,
	headers,
	body,
});
const said = (message: string): string => JSON.stringify({ message });

describe('an answer', () => {
	it.each<[string, KibanaAnswer, string]>([
		['200', answer(200), 'ok'],
		['another success, which Kibana does not give', answer(202), 'lost'],
		['a redirect', answer(302), 'redirected'],
		['a refusal', answer(400, said('no')), 'refused'],
		['a wrong key', answer(401), 'unauthorized'],
		['a missing privilege', answer(403), 'forbidden'],
		['a missing route', answer(404, said('Not Found')), 'missingRoute'],
		['a page of a proxy that finds nothing', answer(404, '<html>'), 'missingRoute'],
		['a missing thing', answer(404, said('Entity x not found')), 'refused'],
		['a method that is not allowed', answer(405), 'missingRoute'],
		['a slow request', answer(408), 'overloaded'],
		['a body too large', answer(413), 'tooLarge'],
		['too many requests', answer(429), 'overloaded'],
		['a failure of Kibana', answer(500), 'broken'],
		['a feature that is switched off', answer(501, said('not enabled')), 'switchedOff'],
		['a proxy that does not know the method', answer(501, '<html>'), 'broken'],
		['a proxy without an answer', answer(502), 'lost'],
		['a starting Kibana', answer(503), 'overloaded'],
		['a proxy that waited too long', answer(504), 'lost'],
		['no connection', { kind: 'noAnswer', code: 'ECONNREFUSED' }, 'unreachable'],
		['an unknown host', { kind: 'noAnswer', code: 'ENOTFOUND' }, 'misaddressed'],
		['a wrong certificate', { kind: 'noAnswer', code: 'CERT_HAS_EXPIRED' }, 'misaddressed'],
		['a reset connection', { kind: 'noAnswer', code: 'ECONNRESET' }, 'lost'],
		['a cancel', { kind: 'cancelled' }, 'cancelled'],
	])('means the same on every route: %s', (_, given, kind) => {
		expect(readAnswer(given, 0).kind).toBe(kind);
	});

	it('never mentions entities', () => {
		fc.assert(
			fc.property(fc.integer({ min: 200, max: 599 }), fc.string(), (status, body) => {
				const reading = readAnswer(answer(status, body), 0);
				if (reading.kind !== 'ok') expect(reading.text).not.toMatch(/entity|entities|stored/);
			}),
		);
	});

	it('contains the message of Kibana and the delay that it asks for', () => {
		expect(readAnswer(answer(429, said('busy'), { 'retry-after': '7' }), 0)).toMatchObject({
			serverMessage: 'busy',
			retryAfterMs: 7_000,
			status: 429,
		});
	});
});
