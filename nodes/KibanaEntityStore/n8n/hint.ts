import type { IExecuteFunctions } from 'n8n-workflow';

/**
 * Shows a hint in the panel of the node, where n8n has one: as a tool of an AI agent, n8n before 1.123 offers no
 * such function, and a run that has written everything must not end over a hint.
 */
export const addHint = (context: IExecuteFunctions, message: string): void => {
	if (typeof context.addExecutionHints !== 'function') return;
	context.addExecutionHints({ message });
};
