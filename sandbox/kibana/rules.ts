/** Faults of a test's own, which Kibana meets with the rows of its choice. */

/** The answer to a whole request that holds this row, or none. */
export type RowRule = (row: {
	type: string;
	record: Record<string, unknown>;
}) => { status: number; message: string } | undefined;

/** What happens to one row of a bulk update when it is to be written, or nothing (docs/kibana-api.md#errors-of-items). */
export type ItemRule = (item: {
	type: string;
	/** The EUID in use. */
	id: string;
	/** As it would be merged into the stored document. */
	doc: Record<string, unknown>;
	/** How many bulk requests have come to writing this entity, this one included. */
	attempt: number;
}) => { status: number; type?: string; reason?: string } | undefined;

/** Whether Elasticsearch refuses a row that the first generation has answered with 200. */
export type LossRule = (row: { type: string; record: Record<string, unknown> }) => boolean;

/** Why a record of a bulk request about asset criticality fails alone, or nothing. */
export type CriticalityRule = (record: {
	id_field: string;
	id_value: string;
	criticality_level: string;
}) => string | undefined;
