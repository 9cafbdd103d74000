import type { Failure } from '../failure';
import type { Outcome, StoredStatus } from './outcomes';

/** What an answer means for one record of its request. `retry`: it may succeed later. */
export type RecordVerdict =
	| Outcome
	| { readonly status: 'retry'; readonly failure: Failure; readonly pauseMs?: number };

/** What one answer means for the records of its request. Positions count within the request, from 0. */
export type Verdict =
	/** Every record succeeded. */
	| { readonly kind: 'stored'; readonly status: StoredStatus }
	/** The answer has an outcome for each record. */
	| { readonly kind: 'each'; readonly verdicts: readonly RecordVerdict[] }
	/** These records are rejected. The other records were not stored either. */
	| { readonly kind: 'rejected'; readonly positions: readonly number[]; readonly failure: Failure }
	/**
	 * One or more records are rejected, and the answer does not name them. `parts` is how to split the request,
	 * if halves are not the best split. `mayPass`: it is possible that no record is rejected, and that the same
	 * request succeeds later.
	 */
	| {
			readonly kind: 'bisect';
			readonly failure: Failure;
			readonly parts?: ReadonlyArray<readonly number[]>;
			readonly mayPass?: boolean;
	  }
	/** No record is rejected, and the same request may succeed later. */
	| { readonly kind: 'transient'; readonly failure: Failure; readonly retryAfterMs?: number }
	/** The records failed, and neither a retry nor a smaller request can help. */
	| { readonly kind: 'failed'; readonly failure: Failure }
	/** No request with a record of this type can succeed. Without a type, no request at all. */
	| { readonly kind: 'halt'; readonly failure: Failure; readonly type?: string };
