/**
 * Two readings of one contract held against each other, for the second generation: the node's verdict
 * on a record (does it go out, and under which entity ID) and the test Kibana's, which shares no code
 * with the node.
 */
import fc from 'fast-check';

import {
	ENTITY_TYPES,
	fieldsOf,
	type EntityField,
	type EntityType,
} from '../../nodes/KibanaEntityStore/entity/fields';
import { deriveEuid } from '../../nodes/KibanaEntityStore/kibana/v2/euid';
import { identifyByEuid } from '../../nodes/KibanaEntityStore/kibana/v2/identity';
import {
	createRecordBuilder,
	type BuiltRecord,
	type RecordBuilder,
} from '../../nodes/KibanaEntityStore/entity/record';
import { RECORD_SCHEMA } from '../unit/entity/recordSchema';
import { deriveEuid as kibanaDerivesEuid } from '../../sandbox/kibana/v2/euid';
import { sendByStrategies } from '../../nodes/KibanaEntityStore/bulk/strategies';
import type { BulkRecord } from '../../nodes/KibanaEntityStore/bulk/record';
import { createClient, type Transport } from '../../nodes/KibanaEntityStore/kibana/http/client';
import { v2 } from '../../nodes/KibanaEntityStore/kibana/v2';
import { startKibana } from '../../sandbox/kibana/server';
import { judgeCreate, judgeDocument } from '../../sandbox/kibana/v2/judge';
import type { Revision } from '../../sandbox/kibana/v2/schema';

type Document = Record<string, unknown>;

interface Row {
	readonly type: EntityType;
	readonly document: Document;
	readonly force: boolean;
}

const put = (document: Document, path: string, value: unknown): void => {
	const keys = path.split('.');
	const leaf = keys.pop() as string;
	let section = document;
	for (const key of keys) {
		const next = section[key];
		const isSection = typeof next === 'object' && next !== null && !Array.isArray(next);
		section = (isSection ? next : (section[key] = {})) as Document;
	}
	section[leaf] = value;
};

const at = (document: Document, path: string): unknown =>
	path
		.split('.')
		.reduce<unknown>((section, key) => (section as Document | undefined)?.[key], document);

/**
 * What differs from version to version is sent unjudged (docs/kibana-api.md#fields), so nothing is compared there; the ID of
 * a local account's host is never sent.
 */
const isCertain = ({ protection, type }: EntityField): boolean =>
	protection !== 'unverified' && protection !== 'unsent' && type !== 'any';

const certainFields = (type: EntityType): EntityField[] => fieldsOf('v2', type).filter(isCertain);

const validValue = ({ type, list, values = [], range }: EntityField): fc.Arbitrary<unknown> => {
	const one = (): fc.Arbitrary<unknown> => {
		switch (type) {
			case 'boolean':
				return fc.boolean();
			case 'number':
				return fc.double({ min: range?.[0] ?? -1e6, max: range?.[1] ?? 1e6, noNaN: true });
			case 'date':
				return fc
					.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true })
					.map((date) => date.toISOString());
			case 'choice':
				return fc.constantFrom(...values);
			case 'object':
				return fc.dictionary(
					fc.constantFrom('team', 'level', 'deep'),
					fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null)),
				);
			default:
				return fc.oneof(
					fc.constantFrom('alice', 'web-01', 'alice@example.com', 'S-1-5-21-1', ' padded '),
					fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }),
				);
		}
	};
	return list ? fc.array(one(), { minLength: 1, maxLength: 3 }) : one();
};

/** Values that are nearly right, and some that mean harm. */
const wrongValue: fc.Arbitrary<unknown> = fc.oneof(
	fc.constantFrom<unknown>(
		...['text', 7, true, -1, 101, {}, [], [1], [{}], { a: 1 }, 'severe', '2026-01-02'],
		...['2026-01-02T03:04:05+02:00', '__proto__', ['a', 'b'], [['a']], 'x'.repeat(500)],
	),
	fc.anything({ maxDepth: 2 }),
);

const idFor = (type: EntityType): fc.Arbitrary<string> =>
	fc.constantFrom(
		...['web-01', 'alice', 'arn:aws:s3:::my-bucket', `${type}:web-01`, `${type}:alice`],
		...['user:alice@unknown', 'user:alice@example.com@unknown', 'user:alice@example.com@okta'],
		...['user:alice@h-1@local', 'user:S-1-5-21-1@unknown', 'user:@unknown', '"quoted\\'],
	);

const STRANGE_PATHS = [
	...['foo', 'entity.nope', 'entity.attributes.privileged', 'event.kind', 'user.nope.x'],
	...[
		'entity.relationships.owned_by',
		'host.entity',
		'constructor',
		'entity.behaviors.used_usb_device',
	],
];

const anyRow: fc.Arbitrary<Row> = fc.constantFrom(...ENTITY_TYPES).chain((type) => {
	const known = fc
		.constantFrom(...certainFields(type))
		.chain((field) =>
			fc.tuple(
				fc.constant(field.path),
				fc.oneof({ weight: 8, arbitrary: validValue(field) }, { weight: 1, arbitrary: wrongValue }),
			),
		);
	const strange = fc.tuple(fc.constantFrom(...STRANGE_PATHS), wrongValue);
	const naming = certainFields(type).filter(({ protection }) => protection === 'identity');
	const names = fc
		.subarray(naming)
		.chain((fields) =>
			fc.tuple(...fields.map((field) => fc.tuple(fc.constant(field.path), validValue(field)))),
		);
	return fc
		.record({
			fields: fc.array(
				fc.oneof({ weight: 12, arbitrary: known }, { weight: 1, arbitrary: strange }),
				{ maxLength: 4 },
			),
			names: fc.oneof(names, fc.constant([])),
			id: fc.option(idFor(type), { freq: 3, nil: undefined }),
			agrees: fc.boolean(),
			force: fc.boolean(),
		})
		.map(({ fields, names: named, id, agrees, force }) => {
			const document: Document = {};
			for (const [path, value] of [...named, ...fields]) put(document, path, value);
			if (id !== undefined) put(document, 'entity.id', id);
			// An ID that agrees with the names is too rare to come about by chance.
			const derived = agrees && deriveEuid(type, (path) => at(document, path));
			if (derived) put(document, 'entity.id', derived);
			return { type, document, force };
		});
});

/** As it would arrive: what JSON cannot carry is no record, and undefined values vanish. */
const asSent = (document: Document): Document | undefined => {
	try {
		return JSON.parse(JSON.stringify(document)) as Document;
	} catch {
		return undefined;
	}
};

const RULES = {
	generation: 'v2',
	identify: identifyByEuid,
	unknownKeys: 'reject',
	emptyLists: 'clear',
	timeZone: 'UTC',
} as const;

/** Compiling a builder costs more than a record, so each is made once. */
const builders = new Map<string, RecordBuilder>();

const builderFor = (entityType: EntityType, force: boolean): RecordBuilder => {
	const key = `${entityType} ${force}`;
	const known = builders.get(key);
	if (known) return known;
	const builder = createRecordBuilder({ ...RULES, entityType, force });
	builders.set(key, builder);
	return builder;
};

const build = ({ type, document, force }: Row): BuiltRecord => builderFor(type, force)(document);

/** Sections of one type that Kibana would take in a record of another: the node never does. */
const hasForeignSection = (type: EntityType, document: Document): boolean =>
	['cloud', 'host', 'orchestrator', 'service', 'user'].some(
		(section) =>
			section in document &&
			!certainFields(type).some(({ path }) => path.startsWith(`${section}.`)),
	);

/** Kibana drops prototype keys in silence (docs/kibana-api.md#dotted-keys); the node names them. */
const hasPrototypeKey = (value: unknown): boolean =>
	typeof value === 'object' &&
	value !== null &&
	Object.entries(value).some(
		([key, inner]) =>
			['__proto__', 'constructor', 'prototype'].includes(key) || hasPrototypeKey(inner),
	);

/** To the node, empty text, empty lists in names and empty sections mean that nothing was given. */
const holdsNothing = (value: unknown): boolean => {
	if (value === null || value === '') return true;
	if (Array.isArray(value)) return value.length === 0 || value.some(holdsNothing);
	if (typeof value !== 'object') return false;
	const inner = Object.values(value);
	return inner.length === 0 || inner.some(holdsNothing);
};

/** The node takes no other type than that of the entity; Kibana takes any text. */
const hasForeignType = (type: EntityType, document: Document): boolean => {
	const given = at(document, 'entity.EngineMetadata.Type');
	return given !== undefined && given !== type;
};

/** Where the node is stricter than Kibana, or reads nothing into an empty value, on purpose. */
const isComparable = (type: EntityType, document: Document | undefined): document is Document =>
	document !== undefined &&
	!holdsNothing(document) &&
	!hasForeignSection(type, document) &&
	!hasForeignType(type, document) &&
	!hasPrototypeKey(document);

/** Whether null takes a criticality away is a matter of the revision; the node asks Kibana. */
const unassigns = (record: object): boolean => at(record as Document, 'asset.criticality') === null;

const RUNS = 3_000;
const counts = { compared: 0, accepted: 0, refused: 0 };

const REVISIONS: ReadonlyArray<readonly [string, Revision]> = [
	['9.4', {}],
	['9.6', { nullCriticality: true, strictKeys: true, laterNames: true }],
];

describe.each(REVISIONS)('the verdicts of node and Kibana %s', (_, revision) => {
	it('agree on every record that goes out: Kibana takes it, under the same entity ID', () => {
		fc.assert(
			fc.property(anyRow, (row) => {
				const { record, entityId } = build(row);
				if (!record) return;
				counts.accepted += 1;
				const verdict = judgeDocument(row.type, asSent(record), row.force, revision);
				const isRefused = unassigns(record) && !revision.nullCriticality;
				expect(verdict).toMatchObject(isRefused ? { status: 400 } : { status: 200, id: entityId });
			}),
			{ numRuns: RUNS },
		);
		expect(counts.accepted).toBeGreaterThan(RUNS / 20);
	});

	it('agree on every record that is refused: Kibana refuses it too, as it was given', () => {
		fc.assert(
			fc.property(anyRow, ({ type, document, force }) => {
				const sent = asSent(document);
				fc.pre(isComparable(type, sent));
				const { record, problems, entityId } = build({ type, document: sent, force });
				if (record) return;
				counts.refused += 1;
				const verdict = judgeDocument(type, sent, force, revision);
				expect({ problems, entityId, status: verdict.status }).toMatchObject({ status: 400 });
			}),
			{ numRuns: RUNS, maxSkipsPerRun: 1_000 },
		);
		expect(counts.refused).toBeGreaterThan(RUNS / 20);
	});

	it('agree both ways on records as Kibana takes them, with the ID that the node supplies', () => {
		let agreed = 0;
		fc.assert(
			fc.property(anyRow, ({ type, document, force }) => {
				const sent = asSent(document);
				fc.pre(isComparable(type, sent));
				const built = build({ type, document: sent, force });
				// The node supplies a missing ID and turns values into the type of their field; beyond that
				// it must not turn a record that Kibana refuses into one that it takes.
				const withId = { ...sent, entity: { ...(sent.entity as Document), id: built.entityId } };
				const isTyped = RECORD_SCHEMA.v2[type].safeParse(withId).success;
				fc.pre(built.entityId !== undefined && isTyped);
				agreed += 1;
				const verdict = judgeDocument(type, asSent(withId), force, revision);
				expect(verdict.status === 200).toBe(built.record !== undefined);
				if ('id' in verdict) expect(verdict.id).toBe(built.entityId);
			}),
			{ numRuns: RUNS / 2, maxSkipsPerRun: 1_000 },
		);
		counts.compared += agreed;
		expect(agreed).toBeGreaterThan(RUNS / 10);
	});

	it('agree on what can be created', () => {
		fc.assert(
			fc.property(anyRow, (row) => {
				const { record, entityId, isSelfNamed } = build({ ...row, force: true });
				if (!record || entityId === undefined) return;
				// What creation sends has no criticality that is to be taken away.
				const { asset, ...others } = record;
				const sent = unassigns(record) ? others : { ...others, asset };
				const verdict = judgeCreate(row.type, asSent(sent), revision);
				expect(verdict.status === 200).toBe(isSelfNamed);
				if ('id' in verdict) expect(verdict.id).toBe(entityId);
			}),
			{ numRuns: RUNS / 2 },
		);
	});
});

describe('node and Kibana (second generation)', () => {
	const viaFetch =
		(apiKey: string): Transport =>
		async ({ method, url, headers, body }) => {
			const response = await fetch(url, {
				method,
				headers: { ...headers, authorization: `ApiKey ${apiKey}` },
				...(body && { body: new Uint8Array(body) }),
			});
			return {
				kind: 'answer',
				status: response.status,
				headers: Object.fromEntries(response.headers),
				body: await response.text(),
			};
		};

	it.each([
		['9.4', false],
		['9.4', true],
		['9.6', false],
		['9.6', true],
	] as const)(
		'agree on %s that what was created is listed by its type (force: %s)',
		async (revision, force) => {
			const kibana = await startKibana({ api: 'v2', revision });
			try {
				const client = createClient(viaFetch(kibana.apiKey), kibana.url);
				const now = () => Date.now();
				const steps = v2.write.stepsOf('upsert', client, force, now);
				if ('reason' in steps) throw new Error(steps.message);
				const typePath = v2.write.typePath(force);
				const rules = { ...RULES, force, ...(typePath !== undefined && { typePath }) };
				const builderOf = new Map(
					ENTITY_TYPES.map((type) => [type, createRecordBuilder({ ...rules, entityType: type })]),
				);
				const rows = fc.sample(anyRow, 1_000);
				const records = rows.flatMap(({ type, document }, index): BulkRecord[] => {
					const builder = builderOf.get(type) as RecordBuilder;
					const { record, entityId: id, isSelfNamed } = builder(document);
					if (!record || id === undefined || !isSelfNamed || unassigns(record)) return [];
					const json = JSON.stringify(record);
					const key = v2.entityKey(type, id);
					return [{ index, key, type, id, json, bytes: v2.write.bytesOf(type, json), isSelfNamed }];
				});
				const { outcomes } = await sendByStrategies(
					records,
					steps.map(({ carries, post, refuse }) => ({
						post,
						...(refuse && { refuse }),
						limits: {
							maxRecords: carries === 'chunk' ? 50 : 1,
							maxBytes: 1e6,
							envelopeBytes: v2.write.envelopeBytes,
						},
						concurrency: 4,
						maxRetries: 0,
						random: () => 0,
						sleep: async () => undefined,
						isCancelled: () => false,
						now,
						tooLarge: () => ({ reason: 'tooLarge' as const, message: 'too large' }),
					})),
				);
				const created = records.filter(
					({ index }) => outcomes.outcomes[index]?.status === 'created',
				);
				expect(created.length).toBeGreaterThan(20);
				// One index holds all types, so records of two types may name one entity. The last update with
				// force then says what it is.
				const typeOf = new Map(created.map(({ id, type }) => [id, type]));
				for (const { index, id, type } of force ? records : []) {
					const outcome = outcomes.outcomes[index];
					if (outcome && !('failure' in outcome)) typeOf.set(id, type);
				}
				for (const type of ENTITY_TYPES) {
					const answer = await client(
						'GET',
						`/api/security/entity_store/entities?entity_types=${type}&per_page=1000`,
					);
					const { records: listed } = JSON.parse(answer.kind === 'answer' ? answer.body : '') as {
						records: Document[];
					};
					const ids = [...typeOf].filter(([, one]) => one === type).map(([id]) => id);
					expect(new Set(listed.map((document) => at(document, 'entity.id')))).toEqual(
						new Set(ids),
					);
				}
			} finally {
				await kibana.stop();
			}
		},
	);

	it('agree on the EUID of any document, events of log sources included', () => {
		const event = fc.record(
			{
				kind: fc.constantFrom('asset', 'event', ['asset', 'state'], ''),
				module: fc.constantFrom('okta', 'azure', 'o365_metrics', 'entityanalytics_ad', 'jamf', ''),
				outcome: fc.constantFrom('success', 'failure'),
			},
			{ requiredKeys: [] },
		);
		const text = fc.constantFrom('', 'root', 'alice', 'a@b.c', 'ü', 'service');
		const texts = fc.oneof(text, fc.array(text, { maxLength: 2 }));
		const section = (keys: readonly string[]) =>
			fc.dictionary(fc.constantFrom(...keys), texts, { maxKeys: 4 });
		const anyDocument = fc.record(
			{
				entity: section(['id']),
				event,
				data_stream: fc.record({ dataset: fc.constantFrom('okta.system', 'azure', '', 'x.y.z') }),
				host: section(['id', 'name', 'hostname']),
				service: section(['name']),
				user: section(['id', 'name', 'email', 'domain']),
			},
			{ requiredKeys: [] },
		);
		fc.assert(
			fc.property(fc.constantFrom(...ENTITY_TYPES), anyDocument, (type, document) => {
				const ours = deriveEuid(type, (path) => at(document as Document, path));
				expect(ours).toBe(kibanaDerivesEuid(type, document as Document));
			}),
			{ numRuns: RUNS / 2 },
		);
	});

	it('were compared on thousands of records', () => {
		const { compared, accepted, refused } = counts;
		console.info(
			`differential test: ${accepted} records accepted by both, ${refused} refused by both, ${compared} compared as they stand`,
		);
		expect(accepted + refused + compared).toBeGreaterThan(5_000);
	});
});
