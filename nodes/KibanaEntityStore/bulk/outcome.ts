/** One record on its way: serialised once, and known by its place among the items. */
export interface BulkRecord {
	/** Index of the input item. */
	readonly index: number;
	/** Which entity the record writes; two records with one key write the same entity. */
	readonly key: string;
	/** What kind of thing the record describes; some refusals concern one kind only. */
	readonly type: string;
	/** The record's row of the request body, as JSON text. */
	readonly json: string;
	/** Length of `json` in UTF-8 bytes. */
	readonly bytes: number;
}

/** Why a record did not get through. A plain value: it can be counted, split and paired. */
export interface Failure {
	/** Machine-readable cause, stable across releases. */
	readonly reason:
		| 'alreadyExists'
		| 'cancelled'
		| 'expression'
		| 'forbidden'
		| 'invalidRecord'
		| 'invalidSetting'
		| 'noAnswer'
		| 'notCreatable'
		| 'notFound'
		| 'notInstalled'
		| 'notRunning'
		| 'notVerified'
		| 'overloaded'
		| 'protectedFields'
		| 'refused'
		| 'routeMissing'
		| 'tooLarge'
		| 'unauthorized'
		| 'unexpectedAnswer'
		| 'unreachable';
	/** What happened, in one sentence. Never holds a credential, a header or a whole record. */
	readonly message: string;
	/** What to do about it. */
	readonly hint?: string;
	/** HTTP status of the answer, when there was one. */
	readonly httpStatus?: number;
	/** What the server said, word for word, shortened when very long. */
	readonly serverMessage?: string;
	/** Dotted paths of the fields to blame. */
	readonly fields?: readonly string[];
	/** An answer was lost, so the record may have been stored all the same. */
	readonly mayBeStored?: true | undefined;
}

const LOST_BEFORE = 'An earlier answer was lost, so the entity may have been stored all the same';

/** A failure that comes after a lost answer does not say that the record was not stored. */
export const afterLostAnswer = (failure: Failure): Failure =>
	failure.mayBeStored
		? failure
		: { ...failure, message: `${failure.message}. ${LOST_BEFORE}`, mayBeStored: true };

/** The same failure for a record that was never on its way. */
export const notSent = (failure: Failure): Failure => ({ ...failure, mayBeStored: undefined });

/**
 * How a record got through. `accepted` means queued by the server, and not yet stored; `stored` means
 * queued, and found in the store later.
 */
export type StoredStatus = 'accepted' | 'created' | 'stored' | 'updated';

/**
 * What happened to one record. `deferred`: it was not written, and for this reason another way of
 * writing may succeed.
 */
export type Outcome =
	| { readonly status: StoredStatus }
	| { readonly status: 'failed' | 'deferred'; readonly failure: Failure };

/** What became of each record, at its index; nothing at that of an item without one. */
export type Outcomes = ReadonlyArray<Outcome | undefined>;

/** What an answer says of one record of its request; `retry`: it may get through later. */
export type RecordVerdict =
	| Outcome
	| { readonly status: 'retry'; readonly failure: Failure; readonly pauseMs?: number };

/** What one answer means for the records of its request. */
export type Verdict =
	/** Every record got through. */
	| { readonly kind: 'stored'; readonly status: StoredStatus }
	/** The answer says of each record, by position in the request, what became of it. */
	| { readonly kind: 'each'; readonly verdicts: readonly RecordVerdict[] }
	/** These records, by position in the request, are to blame; the others were not stored either. */
	| { readonly kind: 'rejected'; readonly positions: readonly number[]; readonly failure: Failure }
	/**
	 * One or more records are to blame, and the answer does not say which. `parts` says how to cut the
	 * request, by position, where halves would not be the best cut. `mayPass`: perhaps nobody is to
	 * blame, and the same request might get through at another time.
	 */
	| {
			readonly kind: 'bisect';
			readonly failure: Failure;
			readonly parts?: ReadonlyArray<readonly number[]>;
			readonly mayPass?: boolean;
	  }
	/** Nobody is to blame and the same request may get through later. */
	| { readonly kind: 'transient'; readonly failure: Failure; readonly retryAfterMs?: number }
	/** The answer makes no sense for these records, and a repeat would not change it. */
	| { readonly kind: 'failed'; readonly failure: Failure }
	/** No request with a record of this type, or of any type, can get through. */
	| { readonly kind: 'halt'; readonly failure: Failure; readonly type?: string };

/** What the answer to one look into the store says of the entities that it asked for. */
export type LookupResult<Document> =
	/** What is stored, by the key of the entity; an entity that is not there is missing here too. */
	| { readonly kind: 'seen'; readonly documents: ReadonlyMap<string, Document> }
	/** Nothing is known, and the same look may tell later. */
	| { readonly kind: 'transient'; readonly failure: Failure; readonly retryAfterMs?: number }
	/** One or more of the entities cannot be asked for. */
	| { readonly kind: 'refused'; readonly failure: Failure }
	/** No look at all can tell. */
	| { readonly kind: 'halt'; readonly failure: Failure };
