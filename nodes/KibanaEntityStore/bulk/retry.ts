export interface RetryPolicy {
	/** How many times a request may be repeated. */
	readonly maxRetries: number;
	/** A number from 0 up to, not including, 1. */
	readonly random: () => number;
}

/** How a run waits between attempts, and when it stops. */
export interface Patience extends RetryPolicy {
	readonly sleep: (ms: number) => Promise<void>;
	readonly isCancelled: () => boolean;
}

const FIRST_DELAY_MS = 1_000;
/**
 * No single delay is longer. From below: Kibana asks for 30 s while it starts (docs/kibana-api.md#limits). From
 * above: a workflow that stands still for minutes looks dead.
 */
export const MAX_DELAY_MS = 60_000;
/** All delays of one chunk together, its parts included. */
export const MAX_TOTAL_DELAY_MS = 300_000;

/**
 * How long to wait before the next attempt: exponential backoff with full jitter, or what the server
 * asked for. Never shorter than `retryAfterMs`.
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
 * Asks again, with pauses, as long as the answer says that a later one may differ.
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
