/**
 * What a long run says while it sends, and at its end: in n8n's log, and in the console of the browser that has
 * started it by hand. n8n has no other place for a node that is not done yet, and shows no items after a cancel.
 */
import type { IExecuteFunctions } from 'n8n-workflow';

export interface RunLog {
	/**
	 * Logs how far the run is, at most once a second.
	 *
	 * @param text makes the line, from the milliseconds since the line before. It must hold counts only, and nothing
	 * of items or of the credential
	 */
	readonly progress: (text: (sinceMs: number) => string) => void;
	/** Logs what became of the run: at the level `debug` if it took less than a second and was not cancelled. */
	readonly end: (text: string) => void;
}

const INTERVAL_MS = 1_000;

type LogContext = Pick<
	IExecuteFunctions,
	'logger' | 'getNode' | 'getExecutionId' | 'getExecutionCancelSignal' | 'sendMessageToUI'
>;

/**
 * Returns the log of one run. A log that cannot be written to does not end the run.
 *
 * @param now epoch milliseconds
 */
export const createRunLog = (context: LogContext, now: () => number): RunLog => {
	const startedAt = now();
	let loggedAt = startedAt;
	const attempt = (work: () => void): void => {
		try {
			work();
		} catch {
			// The entities are stored whether or not a line about them is.
		}
	};
	const write = (level: 'debug' | 'info', text: string): void => {
		const line = `Kibana Entity Store: ${text}`;
		attempt(() => {
			const about = { node: context.getNode().name, executionId: context.getExecutionId() };
			context.logger[level](line, about);
		});
		// n8n sends it only where somebody has started the run by hand.
		if (level === 'info') attempt(() => context.sendMessageToUI(line));
	};
	return {
		progress: (text) => {
			const time = now();
			const sinceMs = time - loggedAt;
			if (sinceMs < INTERVAL_MS) return;
			loggedAt = time;
			write('info', text(sinceMs));
		},
		end: (text) => {
			const isCancelled = context.getExecutionCancelSignal()?.aborted === true;
			const isQuick = now() - startedAt < INTERVAL_MS;
			write(isQuick && !isCancelled ? 'debug' : 'info', isCancelled ? `cancelled. ${text}` : text);
		},
	};
};
