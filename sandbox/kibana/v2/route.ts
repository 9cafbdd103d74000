/** The common steps of routes of the second generation. */
import type { z } from 'zod/v4';

import type { Call } from '../endpoint';
import { refuse, type Answer } from '../http';
import { describeIssues } from './schema';

/** Ends a request with an answer that is not a success. */
class Refusal extends Error {
	constructor(readonly answer: Answer) {
		super();
	}
}

export const end = (status: number, message: string): never => {
	throw new Refusal(refuse(status, message));
};

/** Kibana's answer to unexpected errors, including refusals of Elasticsearch. */
export const unforeseen = (): never =>
	end(500, 'An internal server error occurred. Check Kibana server logs for details.');

export const parse = <Value>(
	part: 'body' | 'query' | 'params',
	schema: z.ZodType<Value>,
	value: unknown,
): Value => {
	const parsed = schema.safeParse(value);
	return parsed.success ? parsed.data : end(400, describeIssues(part, parsed.error));
};

export const ok = (body: object = { ok: true }): Answer => ({ status: 200, body });

export type Route<Kibana> = (kibana: Kibana, call: Call) => Promise<Answer>;

/**
 * Creates a route that validates, checks the guard, and runs the handler. Refusals become its answers.
 *
 * @param read validates the request
 * @param guard refuses by feature or licence, after validation (docs/kibana-api.md#order-of-checks)
 */
export const createRoute =
	<Kibana, Input>(
		read: (kibana: Kibana, call: Call) => Input,
		guard: (kibana: Kibana) => void,
		work: (kibana: Kibana, input: Input, call: Call) => Answer | Promise<Answer>,
	): Route<Kibana> =>
	async (kibana, call) => {
		try {
			const input = read(kibana, call);
			guard(kibana);
			return await work(kibana, input, call);
		} catch (error) {
			if (error instanceof Refusal) return error.answer;
			throw error;
		}
	};
