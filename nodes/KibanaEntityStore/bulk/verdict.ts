import type { Failure } from '../failure';
import type { Outcome, StoredStatus } from './outcomes';

/** What an answer says of one record of its request. `retry`: it may succeed later. */
export type RecordVerdict =
	| Outcome
	| { readonly status: 'retry'; readonly failure: Failure; readonly pauseMs?: number };

/** What one answer means for the records of its request. Positions count within the request, from 0. */
export type Verdict =
	/** Every record succeeded. */
	| { readonly kind: 'stored'; readonly status: StoredStatus }
	/** The answer says of each record what became of it. */
	| { readonly kind: 'each'; readonly verdicts: readonly RecordVerdict[] }
	/** These records are rejected. The others were not stored either. */
	| { readonly kind: 'rejected'; readonly positions: readonly number[]; readonly failure: Failure }
	/**
	 * One or more records are rejected, and the answer does not say which. `parts` says how to cut the
	 * request where halves would not be the best cut. `mayPass`: perhaps no record is rejected, and the
	 * same request might succeed at another time.
	 */
	| {
			readonly kind: 'bisect';
			readonly failure: Failure;
			readonly parts?: ReadonlyArray<readonly number[]>;
			readonly mayPass?: boolean;
	  }
	/** No record is rejected, and the same request may succeed later. */
	| { readonly kind: 'transient'; readonly failure: Failure; readonly retryAfterMs?: number }
	/** The records failed, and neither a repeat nor a smaller request would change it. */
	| { readonly kind: 'failed'; readonly failure: Failure }
	/** No request with a record of this type, or of any type, can succeed. */
	| { readonly kind: 'halt'; readonly failure: Failure; readonly type?: string };
