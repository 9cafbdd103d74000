/** Machine-readable cause of a failure, stable across releases. */
export type FailureReason =
	| 'alreadyExists'
	| 'cancelled'
	| 'deadlineExceeded'
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
	| 'tooMany'
	| 'unauthorized'
	| 'unexpectedAnswer'
	| 'unreachable';

/**
 * What the user can change in the editor to fix a failure. The texts name fields and options of the
 * editor, so they stand beside the descriptions of those (`actions/fixes`).
 */
export type Fix =
	| 'addressUsers'
	| 'apiGeneration'
	| 'baseUrl'
	| 'createOrUpdate'
	| 'createOwnUser'
	| 'credential'
	| 'force'
	| 'installStore'
	| 'localProvider'
	| 'maxRunTime'
	| 'narrowFilter'
	| 'requestSize'
	| 'scheme'
	| 'startStore'
	| 'timeout'
	| 'trust';

/** Why something did not succeed, as a plain value: it can be counted, split and paired with items. */
export interface Failure {
	readonly reason: FailureReason;
	/** What happened, in one sentence. Never holds a credential, a header or a whole record. */
	readonly message: string;
	/** What to do about it, as far as it lies outside the editor. */
	readonly hint?: string;
	/** What to do about it in the editor; its text follows that of the hint. */
	readonly fix?: Fix;
	/** HTTP status of the answer, when there was one. */
	readonly httpStatus?: number;
	/** What the server said, word for word, shortened when very long. */
	readonly serverMessage?: string;
	/** Dotted paths of the rejected fields. */
	readonly fields?: readonly string[];
	/** An answer was lost, so the work may have been done all the same. */
	readonly mayBeStored?: true | undefined;
}

const withoutPeriod = (sentence: string): string => sentence.replace(/[.\s]+$/, '');

/** Returns the message without what the server said, which can differ from record to record. */
export const ownText = ({ message, serverMessage }: Failure): string => {
	if (serverMessage === undefined) return message;
	const quote = `: ${withoutPeriod(serverMessage)}`;
	const at = message.indexOf(quote);
	if (at === -1) return message;
	const rest = message.slice(at + quote.length);
	return `${message.slice(0, at)}${withoutPeriod(rest) === '' ? '' : rest}`;
};

/** Returns sentences in one text. One that ends with a quoted sentence may bring its period along. */
export const joinSentences = (...sentences: readonly string[]): string =>
	[...sentences.slice(0, -1).map(withoutPeriod), ...sentences.slice(-1)].join('. ');

const LOST_BEFORE = 'An earlier answer was lost, so Kibana may have done it all the same';

/** Returns the failure for a record whose earlier answer was lost: it does not prove that nothing was done. */
export const afterLostAnswer = (failure: Failure): Failure =>
	failure.mayBeStored
		? failure
		: { ...failure, message: joinSentences(failure.message, LOST_BEFORE), mayBeStored: true };

/** Returns the same failure for a record that was never sent. */
export const notSent = (failure: Failure): Failure => ({ ...failure, mayBeStored: undefined });

const LONGEST_TEXT = 1_000;

/** Returns a text from outside, such as a server's, short enough for an item. */
export const shortened = (text: string, longest = LONGEST_TEXT): string =>
	text.length > longest ? `${text.slice(0, longest)}…` : text;

const MOST_FIELDS = 20;
const LONGEST_FIELD = 200;

/** Returns the paths of fields that an item may list: a server, or an item, may name any number of any length. */
export const listedFields = (paths: readonly string[]): string[] =>
	paths.slice(0, MOST_FIELDS).map((path) => shortened(path, LONGEST_FIELD));

/**
 * Returns the message of whatever was thrown, short enough for an item. Code in an item can throw anything,
 * also what throws again when it is looked at; this function never throws.
 */
export const messageOf = (error: unknown): string => {
	try {
		return shortened(String(error instanceof Error ? error.message : error));
	} catch {
		return 'a value that cannot be shown';
	}
};
