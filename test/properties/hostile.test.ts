/** Input that nobody should send: it ends as an error of its own item, or arrives unharmed. */
import fc from 'fast-check';
import type { IDataObject } from 'n8n-workflow';

import { compileCoercion } from '../../nodes/KibanaEntityStore/entity/coerce';
import { ENTITY_TYPES, FIELDS_OF } from '../../nodes/KibanaEntityStore/entity/fields';
import { identifyByName } from '../../nodes/KibanaEntityStore/kibana/v1/identity';
import { identifyByEuid } from '../../nodes/KibanaEntityStore/kibana/v2/identity';
import { createRecordBuilder } from '../../nodes/KibanaEntityStore/entity/record';
import { automatic, json, mapping, nodeOn } from '../acceptance/run';
import { startKibana, type TestKibana } from '../../sandbox/kibana/server';
import { runNode } from '../../sandbox/n8n/engine';

let kibana: TestKibana;
let second: TestKibana;
let elsewhere: TestKibana;

beforeAll(async () => {
	kibana = await startKibana({ basePath: '/kbn' });
	second = await startKibana({ api: 'v2' });
	elsewhere = await startKibana();
});

afterEach(() => {
	for (const one of [kibana, second, elsewhere]) one.clear();
});

afterAll(async () => {
	for (const one of [kibana, second, elsewhere]) await one.stop();
});

const nested = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;

/** The engine of the tests copies plain data only; this arrives as it is, as from a Code node. */
class Alive {
	constructor(values: object) {
		Object.defineProperties(this, Object.getOwnPropertyDescriptors(values));
	}
}

const cyclic = (): object => {
	const circle: Record<string, unknown> = { name: 'round' };
	circle.self = circle;
	return new Alive({ circle: new Alive(circle) });
};

const MEGABYTES_2 = 2 * 1024 * 1024;
const wide = Object.fromEntries(Array.from({ length: 50_000 }, (_, at) => [`key-${at}`, at]));
const sparse: unknown[] = ['first'];
sparse[1_000] = 'last';

/** Records for JSON mode; `arrives` where nothing is wrong with them. */
const HOSTILE: ReadonlyArray<readonly [name: string, record: unknown, arrives?: true]> = [
	['prototype keys', JSON.parse('{"__proto__":{"entity":{"id":"p"}},"constructor":{"x":1}}')],
	['prototype keys in a section', JSON.parse('{"entity":{"id":"p1","__proto__":{"name":"x"}}}')],
	['text of prototype keys', '{"entity":{"id":"p2"},"__proto__":{"isAdmin":true}}'],
	['10,000 levels as text', `{"entity":{"id":"d1"},"labels":${nested(10_000)}}`],
	['10,000 levels where a name belongs', `{"entity":{"id":${nested(10_000)}}}`],
	['2,000 levels', JSON.parse(`{"entity":{"id":"d2"},"labels":${nested(2_000)}}`)],
	['50,000 keys', { entity: { id: 'w' }, ...wide }],
	['a circle', { entity: { id: 'c' }, labels: cyclic() }],
	['a circle for an ID', { entity: { id: cyclic() } }],
	['2 MB of text', { entity: { id: 'm', name: 'x'.repeat(MEGABYTES_2) } }],
	['2 MB of text as an ID', { entity: { id: 'x'.repeat(MEGABYTES_2) } }],
	['a key of 2 MB', { entity: { id: 'k' }, ['x'.repeat(MEGABYTES_2)]: 1 }],
	['2 MB of digits', numberField('9'.repeat(MEGABYTES_2) + 'x')],
	['2 MB of blanks in a date', dateField(`2026-01-02T${' '.repeat(MEGABYTES_2)}x`)],
	['NaN', numberField(NaN)],
	['infinity', numberField(-Infinity)],
	['a BigInt beyond all numbers', numberField(10n ** 400n)],
	['a BigInt as an ID', { entity: { id: 12345678901234567890n } }, true],
	['a date that is none', dateField(new Date(NaN))],
	['what looks like a date', dateField({ toMillis: 1, toISOString: 1, valueOf: 1, toString: 1 })],
	['what only looks like text', { entity: { id: { toString: 1, valueOf: null } } }],
	[
		'a getter that throws',
		{
			entity: new Alive({
				get id() {
					throw new Error('no');
				},
			}),
		},
	],
	['a sparse list', { entity: { id: 's' }, user: { name: 's', email: sparse } }, true],
	['a function', { entity: { id: () => 'f' } }],
	['a symbol', { entity: { id: Symbol('s') } }],
	['a list', ['entity']],
	['a number', 7],
	['half a surrogate pair', { entity: { id: 'half-\ud800' } }, true],
	['quotes, backslashes and line ends', { entity: { id: 'a"b\\c\r\nd' } }, true],
	['10,000 characters', { entity: { id: 'y'.repeat(10_000) } }, true],
	['control characters', { entity: { id: '\u0000\u0007\u2028' } }, true],
	['another path', { entity: { id: '../../api/status?x#y' } }, true],
];

function numberField(calculated_score_norm: unknown): unknown {
	return { entity: { id: 'n', risk: { calculated_score_norm } } };
}

function dateField(first_seen: unknown): unknown {
	return { entity: { id: 't', lifecycle: { first_seen } } };
}

const GOOD = { entity: { id: 'good' } };

/** Anything that an item, made by code, could hold. */
const anyValue = fc.anything({
	withBigInt: true,
	withBoxedValues: true,
	withDate: true,
	withMap: true,
	withNullPrototype: true,
	withObjectString: true,
	withSet: true,
	withSparseArray: true,
	withTypedArray: true,
	withUnicodeString: true,
	key: fc.oneof(fc.string(), fc.constantFrom('__proto__', 'toISOString', 'toMillis', 'toJSON')),
	maxDepth: 3,
} as fc.ObjectConstraints);

/** JSON writes -0 as 0, which is the same number. */
const withPlainZero = (value: unknown): unknown => {
	if (Object.is(value, -0)) return 0;
	if (Array.isArray(value)) return value.map(withPlainZero);
	if (Object.prototype.toString.call(value) !== '[object Object]') return value;
	return Object.fromEntries(
		Object.entries(value as object).map(([key, one]) => [key, withPlainZero(one)]),
	);
};

describe('hostile items', () => {
	// By name only: jest would print the records themselves.
	it.each(HOSTILE.map(([name], at) => [name, at] as const))('%s', async (_, at) => {
		const [, record, arrives] = HOSTILE[at] as (typeof HOSTILE)[number];
		const { outputs, error, hints } = await runNode({
			...nodeOn(kibana),
			items: [{ record: GOOD }, { record }, { record: GOOD }] as IDataObject[],
			parameters: json('={{ $json.record }}', { force: true }),
			onError: 'continueErrorOutput',
		});
		expect(error).toBeUndefined();
		const [stored = [], failed = []] = outputs;
		expect(stored.length + failed.length).toBe(3);
		expect(stored).toHaveLength(arrives ? 3 : 2);
		expect(kibana.entities('user').some(({ id }) => id === 'good')).toBe(true);
		for (const { json } of failed) {
			const message: unknown = json.error;
			expect(typeof message).toBe('string');
			expect(String(message).length).toBeLessThan(3_000);
			expect(String(message)).not.toMatch(/undefined|\[object/);
		}
		expect(JSON.stringify(hints).length).toBeLessThan(10_000);
		const paths = kibana.requests.map(({ path }) => path.split('?')[0]);
		expect(new Set(paths)).toEqual(
			new Set(['/kbn/api/status', '/kbn/api/entity_store/entities/bulk']),
		);
		expect(({} as Record<string, unknown>).isAdmin).toBeUndefined();
	});

	it('carries names unharmed to the second generation, or fails them alone', async () => {
		const names = [
			'a"b\\c\r\nd',
			'half-\ud800',
			'y'.repeat(10_000),
			'\u0000\u0007\u2028',
			'__proto__',
			'constructor',
			'../bulk?force=true#',
		];
		const { outputs } = await runNode({
			...nodeOn(second),
			items: names.map((name) => ({ name })),
			parameters: mapping(
				{ 'host.name': '={{ $json.name }}' },
				{ force: true },
				{ entityType: 'host' },
			),
			onError: 'continueErrorOutput',
		});
		expect(outputs[1]).toEqual([]);
		const stored = second.entities('host').map(({ record }) => (record.host as IDataObject).name);
		// The wire is UTF-8, which has no half of a pair; JSON brings it along all the same.
		expect(stored).toEqual(names);
	});

	it('shows the keys of items as text, where n8n shows HTML', async () => {
		const key = `<img src=x onerror="alert('1')">&`;
		const { hints } = await runNode({
			...nodeOn(kibana),
			items: [{ entity: { id: 'a' }, [key]: 1 }],
			parameters: automatic(),
		});
		const shown = hints.map(({ message }) => message).join(' ');
		expect(shown).toContain('&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;');
		expect(shown).not.toMatch(/[<>"]/);
	});

	it('takes whole items of anything by automatic mapping, each alone', async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.array(fc.dictionary(fc.string(), anyValue), { maxLength: 4 }),
				async (items) => {
					kibana.clear();
					const good = { entity: { id: 'good' } };
					const all = [good, ...items.map((item) => ({ entity: { id: 'x' }, ...item }))];
					const { outputs, error } = await runNode({
						...nodeOn(kibana),
						items: all.map((item) => ({ json: new Alive(item) as IDataObject })),
						parameters: automatic({ force: true }),
						onError: 'continueErrorOutput',
					});
					expect(error).toBeUndefined();
					expect((outputs[0] ?? []).length + (outputs[1] ?? []).length).toBe(all.length);
					expect(outputs[0]?.[0]?.json.entityId).toBe('good');
				},
			),
			{ numRuns: 60 },
		);
	}, 60_000);

	it('never lets a record be built that throws, or that JSON cannot carry', () => {
		const rulesOf = {
			v1: {
				identify: identifyByName,
				force: true,
				unknownKeys: 'reject',
				emptyLists: 'ignore',
				timeZone: 'UTC',
			},
			v2: {
				identify: identifyByEuid,
				force: true,
				unknownKeys: 'ignore',
				emptyLists: 'clear',
				timeZone: 'UTC',
			},
		} as const;
		const anyField = fc.constantFrom<'v1' | 'v2'>('v1', 'v2').chain((generation) =>
			fc.constantFrom(...ENTITY_TYPES).chain((entityType) =>
				fc.record({
					generation: fc.constant(generation),
					entityType: fc.constant(entityType),
					path: fc.constantFrom(...FIELDS_OF[generation][entityType].byPath.keys()),
				}),
			),
		);
		fc.assert(
			fc.property(anyField, anyValue, ({ generation, entityType, path }, value) => {
				const rules = { ...rulesOf[generation], generation, entityType };
				const { record } = createRecordBuilder(rules)({ 'entity.id': 'x', [path]: value });
				if (record === undefined) return;
				expect(JSON.parse(JSON.stringify(record))).toEqual(withPlainZero(record));
				const field = FIELDS_OF[generation][entityType].byPath.get(path);
				expect(field && compileCoercion(field, 'UTC')(value)).toBeDefined();
			}),
			{ numRuns: 3_000 },
		);
	});
});

describe('hostile addresses', () => {
	const host = (): string => new URL(elsewhere.url).host;

	it.each<[string, (base: string) => string]>([
		['a user and a password', (base) => base.replace('http://', 'http://jane:secret-word@')],
		['another host behind an @', (base) => `${base}@${host()}`],
		['another host before an @', (base) => base.replace('http://', `http://${host()}@`)],
		['a query', (base) => `${base}?next=http://${host()}/`],
		['a fragment', (base) => `${base}#/`],
		['steps upwards', (base) => `${base}/../..`],
		['encoded steps upwards', (base) => `${base}/%2e%2e/%2E%2E/other`],
		['backslashes', (base) => `${base}\\..\\..\\other`],
		['a line end and a header', (base) => `${base}\r\nx-injected: 1`],
		['an encoded line end', (base) => `${base}/%0d%0ax-injected:%201`],
		['a path of a colon', (base) => `${base}/http://${host()}`],
		['another scheme', () => 'file:///etc/passwd'],
		['a script', () => 'javascript:alert(1)'],
		['a number', () => '12345'],
		['nothing', () => ' '],
		['a line of hosts', (base) => `${base},http://${host()}`],
	])('the base URL with %s', async (_, spoil) => {
		const { outputs, finished } = await runNode({
			...nodeOn(kibana, { baseUrl: spoil(kibana.url) }),
			items: [{ id: 'a' }, { id: 'b' }],
			parameters: mapping({ 'entity.id': '={{ $json.id }}' }, { maxRetries: 0 }),
			onError: 'continueErrorOutput',
		});
		expect(outputs[0]?.length).toBe(kibana.entities('user').length);
		expect((outputs[0] ?? []).length + (outputs[1] ?? []).length).toBe(2);
		expect(elsewhere.requests).toEqual([]);
		expect(JSON.stringify(finished)).not.toContain('secret-word');
		for (const { headers } of kibana.requests) expect(headers['x-injected']).toBeUndefined();
	});

	it.each([
		'../../api',
		'%2e%2e%2f',
		'a/../b',
		'a@elsewhere',
		'a\r\nx-injected: 1',
		'a?force=true',
		'a#b',
		'A',
		'a b',
		'ä',
		'//elsewhere',
		'\ud800',
		'x/s/y',
	])('the space %j', async (space) => {
		const { outputs } = await runNode({
			...nodeOn(kibana),
			items: [{ id: 'good' }, { id: 'bad', space }],
			parameters: mapping(
				{ 'entity.id': '={{ $json.id }}' },
				{},
				{ space: { __rl: true, mode: 'id', value: '={{ $json.space ?? "soc" }}' } },
			),
			onError: 'continueErrorOutput',
		});
		expect(outputs[0]).toHaveLength(1);
		expect(outputs[1]?.[0]?.json.details).toMatchObject({ reason: 'invalidRecord' });
		const paths = kibana.requests.map(({ path }) => path);
		expect(paths).toEqual(['/kbn/api/status', '/kbn/s/soc/api/entity_store/entities/bulk']);
	});

	it('a space that is no text concerns its own item', async () => {
		const { outputs, error } = await runNode({
			...nodeOn(kibana),
			items: [{ id: 'good' }, { id: 'bad', space: { toString: 1, valueOf: 1 } }],
			parameters: mapping(
				{ 'entity.id': '={{ $json.id }}' },
				{},
				{ space: { __rl: true, mode: 'id', value: '={{ $json.space ?? "soc" }}' } },
			),
			onError: 'continueErrorOutput',
		});
		expect(error).toBeUndefined();
		expect(outputs.map((items) => items.length)).toEqual([1, 1]);
	});
});

/** Names that mean more than themselves somewhere: in KQL, in a query, in a URL, in JavaScript. */
const NAMES = [
	'*',
	'host-*',
	'" or entity.id: * or entity.id: "',
	'x") or (host.name: *',
	'\\',
	'\\" or entity.id: *',
	'not x',
	'{"match_all":{}}',
	'../../../api/status',
	'..',
	'%2e%2e%2f',
	'a?size=10000&filter=x',
	'a#b',
	'\u0000\u0007\u2028',
	'half-\ud800',
	'__proto__',
	'constructor',
	'={{ 1 }}',
	'y'.repeat(3_000),
	'y'.repeat(100_000),
];

const ENTITY = { resource: 'entity', entityType: 'host' };
const BY_ID = { findBy: 'id', entityId: { __rl: true, mode: 'id', value: '={{ $json.id }}' } };
const BY_NAME = { findBy: 'fields', matchFields: { hostName: '={{ $json.name }}' } };

describe.each(['v1', 'v2'] as const)('hostile names to find and to delete (%s)', (api) => {
	let on: TestKibana;

	beforeAll(async () => void (on = await startKibana({ api, listsLive: true })));
	afterEach(() => on.clear());
	afterAll(async () => await on.stop());

	const idOf = (name: string) => (api === 'v1' ? name : `host:${name}`);
	/** A name that cannot even be stored, such as one beyond a limit of Kibana, is only asked for. */
	const store = async (names: readonly string[]) => {
		for (const name of names) {
			if (api === 'v2') on.seed('host', { host: { name } });
			else {
				await runNode({
					...nodeOn(on),
					items: [{ name }],
					parameters: mapping({ 'entity.id': '={{ $json.name }}' }, {}, { entityType: 'host' }),
					onError: 'continueErrorOutput',
				});
			}
		}
	};
	const GOOD_NAMES = ['host-1', 'host-2', 'host-3'];
	const run = async (names: readonly string[], operation: string, by: object, more = {}) => {
		const { outputs, error } = await runNode({
			...nodeOn(on),
			items: names.map((name) => ({ id: idOf(name), name })),
			parameters: { ...ENTITY, operation, ...by, options: { maxRetries: 0, ...more } } as never,
			onError: 'continueErrorOutput',
		});
		expect(error).toBeUndefined();
		return outputs.map((items) =>
			items.map(({ json, pairedItem }) => [
				(pairedItem as { item: number }).item,
				json.error === undefined ? json.entityId : (json.details as IDataObject).reason,
			]),
		);
	};

	it.each([
		['ID', BY_ID],
		['name', BY_NAME],
	])('find by %s what has exactly that, and nothing else', async (_, by) => {
		await store(GOOD_NAMES);
		const [found, failed] = await run([...NAMES, 'host-2'], 'get', by);
		expect(found).toEqual([[NAMES.length, idOf('host-2')]]);
		expect(failed).toHaveLength(NAMES.length);
	});

	it('find what has such a name', async () => {
		const names = NAMES.filter((name) => name.length < 100 && name !== 'half-\ud800');
		await store([...GOOD_NAMES, ...names]);
		const stored = names.filter((name) => on.entities().some(({ id }) => id === idOf(name)));
		const [found, failed] = await run(stored, 'get', BY_ID);
		expect([found, failed]).toEqual([stored.map((name, item) => [item, idOf(name)]), []]);
		const [deleted] = await run(stored, 'delete', BY_ID);
		expect(deleted).toHaveLength(stored.length);
		expect(on.entities().map(({ id }) => id)).toEqual(GOOD_NAMES.map(idOf));
	});

	it.each([
		['ID', BY_ID],
		['name', BY_NAME],
	])('delete by %s nothing but what has exactly that', async (_, by) => {
		await store(GOOD_NAMES);
		const [deleted, failed] = await run([...NAMES, 'host-2'], 'delete', by, { several: 'all' });
		expect(deleted).toEqual([[NAMES.length, idOf('host-2')]]);
		expect(failed).toHaveLength(NAMES.length);
		expect(on.entities().map(({ id }) => id)).toEqual([idOf('host-1'), idOf('host-3')]);
	});

	it('list nothing more for a filter than what contains it', async () => {
		await store(GOOD_NAMES);
		const name = '={{ $json.name }}';
		const { outputs } = await runNode({
			...nodeOn(on),
			items: NAMES.map((one) => ({ name: one })),
			parameters: {
				resource: 'entity',
				operation: 'getAll',
				returnAll: true,
				filters: { nameContains: name, ...(api === 'v2' && { source: name }) },
				options: { maxRetries: 0 },
			},
			onError: 'continueErrorOutput',
		});
		expect(outputs[0]).toEqual([]);
	});

	it('leave a mirror with what the input names, however it is called', async () => {
		const names = NAMES.filter((name) => name.length < 100 && name !== 'half-\ud800');
		await store([...GOOD_NAMES, ...names]);
		const stored = on.entities().map(({ id }) => id);
		const { outputs } = await runNode({
			...nodeOn(on),
			items: stored.filter((id) => id !== idOf('host-2')).map((id) => ({ id })),
			parameters: {
				...ENTITY,
				operation: 'deleteMissing',
				...BY_ID,
				filters: { nameContains: 'o' },
				options: { maxPercent: 100 },
			} as never,
			onError: 'continueErrorOutput',
		});
		expect(outputs.map((items) => items.map(({ json }) => json.entityId))).toEqual([
			[idOf('host-2')],
			[],
		]);
	});

	it.each(['get', 'getAll', 'delete', 'deleteMissing'])(
		'%s asks nothing for a space that leaves its path',
		async (operation) => {
			await store(GOOD_NAMES);
			const before = on.requests.length;
			for (const space of ['../../api', 'a/../b', '%2e%2e%2f', 'a?x', 'a\r\nx-injected: 1']) {
				const { outputs, error } = await runNode({
					...nodeOn(on),
					items: [{}],
					parameters: {
						...ENTITY,
						operation,
						space: { __rl: true, mode: 'id', value: `={{ ${JSON.stringify(space)} }}` },
						findBy: 'id',
						entityId: { __rl: true, mode: 'id', value: idOf('host-1') },
						filters: { nameContains: 'host' },
						options: { maxRetries: 0, maxPercent: 100, allowEmpty: true },
					} as never,
					onError: 'continueErrorOutput',
				});
				expect(error).toBeUndefined();
				expect(outputs.map((items) => items.length)).toEqual([0, 1]);
			}
			const paths = on.requests.slice(before).map(({ path }) => path);
			expect(new Set(paths)).toEqual(new Set(['/api/status']));
			expect(on.entities()).toHaveLength(3);
		},
	);
});
