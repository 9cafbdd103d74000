import type { Failure } from '../failure';

/** Stops a run whose requests fail again and again, so that it costs neither hours nor the server. */
export interface CircuitBreaker {
	/** Returns why nothing more is to be sent, if so. */
	reason(): Failure | undefined;
	/** Notes an answer that shows that the server works. */
	noteSuccess(): void;
	/** Notes work that was given up because its retries were used up. */
	noteGivenUp(failure: Failure): void;
	/** Lets work go on once more. When it is given up too, the circuit is open again. */
	allowTrial(): void;
}

/**
 * From below: several records that stand side by side may each make the server fail. From above: each one
 * that is given up may have waited for minutes.
 */
export const MOST_GIVEN_UP = 10;

const openedBy = ({ message, httpStatus, serverMessage }: Failure): Failure => ({
	reason: 'overloaded',
	message: `Stopped after ${MOST_GIVEN_UP} requests in a row failed permanently: ${message}`,
	hint: 'Run the failed items again later',
	...(httpStatus !== undefined && { httpStatus }),
	...(serverMessage !== undefined && { serverMessage }),
});

/** Creates a circuit breaker that opens after `MOST_GIVEN_UP` pieces of work in a row were given up. */
export const createBreaker = (): CircuitBreaker => {
	let givenUp = 0;
	let reason: Failure | undefined;
	return {
		reason: () => reason,
		noteSuccess: () => {
			if (reason === undefined) givenUp = 0;
		},
		noteGivenUp: (failure) => {
			givenUp += 1;
			if (givenUp >= MOST_GIVEN_UP) reason ??= openedBy(failure);
		},
		allowTrial: () => {
			if (reason === undefined) return;
			reason = undefined;
			givenUp = MOST_GIVEN_UP - 1;
		},
	};
};
