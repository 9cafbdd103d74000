/**
 * Evaluates generated expressions on generated items twice, compiled and through n8n's engine, in both
 * of its forms, and ends with exit code 1 at the first difference. `vm`, the form that n8n runs in
 * production, needs the Node.js that n8n asks for, so this is a program of its own.
 */
import { isDeepStrictEqual } from 'node:util';

import fc from 'fast-check';
import { DateTime } from 'luxon';
import {
	Expression,
	type IDataObject,
	type INodeParameters,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';

import {
	compileValue,
	NOT_SIMPLE,
} from '../../nodes/KibanaEntityStore/n8n/values/simpleExpression';
import { toBatchedCode } from '../../nodes/KibanaEntityStore/n8n/values/batchedExpression';
import {
	createValueReader,
	createValuesReader,
} from '../../nodes/KibanaEntityStore/n8n/values/mappedValues';
import { runNode } from '../../sandbox/n8n/engine';
import { COMPLEX, PATHS } from './expressions';

const ENGINES = ['legacy', 'vm'] as const;
const BATCHES = Number(process.argv[2] ?? 60);
const EXPRESSIONS = 12;
const ITEMS = 8;

const anyKey = fc.oneof(
	{
		weight: 8,
		arbitrary: fc.constantFrom('a', 'b', 'email', 'profile', 'last login', 'tags', '_x', 'ü', '0'),
	},
	{
		weight: 1,
		arbitrary: fc.constantFrom(
			...['length', 'constructor', '__proto__', 'toString', 'valueOf', 'default', 'class', '$x'],
			...[
				'a.b',
				'a}}b',
				'{{',
				'}',
				'',
				' ',
				'"',
				"'",
				'\\',
				'json',
				'isEmpty',
				'first',
				'hasOwnProperty',
				'then',
			],
		),
	},
);

const anyLeaf = fc.oneof(
	{
		weight: 6,
		arbitrary: fc.constantFrom<unknown>(
			...['text', '', ' ', '42', 'true', 'Jane Müller', '𝒳', '\ud800', '{{ $json.a }}', '=1', '\n'],
			...[0, -0, 1, -1.5, 1e21, true, false, null, 9007199254740993],
		),
	},
	{
		weight: 1,
		arbitrary: fc.constantFrom<unknown>(
			...[undefined, NaN, Infinity, 12n],
			...[new Date(0), new Date(NaN), DateTime.fromISO('2026-01-02T03:04:05Z')],
			...[/x/, new Map([['a', 1]]), new Error('x'), Symbol('x'), () => 1],
		),
	},
);

const anyValue = fc.letrec((tie) => ({
	value: fc.oneof(
		{ maxDepth: 4 },
		{ weight: 3, arbitrary: anyLeaf },
		// n8n copies items, and a copy always has the usual prototype.
		{
			weight: 2,
			arbitrary: fc.dictionary(anyKey, tie('value'), { maxKeys: 4, noNullPrototype: true }),
		},
		{ weight: 1, arbitrary: fc.array(tie('value'), { maxLength: 3 }) },
	),
})).value;

/** What an attacker would call, were it called by name. */
const anyMethod = fc.constantFrom(
	...['sort', 'reverse', 'pop', 'shift', 'push', 'fill', 'splice', 'toString', 'constructor'],
);

const anyItem = fc
	.record({
		json: fc.dictionary(anyKey, anyValue, { maxKeys: 6, noNullPrototype: true }),
		op: fc.option(anyMethod, { nil: undefined }),
		tags: fc.option(fc.array(fc.constantFrom('c', 'a', 'b'), { minLength: 2 }), { nil: undefined }),
	})
	.map(({ json, op, tags }) => ({
		json: { ...json, ...(op && { op }), ...(tags && { tags }) } as IDataObject,
	}));

const anySpace = fc.constantFrom('', ' ', '  ', '\n', '\t');

const anyStep = fc.oneof(
	{ weight: 6, arbitrary: anyKey.map((key) => `.${key}`) },
	{ weight: 2, arbitrary: anyKey.map((key) => `["${key}"]`) },
	{ weight: 1, arbitrary: anyKey.map((key) => `[ '${key}' ]`) },
	{
		weight: 2,
		arbitrary: fc.constantFrom('[0]', '[1]', '[ 2 ]', '[00]', '[-1]', '[1.5]', '[0x1]'),
	},
	{ weight: 1, arbitrary: anyKey.map((key) => `?.${key}`) },
	{
		weight: 1,
		arbitrary: fc.constantFrom(
			'.length',
			'.trim()',
			'?.[0]',
			'[`a`]',
			'.first()',
			'!',
			' .a',
			'. a',
		),
	},
);

const anyCode = fc
	.tuple(
		anySpace,
		fc.constantFrom('$json', '$json', '$json', '$json', 'json', '$item', '1'),
		fc.array(anyStep, { maxLength: 4 }),
		anySpace,
	)
	.map(([before, root, steps, after]) => `{{${before}${root}${steps.join('')}${after}}}`);

const anyText = fc.constantFrom(
	...['', '', ' ', 'Mr ', ', ', '\n', '"', "'", '`', '$json.a', '}', '{', '}}', '\\', '\\\\'],
	...['{"a":"', '"}', '"}}', '{"b":{"c":', '{{', '}}}', '{ {', '} }'],
	...['a\\n', '.first()', 'x.constructor', '(', '${a}', '<b>', 'ü', '\u2028', '//', '/*', '='],
);

const anyExpression = fc.oneof(
	{ weight: 5, arbitrary: anyCode.map((code) => `=${code}`) },
	{
		weight: 5,
		arbitrary: fc
			.array(fc.oneof(anyCode, anyText), { maxLength: 4 })
			.map((parts) => `=${parts.join('')}`),
	},
	{ weight: 1, arbitrary: fc.constantFrom('okta', '', '{{ $json.a }}', ' ={{ $json.a }}') },
);

const anyPath = fc.constantFrom(...PATHS);

/** What n8n 2.0 makes null of by itself, and newer versions do not. */
const NEWER: typeof COMPLEX = [(p) => `[{ ...$json, a: ${p} }]`];

const anyComplexCode = fc
	.tuple(fc.constantFrom(...COMPLEX, ...NEWER), anyPath, anyPath)
	.map(([build, p, q]) => `{{ ${build(p, q)} }}`);

/** A whole mapping: simple fields and others side by side, so that the others share evaluations. */
const anyMapping = fc.array(
	fc.oneof(
		{ weight: 4, arbitrary: anyComplexCode.map((code) => `=${code}`) },
		{
			weight: 1,
			arbitrary: fc.tuple(anyText, anyComplexCode, anyText).map((parts) => `=${parts.join('')}`),
		},
		{ weight: 1, arbitrary: anyExpression },
		{ weight: 1, arbitrary: fc.constantFrom<unknown>(true, 7, null, 'fixed') },
	),
	{ minLength: 1, maxLength: 8 },
);

interface Totals {
	compared: number;
	notSimple: number;
	/** Fields of mappings, and those of them whose expression can be shared. */
	mapped: number;
	shared: number;
}

const show = (value: unknown): string =>
	JSON.stringify(value, (_, inner: unknown) =>
		inner === undefined ? 'undefined' : typeof inner === 'bigint' ? String(inner) : inner,
	);

class Differs extends Error {}

const description: INodeTypeDescription = {
	displayName: 'Compare',
	name: 'compare',
	group: ['transform'],
	version: 1,
	description: '',
	defaults: { name: 'Compare' },
	inputs: ['main'],
	outputs: ['main'],
	properties: [
		{ displayName: 'Fields', name: 'fields', type: 'json', default: {} },
		{ displayName: 'Record', name: 'record', type: 'json', default: '' },
	],
};

type Read = { readonly values: unknown } | { readonly failed: string };

const attempt = (read: () => unknown): Read => {
	try {
		return { values: read() };
	} catch (error) {
		return { failed: (error as Error).message };
	}
};

const FIELDS = 'fields.value';
const RECORD = 'record';

/** A node that reads its parameters for each item, as n8n does or as this package does. */
const mappingNode = (reader: 'n8n' | 'package', found: Read[]): INodeType => ({
	description,
	async execute() {
		const isOurs = reader === 'package';
		const readFields = isOurs
			? createValuesReader(this, FIELDS)
			: (index: number) => this.getNodeParameter(FIELDS, index, {}, { skipValidation: true });
		const readRecord = isOurs
			? createValueReader(this, RECORD)
			: (index: number) => this.getNodeParameter(RECORD, index, '');
		// One parameter after the other: an expression that changes its item must not do so between two items.
		for (const read of [readFields, readRecord]) {
			for (const index of this.getInputData().keys()) found.push(attempt(() => read(index)));
		}
		return [this.getInputData()];
	},
});

const compareMapping = async (
	mapping: readonly unknown[],
	items: ReadonlyArray<{ json: IDataObject }>,
	totals: Totals,
): Promise<void> => {
	const value = Object.fromEntries(mapping.map((mapped, at) => [`field.${at}`, mapped]));
	// An expression may change its item, so each way gets items of its own.
	const left: Record<string, IDataObject[]> = {};
	const readBy = async (reader: 'n8n' | 'package') => {
		const found: Read[] = [];
		const [record] = mapping;
		const parameters = { fields: { value }, record } as INodeParameters;
		const { error, outputs } = await runNode({
			node: mappingNode(reader, found),
			items,
			parameters,
		});
		if (error) throw error;
		left[reader] = (outputs[0] ?? []).map(({ json }) => json);
		return found;
	};
	const theirs = await readBy('n8n');
	const ours = await readBy('package');
	for (const [index, { json }] of items.entries()) {
		// n8n itself turns dates of luxon inside an item into text where an expression hands them on.
		const [own, before] = [left.package?.[index], left.n8n?.[index]];
		const isKept = isDeepStrictEqual(own, json) || isDeepStrictEqual(own, before);
		if (!isKept) throw new Differs(show({ value, json, own, before }));
	}
	for (const [index, read] of theirs.entries()) {
		totals.compared += 1;
		const own = ours[index] as Read;
		const isEqual =
			'failed' in read
				? 'failed' in own
				: 'values' in own && isDeepStrictEqual(own.values, read.values);
		const { json } = items[index % items.length] as { json: IDataObject };
		if (!isEqual) throw new Differs(show({ value, json, own, read }));
	}
	for (const mapped of mapping) {
		totals.mapped += 1;
		if (!compileValue(mapped) && toBatchedCode(String(mapped))) totals.shared += 1;
	}
};

/** A node that evaluates its expressions on its items both ways. */
const comparingNode = (expressions: readonly string[], totals: Totals): INodeType => ({
	description,
	async execute() {
		const evaluate = (expression: string, index: number) => {
			if (!expression.startsWith('=')) return { value: expression as unknown };
			try {
				return { value: this.evaluateExpression(expression.slice(1), index) as unknown };
			} catch (error) {
				return { error: (error as Error).message };
			}
		};
		for (const expression of expressions) {
			const compiled = compileValue(expression);
			for (const [index, { json }] of this.getInputData().entries()) {
				const value = compiled ? compiled(json) : NOT_SIMPLE;
				if (value === NOT_SIMPLE) {
					totals.notSimple += 1;
					continue;
				}
				totals.compared += 1;
				const evaluated = evaluate(expression, index);
				if (!('value' in evaluated) || !isDeepStrictEqual(evaluated.value, value)) {
					throw new Differs(show({ expression, json, compiled: value, engine: evaluated }));
				}
			}
		}
		return [this.getInputData()];
	},
});

const compare = async (seed: number): Promise<Totals> => {
	const totals: Totals = { compared: 0, notSimple: 0, mapped: 0, shared: 0 };
	const batches = fc.sample(
		fc.tuple(
			fc.array(anyExpression, { minLength: EXPRESSIONS, maxLength: EXPRESSIONS }),
			fc.array(anyItem, { minLength: ITEMS, maxLength: ITEMS }),
		),
		{ numRuns: BATCHES, seed },
	);
	for (const [expressions, items] of batches) {
		const { error } = await runNode({
			node: comparingNode(expressions, totals),
			items,
			parameters: {},
		});
		if (error) throw new Differs(error.message);
	}
	const mappings = fc.sample(
		fc.tuple(anyMapping, fc.array(anyItem, { minLength: ITEMS, maxLength: ITEMS })),
		{ numRuns: BATCHES, seed },
	);
	for (const [mapping, items] of mappings) await compareMapping(mapping, items, totals);
	return totals;
};

/** 6 MB as JSON, and far more as what n8n's engine makes of it. */
const LARGE = new Array<unknown>(2_000_000).fill([]);

/** Items too large for n8n's engine, mapped or not, harm no item but themselves. */
const compareLarge = async (): Promise<void> => {
	const values = {
		name: '={{ $json.name.toUpperCase() }}',
		tags: '={{ $json.tags.map((tag) => tag + "!") }}',
	};
	const items = Array.from({ length: 300 }, (_, at) => ({
		json: <IDataObject>{
			name: `n${at}`,
			tags: ['a'],
			...(at % 100 === 0 && { notes: LARGE as IDataObject[] }),
		},
	}));
	(items[7] as { json: IDataObject }).json.name = LARGE as IDataObject[];
	const found: Read[] = [];
	const { error } = await runNode({
		node: mappingNode('package', found),
		// Not copied: the engine of the tests would copy every element.
		items: () => items,
		parameters: { fields: { value: values }, record: values.name } as INodeParameters,
	});
	if (error) throw error;
	for (const [at, { json }] of items.entries()) {
		if (at === 7) continue;
		const name = String(json.name).toUpperCase();
		const expected = [{ values: { name, tags: ['a!'] } }, { values: name }];
		const read = [found[at], found[items.length + at]];
		if (!isDeepStrictEqual(read, expected)) throw new Differs(`item ${at}: ${show(read)}`);
	}
};

const main = async (): Promise<void> => {
	const seed = Number(process.argv[3] ?? Date.now() % 1_000_000_007);
	for (const engine of ENGINES) {
		await Expression.initExpressionEngine({
			engine,
			bridgeTimeout: 5_000,
			bridgeMemoryLimit: 128,
			poolSize: 1,
			maxCodeCacheSize: 1024,
		});
		await compareLarge();
		const { compared, notSimple, mapped, shared } = await compare(seed);
		console.log(
			`${engine}: ${compared} equal, ${notSimple} left to n8n, ${shared} of ${mapped} mapped fields shared (seed ${seed})`,
		);
		if (compared < BATCHES) throw new Differs(`${engine}: hardly anything was compared`);
	}
	await Expression.disposeExpressionEngine();
};

main().then(
	() => process.exit(0),
	(error: Error) => {
		console.error(error instanceof Differs ? error.message : error);
		process.exit(1);
	},
);
