import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import { z } from 'zod';

interface NumberOption {
	readonly initial: number;
	readonly least: number;
	readonly most: number;
}

/** The numbers among the options, with their bounds. */
export const NUMBER_OPTIONS = {
	/**
	 * Entities in one request. Measured with answers that wait for a refresh (bench/results.md): 1,000 take
	 * half as long as 500, and more hardly fit into a request, at some 700 bytes for 20 fields.
	 */
	chunkSize: { initial: 1_000, least: 1, most: 10_000 },
	/** Requests at the same time. More would be faster at the cost of everybody else on that Kibana. */
	concurrency: { initial: 2, least: 1, most: 10 },
	/** Entities created at the same time, where each is a request of its own. */
	createConcurrency: { initial: 8, least: 1, most: 32 },
	/**
	 * Kibana counts the whole body and refuses more than 1,048,576 bytes unless configured otherwise
	 * (contract §2.6). The default is a little less, for proxies that count more than the body.
	 */
	maxChunkBytes: { initial: 1_048_000, least: 1_000, most: 100_000_000 },
	/** Repeats of one request. */
	maxRetries: { initial: 4, least: 0, most: 20 },
	/** Milliseconds for one request. */
	timeout: { initial: 60_000, least: 1_000, most: 3_600_000 },
	/**
	 * Milliseconds in which written entities are to be found; 0 is one look. The first generation's store
	 * takes records in once a minute, and those of the last minute only at the next run (contract §3.1).
	 */
	verifyTimeout: { initial: 180_000, least: 0, most: 3_600_000 },
} as const satisfies Record<string, NumberOption>;

/**
 * Where users come from that Kibana has extracted from logs; `value` is what Kibana writes behind the
 * last @ of their IDs (contract §4.4).
 */
export const IDENTITY_PROVIDERS = [
	{
		name: 'Active Directory',
		value: 'active_directory',
		description: 'IDs end in @active_directory',
	},
	{
		name: 'Custom',
		value: 'custom',
		description: 'Any other source, named in an option of its own',
	},
	{
		name: 'Local',
		value: 'local',
		description: 'Accounts of one host: map User Name and the ID of the host',
	},
	{ name: 'Microsoft 365', value: 'microsoft_365', description: 'IDs end in @microsoft_365' },
	{ name: 'Microsoft Entra ID', value: 'entra_id', description: 'IDs end in @entra_id' },
	{ name: 'None', value: 'none', description: 'Users of your own, which the node creates' },
	{ name: 'Okta', value: 'okta', description: 'IDs end in @okta' },
] as const;

const PROVIDER_VALUES = IDENTITY_PROVIDERS.map(({ value }) => value);

const whole = ({ initial, least, most }: NumberOption) =>
	z.number().int().gte(least).lte(most).default(initial);

const optionsSchema = z.object({
	/** `auto`, or the name of a generation. */
	apiGeneration: z.string().default('auto'),
	chunkSize: whole(NUMBER_OPTIONS.chunkSize),
	concurrency: whole(NUMBER_OPTIONS.concurrency),
	createConcurrency: whole(NUMBER_OPTIONS.createConcurrency),
	customIdentityProvider: z.string().trim().default(''),
	dryRun: z.boolean().default(false),
	force: z.boolean().default(false),
	identityProvider: z.enum(PROVIDER_VALUES as [string, ...string[]]).default('none'),
	maxChunkBytes: whole(NUMBER_OPTIONS.maxChunkBytes),
	maxRetries: whole(NUMBER_OPTIONS.maxRetries),
	timeout: whole(NUMBER_OPTIONS.timeout),
	verify: z.boolean().default(false),
	verifyTimeout: whole(NUMBER_OPTIONS.verifyTimeout),
});

type Options = z.infer<typeof optionsSchema>;

export interface WriteOptions extends Omit<Options, 'customIdentityProvider' | 'identityProvider'> {
	/** Namespace of the identity provider, as Kibana writes it; undefined for none. */
	readonly identityProvider?: string;
}

const providerOf = ({ identityProvider, customIdentityProvider }: Options): string | undefined => {
	if (identityProvider === 'none') return undefined;
	return identityProvider === 'custom' ? customIdentityProvider : identityProvider;
};

/**
 * Reads the options of a run; they hold for all items, so expressions in them see the first item.
 *
 * @returns the options with defaults filled in, or what is wrong with them
 */
export const readWriteOptions = (
	context: IExecuteFunctions,
): WriteOptions | { readonly problem: string } => {
	const options = context.getNodeParameter('options', 0, {}) as IDataObject;
	const read = optionsSchema.safeParse(options);
	if (!read.success) {
		const [issue] = read.error.issues;
		return { problem: `Option ${issue?.path.join('.')}: ${issue?.message}` };
	}
	const identityProvider = providerOf(read.data);
	if (identityProvider === '') {
		return { problem: 'Option customIdentityProvider: name the identity provider' };
	}
	return { ...read.data, identityProvider };
};
