/** One way of sending records, and what a request is about. */
import type { BulkRecord } from '../bulk/record';
import type { Verdict } from '../bulk/verdict';
import type { Failure } from '../failure';

/** One way of writing records. What it defers is for the next step, if there is one. */
export interface WriteStep {
	/** What one request carries. */
	readonly carries: 'chunk' | 'record';
	/** Returns why a record cannot be written this way, when that is known before it is sent. */
	readonly refuse?: (record: BulkRecord) => Failure | undefined;
	/** Sends one request with these records and says what the answer means for them. Never throws. */
	readonly post: (records: readonly BulkRecord[]) => Promise<Verdict>;
}

/** An entity that a request asks for. */
export interface EntityRef {
	readonly type: string;
	readonly id: string;
}
