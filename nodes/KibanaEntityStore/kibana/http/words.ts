/** Reading what Kibana says in the body of an answer. */
import { shortened } from '../../failure';
import type { KibanaAnswer } from './client';

/** Returns the body as JSON, or undefined for anything else: proxies answer with pages and with nothing. */
export const parseBody = (body: string): unknown => {
	try {
		return JSON.parse(body);
	} catch {
		return undefined;
	}
};

/** Returns Kibana's own sentence in an error answer, word for word, or undefined for anything else. */
export const readMessage = (body: string): string | undefined => {
	const { message } = (parseBody(body) ?? {}) as { message?: unknown };
	return typeof message === 'string' ? message : undefined;
};

/** Returns Kibana's own sentence in whatever came back, or empty text where there is none. */
export const messageIn = (answer: KibanaAnswer): string =>
	answer.kind === 'answer' ? (readMessage(answer.body) ?? '') : '';

/** A part of an issue that was cut off at its own comma: `"b"`, `received string`. */
const CONTINUES = /^(["']|received |expected )/;

/**
 * Returns a validation message with each issue said once. Kibana checks a record against the shapes of
 * all entity types, and repeats an issue for each shape that has it.
 */
const withoutRepeats = (message: string): string => {
	const frame = /^\[request \w+\]: /.exec(message)?.[0];
	if (frame === undefined) return message;
	const issues: string[] = [];
	for (const part of message.slice(frame.length).split(', ')) {
		if (issues.length > 0 && CONTINUES.test(part)) issues.push(`${issues.pop()}, ${part}`);
		else issues.push(part);
	}
	return `${frame}${[...new Set(issues)].join(', ')}`;
};

/** Returns what Kibana says in an error answer, each issue once, short enough for an item. */
export const quoteMessage = (body: string): string | undefined => {
	const message = readMessage(body);
	return message === undefined ? undefined : shortened(withoutRepeats(message));
};
