import { expandDottedKeys, merge } from './documents';
import { parseKql, parseQueryDsl } from './filters';
import { judgeCreate, judgeDocument } from './judge';

const messageOf = (verdict: ReturnType<typeof judgeDocument>): string =>
	'message' in verdict ? verdict.message : 'accepted';

const verdictOn = (type: string, doc: unknown, force = false): string =>
	messageOf(judgeDocument(type, doc, force));

const host = (more: object = {}, entity: object = {}) => ({ host: { name: 'a', ...more }, entity });

describe('dotted keys', () => {
	it.each<[string, unknown, object]>([
		[
			'at every depth, in arrays too',
			{ 'a.b': 1, c: { 'd.e': [{ 'f.g': 2 }] } },
			{ a: { b: 1 }, c: { d: { e: [{ f: { g: 2 } }] } } },
		],
		['after a section, which they join', { a: { b: 1 }, 'a.c': 2 }, { a: { b: 1, c: 2 } }],
		['before a section, which replaces them', { 'a.c': 2, a: { b: 1 } }, { a: { b: 1 } }],
		['with indexes', { 'a[0]': 1, 'b.1': 2 }, { a: [1], b: [undefined, 2] }],
		['with quotes', { 'a["b.c"]': 1 }, { a: { 'b.c': 1 } }],
		['of prototypes', { 'a.constructor': 1, 'b.__proto__.c': 2, prototype: 3 }, { a: {}, b: {} }],
		['through a scalar', { a: 1, 'a.b': 2 }, { a: { b: 2 } }],
		['of text', 'ab', { 0: 'a', 1: 'b' }],
		['of nothing', null, {}],
	])('%s', (_, document, expanded) => {
		expect(expandDottedKeys(document)).toEqual(expanded);
	});
});

describe('identification', () => {
	it.each<[string, string, object, string]>([
		['the ID only', 'user', { entity: { id: 'user:a@b.c@okta' } }, 'user:a@b.c@okta'],
		['an ID of another type', 'user', { entity: { id: 'host:a' } }, 'host:a'],
		['an ID that agrees', 'host', host({}, { id: 'host:a' }), 'host:a'],
		['identity only', 'host', host(), 'host:a'],
		['identity and an empty ID', 'host', host({}, { id: '' }), 'host:a'],
		['a dotted ID', 'service', { 'entity.id': 'x' }, 'x'],
		['fields of another type, with an ID', 'user', { ...host(), entity: { id: 'x' } }, 'x'],
	])('by %s', (_, type, doc, id) => {
		expect(judgeDocument(type, doc, true)).toMatchObject({
			status: 200,
			id,
			document: { entity: { id } },
		});
	});

	it.each<[string, string, unknown, string]>([
		['nothing', 'host', {}, 'Could not derive EUID from document or find it in entity.id'],
		[
			'no document',
			'host',
			undefined,
			'Could not derive EUID from document or find it in entity.id',
		],
		[
			'fields of another type',
			'user',
			host(),
			'Could not derive EUID from document or find it in entity.id',
		],
		[
			'a user without an ID',
			'user',
			{ user: { name: 'a' } },
			'Could not derive EUID from document or find it in entity.id',
		],
		[
			'an ID that contradicts',
			'host',
			host({}, { id: 'host:zzz' }),
			'Supplied ID host:zzz does not match generated EUID host:a',
		],
		[
			'a user of a provider with an identity field',
			'user',
			{ entity: { id: 'user:a@b.c@okta' }, user: { email: ['a@b.c'] } },
			'Supplied ID user:a@b.c@okta does not match generated EUID user:a@b.c@unknown',
		],
	])('fails by %s', (_, type, doc, message) => {
		expect(judgeDocument(type, doc, true)).toEqual({ status: 400, message });
	});

	it('keeps user fields that identify nobody beside the ID', () => {
		const doc = { entity: { id: 'user:a@okta' }, user: { domain: ['d'], full_name: ['A'] } };
		expect(verdictOn('user', doc, true)).toBe('accepted');
		expect(verdictOn('user', doc)).toMatch(/forcing it \(\?force=true\): user\.full_name$/);
	});
});

describe('protection', () => {
	const LOCKED =
		'The following attributes are not allowed to be updated without forcing it (?force=true): ';
	const UNKNOWN = 'The following attributes are not allowed to be updated: ';
	const byId = (more: object, entity: object = {}) => ({ entity: { id: 'x', ...entity }, ...more });

	it.each<[string, object]>([
		[
			'host',
			host({ id: ['a'], hostname: ['b'] }, { attributes: { managed: true, watchlists: ['v'] } }),
		],
		[
			'user',
			byId({ user: { domain: ['d'] } }, { behaviors: { rule_names: [], anomaly_job_ids: ['j'] } }),
		],
		['user', { entity: { id: 'user:e@unknown' }, user: { email: ['e'], id: ['i'], name: 'n' } }],
		['service', { service: { name: 's' }, entity: { attributes: { storage_class: 's' } } }],
		['generic', byId({}, { attributes: { granted_permissions: ['p'], known_redirect: ['r'] } })],
		['generic', byId({}, { relationships: { owns: ['a'], supervises: { entity_id: ['b'] } } })],
		[
			'generic',
			byId(
				{},
				{ relationships: { administers: { ids: [], raw_identifiers: { host: { id: ['a'] } } } } },
			),
		],
		[
			'user',
			byId(
				{},
				{ relationships: { resolution: { resolved_to: 'y', risk: { calculated_score: 1 } } } },
			),
		],
		['user', byId({ asset: {}, labels: {}, user: {} })],
	])('lets a %s update %j freely', (type, doc) => {
		expect(verdictOn(type, doc)).toBe('accepted');
	});

	it.each<[string, object, string]>([
		['host', { ...host({ ip: ['::1'] }), asset: { owner: 'o' } }, `${LOCKED}host.ip, asset.owner`],
		['host', host({ os: { name: ['n'], kernel: 'k' } }), `${LOCKED}host.os.name, host.os.kernel`],
		['user', byId({ user: { roles: [], hash: ['h'] } }), `${LOCKED}user.roles, user.hash`],
		[
			'service',
			byId({ service: { id: 'i', node: { roles: [] } } }),
			`${LOCKED}service.id, service.node.roles`,
		],
		['generic', byId({ cloud: { account: { id: 'c' } } }), `${LOCKED}cloud.account.id`],
		[
			'generic',
			byId({ orchestrator: { resource: { parent: { type: 't' } } } }),
			`${LOCKED}orchestrator.resource.parent.type`,
		],
		[
			'generic',
			byId({}, { name: 'n', source: ['s'], risk: { calculated_score_norm: 1 } }),
			`${LOCKED}entity.name, entity.source, entity.risk.calculated_score_norm`,
		],
		[
			'generic',
			byId({}, { lifecycle: { last_seen: '2026-01-01T00:00:00Z' } }),
			`${LOCKED}entity.lifecycle.last_seen`,
		],
		['host', { ...host(), labels: { env: 'p' }, tags: ['t'] }, `${UNKNOWN}[labels.env, tags]`],
		['host', { ...host({ ip: [] }), tags: ['t'] }, `${UNKNOWN}[tags]`],
		[
			'user',
			byId({ user: { risk: { calculated_score: 1 } } }),
			`${UNKNOWN}[user.risk.calculated_score]`,
		],
		[
			'user',
			byId({ '@timestamp': '2026-01-01T00:00:00Z', event: { ingested: '2026-01-01T00:00:00Z' } }),
			`${UNKNOWN}[@timestamp, event.ingested]`,
		],
		[
			'user',
			byId({}, { schema_version: '1', EngineMetadata: { Type: 't' } }),
			`${UNKNOWN}[entity.schema_version, entity.EngineMetadata.Type]`,
		],
		['user', byId({ host: { name: 'h', ip: ['::1'] } }), `${UNKNOWN}[host.ip, host.name]`],
	])('asks for force before a %s is updated by %j', (type, doc, message) => {
		expect(verdictOn(type, doc)).toBe(message);
		expect(verdictOn(type, doc, true)).toBe('accepted');
	});

	it('knows attributes by their later names when told so', () => {
		const later = byId({}, { attributes: { permissions: ['p'], known_redirects: ['r'] } });
		expect(verdictOn('user', later)).toMatch(/Unrecognized keys: "permissions", "known_redirects"/);
		expect(judgeDocument('user', later, false, { laterNames: true }).status).toBe(200);
		const earlier = byId({}, { attributes: { known_redirect: ['r'] } });
		expect(judgeDocument('user', earlier, false, { laterNames: true }).status).toBe(400);
	});

	it.each([
		{ attributes: { privileged: true } },
		{ behaviors: { brute_force_victim: true } },
		{ relationships: { owned_by: ['a'] } },
	])('refuses the names of the first generation: %j', (entity) => {
		expect(verdictOn('generic', byId({}, entity), true)).toMatch(/Unrecognized key: /);
	});
});

describe('a creation', () => {
	it('is named after its EUID unless it has a name, and nothing is protected', () => {
		expect(judgeCreate('host', { ...host({ ip: ['::1'] }), tags: ['t'] })).toEqual({
			status: 200,
			id: 'host:a',
			document: {
				host: { name: 'a', ip: ['::1'] },
				tags: ['t'],
				entity: { id: 'host:a', name: 'host:a' },
			},
		});
		expect(judgeCreate('host', host({}, { name: 'A' }))).toMatchObject({
			document: { entity: { name: 'A' } },
		});
	});

	it.each<[string, unknown, string]>([
		['host', { entity: { id: 'host:a' } }, 'Could not derive EUID from document'],
		['user', { user: { name: 'a' } }, 'Could not derive EUID from document'],
		['host', null, 'Could not derive EUID from document'],
		['host', host({}, { id: 'host:b' }), 'Supplied ID host:b does not match generated EUID host:a'],
		[
			'printer',
			{},
			'[request params]: entityType: Invalid option: expected one of "user"|"host"|"service"|"generic"',
		],
	])('of a %s from %j fails', (type, doc, message) => {
		expect(judgeCreate(type, doc)).toEqual({ status: 400, message });
	});

	it.each<[string, object, string]>([
		['generic', { entity: { id: 'thing' } }, 'thing'],
		['user', { entity: { id: 'user:a@unknown' }, user: { name: 'a' } }, 'user:a@unknown'],
	])('of a %s needs %j', (type, doc, id) => {
		expect(judgeCreate(type, doc)).toMatchObject({ status: 200, id });
	});
});

describe('a partial update', () => {
	it('merges objects at every depth and replaces all else', () => {
		const stored = { a: { b: 1, c: [1, 2] }, d: 'x', e: { f: 1 } };
		const update = { a: { c: [3], g: true }, d: { h: 1 }, e: 'y' };
		expect(merge(stored, update)).toEqual({ a: { b: 1, c: [3], g: true }, d: { h: 1 }, e: 'y' });
	});
});

describe('KQL', () => {
	const documents = ['a', 'b', 'c "d" \\e'].map((id) => ({ entity: { id, type: 'Host' } }));
	const find = (kql: string) =>
		documents.filter(parseKql(kql)).map((document) => document.entity.id);

	it.each<[string, string[]]>([
		['entity.id:"a"', ['a']],
		['entity.id : "c \\"d\\" \\\\e"', ['c "d" \\e']],
		['entity.id:"a" or entity.id:"b"', ['a', 'b']],
		['entity.id:("a" OR "b")', ['a', 'b']],
		['entity.type: Host AND (entity.id: a or entity.id: b) and not entity.id: b', ['a']],
		['not entity.id:("a" or "b")', ['c "d" \\e']],
		['entity.id:c*', ['c "d" \\e']],
		['entity.name:*', []],
		['entity.id >= "b" and entity.id < "c"', ['b']],
		['  ', ['a', 'b', 'c "d" \\e']],
	])('%s', (kql, found) => {
		expect(find(kql)).toEqual(found);
	});

	it.each([
		'entity.id',
		'entity.id:',
		'entity.id:"a',
		'entity.id:("a"',
		'"a" "b"',
		'entity.id:host:a',
		'entity.id >',
		'entity.id > ("a")',
		'entity.id:"a" or',
		'{}',
	])('is not %s', (kql) => {
		expect(() => parseKql(kql)).toThrow();
	});
});

describe('the query language of Elasticsearch', () => {
	const documents = ['a', 'b', 'c'].map((id) => ({ entity: { id } }));
	const find = (query: unknown) =>
		documents.filter(parseQueryDsl(query)).map((document) => document.entity.id);
	const term = (value: unknown) => ({ term: { 'entity.id': value } });

	it.each<[unknown, string[]]>([
		[term('a'), ['a']],
		[term({ value: 'b' }), ['b']],
		[{ terms: { 'entity.id': ['a', 'c'], boost: 1 } }, ['a', 'c']],
		[{ bool: { filter: [{ terms: { 'entity.id': ['a', 'c'] } }], must_not: term('c') } }, ['a']],
		[{ bool: { should: [term('a'), term('b')] } }, ['a', 'b']],
		[{ bool: { must: term('a'), should: [term('b')] } }, ['a']],
		[{ bool: {} }, ['a', 'b', 'c']],
		[{ match_all: {} }, ['a', 'b', 'c']],
	])('%j', (query, found) => {
		expect(find(query)).toEqual(found);
	});

	it.each([{}, null, [], { range: {} }, { terms: { 'entity.id': 'a' } }, { term: {} }])(
		'is not %j',
		(query) => {
			expect(() => find(query)).toThrow();
		},
	);
});
