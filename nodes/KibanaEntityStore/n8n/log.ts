/** What a long run says in n8n's log while it sends, and at its end: after a cancel n8n shows no items. */
import type { IExecuteFunctions } from 'n8n-workflow';

export interface RunLog {
	/**
	 * Logs how far the run is, at most once a second.
	 *
	 * @param text makes the line. It must hold counts only, and nothing of items or of the credential
	 */
	readonly progress: (text: () => string) => void;
	/** Logs what became of the run: at the level `debug` if it took less than a second and was not cancelled. */
	readonly end: (text: string) => void;
}

const INTERVAL_MS = 1_000;

type LogContext = Pick<
	IExecuteFunctions,
	'logger' | 'getNode' | 'getExecutionId' | 'getExecutionCancelSignal'
>;

/**
 * Returns the log of one run. A log that cannot be written to does not end the run.
 *
 * @param now epoch milliseconds
 */
export const createRunLog = (context: LogContext, now: () => number): RunLog => {
	const startedAt = now();
	let loggedAt = startedAt;
	const write = (level: 'debug' | 'info', text: string): void => {
		try {
			const about = { node: context.getNode().name, executionId: context.getExecutionId() };
			context.logger[level](`Kibana Entity Store: ${text}`, about);
		} catch {
			// The entities are stored whether or not a line about them is.
		}
	};
	return {
		progress: (text) => {
			const time = now();
			if (time - loggedAt < INTERVAL_MS) return;
			loggedAt = time;
			write('info', text());
		},
		end: (text) => {
			const isCancelled = context.getExecutionCancelSignal()?.aborted === true;
			const isQuick = now() - startedAt < INTERVAL_MS;
			write(isQuick && !isCancelled ? 'debug' : 'info', isCancelled ? `cancelled. ${text}` : text);
		},
	};
};
