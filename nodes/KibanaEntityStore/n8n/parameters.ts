import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import { z } from 'zod';

/** Everything that an expression could hide in, as the node stores it. */
const holdsExpression = (value: unknown): boolean => {
	if (typeof value === 'string') return value.startsWith('=');
	if (typeof value !== 'object' || value === null) return false;
	return Object.values(value).some(holdsExpression);
};

/**
 * Reads a parameter for each item. One that holds no expression is read once: every read of an
 * expression costs n8n about 0.3 ms.
 *
 * @param name of the parameter, or a path into it such as `fields.value`
 */
export const perItem = <Value>(
	context: IExecuteFunctions,
	name: string,
	read: (itemIndex: number) => Value,
): ((itemIndex: number) => Value) => {
	const [parameter = name] = name.split('.');
	if (holdsExpression(context.getNode().parameters[parameter])) return read;
	let fixed: { readonly value: Value } | undefined;
	return () => (fixed ??= { value: read(0) }).value;
};

interface NumberOption {
	readonly initial: number;
	readonly least: number;
	readonly most: number;
}

/** The numbers among the options, with their bounds. */
export const NUMBER_OPTIONS = {
	/** Entities in one request. */
	chunkSize: { initial: 500, least: 1, most: 10_000 },
	/** Requests at the same time. */
	concurrency: { initial: 2, least: 1, most: 10 },
	/**
	 * Kibana counts the whole body and refuses more than 1,048,576 bytes unless configured otherwise
	 * (contract §2.6). The default is a little less, for proxies that count more than the body.
	 */
	maxChunkBytes: { initial: 1_048_000, least: 1_000, most: 100_000_000 },
	/** Repeats of one request. */
	maxRetries: { initial: 4, least: 0, most: 20 },
	/** Milliseconds for one request. */
	timeout: { initial: 60_000, least: 1_000, most: 3_600_000 },
} as const satisfies Record<string, NumberOption>;

const whole = ({ initial, least, most }: NumberOption) =>
	z.number().int().gte(least).lte(most).default(initial);

const optionsSchema = z.object({
	chunkSize: whole(NUMBER_OPTIONS.chunkSize),
	concurrency: whole(NUMBER_OPTIONS.concurrency),
	dryRun: z.boolean().default(false),
	force: z.boolean().default(false),
	maxChunkBytes: whole(NUMBER_OPTIONS.maxChunkBytes),
	maxRetries: whole(NUMBER_OPTIONS.maxRetries),
	timeout: whole(NUMBER_OPTIONS.timeout),
});

export type UpsertOptions = z.infer<typeof optionsSchema>;

/**
 * Reads the options of a run; they hold for all items, so expressions in them see the first item.
 *
 * @returns the options with defaults filled in, or what is wrong with them
 */
export const readUpsertOptions = (
	context: IExecuteFunctions,
): UpsertOptions | { readonly problem: string } => {
	const options = context.getNodeParameter('options', 0, {}) as IDataObject;
	const read = optionsSchema.safeParse(options);
	if (read.success) return read.data;
	const [issue] = read.error.issues;
	return { problem: `Option ${issue?.path.join('.')}: ${issue?.message}` };
};
