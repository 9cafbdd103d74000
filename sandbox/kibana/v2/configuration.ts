/** The settings of a store and their rules (docs/kibana-api.md#log-extraction). */
import { z } from 'zod/v4';

import { parseKql } from './filters';

export interface LogExtraction {
	readonly filter?: string;
	readonly fieldHistoryLength?: number;
	readonly additionalIndexPatterns?: readonly string[];
	readonly excludedIndexPatterns?: readonly string[];
	readonly lookbackPeriod?: string;
	readonly frequency?: string;
	readonly delay?: string;
	readonly docsLimit?: number;
	readonly maxLogsPerPage?: number;
	readonly maxLogsPerWindow?: number;
	readonly maxLogsPerWindowCapBehavior?: 'defer' | 'drop';
	readonly maxTimeWindowSize?: string;
}

export interface HistorySnapshot {
	readonly frequency: string;
	readonly retentionDays?: number;
	readonly isEnabled: boolean;
}

/** The defaults differ between revisions. */
export const LOG_EXTRACTION_DEFAULTS: LogExtraction = {
	fieldHistoryLength: 10,
	lookbackPeriod: '3h',
	frequency: '1m',
	delay: '1m',
	maxLogsPerPage: 40_000,
	maxLogsPerWindow: 100_000,
	maxLogsPerWindowCapBehavior: 'drop',
	maxTimeWindowSize: '15m',
};

const UNITS: Readonly<Record<string, number>> = {
	s: 1_000,
	m: 60_000,
	h: 3_600_000,
	d: 86_400_000,
};

/** Returns milliseconds, or undefined when the text is not a duration. */
export const durationOf = (text: string): number | undefined => {
	const [, amount, unit = ''] = /^(\d+)([smhd])$/.exec(text) ?? [];
	const factor = UNITS[unit];
	return amount === undefined || factor === undefined ? undefined : Number(amount) * factor;
};

const duration = (atLeast: string) =>
	z.string().refine((text) => (durationOf(text) ?? -1) >= (durationOf(atLeast) as number), {
		message: `must be a duration of at least ${atLeast}`,
	});

const indexPattern = z.string().refine((text) => /^[^\s\\/?"<>|,#]+$/.test(text), {
	message: 'must be an index pattern',
});

const kql = z.string().refine(
	(text) => {
		try {
			parseKql(text);
			return true;
		} catch {
			return false;
		}
	},
	{ message: 'must be KQL' },
);

const count = z.number().int().positive();

type Wrapper = <Shape extends z.ZodRawShape>(shape: Shape) => z.ZodObject<Shape>;

const checkDelay = (config: LogExtraction, context: z.RefinementCtx): void => {
	const { delay = '1m', lookbackPeriod = '3h' } = config;
	if ((durationOf(delay) ?? 0) < (durationOf(lookbackPeriod) ?? Infinity)) return;
	context.addIssue({
		code: 'custom',
		path: ['delay'],
		message: 'must be less than lookbackPeriod',
	});
};

/** @param wrapper makes objects that refuse or drop unknown keys */
export const configurationSchema = (wrapper: Wrapper) => {
	const cadence = {
		lookbackPeriod: duration('1s').optional(),
		frequency: duration('30s').optional(),
		delay: duration('0s').optional(),
	};
	const logExtraction = wrapper({
		...cadence,
		filter: kql.optional(),
		fieldHistoryLength: count.optional(),
		additionalIndexPatterns: z.array(indexPattern).optional(),
		excludedIndexPatterns: z.array(indexPattern).optional(),
		docsLimit: count.optional(),
		maxLogsPerPage: count.optional(),
		maxLogsPerWindow: count.optional(),
		maxLogsPerWindowCapBehavior: z.enum(['defer', 'drop']).optional(),
		maxTimeWindowSize: duration('1s').optional(),
	}).superRefine(checkDelay);
	return {
		logExtraction,
		cadence: wrapper(cadence).superRefine(checkDelay),
		historySnapshot: wrapper({
			frequency: duration('1h').optional(),
			retentionDays: count.optional(),
		}),
	};
};
