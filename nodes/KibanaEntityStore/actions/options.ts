/**
 * Options of operations. Each option is one value with its description for the editor, its bounds and its
 * schema, so that these cannot contradict each other.
 */
import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import { z, type ZodTypeAny } from 'zod';

export interface Option<Schema extends ZodTypeAny = ZodTypeAny> {
	readonly property: Omit<INodeProperties, 'name'>;
	readonly schema: Schema;
}

export type OptionTable = Readonly<Record<string, Option>>;

/** The values of the options of a table. */
export type OptionValues<Table extends OptionTable> = {
	readonly [Name in keyof Table]: z.infer<Table[Name]['schema']>;
};

type Described = Pick<INodeProperties, 'displayName' | 'description' | 'displayOptions'>;

/** Whole numbers from `least` to `most`, inclusive. */
export const numberOption = (
	property: Described,
	{ initial, least, most }: { initial: number; least: number; most: number },
) => ({
	property: {
		...property,
		type: 'number' as const,
		default: initial,
		typeOptions: { minValue: least, maxValue: most },
	},
	schema: z.number().int().gte(least).lte(most).default(initial),
});

/** A switch that is off by default. */
export const switchOption = (property: Described) => ({
	property: { ...property, type: 'boolean' as const, default: false },
	schema: z.boolean().default(false),
});

export interface Choice {
	readonly name: string;
	readonly value: string;
	readonly description?: string;
}

/** One of several values. */
export const choiceOption = (property: Described, choices: readonly Choice[], initial: string) => ({
	property: {
		...property,
		type: 'options' as const,
		default: initial,
		options: choices.map((choice) => ({ ...choice })),
	},
	schema: z.enum(choices.map(({ value }) => value) as [string, ...string[]]).default(initial),
});

/** A text, without white space at its ends. */
export const textOption = (property: Described & Pick<INodeProperties, 'placeholder'>) => ({
	property: { ...property, type: 'string' as const, default: '' },
	schema: z.string().trim().default(''),
});

/** Returns the parameter "Options" with the options of a table, in alphabetical order. */
export const optionsParameter = (table: OptionTable): INodeProperties => ({
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	default: {},
	placeholder: 'Add option',
	description: 'Options apply to the whole run: expressions in them see the first item',
	options: Object.entries(table)
		.map(([name, { property }]): INodeProperties => ({ ...property, name }))
		.sort((one, other) => one.displayName.localeCompare(other.displayName)),
});

/**
 * Reads options, as the parameter "Options" holds them.
 *
 * @returns the values with defaults filled in, or what is wrong with the first wrong one
 */
export const parseOptions = <Table extends OptionTable>(
	given: Readonly<Record<string, unknown>>,
	table: Table,
): OptionValues<Table> | { readonly problem: string } => {
	const values: Record<string, unknown> = {};
	for (const [name, { schema }] of Object.entries(table)) {
		const read = schema.safeParse(given[name]);
		if (!read.success) return { problem: `Option ${name}: ${read.error.issues[0]?.message}` };
		values[name] = read.data;
	}
	return values as OptionValues<Table>;
};

/** Reads the options of a run, as `parseOptions`. Expressions in them see the first item. */
export const readOptions = <Table extends OptionTable>(
	context: IExecuteFunctions,
	table: Table,
): OptionValues<Table> | { readonly problem: string } =>
	parseOptions(context.getNodeParameter('options', 0, {}) as IDataObject, table);
