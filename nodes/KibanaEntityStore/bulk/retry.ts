export interface RetryPolicy {
	/** How many times a request may be repeated. */
	readonly maxRetries: number;
	/** Returns a number from 0 (inclusive) to 1 (exclusive). */
	readonly random: () => number;
}

/** How a run waits between attempts, and when it stops. */
export interface Patience extends RetryPolicy {
	readonly sleep: (ms: number) => Promise<void>;
	readonly isCancelled: () => boolean;
}

const FIRST_DELAY_MS = 1_000;
/**
 * Maximum length of one delay. It must not be shorter, because Kibana asks for 30 s while it starts
 * (docs/kibana-api.md#limits). It must not be longer, because a workflow that waits for minutes seems to hang.
 */
export const MAX_DELAY_MS = 60_000;
/** Maximum of all delays of one chunk together, its parts included. */
export const MAX_TOTAL_DELAY_MS = 300_000;

/**
 * Returns the delay before the next attempt: exponential backoff with full jitter, or the delay that the server
 * asked for. It is never shorter than `retryAfterMs`.
 *
 * @param attempt how many attempts have failed so far, from 1
 * @param waitedMs how long this chunk has waited so far
 * @returns milliseconds, or undefined when the attempts or the time are used up
 */
export const nextDelay = (
	attempt: number,
	waitedMs: number,
	retryAfterMs: number | undefined,
	{ maxRetries, random }: RetryPolicy,
): number | undefined => {
	if (attempt > maxRetries) return undefined;
	const ceiling = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempt - 1));
	const delayMs = Math.max(retryAfterMs ?? 0, Math.round(random() * ceiling));
	if (delayMs > MAX_DELAY_MS || waitedMs + delayMs > MAX_TOTAL_DELAY_MS) return undefined;
	return delayMs;
};

/**
 * Repeats a request, with pauses, while the answer is a temporary failure.
 *
 * @returns the first answer that is final, or the last one when attempts or time are used up
 */
export const askUntilFinal = async <Answer extends object>(
	ask: () => Promise<Answer>,
	transient: (answer: Answer) => { readonly retryAfterMs?: number } | undefined,
	policy: RetryPolicy & Pick<Patience, 'sleep'>,
): Promise<Answer> => {
	let waitedMs = 0;
	for (let attempt = 1; ; attempt += 1) {
		const answer = await ask();
		const again = transient(answer);
		if (!again) return answer;
		const delayMs = nextDelay(attempt, waitedMs, again.retryAfterMs, policy);
		if (delayMs === undefined) return answer;
		waitedMs += delayMs;
		await policy.sleep(delayMs);
	}
};
