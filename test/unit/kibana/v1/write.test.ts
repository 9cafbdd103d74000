import fc from 'fast-check';

import { adviceFor } from '../../../../nodes/KibanaEntityStore/actions/fixes';
import type { BulkRecord } from '../../../../nodes/KibanaEntityStore/bulk/record';
import type { Verdict } from '../../../../nodes/KibanaEntityStore/bulk/verdict';
import type { KibanaAnswer } from '../../../../nodes/KibanaEntityStore/kibana/http/client';
import { readRetryAfter } from '../../../../nodes/KibanaEntityStore/kibana/http/retryAfter';
import { readBulkAnswer } from '../../../../nodes/KibanaEntityStore/kibana/v1/write';

const NOW = Date.parse('2026-05-01T12:00:00Z');

interface Row {
	type: string;
	record: Record<string, unknown>;
}

const answer = (
	status: number,
	body: string | { message: string },
	headers: Record<string, string> = {},
): KibanaAnswer => ({
	kind: 'answer',
	status,
	headers,
	body: typeof body === 'string' ? body : JSON.stringify({ statusCode: status, ...body }),
});

const toRecord = ({ type, record }: Row, index: number): BulkRecord => {
	const json = JSON.stringify(record);
	const bytes = Buffer.byteLength(json);
	return { index, key: String(index), type, id: String(index), json, bytes, isSelfNamed: true };
};

const read = (given: KibanaAnswer, rows: Row[] = []): Verdict =>
	readBulkAnswer(given, rows.map(toRecord), NOW);

const user = (record: Record<string, unknown>): Row => ({ type: 'user', record });
const host = (record: Record<string, unknown>): Row => ({ type: 'host', record });

describe('answer of the bulk route', () => {
	it('is a success only as an empty 200 that comes from Kibana', () => {
		for (const mark of ['elastic-api-version', 'kbn-name', 'kbn-license-sig']) {
			const success = answer(200, '', { [mark]: 'x' });
			expect(read(success)).toEqual({ kind: 'stored', status: 'accepted' });
		}
		for (const [status, body] of [
			[200, '<html>Sign in</html>'],
			[200, '{}'],
			[200, ' '],
			// Kibana marks its answers. This one comes from a proxy.
			[200, ''],
			[201, ''],
			[202, ''],
			[204, ''],
		] as const) {
			expect(read(answer(status, body))).toMatchObject({
				kind: 'transient',
				failure: { reason: 'unexpectedAnswer', httpStatus: status, mayBeStored: true },
			});
		}
	});

	it('is never a success for any other answer, whatever its body is', () => {
		fc.assert(
			fc.property(
				fc.integer({ min: 100, max: 599 }),
				fc.oneof(
					fc.string(),
					fc.json(),
					fc.string().map((message) => JSON.stringify({ message })),
				),
				fc.array(fc.record({ type: fc.string(), record: fc.dictionary(fc.string(), fc.string()) })),
				(status, body, rows) => {
					fc.pre(status !== 200 || body !== '');
					expect(read(answer(status, body), rows as Row[]).kind).not.toBe('stored');
				},
			),
		);
	});

	it('rejects the row that a schema message names first, and no row that its text quotes', () => {
		const message =
			"[request body]: entities.2.record.asset.criticality: Invalid enum value. Expected 'low_impact', received 'x, entities.0.record: y'";
		expect(read(answer(400, { message }))).toMatchObject({
			kind: 'rejected',
			positions: [2],
			failure: { serverMessage: message, httpStatus: 400 },
		});
	});

	it.each([
		['[request body]: entities: Required'],
		['something about entities.3.record'],
		['Could not do it'],
	])('narrows when a 400 names no row: %s', (message) => {
		expect(read(answer(400, { message })).kind).toBe('bisect');
	});

	it('rejects every row of the type that has a refused attribute, in Kibana’s spelling', () => {
		const rows = [
			user({ entity: { id: 'a' } }),
			user({ entity: { id: 'b', attributes: { mfa_enabled: true } } }),
			user({ entity: { id: 'c', attributes: { mfa_enabled: true }, name: 'C' } }),
			user({ entity: { id: 'd', name: 'D' } }),
		];
		const message =
			'The following attributes are not allowed to be updated without forcing it (?force=true): entity.attributes.Mfa_enabled, entity.name';
		expect(read(answer(400, { message }), rows)).toMatchObject({
			kind: 'rejected',
			positions: [1, 2, 3],
			failure: { reason: 'protectedFields', fix: 'force' },
		});
	});

	it('does not reject a type that may have the attribute, but splits the request by type', () => {
		const owns = { entity: { id: 'x', relationships: { owns: ['y'] } } };
		const rows = [user(owns), host(owns), user({ entity: { id: 'z' } }), host(owns)];
		const message =
			'The following attributes are not allowed to be updated: entity.relationships.Owns';
		expect(read(answer(403, { message }), rows)).toMatchObject({
			kind: 'bisect',
			parts: [
				[0, 2],
				[1, 3],
			],
		});
	});

	it.each<[number, string, string, string]>([
		[401, 'Unauthorized', 'unauthorized', 'credential'],
		[403, 'API [PUT …] is unauthorized for user', 'forbidden', 'privilege'],
		[404, 'Not Found', 'routeMissing', ''],
		[
			503,
			'Capability crud-api not enabled on this cluster. Please restart entity store ',
			'notRunning',
			'off and on',
		],
		[400, 'Request must contain a kbn-xsrf header.', 'refused', ''],
	])('halts everything on %d %s', (status, message, reason, hint) => {
		const verdict = read(answer(status, { message }));
		expect(verdict).toMatchObject({ kind: 'halt', failure: { reason, serverMessage: message } });
		const advice = adviceFor('failure' in verdict ? verdict.failure : {});
		expect(advice ?? '').toContain(hint);
	});

	it('halts one entity type when only its engine is off', () => {
		expect(read(answer(503, { message: "Entity Engine 'service' is not running" }))).toMatchObject({
			kind: 'halt',
			type: 'service',
			failure: { reason: 'notRunning' },
		});
	});

	it.each([301, 302, 307, 308])('halts on the redirect %d instead of following it', (status) => {
		expect(read(answer(status, '', { location: 'https://elsewhere.test/' })).kind).toBe('halt');
	});

	it('treats a 404 with its own message as a refusal of the records', () => {
		const message = "Entity of type 'user' with ID 'x' not found";
		expect(read(answer(404, { message })).kind).toBe('bisect');
		expect(read(answer(404, '<html>nginx</html>')).kind).toBe('halt');
	});

	it.each<[number, string | { message: string }]>([
		[408, ''],
		[429, { message: 'Server is overloaded' }],
		[502, '<html>Bad Gateway</html>'],
		[503, 'Kibana server is not ready yet'],
		[504, ''],
	])('repeats after %d', (status, body) => {
		expect(read(answer(status, body, { 'retry-after': '30' }))).toMatchObject({
			kind: 'transient',
			retryAfterMs: 30_000,
		});
	});

	it('bisects on 413 and 500, and retries a 500 for a record that is alone', () => {
		expect(read(answer(413, { message: 'Payload content length greater…' }))).toMatchObject({
			kind: 'bisect',
			failure: { reason: 'tooLarge' },
		});
		expect(read(answer(500, { message: 'An internal server error occurred.' }))).toMatchObject({
			kind: 'bisect',
			mayPass: true,
		});
	});

	it.each<[string, string, string]>([
		['ECONNREFUSED', 'transient', 'unreachable'],
		['ECONNRESET', 'transient', 'noAnswer'],
		['ECONNABORTED', 'transient', 'noAnswer'],
		['ERR_BAD_RESPONSE', 'transient', 'noAnswer'],
		['ENOTFOUND', 'halt', 'unreachable'],
		['DEPTH_ZERO_SELF_SIGNED_CERT', 'halt', 'unreachable'],
	])('tells %s apart: %s, %s', (code, kind, reason) => {
		const verdict = read({ kind: 'noAnswer', code });
		const message: unknown = expect.stringContaining(code);
		expect(verdict).toMatchObject({ kind, failure: { reason, message } });
		expect('failure' in verdict && adviceFor(verdict.failure)).toEqual(expect.any(String));
	});

	it('quotes a message of any length with a bounded length', () => {
		const verdict = read(answer(400, { message: 'x'.repeat(100_000) }));
		expect(JSON.stringify(verdict).length).toBeLessThan(3_000);
	});
});

describe('Retry-After', () => {
	it.each<[string | undefined, number | undefined]>([
		[undefined, undefined],
		['', undefined],
		['soon', undefined],
		['-5', undefined],
		['0', 0],
		['1.5', 1500],
		['30', 30_000],
		['Fri, 01 May 2026 12:00:10 GMT', 10_000],
		['Fri, 01 May 2026 11:00:00 GMT', 0],
	])('%p means %p ms', (header, expected) => {
		expect(readRetryAfter(header, NOW)).toBe(expected);
	});
});
