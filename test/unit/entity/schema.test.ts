import fc from 'fast-check';

import {
	ENTITY_TYPES,
	fieldsOf,
	type EntityType,
} from '../../../nodes/KibanaEntityStore/entity/fields';
import { identifyByName } from '../../../nodes/KibanaEntityStore/kibana/v1/identity';
import { createRecordBuilder } from '../../../nodes/KibanaEntityStore/entity/record';
import { RECORD_SCHEMA } from './recordSchema';
import { createStore } from '../../../sandbox/kibana/store';
import { bulkUpsert } from '../../../sandbox/kibana/v1';

/** Whether the test Kibana, which shares no code with the node, takes the record. */
const kibanaTakes = (type: EntityType, record: unknown, force = true): boolean => {
	const body = { entities: [{ type, record }] };
	const query = { force: String(force) };
	return bulkUpsert(createStore(), 'default', query, body, undefined).status === 200;
};

/** Which relationships a type may hold is not certain, so the node leaves that to Kibana (docs/kibana-api.md#v1-fields). */
const PATHS = [
	...new Set(ENTITY_TYPES.flatMap((type) => fieldsOf('v1', type).map(({ path }) => path))),
].filter((path) => !path.startsWith('entity.relationships.'));

const anyValue = fc.oneof(
	{ weight: 4, arbitrary: fc.constantFrom<unknown>('text', ['a', 'b'], true, 7, 50.5) },
	{
		weight: 3,
		arbitrary: fc.constantFrom<unknown>(
			'2026-01-02T03:04:05Z',
			'2026-01-02T03:04:05.678Z',
			'2026-01-02T03:04:05+02:00',
			'2026-01-02',
			'low_impact',
			'Critical',
			-1,
			101,
			[],
			{},
			{ Type: 'x' },
			[1],
			null,
		),
	},
	{ weight: 1, arbitrary: fc.anything() },
);

const put = (record: Record<string, unknown>, path: string, value: unknown): void => {
	const keys = path.split('.');
	const leaf = keys.pop() as string;
	let section = record;
	for (const key of keys) {
		const next = section[key];
		section = (
			typeof next === 'object' && next !== null && !Array.isArray(next) ? next : (section[key] = {})
		) as Record<string, unknown>;
	}
	section[leaf] = value;
};

/** Records with known and unknown fields, of the right and the wrong type, with and without an ID. */
const anyRecord = fc
	.record({
		fields: fc.array(
			fc.tuple(
				fc.oneof(
					{ weight: 9, arbitrary: fc.constantFrom(...PATHS) },
					{
						weight: 1,
						arbitrary: fc.constantFrom('foo', 'entity.nope', 'user.nope', 'event.kind'),
					},
				),
				anyValue,
			),
			{ maxLength: 4 },
		),
		hasId: fc.boolean(),
		hasName: fc.boolean(),
		type: fc.constantFrom(...ENTITY_TYPES),
	})
	.map(({ fields, hasId, hasName, type }) => {
		const record: Record<string, unknown> = {};
		for (const [path, value] of fields) put(record, path, value);
		if (hasId) put(record, 'entity.id', 'a');
		if (hasName && record[type]) put(record, `${type}.name`, 'a');
		return { type, record };
	});

/** The schema refuses a section of which no field can be sent even when it is empty; Kibana takes it. */
const hasEmptyForeignSection = (type: EntityType, record: object): boolean => {
	const sent = fieldsOf('v1', type).filter(
		({ protection }) => protection !== 'never' && protection !== 'unsent',
	);
	const sections = new Set(sent.map(({ path }) => path.split('.')[0]));
	const isEmpty = (value: unknown) => JSON.stringify(value) === '{}';
	return Object.entries(record).some(([key, value]) => !sections.has(key) && isEmpty(value));
};

/** Undefined values vanish on the wire, and so must they here. */
const asSent = (record: object): unknown => {
	try {
		return JSON.parse(JSON.stringify(record));
	} catch {
		return undefined;
	}
};

describe('the record schema', () => {
	it('accepts and refuses what Kibana does, for any record', () => {
		let accepted = 0;
		let refused = 0;
		fc.assert(
			fc.property(anyRecord, ({ type, record }) => {
				const sent = asSent(record) as Record<string, unknown>;
				fc.pre(sent !== undefined && !hasEmptyForeignSection(type, sent));
				const ours = RECORD_SCHEMA.v1[type].safeParse(sent).success;
				expect(ours).toBe(kibanaTakes(type, sent));
				if (ours) accepted += 1;
				else refused += 1;
			}),
			{ numRuns: 3_000 },
		);
		// A property that saw one side only would show nothing.
		expect(Math.min(accepted, refused)).toBeGreaterThan(100);
	});

	it('lets through only records that Kibana takes, with and without force', () => {
		fc.assert(
			fc.property(anyRecord, fc.boolean(), ({ type, record }, force) => {
				const { record: built } = createRecordBuilder({
					generation: 'v1',
					identify: identifyByName,
					entityType: type,
					force,
					unknownKeys: 'reject',
					emptyLists: 'ignore',
					timeZone: 'UTC',
				})(record);
				if (built) expect(kibanaTakes(type, asSent(built), force)).toBe(true);
			}),
			{ numRuns: 3_000 },
		);
	});

	it('does not refuse for lack of force what Kibana takes without it', () => {
		fc.assert(
			fc.property(anyRecord, ({ type, record }) => {
				const sent = asSent(record) as Record<string, unknown>;
				fc.pre(sent !== undefined && kibanaTakes(type, sent, false));
				// To the node, empty text means that nothing was given; Kibana would take it for an ID.
				fc.pre((sent.entity as Record<string, unknown>).id !== '');
				fc.pre(!hasEmptyForeignSection(type, sent));
				const { problems } = createRecordBuilder({
					generation: 'v1',
					identify: identifyByName,
					entityType: type,
					force: false,
					unknownKeys: 'reject',
					emptyLists: 'ignore',
					timeZone: 'UTC',
				})(sent);
				expect(problems).toEqual([]);
			}),
			{ numRuns: 1_000, maxSkipsPerRun: 1_000 },
		);
	});
});
