/** Real answers, spoiled in every way: none crashes a reader, and none becomes a success. */
import fc from 'fast-check';
import { isDeepStrictEqual } from 'node:util';

import type { BulkRecord } from '../../nodes/KibanaEntityStore/bulk/record';
import type { Verdict } from '../../nodes/KibanaEntityStore/bulk/verdict';
import type { Answer, KibanaClient } from '../../nodes/KibanaEntityStore/kibana/http/client';
import { detectGeneration } from '../../nodes/KibanaEntityStore/kibana/detect';
import { listSpaces } from '../../nodes/KibanaEntityStore/kibana/spaces';
import * as v1 from '../../nodes/KibanaEntityStore/kibana/v1/write';
import * as v2 from '../../nodes/KibanaEntityStore/kibana/v2/write';
import { request } from '../../sandbox/kibana/request';
import { startKibana, type TestKibana } from '../../sandbox/kibana/server';

const V2_BULK = '/api/security/entity_store/entities/bulk';
const CREATE = '/api/security/entity_store/entities/host';
const V1_BULK = '/api/entity_store/entities/bulk';

let kibana: TestKibana;
let answers: readonly Answer[];

const host = (name: string, more: object = {}) => ({
	type: 'host',
	doc: { host: { name }, ...more },
});

const records: readonly BulkRecord[] = ['alpha', 'bravo', 'charlie'].map((name, index) => {
	const json = JSON.stringify(host(name).doc);
	const id = `host:${name}`;
	return { index, key: id, type: 'host', id, json, bytes: json.length, isSelfNamed: true };
});

beforeAll(async () => {
	kibana = await startKibana({ api: 'both' });
	kibana.seed('host', { host: { name: 'alpha' } });
	const asked = await Promise.all(
		[
			{ method: 'PUT', path: V2_BULK, body: { entities: [host('alpha')] } },
			{ method: 'PUT', path: V2_BULK, body: { entities: [host('alpha'), host('bravo')] } },
			{ method: 'PUT', path: V2_BULK, body: { entities: [host('x', { labels: { a: 1 } })] } },
			{ method: 'PUT', path: V2_BULK, body: { entities: [{ type: 'host', doc: 'no' }] } },
			{ method: 'POST', path: CREATE, body: { host: { name: 'delta' } } },
			{ method: 'POST', path: CREATE, body: { host: { name: 'alpha' } } },
			{ method: 'PUT', path: V1_BULK, body: { entities: [{ type: 'host', record: { a: 1 } }] } },
			{
				method: 'PUT',
				path: V1_BULK,
				body: { entities: [{ type: 'host', record: { entity: { id: 'a', name: 'b' } } }] },
			},
			{ method: 'PUT', path: V1_BULK, headers: { authorization: 'ApiKey no' } },
			{ method: 'GET', path: '/api/status' },
			{ method: 'GET', path: '/api/spaces/space' },
			{ method: 'GET', path: '/nowhere' },
		].map(async (one) => await request(kibana, one)),
	);
	answers = asked.map(({ status, headers, data }) => ({
		kind: 'answer',
		status,
		headers: headers as unknown as Record<string, string>,
		body: JSON.stringify(data),
	}));
});

afterAll(async () => await kibana.stop());

type Spoil = (body: string) => string;

const at = (body: string, place: number): number => Math.floor(place * (body.length + 1));

const anyPlace = fc.double({ min: 0, max: 1, noNaN: true });

const nested = (levels: number, core = '1'): string =>
	`${'['.repeat(levels)}${core}${']'.repeat(levels)}`;

const anySpoil: fc.Arbitrary<Spoil> = fc.oneof(
	fc.constant<Spoil>((body) => body),
	fc.tuple(anyPlace, fc.nat(255)).map(
		([place, bits]): Spoil =>
			(body) => {
				const bytes = Buffer.from(body);
				const position = Math.min(at(body, place), bytes.length - 1);
				bytes[position] = (bytes[position] as number) ^ bits;
				return bytes.toString('utf8');
			},
	),
	anyPlace.map(
		(place): Spoil =>
			(body) =>
				body.slice(0, at(body, place)),
	),
	fc.tuple(anyPlace, fc.string({ unit: 'binary' })).map(
		([place, text]): Spoil =>
			(body) =>
				body.slice(0, at(body, place)) + text + body.slice(at(body, place)),
	),
	fc.tuple(anyPlace, anyPlace).map(
		([from, to]): Spoil =>
			(body) =>
				body.slice(0, at(body, from)) + body.slice(at(body, Math.max(from, to))),
	),
	fc.constantFrom<Spoil>(
		() => nested(10_000),
		() => `{"ok":true,"errors":${nested(10_000)}}`,
		() => `{"message":${nested(10_000)}}`,
		(body) => nested(10_000, body),
		(body) => `[${body}]`,
		(body) => body + body,
		(body) => `${body}${'x'.repeat(3_000_000)}`,
		() => JSON.stringify({ message: 'not allowed to be updated: '.repeat(100_000) }),
		() =>
			JSON.stringify({
				message: `attributes are not allowed to be updated: ${'a, '.repeat(99_999)}`,
			}),
		() => JSON.stringify({ message: `[request body]: entities.${'9'.repeat(400)}` }),
		() =>
			`{"ok":true,"errors":[${'{"_id":"x","status":404},'.repeat(50_000)}{"_id":"x","status":404}]}`,
		() =>
			JSON.stringify({
				ok: true,
				errors: Array.from({ length: 1_500 }, (_, length) => ({
					_id: 'f'.repeat(length),
					status: 500,
				})),
			}),
		() => '{"ok":true,"errors":[{"_id":"x","status":1e400}]}',
		() => '{"ok":true,"errors":[{"_id":"x","status":404,"type":"t","reason":null}]}',
		() => '{"__proto__":{"ok":true,"errors":[]}}',
		() => 'null',
		() => '{"ok":true}',
		() => '',
	),
);

const anyStatus = fc.oneof(
	fc.constant(undefined),
	fc.constantFrom(200, 201, 204, 302, 400, 401, 403, 404, 409, 413, 429, 500, 502, 503, 599),
);

const anyHeaders = fc.constantFrom<Record<string, string>>(
	{},
	{ 'retry-after': '9'.repeat(400) },
	{ 'retry-after': 'Wed, ' },
	{ location: 'http://elsewhere.invalid' },
);

const parsed = (body: string): unknown => {
	try {
		return JSON.parse(body);
	} catch {
		return undefined;
	}
};

const isStored = (verdict: Verdict): boolean =>
	verdict.kind === 'stored' ||
	(verdict.kind === 'each' && verdict.verdicts.some(({ status }) => status === 'updated'));

describe('the readers of answers', () => {
	it('survive any spoiled answer, and take none for a success', async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.nat(11),
				anySpoil,
				anyStatus,
				anyHeaders,
				async (which, spoil, status, headers) => {
					const real = answers[which] as Answer;
					const body = spoil(real.body);
					const answer: Answer = { ...real, status: status ?? real.status, body, headers };
					const json = parsed(body);

					// Of the first generation only nothing at all is a success, and only from Kibana.
					expect(isStored(v1.readBulkAnswer(answer, records, 0))).toBe(false);

					const bulk = v2.readBulkAnswer(answer, records, 0);
					if (bulk.kind === 'stored') {
						expect(answer.status).toBe(200);
						expect((json as { errors: unknown }).errors).toEqual([]);
					}
					if (bulk.kind === 'each') expect(bulk.verdicts).toHaveLength(records.length);
					// Whoever failed in the real answer has never become a success.
					if (which === 1) {
						const bravo = bulk.kind === 'each' ? bulk.verdicts[1]?.status : bulk.kind;
						expect(['updated', 'stored']).not.toContain(
							isDeepStrictEqual((json as { errors?: unknown } | undefined)?.errors, [])
								? undefined
								: bravo,
						);
					}
					const [first] = records as [BulkRecord];
					const created = v2.readCreateAnswer(answer, first, 0);
					if (created.kind === 'stored') {
						expect(answer.status).toBe(200);
						expect(json).toMatchObject({ ok: true });
					}
					for (const verdict of [bulk, created]) {
						if ('failure' in verdict) {
							expect(verdict.failure.message.length).toBeLessThan(2_000);
						}
					}

					const client: KibanaClient = async () => answer;
					const detected = await detectGeneration(client, 0);
					expect('generation' in detected || 'failure' in detected).toBe(true);
					const spaces = await listSpaces(client);
					expect('spaces' in spaces || 'failure' in spaces).toBe(true);
				},
			),
			{ numRuns: 1_500 },
		);
	}, 120_000);
});
