/** What is attacked with what: items of all kinds, and the faults that their requests meet. */
import fc from 'fast-check';

import type { EntityType } from '../../sandbox/kibana/definitions';
import { FAULT_NAMES, FAULTS, type Fault, type FaultName } from '../../sandbox/kibana/faults';
import type { ItemRule, RowRule } from '../../sandbox/kibana/rules';

/**
 * What is wrong with a record in the eyes of Kibana. `row …` ends the whole request that holds it,
 * `item …` fails alone in a bulk request of the second generation; the number says how often.
 */
export const POISONS = [
	'row 400',
	'row 500',
	'item 400',
	'item 404',
	'item 409',
	'item 409 once',
	'item 429 once',
	'item 503',
	'item 503 twice',
	'too large',
	'too large for the proxy',
] as const;

export type Poison = (typeof POISONS)[number];

export interface ItemSpec {
	readonly type: EntityType;
	/** Of the entity; equal names of a type are one entity. */
	readonly name: string;
	/** An innocent value that is hard to carry. */
	readonly text: string;
	readonly poison?: Poison;
	/** Cannot even be mapped. */
	readonly isBroken: boolean;
}

export type Operation = 'create' | 'update' | 'upsert';

export interface Scenario {
	readonly api: 'v1' | 'v2';
	readonly operation: Operation;
	readonly items: readonly ItemSpec[];
	/** Whether the entities of these names are there before; for the second generation. */
	readonly isSeeded: boolean;
	readonly chunkSize: number;
	readonly concurrency: number;
	readonly maxRetries: number;
	readonly hasProxy: boolean;
	/** Only faults that a patient client overcomes, and no more of them than it has patience for. */
	readonly isSurvivable: boolean;
	readonly faults: {
		readonly seed: number;
		readonly names: readonly FaultName[];
		readonly rate: number;
	};
}

export const MAX_CHUNK_BYTES = 4_000;
export const PROXY_LIMIT = 2_500;

export const markerOf = (index: number): string => `item-${index}`;

/** By which a record is found again in the store, in a request, and in an error. */
export const markerIn = (record: unknown): string | undefined => {
	const { asset } = (record ?? {}) as { asset?: { owner?: string } };
	return asset?.owner;
};

const PADDING: Partial<Record<Poison, number>> = {
	'too large': MAX_CHUNK_BYTES,
	'too large for the proxy': PROXY_LIMIT,
};

/** The input item, with nested keys for either generation. */
export const toSource = (item: ItemSpec, index: number): Record<string, unknown> => {
	const { type, name, text, poison, isBroken } = item;
	const naming = type === 'generic' ? { entity: { id: name } } : { [type]: { name } };
	const asset = {
		owner: markerOf(index),
		model: poison ?? 'none',
		name: text,
		vendor: 'x'.repeat((poison && PADDING[poison]) ?? 0),
	};
	return isBroken ? { asset, entity: { id: 7, attributes: 'none' } } : { ...naming, asset };
};

const HOSTILE_NAMES = [
	'__proto__',
	'constructor',
	'toString',
	'a"b\\c\nd',
	"'; DROP TABLE entities; --",
	'../../api/status',
	'%2e%2e%2f',
	'<script>alert(1)</script>',
	'\u0000\u001f\u2028',
	'\ud800',
	'𝕌𝕟𝕚 👩‍👩‍👧 ñ',
	'x'.repeat(600),
	' padded ',
	'{{ $json }}',
	'={{ 1 }}',
];

const anyText = fc.oneof(
	fc.constantFrom(...HOSTILE_NAMES),
	fc.string({ unit: 'binary', maxLength: 20 }),
	fc.string({ maxLength: 20 }),
);

const anyItem: fc.Arbitrary<ItemSpec> = fc.record({
	type: fc.constantFrom<EntityType>('user', 'host', 'service', 'generic'),
	name: fc.oneof({ weight: 4, arbitrary: fc.constantFrom('alpha', 'bravo', 'charlie') }, anyText),
	text: anyText,
	poison: fc.oneof(
		{ weight: 3, arbitrary: fc.constant(undefined) },
		{ weight: 1, arbitrary: fc.constantFrom(...POISONS) },
	),
	isBroken: fc.oneof(
		{ weight: 15, arbitrary: fc.constant(false) },
		{ weight: 1, arbitrary: fc.constant(true) },
	),
});

/** Long waits that a patient client would not sit out for each of many records. */
const TOO_LONG: readonly FaultName[] = ['starting'];

export const SURVIVABLE_NAMES = FAULT_NAMES.filter((name) => {
	const { passes }: Fault = FAULTS[name];
	return passes === true && !TOO_LONG.includes(name);
});

export interface ScenarioOptions {
	readonly maxItems: number;
	readonly names?: readonly FaultName[];
}

export const anyScenario = ({
	maxItems,
	names = FAULT_NAMES,
}: ScenarioOptions): fc.Arbitrary<Scenario> =>
	fc.boolean().chain((isSurvivable) => {
		const possible = isSurvivable ? names.filter((name) => SURVIVABLE_NAMES.includes(name)) : names;
		return fc.record({
			api: fc.constantFrom('v1' as const, 'v2' as const),
			operation: fc.oneof(
				{ weight: 4, arbitrary: fc.constant('upsert' as const) },
				{ weight: 1, arbitrary: fc.constantFrom('create' as const, 'update' as const) },
			),
			items: fc.array(anyItem, { minLength: 1, maxLength: maxItems }),
			isSeeded: fc.boolean(),
			chunkSize: fc.integer({ min: 1, max: 6 }),
			concurrency: fc.integer({ min: 1, max: 3 }),
			maxRetries: fc.integer({ min: isSurvivable ? 2 : 0, max: 4 }),
			hasProxy: fc.boolean(),
			isSurvivable: fc.constant(isSurvivable),
			faults: fc.record({
				seed: fc.integer(),
				names: fc.oneof(
					fc.constant([...possible]),
					fc.subarray([...possible], { minLength: 1, maxLength: 3 }),
				),
				rate: fc.constantFrom(0, 0.05, 0.2, 0.5, 0.9),
			}),
		});
	});

/** The rules by which the test Kibana knows poison when it meets it. */
export const poisonRules = (): { readonly row: RowRule; readonly item: ItemRule } => {
	const poisonIn = (record: Record<string, unknown>): string =>
		String((record as { asset?: { model?: unknown } }).asset?.model);
	const message = (record: unknown): string => `poison ${markerIn(record)}`;
	return {
		row: ({ record }) => {
			const [kind, status] = poisonIn(record).split(' ');
			return kind === 'row' ? { status: Number(status), message: message(record) } : undefined;
		},
		item: ({ doc, attempt }) => {
			const [kind, status, times] = poisonIn(doc).split(' ');
			const most = { once: 1, twice: 2 }[times ?? ''] ?? Infinity;
			if (kind !== 'item' || attempt > most) return undefined;
			return { status: Number(status), type: 'poison_exception', reason: message(doc) };
		},
	};
};

/** Whether Kibana never takes this record. */
export const isPermanent = (
	{ poison }: ItemSpec,
	{ api, operation, hasProxy }: Scenario,
): boolean => {
	if (poison === undefined || / (once|twice)$/.test(poison)) return false;
	if (poison === 'too large for the proxy') return hasProxy;
	return !poison.startsWith('item') || (api === 'v2' && operation !== 'create');
};
