/** Faults that a test defines for rows of its choice. */

/** Returns the answer to a whole request with this row, or undefined. */
export type RowRule = (row: {
	type: string;
	record: Record<string, unknown>;
}) => { status: number; message: string } | undefined;

/** Returns the error of one row of a bulk update when it is written, or undefined (docs/kibana-api.md#errors-of-items). */
export type ItemRule = (item: {
	type: string;
	/** The EUID in use. */
	id: string;
	/** The document as it would be merged into the stored one. */
	doc: Record<string, unknown>;
	/** How many bulk requests have tried to write this entity, including this one. */
	attempt: number;
}) => { status: number; type?: string; reason?: string } | undefined;

/** Whether Elasticsearch refuses a row that the first generation has answered with 200. */
export type LossRule = (row: { type: string; record: Record<string, unknown> }) => boolean;

/** Returns why a record of a bulk request for asset criticality fails alone, or undefined. */
export type CriticalityRule = (record: {
	id_field: string;
	id_value: string;
	criticality_level: string;
}) => string | undefined;
