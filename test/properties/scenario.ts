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

/** How large a request may be, in bytes: for the node, and for the proxy in front of Kibana. */
export interface Limits {
	readonly chunkBytes: number;
	readonly proxyBytes: number;
}

/** For a handful of records. */
export const SMALL: Limits = { chunkBytes: 4_000, proxyBytes: 2_500 };
/** For a directory: hundreds of records fit into a request. */
export const LARGE: Limits = { chunkBytes: 300_000, proxyBytes: 150_000 };

export interface Scenario {
	readonly api: 'v1' | 'v2';
	readonly operation: Operation;
	readonly items: readonly ItemSpec[];
	/** Whether the entities of these names are there before; for the second generation. */
	readonly isSeeded: boolean;
	readonly chunkSize: number;
	readonly limits: Limits;
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

export const markerOf = (index: number): string => `item-${index}`;

/** By which a record is found again in the store, in a request, and in an error. */
export const markerIn = (record: unknown): string | undefined => {
	const { asset } = (record ?? {}) as { asset?: { owner?: string } };
	return asset?.owner;
};

/** Bytes that make a record too large. */
const paddingOf = (poison: Poison | undefined, { chunkBytes, proxyBytes }: Limits): number => {
	if (poison === 'too large') return chunkBytes;
	return poison === 'too large for the proxy' ? proxyBytes : 0;
};

/** The input item, with nested keys for either generation. */
export const toSource = (
	item: ItemSpec,
	index: number,
	{ limits }: Pick<Scenario, 'limits'>,
): Record<string, unknown> => {
	const { type, name, text, poison, isBroken } = item;
	const naming = type === 'generic' ? { entity: { id: name } } : { [type]: { name } };
	const asset = {
		owner: markerOf(index),
		model: poison ?? 'none',
		name: text,
		vendor: 'x'.repeat(paddingOf(poison, limits)),
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

/** How rare odd names and mistakes are among the items of a directory: one of so many. */
const RARELY = 60;
/** How rare records are that Kibana refuses. To find one in its chunk means to send the others several times. */
const VERY_RARELY = 400;

const TYPES: readonly EntityType[] = ['user', 'host', 'service', 'generic'];
/** Texts to choose from: to generate them anew would take longer than to write them. */
const TEXTS = [...HOSTILE_NAMES, ...fc.sample(anyText, { numRuns: 200, seed: 1 })];

/** Users and hosts of a directory: hardly any is there twice, and few are wrong. */
const directoryItems = (count: number, seed: number): ItemSpec[] => {
	let state = seed >>> 0;
	const draw = (below: number): number => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return Math.floor((state / 2 ** 32) * below);
	};
	const oneOf = <Value>(values: readonly Value[]): Value => values[draw(values.length)] as Value;
	return Array.from({ length: count }, () => ({
		type: oneOf(TYPES),
		name: draw(RARELY) === 0 ? oneOf(TEXTS) : `one-${draw(count)}`,
		text: draw(RARELY) === 0 ? oneOf(TEXTS) : 'of the directory',
		...(draw(VERY_RARELY) === 0 && { poison: oneOf(POISONS) }),
		isBroken: draw(RARELY) === 0,
	}));
};

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

/** What differs from one kind of scenario to the other. */
interface Parts {
	readonly items: fc.Arbitrary<ItemSpec[]>;
	readonly operation: fc.Arbitrary<Operation>;
	readonly isSeeded: fc.Arbitrary<boolean>;
	readonly chunkSize: fc.Arbitrary<number>;
	readonly limits: Limits;
	readonly rates: readonly number[];
}

const scenarioOf = (
	names: readonly FaultName[],
	{ items, operation, isSeeded, chunkSize, limits, rates }: Parts,
): fc.Arbitrary<Scenario> =>
	fc.boolean().chain((isSurvivable) => {
		const possible = isSurvivable ? names.filter((name) => SURVIVABLE_NAMES.includes(name)) : names;
		return fc.record({
			api: fc.constantFrom('v1' as const, 'v2' as const),
			operation,
			items,
			isSeeded,
			chunkSize,
			limits: fc.constant(limits),
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
				rate: fc.constantFrom(...rates),
			}),
		});
	});

/** A handful of items, of which many are wrong and many are the same entity. */
export const anyScenario = ({
	maxItems,
	names = FAULT_NAMES,
}: ScenarioOptions): fc.Arbitrary<Scenario> =>
	scenarioOf(names, {
		items: fc.array(anyItem, { minLength: 1, maxLength: maxItems }),
		operation: fc.oneof(
			{ weight: 4, arbitrary: fc.constant('upsert' as const) },
			{ weight: 1, arbitrary: fc.constantFrom('create' as const, 'update' as const) },
		),
		isSeeded: fc.boolean(),
		chunkSize: fc.integer({ min: 1, max: 6 }),
		limits: SMALL,
		rates: [0, 0.05, 0.2, 0.5, 0.9],
	});

export interface Directory {
	readonly count: number;
	/** Whether the store knows them. What is missing is created one by one, which takes far longer. */
	readonly isKnown: boolean;
	readonly names?: readonly FaultName[];
}

/** The items of a directory, in chunks of hundreds. */
export const anyDirectory = ({
	count,
	isKnown,
	names = FAULT_NAMES,
}: Directory): fc.Arbitrary<Scenario> =>
	scenarioOf(names, {
		items: fc.integer().map((seed) => directoryItems(count, seed)),
		operation: fc.constant('upsert'),
		isSeeded: fc.constant(isKnown),
		chunkSize: fc.integer({ min: 200, max: 1_000 }),
		limits: LARGE,
		rates: [0, 0.05, 0.2, 0.4],
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
