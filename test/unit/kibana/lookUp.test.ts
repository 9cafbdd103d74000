import fc from 'fast-check';

import type { LookupResult } from '../../../nodes/KibanaEntityStore/bulk/poll';
import type { BulkRecord } from '../../../nodes/KibanaEntityStore/bulk/record';
import type { KibanaAnswer } from '../../../nodes/KibanaEntityStore/kibana/http/client';
import type { Generation } from '../../../nodes/KibanaEntityStore/kibana/generation';
import { lookUp, MAX_TERM_BYTES } from '../../../nodes/KibanaEntityStore/kibana/lookUp';
import { v1 } from '../../../nodes/KibanaEntityStore/kibana/v1/index';
import { v2 } from '../../../nodes/KibanaEntityStore/kibana/v2/index';
import { startKibana, type EntityType } from '../../../sandbox/kibana/server';
import { request } from '../../../sandbox/kibana/request';

const recordOf = (
	{ entityKey, write }: Generation,
	type: EntityType,
	id: string,
	more: object = {},
): BulkRecord => {
	const json = JSON.stringify({ entity: { id }, ...more });
	const bytes = write.bytesOf(type, json);
	return { index: 0, key: entityKey(type, id), type, id, json, bytes, isSelfNamed: true };
};

const answer = (status: number, body: unknown, headers = {}): KibanaAnswer => ({
	kind: 'answer',
	status,
	headers,
	body: typeof body === 'string' ? body : JSON.stringify(body),
});

const look = async (
	given: KibanaAnswer,
	{ list }: Generation,
	group = 'user',
): Promise<LookupResult<unknown>> =>
	await lookUp(
		async () => given,
		list,
		group,
		['x'],
		() => 0,
	);

const pathFor = ({ list }: Generation, record: BulkRecord): URL =>
	new URL(list.path(list.groupOf(record), [list.term(record)]), 'http://kibana');

const hostileId = fc.oneof(
	fc.string({ minLength: 1, unit: 'binary' }),
	fc.string({ minLength: 1 }),
	fc.constantFrom(
		'a"b',
		'a\\',
		'\\"',
		'"',
		') or *',
		'a and b',
		'*',
		'ä€😀',
		'a&b=c#d?e',
		'%2e%2e/',
	),
);

describe('the request for a page', () => {
	it.each([v1, v2])(
		'quotes any ID so that only its entity is found ($name)',
		async (generation) => {
			const kibana = await startKibana({ api: generation.name });
			try {
				await fc.assert(
					fc.asyncProperty(hostileId, hostileId, async (wanted, other) => {
						fc.pre(wanted !== other);
						kibana.clear();
						const seed = async (id: string) => {
							if (generation === v2) return kibana.seed('generic', { entity: { id } });
							const entities = [{ type: 'generic', record: { entity: { id } } }];
							const path = '/api/entity_store/entities/bulk';
							await request(kibana, { method: 'PUT', path, body: { entities } });
						};
						await seed(wanted);
						await seed(other);
						const record = recordOf(generation, 'generic', wanted);
						const { pathname, search } = pathFor(generation, record);
						const listed = await request(kibana, { method: 'GET', path: `${pathname}${search}` });
						expect(listed.status).toBe(200);
						const found = await look(answer(200, listed.data), generation, 'generic');
						expect(found.kind === 'listed' && [...found.documents.keys()]).toEqual([record.key]);
					}),
					{ numRuns: 100 },
				);
			} finally {
				await kibana.stop();
			}
		},
	);

	it.each([v1, v2])('never fails for an ID that is not valid Unicode ($name)', (generation) => {
		const record = recordOf(generation, 'user', 'a\ud800b');
		expect(() => pathFor(generation, record)).not.toThrow();
	});

	it.each([v1, v2])('stays within 8 kB with the maximum number of terms ($name)', ({ list }) => {
		const most = 'x'.repeat(MAX_TERM_BYTES);
		expect(list.path('service', [most]).length).toBeLessThan(7_000);
	});
});

describe('the answer to it', () => {
	const empty = { v1: { records: [] }, v2: { entities: [] } };

	it.each([v1, v2])('gives the entities that exist, or none ($name)', async (generation) => {
		expect(await look(answer(200, empty[generation.name]), generation)).toEqual({
			kind: 'listed',
			documents: new Map(),
		});
	});

	it.each<[string, KibanaAnswer, object]>([
		[
			'an overloaded Kibana',
			answer(429, '', { 'retry-after': '7' }),
			{ kind: 'transient', retryAfterMs: 7_000 },
		],
		['a starting Kibana', answer(503, 'Kibana server is not ready yet'), { kind: 'transient' }],
		['a failure of Kibana', answer(500, { message: 'oops' }), { kind: 'transient' }],
		['no answer', { kind: 'noAnswer', code: 'ECONNRESET' }, { kind: 'transient' }],
		['a page of a proxy', answer(200, '<html>'), { kind: 'transient' }],
		['nothing', answer(200, ''), { kind: 'transient' }],
		['JSON that is no list', answer(200, { records: 'x', entities: {} }), { kind: 'transient' }],
		['another success', answer(204, ''), { kind: 'transient' }],
		['a refused query', answer(400, { message: 'Invalid filter' }), { kind: 'refused' }],
		['a URL too long', answer(414, ''), { kind: 'refused' }],
		['a key without the privilege', answer(403, { message: 'no' }), { kind: 'halt' }],
		['a revoked key', answer(401, { message: 'no' }), { kind: 'halt' }],
		['a missing route', answer(404, { message: 'Not Found' }), { kind: 'halt' }],
		['a redirect', answer(302, ''), { kind: 'halt' }],
		['a wrong certificate', { kind: 'noAnswer', code: 'CERT_HAS_EXPIRED' }, { kind: 'halt' }],
		['a cancel', { kind: 'cancelled' }, { kind: 'halt' }],
	])('%s', async (_, given, expected) => {
		for (const generation of [v1, v2])
			expect(await look(given, generation)).toMatchObject(expected);
	});

	it('never finds an entity in anything but a list, and never throws', async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.integer({ min: 100, max: 599 }),
				fc.oneof(
					fc.string(),
					fc.json(),
					fc
						.array(fc.anything())
						.map((records) => JSON.stringify({ records, entities: records }) ?? ''),
				),
				fc.constantFrom(v1, v2),
				async (status, body, generation) => {
					const found = await look(answer(status, body), generation);
					if (found.kind !== 'listed') return;
					expect(status).toBe(200);
					expect(Array.isArray(JSON.parse(body)[generation === v1 ? 'records' : 'entities'])).toBe(
						true,
					);
				},
			),
			{ numRuns: 500 },
		);
	});
});

describe('a document that is read back', () => {
	const seenOf = async (generation: Generation, document: object, type = 'user') => {
		const body = { records: [document], entities: [document] };
		const found = await look(answer(200, body), generation, type);
		const documents = found.kind === 'listed' ? [...found.documents] : [];
		return documents.map(([key, one]) => [key, generation.comparison.leavesIn(one, type)] as const);
	};

	it('v1: has the paths at which it was sent, in every form in which Kibana lists it', async () => {
		const sent = [
			['entity.attributes.mfa_enabled', true],
			['entity.relationships.supervised_by', ['b']],
		] as const;
		for (const document of [
			{
				user: {
					name: 'a',
					entity: {
						id: 'a',
						attributes: { Mfa_enabled: true },
						relationships: { Supervised_by: ['b'] },
					},
				},
			},
			{
				user: { name: 'a' },
				entity: {
					id: 'a',
					attributes: { mfa_enabled: true },
					relationships: { Supervised_by: ['b'] },
				},
			},
			{
				'user.name': ['a'],
				'entity.id': 'a',
				'entity.attributes.Mfa_enabled': true,
				'entity.relationships': { Supervised_by: ['b'] },
			},
		]) {
			const [[key, leaves] = []] = await seenOf(v1, document);
			expect(key).toBe('user a');
			for (const [path, value] of sent) expect(leaves?.get(path)).toEqual(value);
		}
	});

	it('v1: is not compared in fields that Kibana sets itself or does not list', () => {
		const record = recordOf(v1, 'user', 'a', {
			user: { name: 'a', email: ['a@b.c'] },
			asset: { criticality: 'high_impact', owner: 'x', id: '1' },
		});
		expect([...v1.comparison.expected(record).keys()]).toEqual(['user.email', 'asset.criticality']);
		const named = recordOf(v1, 'generic', 'a', {
			entity: { id: 'a', name: 'A', source: 's', type: 't' },
		});
		expect([...v1.comparison.expected(named).keys()]).toEqual(['entity.type']);
	});

	it('v2: is not compared in timestamps, and in labels that Kibana reads as paths', () => {
		const record = recordOf(v2, 'host', 'host:a', {
			host: { name: 'a' },
			'@timestamp': '2026-01-01T00:00:00.000Z',
			asset: { owner: 'x' },
			labels: { team: 'soc', 'a.b': 1, 'c[0]': 1, 'd.0': 1, constructor: 1 },
		});
		expect([...v2.comparison.expected(record).keys()]).toEqual([
			'host.name',
			'asset.owner',
			'labels.team',
			'labels.a.b',
		]);
	});
});
